package solution

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// Parameter declares one value that an authority chooses.
type Parameter struct {
	// Name is how rules and texts call it: lower case with underscores.
	Name string `yaml:"name"`
	// Type is one of text, words (text in each language), int, money (cents),
	// moneys (list), percent, bool, choice, choices (list), days (list).
	Type string `yaml:"type"`
	// Unit is shown beside the value, such as "cents a year".
	Unit string `yaml:"unit"`
	// Min and Max bound a number, the length of a text in characters, or the
	// number of entries of a list. Max 0 means: no upper bound but the type's.
	Min int64 `yaml:"min"`
	Max int64 `yaml:"max"`
	// Options are the values a choice or choices may have.
	Options []Option `yaml:"options"`
	// Default is the value of whoever says nothing.
	Default any `yaml:"default"`
	// Own tells that an authority's first by-law must state the value itself,
	// because guessing it would be wrong (a rate, who pays the raised rate).
	Own bool `yaml:"own"`
	// Was is the name it had in versions before.
	Was string `yaml:"was"`
	// Text says what the parameter is.
	Text Words `yaml:"text"`
}

// Option is one value of a choice.
type Option struct {
	ID   string `yaml:"id"`
	Text Words  `yaml:"text"`
}

// ByLaw says where values come from and when they apply.
type ByLaw struct {
	// Name is the title of the by-law as printed in a notice.
	Name string `yaml:"name" json:"name"`
	// Decided is the day of the council's decision, zero where unknown.
	Decided clock.Date `yaml:"decided" json:"decided,omitzero"`
	// From is the first day of force.
	From clock.Date `yaml:"valid_from" json:"valid_from"`
	// To is the last day of force, zero for "until further notice".
	To clock.Date `yaml:"valid_to" json:"valid_to,omitzero"`
	// Demo tells that the values are made up and not those of the town.
	Demo bool `yaml:"-" json:"-"`
}

// InForce tells whether the by-law applies on day.
func (b ByLaw) InForce(day clock.Date) bool {
	return !day.Before(b.From) && (b.To.IsZero() || !day.After(b.To))
}

// Set is the parameters of one by-law, checked against their declaration. It
// is immutable and shared.
type Set struct {
	// Key is the same exactly for equal sets: 32 hex digits.
	Key   string
	ByLaw ByLaw

	values map[string]any
	words  map[string]Words // what depends on the language
}

// Values is every parameter by name as a form in lang uses it; its types are
// those of [Version.FormTypes]. Beside the declared ones it holds the by-law
// (bylaw, bylaw_decided, bylaw_from, bylaw_to as YYYY-MM-DD or "", demo), and
// for each list a <name>_text in words. Go types: string,
// bool, int64 (also cents), []int64, []string. The map is the caller's own;
// the lists in it are shared and must not be changed.
func (s *Set) Values(lang i18n.Lang) map[string]any {
	out := make(map[string]any, len(s.values)+len(s.words))
	for k, v := range s.values {
		out[k] = v
	}
	for k, w := range s.words {
		out[k] = w.In(lang)
	}
	return out
}

// FormTypes is the type of each entry of [Set.Values] in the words of the
// form engine: text, int, money, bool, texts, moneys.
func (v *Version) FormTypes() map[string]string {
	out := map[string]string{"bylaw": "text", "bylaw_decided": "text", "bylaw_from": "text", "bylaw_to": "text", "demo": "bool"}
	for _, p := range v.order {
		switch p.Type {
		case "percent":
			out[p.Name] = "int"
		case "choice", "words":
			out[p.Name] = "text"
		case "choices", "days":
			out[p.Name], out[p.Name+"_text"] = "texts", "text"
		case "moneys":
			out[p.Name], out[p.Name+"_text"] = "moneys", "text"
		default:
			out[p.Name] = p.Type
		}
	}
	return out
}

// Int is the value of an int, money or percent parameter, 0 when there is
// none of that name.
func (s *Set) Int(name string) int64 { n, _ := s.values[name].(int64); return n }

// Bool is the value of a boolean parameter.
func (s *Set) Bool(name string) bool { b, _ := s.values[name].(bool); return b }

