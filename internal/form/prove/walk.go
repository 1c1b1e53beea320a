package prove

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

// Setting is where and when a form is filled in: a municipality's parameters
// (as for form.Program.Params) and a day. Name says whose they are.
type Setting struct {
	Name   string
	Params map[string]any
	Today  clock.Date
}

// How says which way through a form is taken.
type How int

// The ways: as little as possible, as much as possible.
const (
	Smallest How = iota
	Fullest
	// plain is Smallest, taking what is first instead of what shows least.
	plain
)

// Budget bounds work by the number of times the engine is asked (a page read,
// a list's button pressed). It is spent by whoever is given it.
type Budget struct{ Left int }

func (b *Budget) spend() bool {
	b.Left--
	return b.Left >= 0
}

// Filled is one page as it was answered: what a browser posts, the files it
// uploaded before by answer path, or the button of a list page.
type Filled struct {
	Path   string
	Posted url.Values
	Files  map[string][]form.File
	Button string
	// Refused tells that the list could not be left as it was before Button.
	Refused bool

	words string
}

// Application is a form filled in from the first page to the last. It passes
// View.Validate.
type Application struct {
	Setting Setting
	Steps   []Filled
	// Answers are pruned: what would be sent.
	Answers *form.Answers
}

// Stuck says where a walk could not go on.
type Stuck struct {
	// Walked is the way to the page as a person would walk it, in words.
	Walked []string
	// Setting is whose parameters they are.
	Setting string
	// Step is the page instance path, Page its id.
	Step, Page string
	Problems   []form.Problem
	// Tried counts the answers of this page that were tried; All tells that
	// these are all there are to try.
	Tried int
	All   bool
	// Loop: the page was answered, yet it is asked again and again.
	Loop bool
	// Spent: the budget ended here; nothing is known about the page.
	Spent bool
	// Stop: the page says that the application ends here, as its author wants.
	Stop bool

	list  bool
	blame []string // schema paths whose answers may matter
	rules []int
}

// Error tells the way and the end.
func (s *Stuck) Error() string {
	why := make([]string, 0, len(s.Problems))
	for _, p := range s.Problems {
		why = append(why, p.Text)
	}
	switch {
	case s.Spent:
		why = []string{"not decided: the budget is spent"}
	case s.Stop:
		why = []string{"the form stops here"}
	case s.Loop:
		why = []string{"the page is asked again and again"}
	}
	return strings.Join(append(slices.Clone(s.Walked), "stuck on "+s.Step+": "+strings.Join(why, "; ")), " → ")
}

// Walk fills a form in, valid from the first page to the last. The error is a
// *Stuck where no way was found. A budget of 20,000 is ample for a thousand
// fields.
func Walk(p *form.Program, set Setting, how How, budget *Budget) (Application, error) {
	w, err := newWalker(newModel(p), set, budget)
	if err != nil {
		return Application{}, err
	}
	app, stuck := w.fill(plan{how: how})
	if stuck != nil {
		return Application{}, stuck
	}
	return app, nil
}

// walker fills in one form in one setting.
type walker struct {
	m      *model
	set    Setting
	env    form.Env
	budget *Budget
	cands  map[string][]candidate
	// controls are the fields on which pages and other fields depend.
	controls map[string]bool
	checks   map[string][]int // id of a check → its rules
	// see, if any, is shown every state of the answers on the way, took every
	// answer of a page that was accepted, met every place a walk was stuck.
	see  func(*form.View)
	took func(page, path string, c candidate)
	met  func(*Stuck)
	// stops, if any, is shown every way to a page that stops.
	stops func(Application)
}

func newWalker(m *model, set Setting, budget *Budget) (*walker, error) {
	params, err := m.p.Params(set.Params)
	if err != nil {
		return nil, err
	}
	w := &walker{
		m: m, set: set, budget: budget, env: form.Env{Params: params, Today: set.Today, Lang: i18n.DE},
		cands: map[string][]candidate{}, controls: map[string]bool{}, checks: map[string][]int{},
	}
	for i, r := range m.in.Rules {
		switch r.Kind {
		case form.ShowPage, form.ShowField:
			for _, f := range r.Fields {
				w.controls[f] = true
			}
		case form.CheckMust, form.CheckWhen:
			w.checks["rule."+r.ID] = append(w.checks["rule."+r.ID], i)
		}
	}
	return w, nil
}

func (w *walker) candidates(path string) []candidate {
	c, ok := w.cands[path]
	if !ok {
		if f := w.m.fields[path]; f != nil {
			c = candidates(*f, w.m.said(w.m.reads[path], w.set.Params), w.set.Today)
		}
		w.cands[path] = c
	}
	return c
}

// plan is which answers a walk prefers: by schema path the candidates of a
// field, most wanted first, and the number of instances of a group.
type plan struct {
	how   How
	want  map[string][]int
	count map[string]int
}

