package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/i18n"
)

// Problem is one thing to mend, in words.
type Problem struct {
	// Page is the page instance path where it is mended.
	Page string
	// Path is the answer path ("hunde/3.rasse"), or "" for the page as a whole.
	Path string
	// Control is the name of the form control to jump to ("halter.geburt:day");
	// "" where Path is.
	Control string
	// Key names the kind of problem: a text key of the engine, or rule.<id>.
	Key string
	// Text is the problem in the View's language.
	Text string

	whole bool // it is about the field, not about one of its controls
}

// issue is a problem before it has a place.
type issue struct {
	key  string
	part string // of a field of several controls
	args []any
}

// Parsed is what came of a posted page.
type Parsed struct {
	// View looks at the answers with the page's own in place. With Problems
	// it is only for showing the page again.
	View *View
	// JSON is the row to store for the page.
	JSON []byte
	// Raw is what was typed, by control name, to be shown again.
	Raw url.Values
	// Problems stand in the order of the fields. Nothing is to be stored
	// while there are any.
	Problems []Problem
}

const (
	// maxEcho bounds one value in bytes; what is longer is shown again cut. The
	// longest text a field can take is 20,000 characters.
	maxEcho = 80 << 10
)

// Parse reads a posted page. Controls whose name begins with "_" belong to
// the caller. File fields keep the answer they have (Answers.SetFiles).
func (v *View) Parse(st Step, posted url.Values) Parsed {
	out := v.read(st.s, st.pg, st.pg.fields, posted, true)
	for i := range out.Problems {
		out.Problems[i].Page = st.Path
	}
	out.JSON = out.rec.encode(st.pg)
	return out.Parsed
}

type parsed struct {
	Parsed
	rec *rec
}

// read takes fields of a page from posted. Where they are the whole page,
// hidden fields lose their answers, controls that are not its own are problems,
// and the page counts as saved.
func (v *View) read(s *scope, pg *page, fields []*field, posted url.Values, whole bool) parsed {
	out := parsed{Parsed: Parsed{Raw: make(url.Values, len(fields))}, rec: s.rec.clone()}
	answers := out.rec.edit(pg)
	var found []issue // by field; nil while nothing is wrong
	var names [64]string
	known := names[:0]
	for i, f := range fields {
		name := f.answerPath(s.rec)
		known = append(known, name)
		if f.kind == Files || s.given(f) != nil {
			continue
		}
		val, iss := v.readField(f, name, posted, out.Raw)
		answers.set(f, val)
		if iss.key != "" {
			if found == nil {
				found = make([]issue, len(fields))
			}
			found[i] = iss
		}
	}
	answers.saved = answers.saved || whole
	after := v.again(v.a.with(s.t, out.rec))
	after.recall(v, pg)
	after.found = slices.Clip(v.found) // shown again, a text is not searched for again
	now := after.scopeOf(s.t, out.rec.ids)
	for i, f := range fields {
		switch {
		case !now.visible(f):
			// What is hidden counts as never typed, right or wrong. Nothing
			// can have seen its value: rules see hidden fields as unanswered.
			if whole {
				answers.set(f, nil)
			}
		case found != nil && found[i].key != "":
			out.Problems = append(out.Problems, now.problem(f, known[i], found[i]))
		default:
			out.Problems = now.check(out.Problems, f, known[i])
		}
	}
	if whole {
		if len(out.Raw) != len(posted) { // Raw has every control of the page that was posted
			out.Problems = v.unknown(out.Problems, fields, known, posted)
		}
	}
	if after.Err() != nil && len(out.Problems) == 0 {
		out.Problems = append(out.Problems, Problem{Key: "form.rule_failed", Text: v.p.word(v.env.Lang, "form.rule_failed")})
	}
	if v.err == nil {
		v.err = after.err
	}
	out.View = after
	return out
}

