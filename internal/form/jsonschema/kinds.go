package jsonschema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form"
)

// Patterns that RE2 and ECMA-262 read alike.
const (
	datePattern     = `[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`
	timePattern     = `([01][0-9]|2[0-3]):[0-5][0-9]`
	registerPattern = `^([Hh][Rr][AaBb]|[Gg][SsNn][Rr]|[Pp][Rr]|[Vv][Rr])?\s*[0-9]{1,6}\s*[A-Za-z]{0,4}$`
)

// maxLabels is up to how many choices are named in the description.
const maxLabels = 40

// value describes the answer of a field; remarks are what has to be said in
// words. Long lists become definitions of their own.
func (b *builder) value(f form.FieldInfo) (s Object, remarks []string) {
	say := func(format string, args ...any) { remarks = append(remarks, fmt.Sprintf(format, args...)) }
	str := func(more ...Member) { s = append(Object{{"type", "string"}}, more...) }
	bounds := func(what string) {
		for _, x := range []struct {
			word string
			b    form.Bound
		}{{"frühestens", f.Node.Min}, {"spätestens", f.Node.Max}} {
			if x.b != "" {
				say("%s %s %s.", what, x.word, day(x.b))
			}
		}
	}
	switch f.Kind {
	case form.Text, form.Multiline:
		str(Member{"minLength", max(1, whole(f.Node.Min, 1))}, Member{"maxLength", f.Limit})
		s.Set("pattern", f.Pattern)
		say("Zeichen nach DIN 91379, NFC.")
	case form.HouseNumber:
		str(Member{"minLength", max(1, whole(f.Node.Min, 1))}, Member{"maxLength", f.Limit}, Member{"pattern", "^[0-9]"})
	case form.Int, form.Money:
		s = Object{{"type", "integer"}, {"minimum", whole(f.Node.Min, -1e17+1)}, {"maximum", whole(f.Node.Max, 1e17-1)}}
		if f.Kind == form.Money {
			say("Betrag in Cent.")
		}
	case form.Decimal:
		str(Member{"pattern", decimal(f)})
		say("Dezimalzahl mit Punkt.")
		if f.Node.Min != "" {
			say("Mindestens %s.", f.Node.Min)
		}
		if f.Node.Max != "" {
			say("Höchstens %s.", f.Node.Max)
		}
	case form.Date:
		str(Member{"format", "date"}, Member{"pattern", "^" + datePattern + "$"})
		bounds("Datum")
	case form.PartialDate:
		p := `^[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$`
		if f.Node.Unknown == "day" {
			p = `^[1-9][0-9]{3}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$`
		}
		str(Member{"pattern", p})
		say("Unvollständiges Datum: was nicht bekannt ist, fehlt.")
		bounds("Datum")
	case form.Time:
		str(Member{"pattern", "^" + timePattern + "$"})
		bounds("Uhrzeit")
	case form.DateTime:
		str(Member{"pattern", "^" + datePattern + "T" + timePattern + "$"})
		say("Ortszeit in Deutschland.")
		bounds("Datum")
	case form.Period:
		day := Object{{"type", "string"}, {"format", "date"}, {"pattern", "^" + datePattern + "$"}}
		req := []string{"from", "to"}
		if f.Node.Open {
			req = req[:1]
			say("Ohne „to“ dauert der Zeitraum an.")
		}
		s = record(req, Object{{"from", day}, {"to", day}})
		say("„to“ liegt nicht vor „from“.")
		bounds("Zeitraum")
	case form.Bool:
		s = Object{{"type", "boolean"}}
	case form.Confirm:
		s = Object{{"const", true}}
	case form.OneOf, form.Country, form.Nationality:
		s, remarks = b.codes(f, remarks)
	case form.SomeOf, form.Ranking:
		var item Object
		item, remarks = b.codes(f, remarks)
		least, most := max(1, whole(f.Node.Min, 1)), int64(len(f.Choices))
		if f.Kind == form.Ranking {
			least = whole(f.Node.Min, most)
			say("Die Reihenfolge ist der Rang.")
		}
		s = Object{{"type", "array"}, {"items", item}, {"uniqueItems", true}, {"minItems", least}, {"maxItems", whole(f.Node.Max, most)}}
	case form.Email:
		str(Member{"format", "email"}, Member{"maxLength", f.Limit}, Member{"pattern", `^[^@\s]+@[^@\s]+\.[^@\s]+$`})
	case form.Phone:
		str(Member{"pattern", `^[+0-9 ()/-]{4,30}$`}, Member{"examples", []string{"+495251880"}})
		say("E.164; Nummern aus älteren Entwürfen so, wie sie getippt wurden.")
	case form.Postcode:
		str(Member{"pattern", "^[0-9]{5}$"})
	case form.IBAN:
		str(Member{"pattern", "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"})
		say("IBAN ohne Leerzeichen, mit gültiger Prüfziffer (ISO 13616).")
	case form.BIC:
		str(Member{"pattern", "^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"})
	case form.TaxID:
		str(Member{"pattern", "^[1-9][0-9]{10}$"})
		say("Identifikationsnummer nach § 139b AO mit gültiger Prüfziffer.")
	case form.Chip:
		str(Member{"pattern", "^[0-9]{15}$"})
		say("Transpondernummer nach ISO 11784.")
	case form.Plate:
		str(Member{"pattern", `^[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [1-9][0-9]{0,3}[EH]?( (0[1-9]|1[0-2])-(0[1-9]|1[0-2]))?$`})
	case form.Register:
		s = record([]string{"art", "court", "number"}, Object{
			{"art", Object{{"enum", []string{"HRA", "HRB", "GsR", "GnR", "PR", "VR"}}}},
			{"court", Object{{"type", "string"}, {"minLength", 1}, {"maxLength", 100}}},
			{"number", Object{{"type", "string"}, {"pattern", registerPattern}}},
		})
	case form.Geo:
		deg := func(whole string) Object {
			return Object{{"type", "string"}, {"pattern", `^-?` + whole + `\.[0-9]{5}$`}}
		}
		s = record(nil, Object{
			{"lat", deg("[0-9]{1,2}")},
			{"lon", deg("(1[0-8])?[0-9]{1,2}")},
			{"place", Object{{"type", "string"}, {"minLength", 1}, {"maxLength", 500}}},
		})
		s = append(s, Member{"minProperties", 1}, Member{"dependentRequired", Object{{"lat", []string{"lon"}}, {"lon", []string{"lat"}}}})
		say("Grad nach WGS 84, Ort in Worten, oder beides.")
	case form.Signature:
		s = record([]string{"declared", "name"}, Object{
			{"declared", Object{{"const", "true"}}},
			{"name", Object{{"type", "string"}, {"minLength", 2}, {"maxLength", 200}}},
		})
		say("Erklärung: „%s“", f.Declaration)
	case form.Files:
		text := Object{{"type", "string"}, {"minLength", 1}}
		s = Object{{"type", "array"}, {"items", record([]string{"id", "name", "type", "size", "sha256", "key"}, Object{
			{"id", text},
			{"name", text},
			{"type", Object{{"enum", slices.Clone(f.Node.Accept)}}},
			{"size", Object{{"type", "integer"}, {"minimum", 1}, {"maximum", f.Node.MaxBytes}}},
			{"sha256", Object{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}},
			{"key", text},
		})}, {"minItems", 1}, {"maxItems", f.Limit}}
		say("Verweise auf Dateien; „key“ öffnet die versiegelte Datei.")
	}
	return s, remarks
}