// Text is the value of a text, choice or words parameter in lang.
func (s *Set) Text(name string, lang i18n.Lang) string {
	if w, ok := s.words[name]; ok {
		return w.In(lang)
	}
	t, _ := s.values[name].(string)
	return t
}

// List is the value of a choices or days parameter; days are MM-DD in the
// order of the year.
func (s *Set) List(name string) []string { l, _ := s.values[name].([]string); return l }

// Cents is the value of a moneys parameter.
func (s *Set) Cents(name string) []int64 { l, _ := s.values[name].([]int64); return l }

// Parameters are the by-laws of an authority with the values that it chose, the
// earliest first. They are immutable and shared by all who have equal ones.
type Parameters struct {
	// Demo tells that they are made up and not those of the town.
	Demo   bool          `json:"demo,omitempty"`
	ByLaws []ByLawValues `json:"bylaws"`

	digest string // the same exactly for equal ones
}

// ByLawValues is one by-law and what it says. The first states everything that
// is not left to the defaults, a later one only what it changes, as an amending
// by-law does.
type ByLawValues struct {
	ByLaw  `yaml:",inline"`
	Values map[string]any `yaml:"values" json:"values"`
}

// parameterFile is parameters/<ars>.yaml or parameters/default.yaml, and what an
// authority enters.
type parameterFile struct {
	Tenant string        `yaml:"tenant"`
	Name   string        `yaml:"name"`
	Demo   bool          `yaml:"demo"`
	ByLaws []ByLawValues `yaml:"bylaws"`
}

// ReadParameters reads what an authority enters for v as YAML or JSON: a list
// bylaws, and demo, as the parameter files of a solution have it; tenant and
// name may stand there and are not looked at. The error, of kind fail.Invalid,
// names everything that is wrong.
func ReadParameters(file []byte, v *Version) (*Parameters, error) {
	if len(file) > maxFile {
		return nil, fail.Newf(fail.Invalid, "solution: the parameters are larger than %d MB", maxFile>>20)
	}
	var f parameterFile
	err := plain(file)
	if err == nil {
		err = strict(file, &f)
	}
	if err != nil {
		return nil, fail.New(fail.Invalid, "", err)
	}
	return NewParameters(v, f.ByLaws, f.Demo)
}

// NewParameters are by-laws checked against v, in which an authority's first
// states all that v leaves to it. The error, of kind fail.Invalid, names
// everything that is wrong.
func NewParameters(v *Version, bylaws []ByLawValues, demo bool) (*Parameters, error) {
	p, err := newParameters(v, bylaws, demo, true)
	if err != nil {
		return nil, fail.New(fail.Invalid, "", err)
	}
	return p, nil
}

func newParameters(v *Version, bylaws []ByLawValues, demo, own bool) (*Parameters, error) {
	p := &Parameters{Demo: demo}
	if _, err := p.sets(v, bylaws, own); err != nil {
		return nil, err
	}
	for _, b := range bylaws {
		b.Demo = demo
		values := make(map[string]any, len(b.Values))
		for name, raw := range b.Values {
			values[name], _ = v.params[name].check(raw) // it has been, above
		}
		b.Values = values
		p.ByLaws = append(p.ByLaws, b)
	}
	sum := sha256.Sum256(p.JSON())
	p.digest = hex.EncodeToString(sum[:])
	return p, nil
}

// JSON is the parameters as readStored takes them, and ReadParameters for the
// same version; the same bytes for equal ones.
func (p *Parameters) JSON() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("solution: checked parameters cannot be written as JSON: " + err.Error())
	}
	return b
}

// readStored reads parameters that were checked when they were entered.
func readStored(b []byte, digest string) (*Parameters, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	p := &Parameters{digest: digest}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("solution: stored parameters: %w", err)
	}
	for i := range p.ByLaws {
		p.ByLaws[i].Demo = p.Demo
		for name, v := range p.ByLaws[i].Values {
			p.ByLaws[i].Values[name] = whole(v)
		}
	}
	return p, nil
}