// unknown reports posted controls that the page does not have.
func (v *View) unknown(problems []Problem, fields []*field, names []string, posted url.Values) []Problem {
	var strange []string
	for name := range posted {
		if strings.HasPrefix(name, "_") || isChoice(name, fields, names) {
			continue
		}
		base, part, isPart := strings.Cut(name, ":")
		i := slices.Index(names, base)
		if i < 0 || isPart && !slices.Contains(fields[i].parts, part) || !isPart && fields[i].d.read == nil && fields[i].inParts() || fields[i].kind == Files {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for i, name := range strange {
		if i == 3 {
			break
		}
		if !utf8.ValidString(name) || len(name) > 100 {
			name = "?"
		}
		problems = append(problems, Problem{Key: "form.unknown", Text: v.p.word(v.env.Lang, "form.unknown", "name", name)})
	}
	return problems
}

func (f *field) inParts() bool { return len(f.parts) > 0 }

// readParts takes a field of several controls from posted.
func (v *View) readParts(f *field, name string, posted url.Values, raw url.Values) (Value, issue) {
	var room [8]string
	parts, typed := room[:0], false
	for _, part := range f.parts {
		vals := posted[name+":"+part]
		s := ""
		if len(vals) > 0 {
			s = echo(vals[0])
			raw[name+":"+part] = []string{s}
			if len(vals) > 1 {
				return nil, issue{key: "form.duplicate", part: part}
			}
			if key := textTrouble(s, false); key != "" {
				return nil, issue{key: "form." + key, part: part}
			}
			s = clean(s)
		}
		parts = append(parts, s)
		typed = typed || s != ""
	}
	if !typed {
		return nil, issue{}
	}
	return f.d.join(f, parts, v.env.Lang)
}

// readField takes one field from posted and remembers what was typed.
func (v *View) readField(f *field, name string, posted url.Values, raw url.Values) (Value, issue) {
	if f.inParts() {
		if _, one := posted[name]; !one || f.d.read == nil {
			return v.readParts(f, name, posted, raw)
		}
	}
	if f.finder != nil {
		return v.readFound(f, name, posted, raw)
	}
	vals := posted[name]
	if len(vals) == 0 {
		return nil, issue{}
	}
	if f.kind != SomeOf && len(vals) > 1 {
		raw[name] = []string{echo(vals[0])}
		return nil, issue{key: "form.duplicate"}
	}
	if len(vals) > len(f.choices)+1 {
		return nil, issue{key: "form.choice"}
	}
	raw[name] = vals
	for i, s := range vals {
		broken, long := !utf8.ValidString(s), len(s) > maxEcho
		if !broken && !long {
			continue
		}
		raw[name] = make([]string, i+1)
		for j := range i + 1 {
			raw[name][j] = echo(vals[j])
		}
		if broken {
			return nil, issue{key: "form.bad_utf8"}
		}
		return nil, issue{key: "form.too_long", args: []any{"n", f.maxN}}
	}
	if f.kind == SomeOf {
		return f.readChoices(vals)
	}
	return f.readText(vals[0], v.env.Lang)
}

// echo is typed text that may be shown again.
func echo(s string) string {
	if len(s) > maxEcho {
		s = s[:maxEcho]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// problem puts words to an issue.
func (s *scope) problem(f *field, path string, iss issue) Problem {
	lang := s.v.env.Lang
	p := Problem{Path: path, Control: path, Key: iss.key}
	switch {
	case iss.part != "":
		p.Control += ":" + iss.part
	case f.inParts():
		p.Control, p.whole = path+":"+f.parts[0], true
	}
	switch {
	case iss.key == "form.missing" && !f.missing.empty():
		p.Text = s.text(&f.missing)
	case iss.key == patternKey:
		p.Text = s.text(&f.invalid)
	default:
		p.Text = s.v.p.word(lang, iss.key, append([]any{"field", i18n.AsOwn(lang, quotable(s.text(&f.short)))}, iss.args...)...)
	}
	return p
}

// quotable is a label for a place within a sentence: without its full stop.
func quotable(label string) string {
	bare, german := strings.CutSuffix(label, string(i18n.MarkEnd))
	if bare = strings.TrimSuffix(bare, "."); german {
		bare += string(i18n.MarkEnd)
	}
	return bare
}

// check appends what is wrong with f's answer as it stands: missing, out of
// bounds, against a rule.
func (s *scope) check(problems []Problem, f *field, path string) []Problem {
	v := s.current(f)
	if v == nil {
		if !s.required(f) {
			return problems
		}
		iss := issue{key: "form.missing"}
		if f.missing.empty() && f.d.missing != "" {
			iss.key = f.d.missing
		}
		return append(problems, s.problem(f, path, iss))
	}
	if iss := f.bound(v, s.v.env.Today, s.v.env.Lang); iss.key != "" {
		return append(problems, s.problem(f, path, iss))
	}
	for _, ch := range f.checks {
		if ch.when.holds(s) && !ch.must.holds(s) {
			p := s.problem(f, path, issue{key: "rule." + ch.id})
			p.Text = s.text(&ch.text)
			return append(problems, p)
		}
	}
	return problems
}

// Validate checks everything again: each step, in order. No problems means
// that the application may be sent.
func (v *View) Validate() []Problem {
	var out []Problem
	for _, st := range v.Steps() {
		from := len(out)
		switch {
		case st.Stop:
			out = append(out, Problem{Key: "form.stopped", Text: v.p.word(v.env.Lang, "form.stopped", "page", st.Title())})
		case st.IsList:
			out = st.s.checkList(out, st.pg)
		case len(st.pg.fields) == 0 && !st.s.rec.saved(st.pg):
			out = append(out, Problem{Key: "form.page_open", Text: v.p.word(v.env.Lang, "form.page_open", "page", i18n.AsOwn(v.env.Lang, st.Title()))})
		}
		for _, f := range st.pg.fields {
			if st.s.visible(f) {
				out = st.s.check(out, f, f.answerPath(st.s.rec))
			}
		}
		if !st.IsList && len(out) == from && !st.s.rec.saved(st.pg) {
			out = append(out, Problem{Key: "form.page_open", Text: v.p.word(v.env.Lang, "form.page_open", "page", i18n.AsOwn(v.env.Lang, st.Title()))})
		}
		for i := range out[from:] {
			out[from+i].Page = st.Path
		}
	}
	if v.Err() != nil && len(out) == 0 {
		out = append(out, Problem{Key: "form.rule_failed", Text: v.p.word(v.env.Lang, "form.rule_failed")})
	}
	return out
}

func (s *scope) checkList(out []Problem, pg *page) []Problem {
	g, l := pg.list, s.rec.list(pg.list)
	word := func(key string, args ...any) {
		out = append(out, Problem{Key: key, Text: s.v.p.word(s.v.env.Lang, key, args...)})
	}
	switch {
	case len(l.recs) < g.min:
		word("form.list_min", "n", g.min)
	case len(l.recs) > g.max:
		word("form.list_max", "n", g.max)
	case !l.done:
		word("form.page_open", "page", i18n.AsOwn(s.v.env.Lang, s.text(&pg.title)))
	}
	return s.listRules(out, pg)
}

func (s *scope) listRules(out []Problem, pg *page) []Problem {
	for _, ch := range pg.checks {
		if ch.when.holds(s) && !ch.must.holds(s) {
			out = append(out, Problem{Key: "rule." + ch.id, Text: s.text(&ch.text)})
		}
	}
	return out
}

// Change is what a list page's button asks for.
type Change struct {
	// View looks at the changed answers.
	View *View
	// JSON is the row to store for the list page.
	JSON []byte
	// Removed are the page instance paths whose rows are to be deleted.
	Removed []string
	// GoTo is the page instance path to show next; "" after the last step.
	GoTo string
}

// The buttons of a list page: ListAdd, ListNext, or ListRemove and the
// instance's id.
const (
	ListAdd    = "add"
	ListNext   = "next"
	ListRemove = "remove:"
)

// List carries out a button of a list page.
func (v *View) List(st Step, button string) (Change, []Problem) {
	g := st.pg.list
	fail := func(key string, args ...any) (Change, []Problem) {
		return Change{View: v}, []Problem{{Page: st.Path, Key: key, Text: v.p.word(v.env.Lang, key, args...)}}
	}
	if g == nil {
		return fail("form.list_unknown")
	}
	r := st.s.rec.clone()
	l := r.ownList(g)
	ch := Change{GoTo: st.Path}
	var added *rec
	switch id, remove := strings.CutPrefix(button, ListRemove); {
	case button == ListAdd:
		if len(l.recs) >= g.max {
			return fail("form.list_max", "n", g.max)
		}
		added = r.add(g)
		ch.GoTo = g.pages[0].path(added)
	case button == ListNext:
		if problems := v.instancesOpen(st); len(problems) > 0 {
			return Change{View: v}, problems
		}
		l.stored, l.done = true, true
	case remove:
		n, err := strconv.Atoi(id)
		i := l.find(n)
		if err != nil || i < 0 {
			return fail("form.list_unknown")
		}
		if len(l.recs) <= g.min {
			return fail("form.list_min", "n", g.min)
		}
		ch.Removed = l.recs[i].paths(nil, &g.table)
		l.recs = slices.Delete(slices.Clone(l.recs), i, i+1)
		l.stored, l.done = true, false
	default:
		return fail("form.list_unknown")
	}
	a := v.a.with(st.s.t, r)
	ch.View = v.again(a)
	ch.View.recall(v, st.pg)
	ch.JSON, _ = a.PageJSON(st.Path)
	switch {
	case button == ListNext:
		ch.GoTo, _ = ch.View.Next(st.Path)
	case button == ListAdd:
		// The first page of an instance may be hidden; go to the first that
		// is not.
		for _, to := range ch.View.Steps() {
			if strings.HasPrefix(to.s.rec.path, added.path) {
				ch.GoTo = to.Path
				break
			}
		}
	}
	return ch, nil
}

// instancesOpen says which instances still lack something.
func (v *View) instancesOpen(st Step) []Problem {
	g := st.pg.list
	var out []Problem
	if n := len(st.s.rec.list(g).recs); n < g.min {
		out = append(out, Problem{Key: "form.list_min", Text: v.p.word(v.env.Lang, "form.list_min", "n", g.min)})
	}
	scopes := st.s.instances(g)
	for i := range scopes {
		if !scopes[i].finished() {
			out = append(out, Problem{Key: "form.list_incomplete", Text: v.p.word(v.env.Lang, "form.list_incomplete", "label", i18n.AsOwn(v.env.Lang, scopes[i].label()))})
		}
	}
	out = st.s.listRules(out, st.pg)
	for i := range out {
		out[i].Page = st.Path
	}
	return out
}

// Correct reads answers to single fields that the office has asked back
// about, given by answer path; posted may hold nothing else. The caller
// validates the whole afterwards (View.Validate), for an answer may open new
// questions.
func (v *View) Correct(paths []string, posted url.Values) Parsed {
	out := Parsed{View: v, Raw: url.Values{}}
	var names []string
	var fields []*field
	for _, path := range paths {
		f, r := out.View.a.find(path)
		if f == nil {
			out.Problems = append(out.Problems, Problem{Path: path, Key: "form.unnecessary", Text: v.p.word(v.env.Lang, "form.unnecessary", "field", path)})
			continue
		}
		names, fields = append(names, path), append(fields, f)
		one := out.View.read(out.View.scopeOf(f.table, r.ids), f.page, []*field{f}, posted, false)
		for i := range one.Problems {
			one.Problems[i].Page = f.page.path(r)
		}
		out.View = one.View
		out.Problems = append(out.Problems, one.Problems...)
		for k, vals := range one.Raw {
			out.Raw[k] = vals
		}
	}
	out.Problems = v.unknown(out.Problems, fields, names, posted)
	return out
}
