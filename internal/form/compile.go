package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"leitportal/internal/form/lookup"
	"leitportal/internal/i18n"
)

// Options are what Compile needs to know beside the files.
type Options struct {
	// Params are the parameters that rules and texts may use, by name.
	Params map[string]ParamType
}

// compiler collects everything that is wrong with a form, so that an author
// sees it at once.
type compiler struct {
	d          *Definition
	p          *Program
	env        *cel.Env // without the form's names
	envs       map[string]*cel.Env
	shared     map[string]*field // by list: the first field that offers it
	provider   *provider
	memberDeps map[string]deps
	texts      map[string]text // taken so far
	finders    map[string]*lookup.Index
	attr       func(list, code, key string) string
	errs       []error
}

func (c *compiler) failf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

var (
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	pagePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
)

const (
	maxCode  = 200 // bytes
	codeRule = "1 to 200 bytes, no blank at either end, no control characters"
)

// ValidCode tells whether s can be the code of a choice. It may be whatever a
// code list has that comes back from a browser as it went there.
func ValidCode(s string) bool {
	return s != "" && len(s) <= maxCode && utf8.ValidString(s) && clean(s) == s && textTrouble(s, false) == ""
}

const reserved = " params calc answered today index true false null in as break const continue else for function if import let loop package namespace return var void while "

// Compile checks a form thoroughly and makes the Program that runs it. The
// error joins everything that was found.
func Compile(d *Definition, o Options) (*Program, error) {
	c := &compiler{
		d: d,
		p: &Program{
			id: d.ID, words: i18n.MustLoad(files), byPage: map[string]*page{}, byPath: map[string]*field{},
			vars: map[string]variable{}, byParam: map[string]int{}, sections: map[string]text{}, lists: d.Lists, texts: d.Texts,
		},
		memberDeps: map[string]deps{}, texts: map[string]text{}, shared: map[string]*field{}, finders: map[string]*lookup.Index{},
	}
	c.p.top = &table{}
	if d.ID == "" {
		c.failf("schema.yaml: id is missing")
	}
	c.params(o.Params)
	c.lists()
	c.nodes(d.Nodes, "", c.p.top, "", "")
	c.makePages()
	if err := errors.Join(c.errs...); err != nil {
		return nil, fmt.Errorf("form %s: %w", d.ID, err)
	}
	c.makeEnv()
	c.rules()
	c.conditions()
	c.leftovers()
	options := map[*choice]map[i18n.Lang][]Option{}
	for _, f := range c.p.byPath {
		if len(f.choices) == 0 || f.d.offers != nil {
			f.makeOptions(c.p)
			continue
		}
		of := &f.choices[0]
		if f.options = options[of]; f.options == nil {
			f.makeOptions(c.p)
			options[of] = f.options
		}
	}
	if len(c.errs) == 0 {
		c.circles()
	}
	if len(c.errs) == 0 {
		c.settle()
		c.tryOut()
	}
	if err := errors.Join(c.errs...); err != nil {
		return nil, fmt.Errorf("form %s: %w", d.ID, err)
	}
	return c.p, nil
}

func (c *compiler) params(decls map[string]ParamType) {
	for _, name := range slices.Sorted(maps.Keys(decls)) {
		t := paramCEL(decls[name])
		if t == nil {
			c.failf("parameter %s: there is no type %q", name, decls[name])
			continue
		}
		c.p.byParam[name] = len(c.p.params)
		c.p.vars["params."+name] = variable{kind: varParam, idx: len(c.p.params), typ: t}
		c.p.params = append(c.p.params, paramDecl{name, decls[name], t})
	}
}

func (c *compiler) lists() {
	for _, name := range slices.Sorted(maps.Keys(c.d.Lists)) {
		seen := map[string]bool{}
		for _, ch := range c.d.Lists[name] {
			switch {
			case !ValidCode(ch.Code):
				c.failf("lists/%s.yaml: %q is no code (%s)", name, ch.Code, codeRule)
			case seen[ch.Code]:
				c.failf("lists/%s.yaml: %s stands there twice", name, ch.Code)
			case ch.DE == "" || ch.EN == "" && c.p.Speaks(i18n.EN):
				c.failf("lists/%s.yaml: %s needs a text in de and en", name, ch.Code)
			}
			seen[ch.Code] = true
		}
		if len(seen) == 0 {
			c.failf("lists/%s.yaml: the list is empty", name)
		}
	}
}