// whole is a value of JSON with its numbers as whole ones.
func whole(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		return x.String()
	case []any:
		for i := range x {
			x[i] = whole(x[i])
		}
	}
	return v
}

// fit is the by-laws with what v knows of their values. What only v knows are
// the values under has, if any.
func (p *Parameters) fit(v *Version, under *Parameters) []ByLawValues {
	out := make([]ByLawValues, len(p.ByLaws))
	for i, b := range p.ByLaws {
		out[i] = ByLawValues{b.ByLaw, map[string]any{}}
		if i == 0 && under != nil {
			for _, u := range under.ByLaws {
				takeFitting(out[i].Values, u.Values, v)
			}
		}
		takeFitting(out[i].Values, b.Values, v)
	}
	return out
}

func takeFitting(into, values map[string]any, v *Version) {
	for name, raw := range values {
		if decl, known := v.params[name]; known {
			if _, err := decl.check(raw); err == nil {
				into[name] = raw
			}
		}
	}
}

// sets is one set for each by-law, in order of validity, checked against v.
// own tells that the first states what v leaves to an authority.
func (p *Parameters) sets(v *Version, bylaws []ByLawValues, own bool) ([]*Set, error) {
	if len(bylaws) == 0 {
		return nil, errors.New("no by-law: at least one is needed under bylaws")
	}
	if len(bylaws) > maxByLaws {
		return nil, fmt.Errorf("more than %d by-laws", maxByLaws)
	}
	base := map[string]any{}
	for _, d := range v.order {
		value, err := d.check(d.Default)
		if err != nil {
			return nil, fmt.Errorf("default of %w", err)
		}
		base[d.Name] = value
	}
	var out []*Set
	for i, b := range bylaws {
		b.Demo = p.Demo
		if err := b.valid(); err != nil {
			return nil, err
		}
		if i > 0 && !b.From.After(lastDay(out[i-1].ByLaw)) {
			return nil, fmt.Errorf("by-law %q begins on %s, while the one before it still applies: give that one an earlier valid_to", b.Name, b.From)
		}
		values := make(map[string]any, len(base)+5)
		for k, v := range base {
			values[k] = v
		}
		if err := apply(values, b.Values, v.order, i == 0 && own); err != nil {
			return nil, fmt.Errorf("by-law %q: %w", b.Name, err)
		}
		base = values
		out = append(out, newSet(b.ByLaw, values, v.order))
	}
	return out, nil
}

// maxByLaws is how many by-laws of one solution an authority may enter, and
// maxByLawName how long the name of one may be.
const (
	maxByLaws    = 100
	maxByLawName = 300
)

func apply(values, given map[string]any, decl []Parameter, first bool) error {
	var errs []error
	left := len(given)
	for _, p := range decl {
		raw, ok := given[p.Name]
		if !ok {
			if first && p.Own {
				errs = append(errs, fmt.Errorf("%s is missing: an authority states it itself", p.Name))
			}
			continue
		}
		left--
		v, err := p.check(raw)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		values[p.Name] = v
	}
	if left > 0 {
		known := func(name string) bool {
			return slices.ContainsFunc(decl, func(p Parameter) bool { return p.Name == name })
		}
		for name := range given {
			if !known(name) {
				errs = append(errs, fmt.Errorf("%s is not a parameter of this solution", name))
			}
		}
		sort.Slice(errs, func(i, j int) bool { return errs[i].Error() < errs[j].Error() })
	}
	return errors.Join(errs...)
}

func (b ByLaw) valid() error {
	switch {
	case b.Name == "":
		return errors.New("a by-law has no name")
	case len(b.Name) > maxByLawName:
		return fmt.Errorf("a by-law's name is longer than %d characters", maxByLawName)
	case b.From.IsZero():
		return fmt.Errorf("by-law %q has no valid_from", b.Name)
	case !b.To.IsZero() && b.To.Before(b.From):
		return fmt.Errorf("by-law %q ends (%s) before it begins (%s)", b.Name, b.To, b.From)
	}
	return nil
}

// lastDay is the last day of force; of an open end, the end of time.
func lastDay(b ByLaw) clock.Date {
	if b.To.IsZero() {
		return clock.Date{Year: 9999, Month: time.December, Day: 31}
	}
	return b.To
}

