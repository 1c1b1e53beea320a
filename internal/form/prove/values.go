package prove

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// candidate is one possible answer of a field: as rules see it (nil:
// unanswered) and as a person types it, in parts where the control has several.
type candidate struct {
	value form.Value
	typed []string
	parts map[string]string // by the part's name: "from:day"
}

// label is the candidate in words, for a path a person could walk.
func (c candidate) label() string {
	switch v := c.value.(type) {
	case nil:
		return "(leer)"
	case bool:
		return map[bool]string{true: "ja", false: "nein"}[v]
	case []form.File:
		return fmt.Sprintf("%d Datei(en)", len(v))
	}
	return strings.Join(c.typed, ", ")
}

// maxCodes bounds how many codes of one long list are tried; those that rules
// name and one of each set of attributes come first.
const maxCodes = 24

// candidates are the answers to try for f, the most ordinary first, none last. said are
// the constants of the rules that read f.
func candidates(f form.FieldInfo, said constants, today clock.Date) []candidate {
	var out []candidate
	add := func(v form.Value, typed ...string) {
		if !slices.ContainsFunc(out, func(c candidate) bool { return slices.Equal(c.typed, typed) }) {
			out = append(out, candidate{value: v, typed: typed})
		}
	}
	inParts := func(parts map[string]string) {
		out = append(out, candidate{value: parts, typed: slices.Sorted(maps.Values(parts)), parts: parts})
	}
	texts := func(list ...string) {
		for _, s := range list {
			add(s, s)
		}
	}
	switch f.Kind {
	case form.Bool:
		add(false, "no")
		add(true, "yes")
	case form.Confirm:
		add(true, "yes")
	case form.OneOf, form.Country:
		texts(codes(f, said)...)
	case form.SomeOf:
		several(f, said, func(list []string) { add(list, list...) })
	case form.Int, form.Money:
		for _, n := range numbers(f, said) {
			add(n, typedNumber(f.Kind, n))
		}
	case form.Decimal:
		for _, s := range decimals(f, said) {
			add(s, strings.ReplaceAll(s, ".", ","))
		}
	case form.Date:
		for _, d := range dates(f, said, today) {
			add(d, fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year))
		}
	case form.Files:
		for n := 1; n <= 2 && int64(n) <= f.Limit; n++ {
			add(standIns(f, n))
		}
	case form.Email:
		texts("erika.mustermann@example.org", "max.muster@example.org")
	case form.Phone:
		texts("+49 5251 123456", "+49 5251 654321")
	case form.Postcode:
		texts("33098", "33100", "52062")
	case form.HouseNumber:
		texts("12", "7a")
	case form.IBAN:
		texts("DE89370400440532013000", "AT611904300234573201", "CH9300762011623852957", "GB29NWBK60161331926819", "AE070331234567890123456")
	case form.BIC:
		texts("COBADEFFXXX", "UBSWCHZH80A")
	case form.Chip:
		for i := range 9 {
			texts(fmt.Sprintf("2760981023456%02d", i+1))
		}
	case form.Text, form.Multiline:
		for _, s := range []string{"Muster", "Beispiel", "Probe", "Vorlage"} {
			texts(fit(f, s))
		}
		if re, err := form.Pattern(f.Node.Pattern); err == nil && f.Node.Pattern != "" {
			texts(examples(re.String())...)
		}
	case form.Nationality:
		texts(codes(f, said)...)
	case form.TaxID:
		texts("86095742719", "47036892816", "65929970489")
	case form.Plate:
		texts("PB-AB 123", "PB-AB 123E")
	case form.Time:
		texts(string(f.Node.Min), string(f.Node.Max), "12:30")
	case form.PartialDate:
		if days := dates(f, said, today); len(days) > 0 { // none where min is later than max
			inParts(part("", days[0]))
			inParts(map[string]string{"year": strconv.Itoa(days[0].Year)})
		}
	case form.DateTime:
		for _, d := range dates(f, said, today) {
			p := part("date:", d)
			p["time"] = "12:30"
			inParts(p)
		}
	case form.Period:
		for _, d := range dates(f, said, today) {
			for _, days := range []int{30, 0} { // a rule may want one end before the other
				p := part("from:", d.AddDays(-days))
				maps.Copy(p, part("to:", d))
				inParts(p)
			}
		}
	case form.Ranking:
		places := map[string]string{}
		for i, c := range f.Choices {
			if n, err := strconv.Atoi(string(f.Node.Max)); err != nil || i < n {
				places[c.Code] = strconv.Itoa(i + 1)
			}
		}
		inParts(places)
	case form.Register:
		inParts(map[string]string{"court": "Paderborn", "art": "HRB", "number": "12345"})
	case form.Geo:
		inParts(map[string]string{"lat": "51,71905", "lon": "8,75439", "place": "hinter dem Sportplatz"})
	case form.Signature:
		inParts(map[string]string{"declared": "yes", "name": "Erika Mustermann"})
	default:
		// A kind this package does not know: everyday answers, of which the
		// engine takes those that fit.
		texts("Muster", "1", "12", "01.02.2020", "2020", "33098", "yes", "DE", "12:30", "86095742719", "HRB 12345", "PB-AB 123")
		texts(codes(f, said)...)
	}
	if exactText(f.Kind) || f.Kind == form.Postcode || f.Kind == form.HouseNumber || f.Kind == form.Email || f.Kind == form.Plate {
		for _, s := range said.texts {
			if s != "" && (f.Limit <= 0 || f.Limit >= int64(len([]rune(s)))) && strings.TrimSpace(s) == s {
				texts(s)
			}
		}
	}
	out = slices.DeleteFunc(out, func(c candidate) bool { return slices.Equal(c.typed, []string{""}) })
	return append(out, candidate{})
}

