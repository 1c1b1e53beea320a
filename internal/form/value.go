package form

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Value is one typed, canonical answer: string, int64 (int, money in cents),
// bool, clock.Date, []string (choices), []File or map[string]string (a kind
// of several parts, by part); nil is unanswered. A decimal is a string such as
// "12.5". Values are never changed in place.
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

// noDate is what an unanswered date is in rules.
var noDate = types.Timestamp{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}

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
	case []File, map[string]string:
		j, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers always marshal
		}
		return append(b, j...)
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	own := plain(s)
	for i := range len(s) { // json.Marshal writes <, >, &, U+2028 and U+2029 in another way; the latter begin with E2
		c := s[i]
		own = own && c != '<' && c != '>' && c != '&' && c != 0xe2
	}
	if !own {
		j, err := json.Marshal(s)
		if err != nil {
			panic(err) // a string always marshals
		}
		return append(b, j...)
	}
	return append(append(append(b, '"'), s...), '"')
}

var errStored = errors.New("stored answer does not fit the schema")

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

func (f *field) choiceLabel(code string, lang i18n.Lang) string {
	if i, ok := f.byCode[code]; ok {
		return f.choices[i].label.on(lang)
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
