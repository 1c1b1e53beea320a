package form

import (
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/form/lookup"
	"leitportal/internal/i18n"
)

//go:embed texts/*.json countries.json
var files embed.FS

// Texts holds the form engine's own words: the problems every form has in
// common.
func Texts() embed.FS { return files }

// Program is a compiled form. It is immutable and safe for concurrent use.
type Program struct {
	id       string
	words    *i18n.Catalog
	top      *table
	groups   []*group // of all depths, outer before inner
	pages    []*page
	stops    []*page // of them, those that end the application
	plan     []block
	depth    int // how deep groups repeat within each other
	byPage   map[string]*page
	byPath   map[string]*field
	vars     map[string]variable
	params   []paramDecl
	byParam  map[string]int
	checks   []*check
	computes []*compute
	// destinations in the order they are looked at
	destinations []destination
	sections     map[string]text
	lists        map[string][]Choice
	texts        map[i18n.Lang]map[string]string
}

// ID is the form's id as in schema.yaml.
func (p *Program) ID() string { return p.id }

// TakesFiles tells whether the form asks for files anywhere.
func (p *Program) TakesFiles() bool {
	for _, f := range p.byPath {
		if f.kind == Files {
			return true
		}
	}
	return false
}

// table is the fields of one scope: the application, or one instance of a
// group.
type table struct {
	group  *group   // nil: the application itself
	chain  []*group // the groups around the fields, the outermost first
	groups []*group // the groups that repeat in this scope
	fields []*field
	pages  []*page
	calcs  []*expr
	// prefix of schema paths in this scope: "" or "hunde."
	prefix string
}

// maxDepth is how deep groups may repeat within each other.
const maxDepth = 3

// maxInstances bounds the instances of a group in a whole application.
const maxInstances = 10_000

// sees tells whether a rule in t knows the names of the scope of.
func (t *table) sees(of *table) bool {
	return of.group == nil || slices.Contains(t.chain, of.group)
}

// block is a page of the form, or a run of pages that are asked instance by
// instance.
type block struct {
	page  *page
	group *group
	inner []block
}

// blocks puts together the pages that are asked in the scope t, to which a way
// leads.
func blocks(pages []*page, t *table, way []int) []block {
	var out []block
	for i := 0; i < len(pages); {
		way := append(slices.Clone(way), len(out))
		if pages[i].table == t {
			pages[i].way = way
			out = append(out, block{page: pages[i]})
			i++
			continue
		}
		g, j := pages[i].table.chain[len(t.chain)], i
		for j < len(pages) && slices.Contains(pages[j].table.chain, g) {
			j++
		}
		out = append(out, block{group: g, inner: blocks(pages[i:j], &g.table, way)})
		i = j
	}
	return out
}

type group struct {
	table
	up        *table // the scope in which it repeats
	idx       int    // in up
	id        string // schema path, also its name in rules
	rel       string // path inside up
	as        string
	min, max  int
	label     *field
	one       text
	list      *page
	first     int // order of the first page of its instances, or inside them
	kindInCEL string
}

type field struct {
	p     *Program
	node  Node
	kind  Kind
	d     *descriptor
	parts []string // names of its controls, where there are several
	path  string   // schema path
	rel   string   // path inside its scope
	id    string   // of its control, outside of groups
	table *table
	idx   int // in its table
	page  *page
	at    int // on its page

	minN, maxN     int64 // length, number, cents, count, bytes by kind
	hasMin, hasMax bool
	minF, maxF     float64
	minD, maxD     dateBound
	digits         int
	choices        []choice
	options        map[i18n.Lang][]Option // of its control
	byCode         map[string]int
	widget         Widget
	finder         *lookup.Index // of a WidgetFind; the fields of a list share it
	labels, short  text
	hint, missing  text
	pattern        *regexp.Regexp // of a text; invalid says what it must be
	invalid        text
	declaration    text // of a signature
	basis, purpose text
	zero           ref.Val
	when, require  *expr
	value, initial *expr      // give the answer (given.go)
	cond           *condition // the part of when that the browser can do
	checks         []*check
}

type choice struct {
	code  string
	value Value // the code again, as an answer
	label text
	hint  text
	also  []string
	attrs map[string]string
}

type page struct {
	id      string
	order   int
	idx     int // in its table
	def     PageDef
	table   *table
	fields  []*field
	sorted  []*field // by path, as they are stored
	way     []int    // to it through the blocks of the plan
	blank   *leaf    // of which nothing is answered
	must    []*field // that are or may be required
	when    *expr
	list    *group // list page
	columns []*field
	notes   []note
	title   text
	intro   text
	add     text
	next    text
	checks  []*check // of a list page
	gives   bool     // a field of it may have its answer from a rule
	settled bool     // nothing behind it has a say in it (known.go)
}

type note struct {
	id   string
	kind string
	when *expr
	text text
}

type check struct {
	id    string
	field *field // nil: on a list page
	group *group
	when  *expr
	must  *expr
	text  text
}

type destination struct {
	id    string
	when  *expr
	label text
}