func (pl plan) with(path string, i int) plan {
	pl.want = maps.Clone(pl.want)
	if pl.want == nil {
		pl.want = map[string][]int{}
	}
	pl.want[path] = []int{i}
	return pl
}

func (pl plan) counting(group string, n int) plan {
	pl.count = maps.Clone(pl.count)
	if pl.count == nil {
		pl.count = map[string]int{}
	}
	pl.count[group] = n
	return pl
}

const (
	maxRepairs = 60  // walks begun anew because earlier answers lead to a dead end
	maxTries   = 600 // answers of one page
)

// fill walks; where it is stuck, it goes back to earlier answers that the
// trouble depends on. The Stuck is the first one met.
func (w *walker) fill(pl plan) (Application, *Stuck) {
	app, first := w.run(pl)
	if first == nil || first.Spent {
		return app, first
	}
	type node struct {
		pl plan
		at *Stuck
	}
	walks := 0
	for queue := []node{{pl, first}}; len(queue) > 0 && walks <= maxRepairs; queue = queue[1:] {
		for _, next := range w.ways(queue[0].pl, queue[0].at) {
			if walks++; walks > maxRepairs {
				break
			}
			app, stuck := w.run(next)
			if stuck == nil {
				return app, nil
			}
			if stuck.Spent {
				return app, first
			}
			queue = append(queue, node{next, stuck})
		}
	}
	if first.list && w.met != nil {
		first.Tried, first.All = walks+1, first.All && walks <= maxRepairs
		w.met(first)
	}
	return app, first
}

// ways are plans in which one answer that the trouble depends on is another.
func (w *walker) ways(pl plan, at *Stuck) []plan {
	var out []plan
	for _, path := range at.blame {
		if g := w.m.groups[path]; g != nil {
			for _, n := range []int{g.Min, g.Min + 1, g.Min + 2, g.Max} {
				if had, ok := pl.count[path]; n <= g.Max && n <= maxInstances && (!ok || had != n) {
					out = append(out, pl.counting(path, n))
				}
			}
			continue
		}
		if pl.want[path] != nil {
			continue
		}
		for i := range w.candidates(path) {
			out = append(out, pl.with(path, i))
		}
	}
	return out
}

// maxInstances bounds how many instances of a group are typed.
const maxInstances = 8

// run walks once, as the plan says.
func (w *walker) run(pl plan) (Application, *Stuck) {
	app := Application{Setting: w.set}
	v := w.m.p.Open(w.m.p.Empty(), w.env)
	visits := map[string]int{}
	fail := func(st form.Step, s Stuck) (Application, *Stuck) {
		s.Step, s.Page, s.Setting = st.Path, st.Page, w.set.Name
		for _, f := range app.Steps {
			if f.words != "" {
				s.Walked = append(s.Walked, f.words)
			}
		}
		if w.met != nil && !s.Spent && !s.Stop && !st.IsList {
			w.met(&s) // a list can be mended from its own page: fill tells
		}
		s.list = st.IsList
		return app, &s
	}
	for {
		st, more := v.Current()
		if !more {
			break
		}
		if st.Stop {
			w.accepted(st.Page, "", candidate{})
			if w.stops != nil {
				w.stops(Application{Setting: w.set, Steps: append(slices.Clone(app.Steps), Filled{Path: st.Path})})
			}
			return fail(st, Stuck{Stop: true, blame: w.blame(nil, st.Page)})
		}
		if visits[st.Path]++; visits[st.Path] > 2 && (!st.IsList || visits[st.Path] > w.m.groups[st.Group].Max+2) {
			return fail(st, Stuck{Loop: true})
		}
		step := w.page
		if st.IsList {
			step = w.list
		}
		next, filled, stuck := step(v, st, pl)
		if stuck != nil {
			return fail(st, *stuck)
		}
		app.Steps = append(app.Steps, filled)
		v = next
		w.show(v)
	}
	pruned := w.m.p.Open(v.Prune(), w.env)
	if problems := append(v.Validate(), pruned.Validate()...); len(problems) > 0 {
		return fail(form.Step{Path: problems[0].Page, Page: problems[0].Page}, Stuck{Problems: problems, blame: w.blame(problems, "")})
	}
	app.Answers = pruned.Answers()
	return app, nil
}

func (w *walker) show(v *form.View) {
	if w.see != nil {
		w.see(v)
	}
}

func (w *walker) accepted(page, path string, c candidate) {
	if w.took != nil {
		w.took(page, path, c)
	}
}

