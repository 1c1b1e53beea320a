package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Value is one typed, canonical answer: string, int64 (int, money in cents),
// bool, clock.Date, []string (choices) or []File; nil is unanswered. A
// decimal is a string such as "12.5". Values are never changed in place.
type Value any

// File names an uploaded file; its bytes lie elsewhere under Key.
type File struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Key    string `json:"key"`
}

// Kind is the type of a field, spelled as in schema.yaml.
type Kind string

// The kinds of fields.
const (
	Text        Kind = "text"
	Multiline   Kind = "multiline"
	Int         Kind = "int"
	Decimal     Kind = "decimal"
	Money       Kind = "money"
	Date        Kind = "date"
	Bool        Kind = "bool"
	Confirm     Kind = "confirm"
	OneOf       Kind = "choice"
	SomeOf      Kind = "choices"
	Email       Kind = "email"
	Phone       Kind = "phone"
	Postcode    Kind = "postcode"
	HouseNumber Kind = "housenumber"
	Country     Kind = "country"
	IBAN        Kind = "iban"
	BIC         Kind = "bic"
	Chip        Kind = "chip"
	Files       Kind = "file"
)

// celType is the type of a kind's values in rules.
func (k Kind) celType() *cel.Type {
	switch k {
	case Int, Money:
		return cel.IntType
	case Decimal:
		return cel.DoubleType
	case Date:
		return cel.TimestampType
	case Bool, Confirm:
		return cel.BoolType
	case SomeOf, Files:
		return cel.ListType(cel.StringType)
	default:
		return cel.StringType
	}
}

func (k Kind) known() bool {
	switch k {
	case Text, Multiline, Int, Decimal, Money, Date, Bool, Confirm, OneOf, SomeOf, Email, Phone, Postcode, HouseNumber, Country, IBAN, BIC, Chip, Files:
		return true
	}
	return false
}

// noDate is what an unanswered date is in rules.
var noDate = types.Timestamp{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}

// zero is the harmless value of an unanswered field in rules.
func (k Kind) zero() ref.Val {
	switch k.celType() {
	case cel.IntType:
		return types.IntZero
	case cel.DoubleType:
		return types.Double(0)
	case cel.TimestampType:
		return noDate
	case cel.BoolType:
		return types.False
	case cel.StringType:
		return types.String("")
	default:
		return types.NewStringList(types.DefaultTypeAdapter, nil)
	}
}

// celValue is the answer v of kind k as rules see it.
func (k Kind) celValue(v Value) ref.Val {
	switch v := v.(type) {
	case string:
		if k == Decimal {
			f, _ := strconv.ParseFloat(v, 64) // canonical, always a number
			return types.Double(f)
		}
		return types.String(v)
	case int64:
		return types.Int(v)
	case bool:
		return types.Bool(v)
	case clock.Date:
		return dateVal(v)
	case []string:
		return types.NewStringList(types.DefaultTypeAdapter, v)
	case []File:
		names := make([]string, len(v))
		for i, f := range v {
			names[i] = f.Name
		}
		return types.NewStringList(types.DefaultTypeAdapter, names)
	}
	return k.zero()
}

func dateVal(d clock.Date) ref.Val {
	if d.IsZero() {
		return noDate
	}
	return types.Timestamp{Time: d.Time(time.UTC)}
}