// exactText tells of a kind whose answers are any text.
func exactText(k form.Kind) bool { return k == form.Text || k == form.Multiline }

// part is a day in three boxes under a name.
func part(under string, d clock.Date) map[string]string {
	return map[string]string{under + "day": strconv.Itoa(d.Day), under + "month": strconv.Itoa(int(d.Month)), under + "year": strconv.Itoa(d.Year)}
}

func codes(f form.FieldInfo, said constants) []string {
	var first, rest []string
	seen := map[string]bool{}
	for i, c := range f.Choices {
		attrs := fmt.Sprint(c.Attrs) // maps print sorted
		switch {
		case slices.Contains(said.texts, c.Code), i == 0, !seen[attrs], f.Kind == form.Country && c.Code == "DE":
			first = append(first, c.Code)
		default:
			rest = append(rest, c.Code)
		}
		seen[attrs] = true
	}
	out := first
	if len(out) < maxCodes {
		out = append(out, rest[:min(len(rest), maxCodes-len(out))]...)
	}
	if i := slices.Index(out, "DE"); f.Kind == form.Country && i > 0 {
		out[0], out[i] = out[i], out[0]
	}
	return out
}

// several are sets of codes: the fewest, each alone, all.
func several(f form.FieldInfo, said constants, add func([]string)) {
	all := codes(f, said)
	low, high := 1, len(all)
	if n, err := strconv.Atoi(string(f.Node.Min)); err == nil {
		low = max(low, n)
	}
	if n, err := strconv.Atoi(string(f.Node.Max)); err == nil {
		high = min(high, n)
	}
	if low > high {
		return
	}
	inOrder := func(list []string) []string {
		slices.SortFunc(list, func(a, b string) int { return place(f, a) - place(f, b) })
		return list
	}
	for i := range all {
		list := []string{all[i]}
		for j := 1; j < low; j++ {
			list = append(list, all[(i+j)%len(all)])
		}
		add(inOrder(list))
	}
	add(inOrder(slices.Clone(all[:high])))
}

func place(f form.FieldInfo, code string) int {
	return slices.IndexFunc(f.Choices, func(c form.Choice) bool { return c.Code == code })
}