type compute struct {
	id    string
	title text
	sums  []sumDef
	lines []*line
}

type sumDef struct {
	id    string
	label text
}

type line struct {
	id     string
	group  *group
	when   *expr
	cents  []*expr // per sum, nil: none
	values []lineValue
	text   text
}

type lineValue struct {
	name  string
	expr  *expr
	money bool
}

// ParamType is the type of a municipality's parameter, spelled as the
// solution declares it.
type ParamType = string

// The types of parameters, and the Go values that Program.Params takes for
// them.
const (
	ParamText    ParamType = "text"    // string
	ParamInt     ParamType = "int"     // int64 or int
	ParamMoney   ParamType = "money"   // int64 or int, cents
	ParamBool    ParamType = "bool"    // bool
	ParamDate    ParamType = "date"    // clock.Date
	ParamDecimal ParamType = "decimal" // float64
	ParamTexts   ParamType = "texts"   // []string
	ParamInts    ParamType = "ints"    // []int64
	ParamMoneys  ParamType = "moneys"  // []int64, cents
)

type paramDecl struct {
	name string
	typ  ParamType
	cel  *cel.Type
}

// Params are the checked parameters of one municipality for one Program.
type Params struct {
	p      *Program
	vals   []ref.Val
	native []any
}

// Params checks values against the declared types. A parameter that is
// missing has its empty value; one that is not declared is an error.
func (p *Program) Params(values map[string]any) (*Params, error) {
	out := &Params{p: p, vals: make([]ref.Val, len(p.params)), native: make([]any, len(p.params))}
	for name := range values {
		if _, ok := p.byParam[name]; !ok {
			return nil, fmt.Errorf("form %s: parameter %q is not declared", p.id, name)
		}
	}
	for i, d := range p.params {
		v, ok := paramValue(d.typ, values[d.name])
		if !ok {
			return nil, fmt.Errorf("form %s: parameter %s must be %s, not %T", p.id, d.name, d.typ, values[d.name])
		}
		out.vals[i], out.native[i] = v, values[d.name]
	}
	return out, nil
}

func paramCEL(t ParamType) *cel.Type {
	switch t {
	case ParamText:
		return cel.StringType
	case ParamInt, ParamMoney:
		return cel.IntType
	case ParamBool:
		return cel.BoolType
	case ParamDate:
		return cel.TimestampType
	case ParamDecimal:
		return cel.DoubleType
	case ParamTexts:
		return cel.ListType(cel.StringType)
	case ParamInts, ParamMoneys:
		return cel.ListType(cel.IntType)
	}
	return nil
}

func paramValue(t ParamType, v any) (ref.Val, bool) {
	switch t {
	case ParamText:
		s, ok := v.(string)
		return types.String(s), ok || v == nil
	case ParamInt, ParamMoney:
		switch v := v.(type) {
		case int64:
			return types.Int(v), true
		case int:
			return types.Int(v), true
		}
		return types.IntZero, v == nil
	case ParamBool:
		b, ok := v.(bool)
		return types.Bool(b), ok || v == nil
	case ParamDate:
		d, ok := v.(clock.Date)
		return dateVal(d), ok || v == nil
	case ParamDecimal:
		f, ok := v.(float64)
		return types.Double(f), ok || v == nil
	case ParamTexts:
		l, ok := v.([]string)
		return types.NewStringList(types.DefaultTypeAdapter, l), ok || v == nil
	default:
		l, ok := v.([]int64)
		return types.NewDynamicList(types.DefaultTypeAdapter, l), ok || v == nil
	}
}

