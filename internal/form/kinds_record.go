package form

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/i18n"
)

// The kinds whose answer is a record: texts by part.

func storedRecord(fit func(map[string]string) bool) func(*field, string) (Value, bool) {
	return func(_ *field, raw string) (Value, bool) {
		var m map[string]string
		if json.Unmarshal([]byte(raw), &m) != nil || len(m) == 0 {
			return nil, false
		}
		for _, s := range m {
			if s == "" || textTrouble(s, false) != "" {
				return nil, false
			}
		}
		return m, fit(m)
	}
}

// has tells whether m has these parts and, beside them, none but the others.
func has(m map[string]string, parts []string, others ...string) bool {
	n := 0
	for _, p := range parts {
		if m[p] == "" {
			return false
		}
		n++
	}
	for _, p := range others {
		if m[p] != "" {
			n++
		}
	}
	return n == len(m)
}

func splitRecord(f *field, v Value) []string {
	out := make([]string, len(f.parts))
	for i, p := range f.parts {
		out[i] = v.(map[string]string)[p]
	}
	return out
}

// latinPart is what is wrong with a part that is a text of up to limit
// characters.
func latinPart(part, s string, limit int) issue {
	iss := latin(s)
	if iss.key == "" && utf8.RuneCountInString(s) > limit {
		iss = issue{key: "form.too_long", args: []any{"n", limit}}
	}
	if iss.key != "" {
		iss.part = part
	}
	return iss
}

// The registers that the courts keep: trade (A, B), companies, cooperatives,
// partnerships, associations.
const registers = "HRA HRB GsR GnR PR VR"

var registerPattern = regexp.MustCompile(`^(?:(?i:HRA|HRB|GSR|GNR|PR|VR)\s*)?([0-9]{1,6})\s*([A-Za-z]{0,4})$`)

func joinRegister(_ *field, parts []string, _ i18n.Lang) (Value, issue) {
	court, art, number := parts[0], parts[1], parts[2]
	if court == "" {
		return nil, issue{key: "form.register_court", part: "court"}
	}
	if iss := latinPart("court", court, 100); iss.key != "" {
		return nil, iss
	}
	for _, prefix := range []string{"Amtsgericht ", "AG ", "Registergericht "} {
		if rest, ok := strings.CutPrefix(court, prefix); ok && rest != "" {
			court = rest
		}
	}
	if !isRegisterArt(art) {
		return nil, issue{key: "form.register_art", part: "art"}
	}
	m := registerPattern.FindStringSubmatch(number)
	if m == nil || strings.Trim(m[1], "0") == "" {
		return nil, issue{key: "form.register_number", part: "number"}
	}
	number = strings.TrimLeft(m[1], "0")
	if m[2] != "" {
		number += " " + strings.ToUpper(m[2])
	}
	return map[string]string{"court": court, "art": art, "number": number}, issue{}
}

func isRegisterArt(s string) bool {
	return s != "" && !strings.Contains(s, " ") && strings.Contains(" "+registers+" ", " "+s+" ")
}

func isRegister(m map[string]string) bool {
	return has(m, []string{"court", "art", "number"}) && isRegisterArt(m["art"]) && registerPattern.MatchString(m["number"])
}

func registerOffers(_ *field, p *Program, lang i18n.Lang) []Option {
	var out []Option
	for _, art := range strings.Fields(registers) {
		out = append(out, Option{Value: art, Label: art + " – " + p.word(lang, "form.register_"+strings.ToLower(art))})
	}
	return out
}

func registerControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	m.Parted = []Field{
		{Name: "court", Kind: Text, Label: f.p.word(lang, "form.part_court"), Value: at("court"), MaxLength: 100},
		{Name: "art", Kind: OneOf, Widget: WidgetSelect, Label: f.p.word(lang, "form.part_art"), Value: at("art"), Choices: m.Choices},
		{Name: "number", Kind: Int, Label: f.p.word(lang, "form.part_number"), Value: at("number"), InputMode: "text", MaxLength: 16},
	}
	m.Choices = nil
}

func showRegister(f *field, v Value, lang i18n.Lang) string {
	m := v.(map[string]string)
	return f.p.word(lang, "form.register", "court", m["court"], "art", m["art"], "number", m["number"])
}

// A place on the map is {lat, lon} in degrees of WGS 84, with five digits
// after the point (about a metre), or {place} in words, or both.

func joinGeo(_ *field, parts []string, _ i18n.Lang) (Value, issue) {
	place, lat, lon := parts[0], parts[1], parts[2]
	if lon == "" { // maps give both at once: 51.71905, 8.75439
		if a, b, ok := strings.Cut(lat, ", "); ok {
			lat, lon = strings.TrimSpace(a), strings.TrimSpace(b)
		}
	}
	if iss := latinPart("place", place, 500); iss.key != "" {
		return nil, iss
	}
	m := map[string]string{}
	if place != "" {
		m["place"] = place
	}
	if lat == "" && lon == "" {
		return m, issue{}
	}
	for _, c := range [...]struct {
		part, s, minus string
		limit          float64
	}{{"lat", lat, "S", 90}, {"lon", lon, "W", 180}} {
		deg, ok := degrees(c.s, c.minus, c.limit)
		if !ok {
			return nil, issue{key: "form.geo_" + c.part, part: c.part}
		}
		m[c.part] = deg
	}
	return m, issue{}
}