// list presses a button of a list page.
func (w *walker) list(v *form.View, st form.Step, pl plan) (*form.View, Filled, *Stuck) {
	g := w.m.groups[st.Group]
	target, planned := pl.count[st.Group]
	have := len(st.Entries())
	if !planned && g != nil {
		target = g.Min
		if pl.how == Fullest {
			target = max(g.Min, min(2, g.Max))
		}
	}
	press := func(button string) (*form.View, Filled, []form.Problem) {
		change, problems := v.List(st, button)
		return change.View, Filled{Path: st.Path, Button: button}, problems
	}
	if !w.budget.spend() {
		return nil, Filled{}, &Stuck{Spent: true}
	}
	button := form.ListNext
	if have < target {
		button = form.ListAdd
	}
	next, filled, problems := press(button)
	if len(problems) > 0 && g != nil && have < min(g.Max, maxInstances) && !planned {
		if again, f, worse := press(form.ListAdd); len(worse) == 0 {
			next, filled, problems = again, f, nil
			filled.Refused = true
		}
	}
	if len(problems) > 0 {
		return nil, filled, &Stuck{Problems: problems, Tried: 1, All: g != nil && g.Max <= maxInstances, blame: w.blame(problems, st.Page), rules: w.ruleOf(problems)}
	}
	if filled.Button == form.ListNext {
		w.accepted(st.Page, "", candidate{})
		filled.words = fmt.Sprintf("%s: %d", st.Title(), have)
	}
	return next, filled, nil
}

// attempt is one way to answer a page.
type attempt struct {
	pick   []int
	parsed form.Parsed
	posted url.Values
	files  map[string][]form.File
}

// page answers a page: as planned, and where that is refused, otherwise.
func (w *walker) page(v *form.View, st form.Step, pl plan) (*form.View, Filled, *Stuck) {
	models := v.Fields(st, nil, nil)
	paths := make([]string, len(models))
	pick := make([]int, len(models))
	for i, m := range models {
		paths[i] = form.SchemaPath(m.Name)
		pick[i] = w.prefer(m, paths[i], st, pl)
	}
	tries := 0
	try := func(pick []int) (attempt, bool) {
		tries++
		if !w.budget.spend() {
			return attempt{}, false
		}
		return w.answer(v, st, models, paths, pick), true
	}
	// What brings up other questions is chosen by what it brings up.
	for i := range models {
		if pl.how == plain || !w.controls[paths[i]] || pl.want[paths[i]] != nil {
			continue
		}
		best, most := pick[i], -1
		for j, c := range w.candidates(paths[i]) {
			if j >= maxCodes || c.value == nil && models[i].Required {
				continue
			}
			pick[i] = j
			a, ok := try(pick)
			if !ok {
				return nil, Filled{}, &Stuck{Spent: true}
			}
			n := a.parsed.View.Shown()
			if pl.how == Smallest {
				n = 1_000_000 - n
			}
			if steps := a.parsed.View.Steps(); len(steps) > 0 && steps[len(steps)-1].Stop {
				n = 0 // only where nothing else is left
			}
			if n > most {
				best, most = j, n
			}
		}
		pick[i] = best
	}
	a, ok := try(pick)
	for ok && len(a.parsed.Problems) > 0 {
		better, all, left := w.mend(a, pl, paths, try)
		if !left {
			ok = false
			break
		}
		if better == nil {
			return nil, Filled{}, &Stuck{
				Problems: a.parsed.Problems, Tried: tries, All: all, blame: w.blame(a.parsed.Problems, st.Page), rules: w.ruleOf(a.parsed.Problems),
			}
		}
		a = *better
	}
	if !ok {
		return nil, Filled{}, &Stuck{Spent: true}
	}
	var words []string
	w.accepted(st.Page, "", candidate{})
	for i, m := range models {
		if c := w.candidates(paths[i]); a.pick[i] < len(c) && a.parsed.View.Answers().Value(m.Name) != nil {
			w.accepted(st.Page, paths[i], c[a.pick[i]])
		}
		if c := w.candidates(paths[i]); a.pick[i] < len(c) && (w.controls[paths[i]] || pl.want[paths[i]] != nil) {
			words = append(words, m.Label+" = "+w.label(m, c[a.pick[i]]))
		}
	}
	out := Filled{Path: st.Path, Posted: a.posted, Files: a.files}
	if out.words = st.Path; len(words) > 0 {
		out.words += ": " + strings.Join(words, ", ")
	}
	return a.parsed.View, out, nil
}

func (w *walker) label(m form.Field, c candidate) string {
	for _, o := range m.Choices {
		if len(c.typed) == 1 && o.Value == c.typed[0] {
			return o.Label
		}
	}
	return c.label()
}