// nodes makes fields and groups of the schema.
func (c *compiler) nodes(nodes []Node, prefix string, t *table, basis, purpose string) {
	for _, n := range nodes {
		path := prefix + n.ID
		if !idPattern.MatchString(n.ID) || strings.Contains(reserved, " "+n.ID+" ") {
			c.failf("schema.yaml: %q cannot be an id (small letters, digits and _, no word of CEL, not params, calc, answered, today, index)", path)
			continue
		}
		if c.byPathTaken(path) {
			c.failf("schema.yaml: %s stands there twice", path)
			continue
		}
		n.Basis, n.Purpose = or(n.Basis, basis), or(n.Purpose, purpose)
		switch {
		case n.Type != "" && (n.Group != nil || n.Repeat != nil):
			c.failf("schema.yaml: %s is a field and a group at once", path)
		case n.Type != "":
			c.field(n, path, t)
		case n.Group == nil:
			c.failf("schema.yaml: %s has neither a type nor a group", path)
		case n.Repeat == nil:
			c.p.vars[path] = variable{kind: -1}
			c.text("group."+path+".label", false)
			c.nodes(n.Group, path+".", t, n.Basis, n.Purpose)
		case len(t.chain) == maxDepth:
			c.failf("schema.yaml: %s repeats inside %s; %d levels of repetition are possible", path, t.group.id, maxDepth)
		default:
			c.group(n, path, t)
		}
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *compiler) byPathTaken(path string) bool {
	_, isVar := c.p.vars[path]
	return isVar || c.p.byPath[path] != nil
}

func (c *compiler) group(n Node, path string, t *table) {
	r := n.Repeat
	g := &group{up: t, idx: len(t.groups), id: path, rel: strings.TrimPrefix(path, t.prefix), as: r.As, min: r.Min, max: r.Max, first: -1, kindInCEL: path}
	g.table = table{group: g, chain: append(slices.Clone(t.chain), g), prefix: path + "."}
	if !idPattern.MatchString(r.As) || strings.Contains(reserved, " "+r.As+" ") || c.byPathTaken(r.As) || r.As == path {
		c.failf("schema.yaml: %s: repeat needs `as`, a name of its own for one instance", path)
	}
	if r.Max < 1 || r.Max > 100 || r.Min < 0 || r.Min > r.Max {
		c.failf("schema.yaml: %s: repeat needs 0 ≤ min ≤ max and 1 ≤ max ≤ 100", path)
	}
	if n := instances(g.chain); n > maxInstances {
		c.failf("schema.yaml: %s: its max and those of the groups around it allow %d instances, more than %d", path, n, maxInstances)
	}
	c.p.depth = max(c.p.depth, len(g.chain))
	t.groups, c.p.groups = append(t.groups, g), append(c.p.groups, g)
	g.one = c.text("group."+path+".one", true)
	self := deps{groups: g.around()}
	c.p.vars[path], c.p.vars[r.As] = variable{kind: -1}, variable{kind: -1}
	c.p.vars[t.nameOf(g.rel)] = variable{kind: varGroup, table: t, idx: g.idx, typ: cel.ListType(cel.ObjectType(path)), deps: self}
	c.p.vars[r.As+".index"] = variable{kind: varIndex, table: &g.table, typ: cel.IntType, deps: self}
	c.nodes(n.Group, path+".", &g.table, n.Basis, n.Purpose)
	if r.Label != "" {
		if g.label = c.p.byPath[path+"."+r.Label]; g.label == nil {
			c.failf("schema.yaml: %s: there is no field %s.%s for its label", path, path, r.Label)
		}
	}
}

// instances is how many there can be at the end of a chain of groups.
func instances(chain []*group) int {
	n := 1
	for _, g := range chain {
		n *= max(1, min(g.max, 100))
	}
	return n
}

// nameOf is what rules in the scope call something at a path inside it.
func (t *table) nameOf(rel string) string {
	if t.group == nil {
		return rel
	}
	return t.group.as + "." + rel
}

// around are the groups that decide whether something in the scope is there.
func (t *table) around() map[*group]bool {
	out := map[*group]bool{}
	for _, g := range t.chain {
		out[g] = true
	}
	return out
}

func (c *compiler) field(n Node, path string, t *table) {
	f := &field{
		p: c.p, node: n, kind: Kind(n.Type), path: path, rel: strings.TrimPrefix(path, t.prefix), table: t, idx: len(t.fields),
		id: idOf(path), digits: 2,
	}
	if f.d = describe(f.kind); f.d == nil {
		c.failf("schema.yaml: %s: there is no type %q", path, n.Type)
		return
	}
	f.zero = f.d.zero()
	t.fields = append(t.fields, f)
	c.p.byPath[path] = f
	inRules, own := t.nameOf(f.rel), deps{map[*field]bool{f: true}, t.around()}
	c.p.vars[inRules] = variable{varField, t, f.idx, f.kind.celType(), own}
	c.p.vars["answered."+inRules] = variable{varAnswered, t, f.idx, cel.BoolType, own}
	c.bounds(f)
	c.choices(f)
	c.ownKeys(f)
	f.labels = c.text("field."+path+".label", true)
	if f.short = c.text("field."+path+".short", false); f.short.empty() {
		f.short = f.labels
	}
	f.hint, f.missing = c.text("field."+path+".hint", false), c.text("field."+path+".missing", false)
	if n.Basis != "" {
		f.basis = c.text("basis."+n.Basis, true)
	}
	if n.Purpose != "" {
		f.purpose = c.text("purpose."+n.Purpose, true)
	}
	switch n.Sensitive {
	case "", Health:
	default:
		c.failf("schema.yaml: %s: sensitive can only be health", path)
	}
}

func (c *compiler) bounds(f *field) {
	n := f.node
	read := f.d.bounds
	if read == nil {
		read = intBounds
	}
	if err := read(f); err != nil {
		c.failf("schema.yaml: %s: min or max: %v", f.path, err)
	}
	if n.Digits != nil {
		if f.kind != Decimal || *n.Digits < 0 || *n.Digits > 6 {
			c.failf("schema.yaml: %s: digits belongs to a decimal and is 0 to 6", f.path)
		}
		f.digits = *n.Digits
	}
	if !f.hasMax {
		f.maxN = f.d.max
	}
	if (f.kind == Text || f.kind == Multiline) && (f.maxN < 1 || f.maxN > 20000) {
		c.failf("schema.yaml: %s: max must be 1 to 20000 characters", f.path)
	}
	if f.kind == Files {
		if len(n.Accept) == 0 {
			c.failf("schema.yaml: %s: a file needs accept (media types)", f.path)
		}
		if f.node.MaxBytes == 0 {
			f.node.MaxBytes = 10_000_000
		}
		if f.node.MaxPages == 0 {
			f.node.MaxPages = 500
		}
		if n.MaxBytes < 0 || n.MaxPages < 0 {
			c.failf("schema.yaml: %s: maxBytes and maxPages are numbers from 1 on", f.path)
		}
	} else if n.Accept != nil || n.MaxBytes != 0 || n.MaxPages != 0 {
		c.failf("schema.yaml: %s: accept, maxBytes and maxPages belong to files", f.path)
	}
}

func intBounds(f *field) error {
	for _, b := range []struct {
		s   Bound
		has *bool
		v   *int64
	}{{f.node.Min, &f.hasMin, &f.minN}, {f.node.Max, &f.hasMax, &f.maxN}} {
		if b.s == "" {
			continue
		}
		v, err := strconv.ParseInt(string(b.s), 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", string(b.s))
		}
		*b.has, *b.v = true, v
	}
	return nil
}

// ownKeys are the keys and texts that only some kinds have.
func (c *compiler) ownKeys(f *field) {
	n := f.node
	f.parts = f.d.parts
	switch f.kind {
	case Date:
		if n.Style == "text" {
			f.parts = nil
		}
	case Ranking:
		for i := range f.choices {
			f.parts = append(f.parts, f.choices[i].code)
		}
		if len(f.choices) < 2 || len(f.choices) > maxRanks {
			c.failf("schema.yaml: %s: a ranking needs 2 to %d choices", f.path, maxRanks)
		}
	case Signature:
		f.declaration = c.text("field."+f.path+".declaration", true)
	}
	if n.Style != "" && (f.kind != Date || n.Style != "parts" && n.Style != "text") {
		c.failf("schema.yaml: %s: style belongs to a date and can be parts or text", f.path)
	}
	if n.Unknown != "" && (f.kind != PartialDate || n.Unknown != "day" && n.Unknown != "month") {
		c.failf("schema.yaml: %s: unknown belongs to a partialdate and can be day or month", f.path)
	}
	if n.Open && f.kind != Period {
		c.failf("schema.yaml: %s: open belongs to a period", f.path)
	}
	if n.Pattern == "" {
		return
	}
	if f.kind != Text && f.kind != Multiline {
		c.failf("schema.yaml: %s: pattern belongs to a text", f.path)
		return
	}
	var err error
	if f.pattern, err = Pattern(n.Pattern); err != nil {
		c.failf("schema.yaml: %s: pattern: %v", f.path, err)
	}
	f.invalid = c.text("field."+f.path+".invalid", true)
}

func (c *compiler) choices(f *field) {
	n := f.node
	f.widget = f.d.widget
	var list []Choice
	switch {
	case f.d.list != nil:
		if c.shared["kind "+string(f.kind)] == nil {
			list = f.d.list()
		}
	case f.kind != OneOf && f.kind != SomeOf && f.kind != Ranking:
		if n.Choices != nil || n.List != "" {
			c.failf("schema.yaml: %s: choices and list belong to choice, choices and ranking", f.path)
		}
		return
	case (n.List != "") == (n.Choices != nil):
		c.failf("schema.yaml: %s: a choice needs either choices or list", f.path)
		return
	case n.List != "":
		var ok bool
		if list, ok = c.d.Lists[n.List]; !ok {
			c.failf("schema.yaml: %s: there is no lists/%s.yaml", f.path, n.List)
		}
	default:
		list = n.Choices
	}
	c.codes(f, list)
	switch w := Widget(n.As); {
	case f.kind != OneOf:
		if w != "" {
			c.failf("schema.yaml: %s: as belongs to a choice", f.path)
		}
	case w == WidgetRadio || w == WidgetSelect || w == WidgetSearch:
		f.widget = w
	case w != "":
		c.failf("schema.yaml: %s: as can be radio, select or search", f.path)
	case len(f.choices) <= 6:
		f.widget = WidgetRadio
	case len(f.choices) <= 15:
		f.widget = WidgetSelect
	default:
		f.widget = WidgetSearch
	}
	c.findable(f)
}

// codes gives f what a list offers. Fields that offer the same long list share
// it.
func (c *compiler) codes(f *field, list []Choice) {
	n := f.node
	of := "list " + n.List
	if f.d.list != nil {
		of = "kind " + string(f.kind)
	}
	if n.Choices == nil {
		if first := c.shared[of]; first != nil {
			f.choices, f.byCode = first.choices, first.byCode
			return
		}
		c.shared[of] = f
	}
	f.choices, f.byCode = make([]choice, 0, len(list)), make(map[string]int, len(list))
	for _, ch := range list {
		one := choice{code: ch.Code, value: ch.Code, also: ch.Also, attrs: ch.Attrs, label: newText(ch.DE, or(ch.EN, ch.DE))}
		for _, lang := range c.p.Langs() {
			if n.List != "" && lang.Further() {
				one.label = one.label.translated(lang, c.d.Texts[lang][ListKey(n.List, ch.Code)])
			}
		}
		if n.List == "" && f.d.list == nil {
			if !ValidCode(ch.Code) {
				c.failf("schema.yaml: %s: %q is no code (%s)", f.path, ch.Code, codeRule)
			}
			key := "field." + f.path + ".choice." + ch.Code
			one.label, one.hint = c.text(key, true), c.text(key+".hint", false)
		}
		if _, twice := f.byCode[ch.Code]; twice {
			c.failf("schema.yaml: %s: the choice %s stands there twice", f.path, ch.Code)
		}
		f.byCode[ch.Code] = len(f.choices)
		f.choices = append(f.choices, one)
	}
}

// ListKey is the key under which a further language names an entry of
// lists/<list>.yaml.
func ListKey(list, code string) string { return "list." + list + "." + code }

// countries are the countries of ISO 3166-1, named as Unicode CLDR does.
func countries() []Choice {
	b, err := files.ReadFile("countries.json")
	if err != nil {
		panic(err) // embedded
	}
	var m map[string][2]string
	if err := json.Unmarshal(b, &m); err != nil {
		panic(err) // embedded, tested
	}
	out := make([]Choice, 0, len(m))
	for code, names := range m {
		out = append(out, Choice{Code: code, DE: names[0], EN: names[1]})
	}
	fold := strings.NewReplacer("Ä", "A", "Ö", "O", "Å", "A")
	sort.Slice(out, func(i, j int) bool { return fold.Replace(out[i].DE) < fold.Replace(out[j].DE) })
	return out
}

// nationalities are the countries, and what a travel document has where there
// is none (ICAO Doc 9303-3, section 5, part D).
func nationalities() []Choice {
	return append(countries(), Choice{Code: "XXA", DE: "staatenlos", EN: "stateless"}, Choice{Code: strings.Repeat("X", 3), DE: "ungeklärt", EN: "not known"})
}

func (c *compiler) makePages() {
	for i, def := range c.d.Pages {
		pg := &page{id: def.ID, order: i, def: def, table: c.p.top}
		where := "pages.yaml: " + def.ID
		if !pagePattern.MatchString(def.ID) {
			c.failf("pages.yaml: %q cannot be a page id", def.ID)
			continue
		}
		if c.p.byPage[def.ID] != nil {
			c.failf("%s stands there twice", where)
			continue
		}
		c.p.byPage[def.ID] = pg
		c.p.pages = append(c.p.pages, pg)
		if def.Section == "" {
			c.failf("%s: section is missing", where)
		} else if _, ok := c.p.sections[def.Section]; !ok {
			c.p.sections[def.Section] = c.text("section."+def.Section, true)
		}
		pg.title = c.text("page."+def.ID+".title", true)
		pg.intro = c.text("page."+def.ID+".intro", len(def.Fields) == 0 && def.List == "")
		if def.Each != "" {
			if g := c.groupNamed(where, def.Each); g != nil {
				pg.table = &g.table
				for _, around := range g.chain {
					if around.first < 0 {
						around.first = i
					}
					if around.list != nil {
						c.failf("%s: comes after the list page of %s", where, around.id)
					}
				}
			}
		}
		if def.List != "" {
			c.listPage(where, pg)
		} else if def.Columns != nil {
			c.failf("%s: columns belong to a list page", where)
		}
		if def.Stop && (len(def.Fields) > 0 || def.List != "" || def.Each != "" || def.When == "") {
			c.failf("%s: a page that stops needs `when`, and has no fields, no list and no each", where)
		}
		pg.idx = len(pg.table.pages)
		pg.table.pages = append(pg.table.pages, pg)
		for _, pf := range def.Fields {
			f := c.p.byPath[pf.Field]
			switch {
			case f == nil:
				c.failf("%s: there is no field %q", where, pf.Field)
			case f.page != nil:
				c.failf("%s: %s stands on page %s already", where, pf.Field, f.page.id)
			case f.table != pg.table:
				c.failf("%s: %s belongs on a page with each: its group", where, pf.Field)
			default:
				f.page, f.at = pg, len(pg.fields)
				pg.fields = append(pg.fields, f)
			}
		}
	}
	for _, pg := range c.p.pages {
		pg.blank = pg.leaf()
		if pg.def.Stop {
			c.p.stops = append(c.p.stops, pg)
		}
		pg.sorted = slices.SortedFunc(slices.Values(pg.fields), func(a, b *field) int { return strings.Compare(a.path, b.path) })
	}
	for _, path := range slices.Sorted(maps.Keys(c.p.byPath)) {
		if c.p.byPath[path].page == nil {
			c.failf("pages.yaml: the field %s stands on no page", path)
		}
	}
	c.p.plan = blocks(c.p.pages, c.p.top, nil)
	for _, g := range c.p.groups {
		if g.list == nil || !slices.ContainsFunc(g.pages, func(pg *page) bool { return pg.list == nil }) {
			c.failf("pages.yaml: the group %s needs a page with each: %s and one with list: %s", g.id, g.id, g.id)
		}
	}
	if len(c.p.pages) == 0 {
		c.failf("pages.yaml: there are no pages")
	}
}

func (c *compiler) groupNamed(where, id string) *group {
	for _, g := range c.p.groups {
		if g.id == id {
			return g
		}
	}
	c.failf("%s: there is no repeating group %q", where, id)
	return nil
}

func (c *compiler) listPage(where string, pg *page) {
	g := c.groupNamed(where, pg.def.List)
	if g == nil {
		return
	}
	if g.list != nil || pg.def.Fields != nil || g.up.group == nil && pg.def.Each != "" {
		c.failf("%s: a list page has no fields, no each, and is the only one of its group", where)
		return
	}
	if g.up != pg.table {
		c.failf("%s: %s repeats inside %s: its list page needs each: %s", where, g.id, g.up.group.id, g.up.group.id)
		return
	}
	g.list, pg.list = pg, g
	pg.add, pg.next = c.text("page."+pg.id+".add", true), c.text("page."+pg.id+".next", true)
	for _, col := range pg.def.Columns {
		f := c.p.byPath[col]
		if f == nil || f.table.group != g {
			c.failf("%s: %q is no field of %s", where, col, g.id)
			continue
		}
		pg.columns = append(pg.columns, f)
	}
}

// text takes the words of key in all languages.
func (c *compiler) text(key string, required bool) text {
	if t, ok := c.texts[key]; ok {
		return t
	}
	var words [2]string
	found := 0
	for _, lang := range i18n.Langs() {
		s, ok := c.d.Texts[lang][key]
		if !c.p.Speaks(lang) {
			s, ok = c.d.Texts[i18n.DE][key]
		}
		if ok {
			found++
		}
		words[langIndex(lang)] = s
		switch {
		case required && s == "":
			c.failf("texts/%s.json: %s is missing", lang, key)
		case !required && ok && s == "":
			c.failf("texts/%s.json: %s is empty", lang, key)
		}
	}
	if !required && found == 1 {
		c.failf("texts: %s exists in one language only", key)
	}
	shown := i18n.Bind
	if strings.Contains(key, ".choice.") { // may be typed, to be found
		shown = func(s string) string { return s }
	}
	t := newText(shown(words[0]), shown(words[1]))
	for _, lang := range c.p.Langs() {
		if lang.Further() && words[0] != "" {
			t = t.translated(lang, shown(c.d.Texts[lang][key]))
		}
	}
	for _, name := range t.names() {
		if param, ok := strings.CutPrefix(name, "params."); ok {
			if _, ok := c.p.byParam[param]; !ok {
				c.failf("texts: %s: there is no parameter %s", key, param)
			}
		}
	}
	c.texts[key] = t
	return t
}

// leftovers refuses texts that look like the form's own but fit nothing.
func (c *compiler) leftovers() {
	for _, name := range slices.Sorted(maps.Keys(c.d.Lists)) {
		for _, ch := range c.d.Lists[name] {
			c.texts[ListKey(name, ch.Code)] = text{}
		}
	}
	for _, lang := range c.p.Langs() {
		for _, key := range slices.Sorted(maps.Keys(c.d.Texts[lang])) {
			switch prefix, _, _ := strings.Cut(key, "."); prefix {
			case "list":
				if _, used := c.texts[key]; !used || lang.Portal() {
					c.failf("texts/%s.json: %s fits no entry of a list (lists carry de and en themselves)", lang, key)
				}
			case "section", "page", "field", "group", "rule", "note", "compute", "destination", "basis", "purpose":
				if _, used := c.texts[key]; !used {
					c.failf("texts/%s.json: %s fits nothing in the form", lang, key)
				}
			}
		}
	}
}