func numbers(f form.FieldInfo, said constants) []int64 {
	low, errLow := strconv.ParseInt(string(f.Node.Min), 10, 64)
	high, errHigh := strconv.ParseInt(string(f.Node.Max), 10, 64)
	var out []int64
	add := func(list ...int64) {
		for _, n := range list {
			if (errLow != nil || n >= low) && (errHigh != nil || n <= high) && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	add(1)
	if errLow == nil {
		add(low, low+1)
	}
	add(0)
	for _, n := range said.ints {
		add(n-1, n, n+1)
	}
	if errHigh == nil {
		add(high-1, high)
	}
	if errLow != nil {
		add(-1)
	}
	return out
}

func typedNumber(k form.Kind, n int64) string {
	if k != form.Money {
		return strconv.FormatInt(n, 10)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d,%02d", sign, n/100, n%100)
}

func decimals(f form.FieldInfo, said constants) []string {
	out := []string{}
	low, errLow := strconv.ParseFloat(string(f.Node.Min), 64)
	high, errHigh := strconv.ParseFloat(string(f.Node.Max), 64)
	add := func(list ...float64) {
		for _, x := range list {
			if (errLow != nil || x >= low) && (errHigh != nil || x <= high) {
				s := strconv.FormatFloat(x, 'f', -1, 64)
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	add(1)
	if errLow == nil {
		add(low)
	}
	for _, x := range said.floats {
		add(x-1, x, x+1)
	}
	for _, n := range said.ints {
		add(float64(n-1), float64(n), float64(n+1))
	}
	add(0)
	if errHigh == nil {
		add(high)
	}
	return out
}

// dates are ordinary days, the bounds, the days that rules name, and those
// that lie as many days, months or years from today as rules count.
func dates(f form.FieldInfo, said constants, today clock.Date) []clock.Date {
	low, hasLow := f.Node.Min.On(today)
	high, hasHigh := f.Node.Max.On(today)
	var out []clock.Date
	add := func(d clock.Date) {
		if (!hasLow || !d.Before(low)) && (!hasHigh || !d.After(high)) && d.Year >= 1000 && d.Year < 9999 && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	around := func(d clock.Date) {
		add(d)
		add(d.AddDays(-1))
		add(d.AddDays(1))
	}
	if f.Node.Autocomplete == "bday" || strings.Contains(strings.ToLower(f.Path), "geb") || strings.Contains(f.Path, "birth") {
		add(today.AddMonths(-40 * 12))
	}
	add(today.AddMonths(-1))
	add(today.AddMonths(-13))
	add(today)
	add(clock.Date{Year: today.Year - 1, Month: time.January, Day: 1})
	add(today.AddMonths(1))
	for _, d := range said.dates {
		around(d)
	}
	for _, n := range said.ints {
		if n == 0 || n > 200 || n < -200 {
			continue
		}
		for _, k := range []int{-int(n), int(n)} {
			around(today.AddMonths(12 * k))
			around(today.AddMonths(k))
			around(today.AddDays(k))
		}
	}
	if hasLow {
		around(low)
	}
	if hasHigh {
		around(high)
	}
	add(clock.Date{Year: today.Year - 40, Month: time.June, Day: 15})
	return out
}

// standIns are files that stand for uploaded ones; their bytes are nowhere.
func standIns(f form.FieldInfo, n int) []form.File {
	out := make([]form.File, n)
	for i := range out {
		typ := ""
		if len(f.Node.Accept) > 0 {
			typ = f.Node.Accept[i%len(f.Node.Accept)]
		}
		id := fmt.Sprintf("probe%d", i+1)
		out[i] = form.File{ID: id, Name: id + ending(typ), Type: typ, Size: 1, SHA256: strings.Repeat("0", 64), Key: id}
	}
	return out
}

func ending(mediaType string) string {
	_, sub, _ := strings.Cut(mediaType, "/")
	if sub == "jpeg" {
		sub = "jpg"
	}
	return "." + sub
}

// fit lengthens or cuts s to what f takes.
func fit(f form.FieldInfo, s string) string {
	r := []rune(s)
	if n, err := strconv.Atoi(string(f.Node.Min)); err == nil {
		for len(r) < n {
			r = append(r, 'a')
		}
	}
	if f.Limit > 0 && int64(len(r)) > f.Limit {
		r = r[:f.Limit]
	}
	return string(r)
}

// post puts a candidate into the controls of a field as a browser sends them.
func post(into url.Values, m form.Field, c candidate) {
	if m.Widget == form.WidgetFile || c.value == nil {
		return
	}
	for suffix, s := range c.parts {
		into.Set(m.Name+":"+suffix, s)
	}
	if c.parts != nil {
		return
	}
	if d, ok := c.value.(clock.Date); ok && m.Widget == form.WidgetDate {
		into.Set(m.Name+":day", strconv.Itoa(d.Day))
		into.Set(m.Name+":month", strconv.Itoa(int(d.Month)))
		into.Set(m.Name+":year", strconv.Itoa(d.Year))
		return
	}
	into[m.Name] = c.typed
}