// appendValue writes v as canonical JSON.
func appendValue(b []byte, v Value) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case clock.Date:
		return append(append(append(b, '"'), v.String()...), '"')
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	case []File:
		j, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers always marshal
		}
		return append(b, j...)
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c >= utf8.RuneSelf {
			j, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always marshals
			}
			return append(b, j...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

var errStored = errors.New("stored answer does not fit the schema")

// decode reads a stored answer of f and checks that it is one that Parse
// could have made; bounds may have been looser then, so they are left to
// Validate.
func (f *field) decode(raw string) (Value, error) {
	bad := func() (Value, error) { return nil, fmt.Errorf("%w: %s", errStored, f.path) }
	switch f.kind {
	case Int, Money:
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return bad()
		}
		return n, nil
	case Bool, Confirm:
		switch raw {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return bad()
	case SomeOf:
		var codes []string
		if json.Unmarshal([]byte(raw), &codes) != nil || len(codes) == 0 {
			return bad()
		}
		last := -1
		for _, c := range codes {
			i, ok := f.byCode[c]
			if !ok || i <= last {
				return bad()
			}
			last = i
		}
		return codes, nil
	case Files:
		var files []File
		if json.Unmarshal([]byte(raw), &files) != nil || len(files) == 0 {
			return bad()
		}
		return files, nil
	}
	var s string
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && plain(raw[1:n-1]) {
		s = raw[1 : n-1]
	} else if json.Unmarshal([]byte(raw), &s) != nil {
		return bad()
	}
	switch f.kind {
	case Date:
		d, err := clock.ParseDate(s)
		if err != nil || d.IsZero() {
			return bad()
		}
		return d, nil
	case OneOf, Country:
		i, ok := f.byCode[s]
		if !ok {
			return bad()
		}
		return f.choices[i].value, nil
	case Decimal:
		if _, err := strconv.ParseFloat(s, 64); err != nil || strings.Trim(s, "-0123456789.") != "" {
			return bad()
		}
		return s, nil
	}
	if s == "" || textTrouble(s, f.kind == Multiline) == "control" {
		return bad()
	}
	return s, nil
}

// plain tells whether s stands for itself between the quotes of JSON.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '\\' || c == '"' {
			return false
		} else if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}

// display is v as a person reads it: on the check page, in the PDF, at the
// desk.
func (f *field) display(v Value, lang i18n.Lang) string {
	switch v := v.(type) {
	case int64:
		if f.kind == Money {
			return i18n.Money(lang, v)
		}
		return i18n.Number(lang, v)
	case bool:
		return f.p.word(lang, map[bool]string{true: "form.yes", false: "form.no"}[v])
	case clock.Date:
		return i18n.FormatDate(lang, v)
	case []string:
		labels := make([]string, len(v))
		for i, c := range v {
			labels[i] = f.choiceLabel(c, lang)
		}
		return strings.Join(labels, ", ")
	case []File:
		names := make([]string, len(v))
		for i, file := range v {
			names[i] = file.Name
		}
		return strings.Join(names, ", ")
	case string:
		switch f.kind {
		case OneOf, Country:
			return f.choiceLabel(v, lang)
		case Decimal:
			if lang == i18n.DE {
				return strings.Replace(v, ".", ",", 1)
			}
		case IBAN:
			return groups(v, 4)
		}
		return v
	}
	return ""
}

// edit is v as it stands in the form control.
func (f *field) edit(v Value, lang i18n.Lang) string {
	switch v := v.(type) {
	case string:
		if f.kind == OneOf || f.kind == Country {
			return v
		}
		return f.display(v, lang)
	case int64:
		if f.kind == Money {
			s := strconv.FormatInt(v/100, 10)
			if v < 0 && v > -100 {
				s = "-0"
			}
			return s + "," + fmt.Sprintf("%02d", max(v, -v)%100)
		}
		return strconv.FormatInt(v, 10)
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case clock.Date:
		return fmt.Sprintf("%02d.%02d.%04d", v.Day, int(v.Month), v.Year)
	}
	return ""
}

func (f *field) choiceLabel(code string, lang i18n.Lang) string {
	if i, ok := f.byCode[code]; ok {
		return f.choices[i].label.in(lang)
	}
	return code
}

func groups(s string, n int) string {
	var b strings.Builder
	for part := range slices.Chunk([]byte(s), n) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.Write(part)
	}
	return b.String()
}

// trimFloat is x with up to six decimals, without trailing zeros.
func trimFloat(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 6, 64), "0"), ".")
}