// Point reads latitude and longitude of a place in degrees of WGS 84, in any
// way that a geo field takes them; ok is false where they are none.
func Point(lat, lon string) (north, east float64, ok bool) {
	v, iss := joinGeo(nil, []string{"", strings.TrimSpace(lat), strings.TrimSpace(lon)}, i18n.DE)
	m, _ := v.(map[string]string)
	if iss.key != "" || m["lat"] == "" {
		return 0, 0, false
	}
	north, err := strconv.ParseFloat(m["lat"], 64)
	east, err2 := strconv.ParseFloat(m["lon"], 64)
	return north, east, err == nil && err2 == nil
}

// degrees reads "51,71905", "51.71905°" or "8,75 W"; minus is the letter that
// turns the sign.
func degrees(s, minus string, limit float64) (string, bool) {
	s = strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), "°", ""))
	s, turned := strings.CutSuffix(s, minus)
	s = strings.Replace(strings.TrimRight(s, "NEO"), ",", ".", 1)
	if s == "" || strings.Trim(s, "-0123456789.") != "" || len(s) > 20 {
		return "", false
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(x) > limit {
		return "", false
	}
	if turned {
		x = -math.Abs(x)
	}
	if s = strconv.FormatFloat(x, 'f', 5, 64); s == "-0.00000" {
		s = "0.00000"
	}
	return s, true
}

func isGeo(m map[string]string) bool {
	if !has(m, nil, "place", "lat", "lon") || (m["lat"] == "") != (m["lon"] == "") {
		return false
	}
	for part, limit := range map[string]float64{"lat": 90, "lon": 180} {
		if s := m[part]; s != "" {
			if again, ok := degrees(s, "-", limit); !ok || again != s {
				return false
			}
		}
	}
	return true
}

func geoControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	m.Parted = []Field{
		{Name: "place", Kind: Text, Label: f.p.word(lang, "form.part_place"), Value: at("place"), MaxLength: 500},
		{Name: "lat", Kind: Decimal, Label: f.p.word(lang, "form.part_lat"), Value: at("lat"), InputMode: "text", MaxLength: 40},
		{Name: "lon", Kind: Decimal, Label: f.p.word(lang, "form.part_lon"), Value: at("lon"), InputMode: "text", MaxLength: 20},
	}
	for i := range m.Parted { // the words do without the numbers, and these without words
		m.Parted[i].spare = true
	}
}

func showGeo(_ *field, v Value, lang i18n.Lang) string {
	m := v.(map[string]string)
	if m["lat"] == "" {
		return m["place"]
	}
	east := "E"
	if lang != i18n.EN {
		east = "O"
	}
	side := func(s, plus, minus string) string {
		if rest, south := strings.CutPrefix(s, "-"); south {
			s, plus = rest, minus
		}
		return showDecimal(s, lang) + "° " + plus
	}
	point := side(m["lat"], "N", "S") + ", " + side(m["lon"], east, "W")
	if m["place"] == "" {
		return point
	}
	return fmt.Sprintf("%s (%s)", m["place"], point)
}

// A signature by declaration is the full name, typed, and the tick at the
// declaration: {name, declared: "true"}.

func joinSignature(_ *field, parts []string, _ i18n.Lang) (Value, issue) {
	declared, name := parts[0], parts[1]
	if !ticked(declared) {
		return nil, issue{key: "form.signature_tick", part: "declared"}
	}
	if utf8.RuneCountInString(name) < 2 {
		return nil, issue{key: "form.signature_name", part: "name"}
	}
	if iss := latinPart("name", name, 200); iss.key != "" {
		return nil, iss
	}
	return map[string]string{"name": name, "declared": "true"}, issue{}
}

func ticked(s string) bool { return s == "yes" || s == "on" || s == "true" }

func isSignature(m map[string]string) bool {
	return has(m, []string{"name", "declared"}) && m["declared"] == "true"
}

func signatureControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	value := ""
	if ticked(at("declared")) {
		value = "yes"
	}
	m.Parted = []Field{
		{Name: "declared", Kind: Confirm, Widget: WidgetConfirm, Label: f.declaration.in(lang), Value: value},
		{Name: "name", Kind: Text, Label: f.p.word(lang, "form.part_name"), Value: at("name"), MaxLength: 200, Autocomplete: or(f.node.Autocomplete, "name")},
	}
	m.Autocomplete = ""
}

func showSignature(f *field, v Value, lang i18n.Lang) string {
	return f.p.word(lang, "form.signature", "name", v.(map[string]string)["name"])
}
