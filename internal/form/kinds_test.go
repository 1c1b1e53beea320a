package form

import (
	"reflect"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

func TestKindsReadWhatPeopleType(t *testing.T) {
	f := func(n Node, maxN int64) *field {
		k := Kind(n.Type)
		return &field{node: n, kind: k, d: describe(k), maxN: maxN, digits: 2}
	}
	text, multi := f(Node{Type: "text"}, 20), f(Node{Type: "multiline"}, 50)
	integer, dec, money := f(Node{Type: "int"}, 0), f(Node{Type: "decimal"}, 0), f(Node{Type: "money"}, 0)
	date := f(Node{Type: "date", Style: "text"}, 0)
	mail, phone := f(Node{Type: "email"}, 254), f(Node{Type: "phone"}, 30)
	plz, house := f(Node{Type: "postcode"}, 5), f(Node{Type: "housenumber"}, 10)
	iban, bic, chip := f(Node{Type: "iban"}, 34), f(Node{Type: "bic"}, 11), f(Node{Type: "chip"}, 15)
	yes, confirm := f(Node{Type: "bool"}, 0), f(Node{Type: "confirm"}, 0)
	for _, c := range []struct {
		f    *field
		in   string
		want Value
		key  string
	}{
		{text, "  Jos\u0065\u0301 ", "José", ""},
		{text, "Đorđević-Şahin", "Đorđević-Şahin", ""},
		{text, "O’Neill", "O’Neill", ""},
		{text, "   ", nil, ""},
		{text, "Иван", nil, "form.chars"},
		{text, "a\x00b", nil, "form.control"},
		{text, "a\nb", nil, "form.control"},
		{text, "a\u202eb", nil, "form.direction"},
		{text, "a\u2066b", nil, "form.direction"},
		{text, "a\u200bb", nil, "form.control"},
		{text, "😀", nil, "form.chars"},
		{text, strings.Repeat("ü", 20), strings.Repeat("ü", 20), ""},
		{text, strings.Repeat("ü", 21), strings.Repeat("ü", 21), "form.too_long"},
		{multi, "a\r\nb\rc", "a\nb\nc", ""},
		{integer, "12", int64(12), ""},
		{integer, "1.200", int64(1200), ""},
		{integer, "-3", int64(-3), ""},
		{integer, "1.2", nil, "form.int"},
		{integer, "1,5", nil, "form.int"},
		{integer, "zwei", nil, "form.int"},
		{integer, "99999999999999999999", nil, "form.too_large"},
		{dec, "12,50", "12.5", ""},
		{dec, "1.234,5", "1234.5", ""},
		{dec, "12.5", "12.5", ""},
		{dec, "-0,00", "0", ""},
		{dec, "007", "7", ""},
		{dec, "1,234", nil, "form.digits"},
		{dec, "1,2,3", nil, "form.decimal"},
		{dec, "NaN", nil, "form.decimal"},
		{dec, "1e9", nil, "form.decimal"},
		{dec, strings.Repeat("9", 16), nil, "form.too_large"},
		{money, "12", int64(1200), ""},
		{money, "12,5", int64(1250), ""},
		{money, "1.234,56 €", int64(123456), ""},
		{money, "\u00a01.234,56\u00a0€", int64(123456), ""},
		{money, "-0,05", int64(-5), ""},
		{money, "12,345", nil, "form.money"},
		{money, "zwölf", nil, "form.money"},
		{money, strings.Repeat("9", 18), nil, "form.too_large"},
		{date, "24.3.2019", clock.Date{Year: 2019, Month: 3, Day: 24}, ""},
		{date, "29.02.2024", clock.Date{Year: 2024, Month: 2, Day: 29}, ""},
		{date, "29.02.2023", nil, "form.date_none"},
		{date, "2019-03-24", nil, "form.date_digits"},
		{mail, "a.b+c@example.org", "a.b+c@example.org", ""},
		{mail, "a@b", "a@b", "form.email"},
		{mail, "a b@c.de", "a b@c.de", "form.email"},
		{mail, "a@@c.de", "a@@c.de", "form.email"},
		{mail, "a@c..de", "a@c..de", "form.email"},
		{phone, "+49 5251 / 12-34", "+4952511234", ""},
		{phone, "05251 88-0", "+495251880", ""},
		{phone, "(05251) 880 123", "+495251880123", ""},
		{phone, "0049 (0) 5251/880", "+495251880", ""},
		{phone, "+49 (0)5251 880", "+495251880", ""},
		{phone, "+41 44 668 18 00", "+41446681800", ""},
		{phone, "123456", "123456", "form.phone"},
		{phone, "+0 5251 88", "+0 5251 88", "form.phone"},
		{phone, "0١٢٣456789", "0١٢٣456789", "form.phone"},
		{phone, "110a", "110a", "form.phone"},
		{phone, "12", "12", "form.phone"},
		{plz, "33 098", "33098", ""},
		{plz, "3309", "3309", "form.postcode"},
		{plz, "330981", "330981", "form.postcode"},
		{plz, "3309a", "3309a", "form.postcode"},
		{house, "12 a", "12 a", ""},
		{house, "a12", nil, "form.housenumber"},
		{iban, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", ""},
		{iban, "at611904300234573201", "AT611904300234573201", ""},
		{iban, "DE88 3704 0044 0532 0130 00", "DE88370400440532013000", "form.iban_check"},
		{iban, "DE8937040044053201300", "DE8937040044053201300", "form.iban_length"},
		{iban, "XX12345678", "XX12345678", "form.iban_country"},
		{iban, "24AE", "24AE", "form.iban_country"},
		{iban, "DE", "DE", "form.iban_short"},
		{iban, "DE89ä70400440532013000", "DE89Ä70400440532013000", "form.iban_chars"},
		{bic, "pbnkdeff", "PBNKDEFF", ""},
		{bic, "PBNKDEFF370", "PBNKDEFF370", ""},
		{bic, "PBNKDEF", "PBNKDEF", "form.bic"},
		{bic, "PBNK12FF", "PBNK12FF", "form.bic"},
		{chip, "276 0981 0233 4455", "276098102334455", ""},
		{chip, "900274877906943", "900274877906943", ""},
		{chip, "900274877906944", "900274877906944", "form.chip_number"},
		{chip, "277000000000001", "277000000000001", "form.chip_prefix"},
		{chip, "27609810233445", "27609810233445", "form.chip_length"},
		{chip, "27609810233445X", "27609810233445X", "form.chip_chars"},
		{yes, "yes", true, ""},
		{yes, "no", false, ""},
		{yes, "maybe", nil, "form.choice"},
		{confirm, "on", true, ""},
		{confirm, "no", nil, "form.choice"},
	} {
		got, iss := c.f.readText(c.in, i18n.DE)
		if iss.key == "" && got != nil {
			iss = c.f.bound(got, clock.Date{}, i18n.DE)
		}
		if iss.key != c.key || c.key == "" && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %q: got %#v %q, want %#v %q", c.f.kind, c.in, got, iss.key, c.want, c.key)
		}
	}
}

// What is stored can be shown in its control again and read to the same value.
func TestEditAndReadAreInverse(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		v    Value
	}{
		{Int, int64(-12)},
		{Money, int64(-5)},
		{Money, int64(-100)},
		{Money, int64(123456)},
		{Decimal, "1234.5"},
		{Decimal, "-0.25"},
		{Date, clock.Date{Year: 2020, Month: 2, Day: 29}},
		{Bool, true},
		{Bool, false},
		{IBAN, "DE89370400440532013000"},
		{Text, "Weiß"},
	} {
		f := &field{kind: c.kind, d: describe(c.kind), p: load(t), maxN: 100, digits: 2, node: Node{Style: "text"}}
		for _, lang := range i18n.Langs() {
			got, iss := f.readText(f.edit(c.v, lang), lang)
			if iss.key != "" || got != c.v {
				t.Errorf("%s %v in %s: shown as %q, read as %v %s", c.kind, c.v, lang, f.edit(c.v, lang), got, iss.key)
			}
		}
	}
}

func TestCountries(t *testing.T) {
	list := countries()
	if len(list) < 240 {
		t.Fatalf("%d countries", len(list))
	}
	for _, c := range list {
		if len(c.Code) != 2 || c.DE == "" || c.EN == "" {
			t.Errorf("%+v", c)
		}
	}
	if !isEEA("NO") || isEEA("CH") || !isSEPA("CH") || isSEPA("US") || isEEA("") || isEEA("T ") {
		t.Error("EEA or SEPA is wrong")
	}
}

func TestMonthsBetween(t *testing.T) {
	day := func(s string) clock.Date {
		d, err := clock.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2026-01-31", "2026-02-28", 1},
		{"2026-01-15", "2026-02-14", 0},
		{"2026-02-14", "2026-01-15", 0},
		{"2024-02-29", "2025-02-28", 12},
		{"2008-11-23", "2026-11-22", 215},
		{"2026-03-29", "2026-10-25", 6},
	} {
		if got := monthsBetween(day(c.a), day(c.b)); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