// display is parameter i as a text shows it.
func (ps *Params) display(i int, lang i18n.Lang) string {
	switch v := ps.native[i].(type) {
	case string:
		return v
	case bool:
		return ps.p.word(lang, map[bool]string{true: "form.yes", false: "form.no"}[v])
	case clock.Date:
		return i18n.FormatDate(lang, v)
	case []string:
		return strings.Join(v, ", ")
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if lang != i18n.EN {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
	n, _ := ps.vals[i].(types.Int)
	if ps.p.params[i].typ == ParamMoney {
		return i18n.Money(lang, int64(n))
	}
	return i18n.Number(lang, int64(n))
}

// word is one of the engine's own texts.
func (p *Program) word(lang i18n.Lang, key string, args ...any) string {
	return p.words.On(lang).T(key, args...)
}

// text is words in all languages, cut at their placeholders. more are those in
// further languages, where there are any.
type text struct {
	parts [2][]part
	more  map[i18n.Lang][]part
}

// part is literal, followed by the value of the placeholder name (if any).
type part struct{ literal, name string }

func langIndex(l i18n.Lang) int {
	if l == i18n.EN {
		return 1
	}
	return 0
}

func newText(de, en string) text {
	t := text{parts: [2][]part{cut(de)}}
	if t.parts[1] = t.parts[0]; en != de { // a long list of names has them once
		t.parts[1] = cut(en)
	}
	return t
}

// translated is t with a translation; "" is none.
func (t text) translated(lang i18n.Lang, s string) text {
	if s != "" {
		if t.more = maps.Clone(t.more); t.more == nil {
			t.more = map[i18n.Lang][]part{}
		}
		t.more[lang] = cut(s)
	}
	return t
}

// of is the text in lang, or in German (other) where it is not translated.
func (t *text) of(lang i18n.Lang) (parts []part, other bool) {
	if lang.Portal() || lang == "" {
		return t.parts[langIndex(lang)], false
	}
	if parts := t.more[lang]; parts != nil {
		return parts, false
	}
	return t.parts[0], lang.Further()
}

func cut(s string) []part {
	var parts []part
	for s != "" {
		i := strings.IndexByte(s, '{')
		j := -1
		if i >= 0 {
			j = strings.IndexByte(s[i:], '}')
		}
		if j < 0 {
			return append(parts, part{literal: s})
		}
		parts = append(parts, part{s[:i], s[i+1 : i+j]})
		s = s[i+j+1:]
	}
	return parts
}

func (t *text) empty() bool { return t.parts[0] == nil }

// in is the text without anything filled in, and without marks.
func (t *text) in(lang i18n.Lang) string { return i18n.Plain(t.on(lang)) }

// on is in as it stands on a page: marked where it is not translated.
func (t *text) on(lang i18n.Lang) string {
	return t.fill(lang, func(name string) (string, bool) { return "", false })
}

// fill is the text with its placeholders; unknown ones stay as they are.
// Where it is not translated it is German, and marked as that.
func (t *text) fill(lang i18n.Lang, value func(name string) (string, bool)) string {
	parts, other := t.of(lang)
	switch {
	case other:
		return i18n.AsGerman(joined(parts, value))
	case lang.Dir() == "rtl":
		return joined(parts, func(name string) (string, bool) {
			s, ok := value(name)
			return i18n.Isolated(s), ok
		})
	}
	return joined(parts, value)
}

func joined(parts []part, value func(name string) (string, bool)) string {
	if len(parts) == 0 {
		return ""
	}
	if len(parts) == 1 && parts[0].name == "" {
		return parts[0].literal
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.literal)
		if p.name == "" {
			continue
		}
		if v, ok := value(p.name); ok {
			b.WriteString(v)
		} else {
			b.WriteString("{" + p.name + "}")
		}
	}
	return b.String()
}

// names are the placeholders, in whatever language.
func (t *text) names() []string {
	var out []string
	add := func(parts []part) {
		for _, p := range parts {
			if p.name != "" {
				out = append(out, p.name)
			}
		}
	}
	add(t.parts[0])
	add(t.parts[1])
	for _, lang := range slices.Sorted(maps.Keys(t.more)) {
		add(t.more[lang])
	}
	return out
}

// dateBound is a fixed day or one counted from today.
type dateBound struct {
	set           bool
	fixed         clock.Date
	months, days  int
	relativeToday bool
}

func (b dateBound) on(today clock.Date) clock.Date {
	switch {
	case !b.relativeToday:
		return b.fixed
	case b.months == 0 && b.days == 0:
		return today
	}
	return today.AddMonths(b.months).AddDays(b.days)
}

func parseDateBound(s Bound) (dateBound, error) {
	if s == "" {
		return dateBound{}, nil
	}
	rest, ok := strings.CutPrefix(string(s), "today")
	if !ok {
		d, err := clock.ParseDate(string(s))
		return dateBound{set: true, fixed: d}, err
	}
	b := dateBound{set: true, relativeToday: true}
	if rest == "" {
		return b, nil
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	if err != nil || rest[0] != '+' && rest[0] != '-' {
		return b, fmt.Errorf("%q is not today, today+3m, today-1y or today-10d", string(s))
	}
	switch rest[len(rest)-1] {
	case 'd':
		b.days = n
	case 'm':
		b.months = n
	case 'y':
		b.months = 12 * n
	default:
		return b, fmt.Errorf("%q: the unit must be d, m or y", string(s))
	}
	return b, nil
}

// Speaks tells whether the form has words of its own in lang. Where it has
// not, it shows the German ones, and the page has to say so.
func (p *Program) Speaks(lang i18n.Lang) bool { return lang == i18n.DE || p.texts[lang] != nil }

// Langs lists the languages the form has words in: German, English if it is
// there, Leichte Sprache, and further ones by their tags.
func (p *Program) Langs() []i18n.Lang {
	return slices.DeleteFunc(p.shownIn(), func(l i18n.Lang) bool { return !p.Speaks(l) })
}

// shownIn lists the languages the form is shown in: the portal's, and the
// further ones it has words in.
func (p *Program) shownIn() []i18n.Lang {
	return append(i18n.Langs(), slices.DeleteFunc(i18n.Further(), func(l i18n.Lang) bool { return !p.Speaks(l) })...)
}

// Word is a text of the files that is not the form's own but the solution's
// ("solution.title"), in a further language; "" where there is none.
func (p *Program) Word(lang i18n.Lang, key string) string { return p.texts[lang][key] }