// demoNote marks the by-laws that are made up.
func demoNote() Words {
	return Words{"(Demo-Wert, nicht die Satzung der Stadt)", "(demo value, not the by-law of the town)"}
}

func newSet(b ByLaw, values map[string]any, decl []Parameter) *Set {
	s := &Set{ByLaw: b, words: map[string]Words{}}
	all := map[string]any{
		"bylaw": b.Name, "bylaw_decided": b.Decided.String(),
		"bylaw_from": b.From.String(), "bylaw_to": b.To.String(), "demo": b.Demo,
	}
	for k, v := range values {
		all[k] = v
	}
	canonical, err := json.Marshal(all) // maps are written with sorted keys
	if err != nil {
		panic("solution: checked values cannot be written as JSON: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	s.Key = hex.EncodeToString(sum[:16])
	if b.Demo {
		s.words["bylaw"] = Words{b.Name, strings.Replace(b.Name, demoNote().DE, demoNote().EN, 1)}
		delete(all, "bylaw")
	}
	for _, p := range decl {
		switch v := all[p.Name].(type) {
		case Words:
			s.words[p.Name] = v
			delete(all, p.Name)
		case []string:
			s.words[p.Name+"_text"] = Words{p.listed(v, i18n.DE), p.listed(v, i18n.EN)}
		case []int64:
			s.words[p.Name+"_text"] = Words{amounts(v, i18n.DE), amounts(v, i18n.EN)}
		}
	}
	s.values = all
	return s
}

// listed is a list of days or choices in words: "15. Februar und 1. Juli".
func (p Parameter) listed(ids []string, lang i18n.Lang) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id
		if p.Type == "days" {
			words[i] = dayOfYear(id, lang)
		}
		for _, o := range p.Options {
			if o.ID == id {
				words[i] = o.Text.In(lang)
			}
		}
	}
	return enumerate(words, lang)
}

func amounts(cents []int64, lang i18n.Lang) string {
	words := make([]string, len(cents))
	for i, n := range cents {
		words[i] = i18n.Money(lang, n)
	}
	return enumerate(words, lang)
}

// dayOfYear writes MM-DD without a year: "15. Februar", "15 February".
func dayOfYear(mmdd string, lang i18n.Lang) string {
	d, err := clock.ParseDate("2027-" + mmdd)
	if err != nil {
		return mmdd
	}
	return strings.TrimSuffix(i18n.FormatDate(lang, d), " 2027")
}

// enumerate joins words as a sentence does: "a, b und c".
func enumerate(words []string, lang i18n.Lang) string {
	and := Words{" und ", " and "}.In(lang)
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + and + words[n]
	}
	return strings.Join(words, "")
}

// declared checks the declaration itself.
func (p Parameter) declared() error {
	if p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return fmt.Errorf("parameter %q: a name is lower-case letters, digits and underscores", p.Name)
	}
	if slices.Contains([]string{"bylaw", "bylaw_decided", "bylaw_from", "bylaw_to", "demo"}, p.Name) {
		return fmt.Errorf("parameter %s: the name is taken by the by-law itself", p.Name)
	}
	if p.Text.DE == "" || p.Text.EN == "" {
		return fmt.Errorf("parameter %s: text is missing in de or en", p.Name)
	}
	if needs := p.Type == "choice" || p.Type == "choices"; needs != (len(p.Options) > 0) {
		return fmt.Errorf("parameter %s: options belong to a choice and to nothing else", p.Name)
	}
	_, err := p.check(p.Default)
	return err
}