// day says when a date's bound is; the day that it counts from is sent along.
func day(b form.Bound) string {
	rest, ok := strings.CutPrefix(string(b), "today")
	if !ok || rest == "" {
		return map[bool]string{true: "am Tag der Abgabe (today)", false: string(b)}[ok]
	}
	unit := map[byte]string{'d': "Tage", 'm': "Monate", 'y': "Jahre"}[rest[len(rest)-1]]
	side := map[byte]string{'+': "nach", '-': "vor"}[rest[0]]
	return rest[1:len(rest)-1] + " " + unit + " " + side + " dem Tag der Abgabe (today)"
}

// record is an object of named parts and no others.
func record(required []string, parts Object) Object {
	s := Object{{"type", "object"}, {"properties", parts}}
	s.Set("required", required)
	return append(s, Member{"additionalProperties", false})
}

// codes is the choice of one, by code. A list that fields share is defined
// once.
func (b *builder) codes(f form.FieldInfo, remarks []string) (Object, []string) {
	codes, labels := make([]string, len(f.Choices)), []string(nil)
	for i, c := range f.Choices {
		codes[i] = c.Code
		if len(f.Choices) <= maxLabels {
			labels = append(labels, c.Code+" = "+c.DE)
		}
	}
	list := f.Node.List
	if f.Kind == form.Country || f.Kind == form.Nationality {
		list = string(f.Kind)
	}
	if len(labels) > 0 {
		remarks = append(remarks, "Codes: "+strings.Join(labels, "; ")+".")
	}
	if list == "" {
		return Object{{"enum", codes}}, remarks
	}
	name := "list-" + list
	if b.defs.Get(name) == nil {
		b.defs.Set(name, Object{{"enum", codes}})
	}
	return Object{{"$ref", b.refs + name}}, remarks
}

// decimal is the pattern of a decimal number as it is stored.
func decimal(f form.FieldInfo) string {
	sign := "-?"
	if f.Node.Min != "" && f.Node.Min[0] != '-' {
		sign = ""
	}
	digits := 2
	if f.Node.Digits != nil {
		digits = *f.Node.Digits
	}
	frac := ""
	if digits > 0 {
		frac = fmt.Sprintf(`(\.[0-9]{0,%d}[1-9])?`, digits-1)
	}
	return "^" + sign + "(0|[1-9][0-9]{0,14})" + frac + "$"
}

// whole is a bound as a number, def without one.
func whole(b form.Bound, def int64) int64 {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n
	}
	return def
}