// prefer is the candidate a plan would take.
func (w *walker) prefer(m form.Field, path string, st form.Step, pl plan) int {
	if want := pl.want[path]; len(want) > 0 {
		return want[max(0, st.Instance-1)%len(want)]
	}
	list := w.candidates(path)
	full := len(list) - 1 // the last is no answer
	switch {
	case full <= 0 || pl.how != Fullest && !m.Required:
		return max(full, 0)
	case pl.how == Fullest && (m.Kind == form.Bool || m.Kind == form.SomeOf || m.Kind == form.Files):
		return full - 1
	}
	switch m.Kind {
	case form.Text, form.Chip, form.Email: // what tells instances apart
		return max(0, st.Instance-1) % full
	}
	return 0
}

// answer types a page and sends it.
func (w *walker) answer(v *form.View, st form.Step, models []form.Field, paths []string, pick []int) attempt {
	a := attempt{pick: slices.Clone(pick), posted: url.Values{}}
	at := v.Answers()
	for i, m := range models {
		list := w.candidates(paths[i])
		if pick[i] >= len(list) {
			continue
		}
		post(a.posted, m, list[pick[i]])
		if m.Kind != form.Files {
			continue
		}
		files, _ := list[pick[i]].value.([]form.File)
		if next, err := at.SetFiles(m.Name, files); err == nil {
			at = next
			if len(files) > 0 {
				if a.files == nil {
					a.files = map[string][]form.File{}
				}
				a.files[m.Name] = files
			}
		}
	}
	if at != v.Answers() {
		v = w.m.p.Open(at, w.env)
		if again, err := v.Step(st.Path); err == nil {
			st = again
		}
	}
	a.parsed = v.Parse(st, a.posted)
	w.show(a.parsed.View)
	return a
}

// mend looks for answers of the page with fewer problems: of the fields that
// have problems, those that the refusing rules read, and those that show them.
// What the plan wants is given up last. all tells that no combination was left
// out; left, that budget is left.
func (w *walker) mend(a attempt, pl plan, paths []string, try func([]int) (attempt, bool)) (better *attempt, all, left bool) {
	blame := w.blame(a.parsed.Problems, "")
	var involved, free []int
	total := 1
	for i, path := range paths {
		if slices.Contains(blame, path) {
			if involved = append(involved, i); pl.want[path] == nil {
				free = append(free, i)
			}
			total = min(total*max(1, len(w.candidates(path))), 1<<30)
		}
	}
	tries := 0
	look := func(pick []int) (stop bool) {
		if tries++; tries > maxTries {
			return true
		}
		b, ok := try(pick)
		if !ok {
			left = false
			return true
		}
		if weight(b.parsed.Problems) < weight(a.parsed.Problems) {
			better = &b
			return true
		}
		return false
	}
	left = true
	for _, among := range [][]int{free, involved} {
		for changes := 1; changes <= min(2, len(among)); changes++ {
			if w.vary(slices.Clone(a.pick), paths, among, changes, look) {
				return better, false, left
			}
		}
	}
	if len(involved) <= 2 {
		return nil, true, left
	}
	if total <= maxTries && w.vary(slices.Clone(a.pick), paths, involved, len(involved), look) {
		return better, false, left
	}
	return nil, total <= maxTries, left
}

// weight is how bad problems are: an answer that a rule refuses is a step
// further than none.
func weight(problems []form.Problem) int {
	n := 0
	for _, p := range problems {
		n += 2
		if strings.HasPrefix(p.Key, "form.missing") || p.Key == "form.confirm" {
			n++
		}
	}
	return n
}

// vary tries other candidates for so many of the fields; it stops when look
// says so, and tells.
func (w *walker) vary(pick []int, paths []string, among []int, changes int, look func([]int) bool) bool {
	if changes == 0 {
		return look(pick)
	}
	for k, i := range among {
		had := pick[i]
		for j := range w.candidates(paths[i]) {
			if j == had {
				continue
			}
			pick[i] = j
			if w.vary(pick, paths, among[k+1:], changes-1, look) {
				return true
			}
		}
		pick[i] = had
	}
	return false
}

// ruleOf are the rules that refuse.
func (w *walker) ruleOf(problems []form.Problem) []int {
	var out []int
	for _, p := range problems {
		out = append(out, w.checks[p.Key]...)
	}
	return out
}

// blame are the fields and groups that problems depend on: their own, those
// that the refusing rules read, and those that show either; with page also
// what shows the page.
func (w *walker) blame(problems []form.Problem, page string) []string {
	var out []string
	add := func(list ...string) {
		for _, s := range list {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	for _, p := range problems {
		if path := form.SchemaPath(p.Path); path != "" {
			add(path)
		}
		for _, i := range w.checks[p.Key] {
			add(w.m.in.Rules[i].Fields...)
			add(w.m.in.Rules[i].Groups...)
		}
	}
	for _, r := range w.m.in.Rules {
		if (r.Kind == form.ShowField || r.Kind == form.Demand) && slices.Contains(out, r.Field) || r.Kind == form.ShowPage && r.ID == page {
			add(r.Fields...)
			add(r.Groups...)
		}
	}
	return out
}