// check brings a value from YAML into the parameter's type, or says what is
// wrong with it.
func (p Parameter) check(raw any) (any, error) {
	bad := func(format string, args ...any) (any, error) {
		return nil, fmt.Errorf("%s: %s", p.Name, fmt.Sprintf(format, args...))
	}
	switch p.Type {
	case "bool":
		if b, ok := raw.(bool); ok {
			return b, nil
		}
		return bad("%v is not true or false", raw)
	case "int", "money", "percent":
		n, ok := integer(raw)
		if !ok {
			return bad("%v is not a whole number", raw)
		}
		upper := p.Max
		if p.Type == "percent" && upper == 0 {
			upper = 100
		}
		if n < p.Min || (upper != 0 && n > upper) {
			return bad("%d is outside %d to %d %s", n, p.Min, upper, p.Unit)
		}
		return n, nil
	case "text":
		s, ok := raw.(string)
		if !ok {
			return bad("%v is not a text", raw)
		}
		return p.bounded(s)
	case "words":
		if w, ok := raw.(Words); ok {
			raw = map[string]any{"de": w.DE, "en": w.EN}
		}
		m, ok := raw.(map[string]any)
		if !ok || len(m) != 2 {
			return bad("needs a text de and a text en")
		}
		de, okDE := m["de"].(string)
		en, okEN := m["en"].(string)
		if !okDE || !okEN || (de == "") != (en == "") {
			return bad("needs both de and en")
		}
		if _, err := p.bounded(de); err != nil {
			return nil, err
		}
		return Words{de, en}, nil
	case "choice":
		s, _ := raw.(string)
		if !p.option(s) {
			return bad("%v is not one of %s", raw, p.optionIDs())
		}
		return s, nil
	case "choices", "days", "moneys":
		return p.checkList(raw)
	}
	return bad("%q is not a type of parameter", p.Type)
}

func (p Parameter) checkList(raw any) (any, error) {
	in, ok := raw.([]any)
	switch list := raw.(type) { // checked before
	case []string:
		in, ok = anys(list), true
	case []int64:
		in, ok = anys(list), true
	}
	if !ok {
		return nil, fmt.Errorf("%s: %v is not a list", p.Name, raw)
	}
	if n := int64(len(in)); n < p.Min || (p.Max != 0 && n > p.Max) {
		return nil, fmt.Errorf("%s: %d entries are outside %d to %d", p.Name, n, p.Min, p.Max)
	}
	out, cents := make([]string, 0, len(in)), make([]int64, 0, len(in))
	last := ""
	for _, v := range in {
		s, _ := v.(string)
		n, whole := integer(v)
		switch {
		case p.Type == "moneys" && (!whole || n < 0 || n > maxRate):
			return nil, fmt.Errorf("%s: %v is not an amount in cents from 0 to %d", p.Name, v, maxRate)
		case p.Type == "choices" && !p.option(s):
			return nil, fmt.Errorf("%s: %v is not one of %s", p.Name, v, p.optionIDs())
		case p.Type == "choices" && slices.Contains(out, s):
			return nil, fmt.Errorf("%s: %s stands there twice", p.Name, s)
		case p.Type == "days":
			// 2027 is no leap year: a due date must exist in every year.
			if _, err := clock.ParseDate("2027-" + s); err != nil || s <= last {
				return nil, fmt.Errorf("%s: %q is not a day MM-DD after %q", p.Name, s, last)
			}
		}
		last = s
		out, cents = append(out, s), append(cents, n)
	}
	if p.Type == "moneys" {
		return cents, nil
	}
	return out, nil
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// maxRate bounds the amounts of a list, in cents: a slip of the finger (euros
// typed as cents of cents) must not become a tax.
const maxRate = 1_000_000

func (p Parameter) bounded(s string) (any, error) {
	if n := int64(len([]rune(s))); n < p.Min || (p.Max != 0 && n > p.Max) {
		return nil, fmt.Errorf("%s: %d characters are outside %d to %d", p.Name, n, p.Min, p.Max)
	}
	return s, nil
}

func (p Parameter) option(id string) bool {
	return slices.ContainsFunc(p.Options, func(o Option) bool { return o.ID == id })
}

func (p Parameter) optionIDs() string {
	ids := make([]string, len(p.Options))
	for i, o := range p.Options {
		ids[i] = o.ID
	}
	return strings.Join(ids, ", ")
}

func integer(raw any) (int64, bool) {
	switch n := raw.(type) {
	case int64:
		return n, true
	case uint64:
		return int64(n), n <= math.MaxInt64
	case int:
		return int64(n), true
	}
	return 0, false
}
