package sample

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// maxSteps bounds the pages of a sample: a form may ask the same for ever.
const maxSteps = 5000

// Runner fills in one form.
type Runner struct {
	program        *form.Program
	byPage         map[string][]form.FieldInfo
	fields, groups map[string]bool
}

// New prepares to fill in p.
func New(p *form.Program) *Runner {
	r := &Runner{program: p, byPage: map[string][]form.FieldInfo{}, fields: map[string]bool{}, groups: map[string]bool{}}
	in := p.Inspect()
	for _, f := range in.Fields {
		r.byPage[f.Page] = append(r.byPage[f.Page], f)
		r.fields[f.Path] = true
	}
	for _, g := range in.Groups {
		r.groups[g.Path] = true
	}
	return r
}

// Result is what came of a sample.
type Result struct {
	// View looks at the answers as far as they were taken.
	View *form.View
	// Problems are why a page was not.
	Problems []form.Problem
	// Stop is the page on which the form ended without being sent, "" for none.
	Stop string
	// Pages are the pages that were asked, each once.
	Pages []string
}

// Fill fills the form in until it is done, refused or stopped. see, if not nil,
// is shown every page on the way. The error tells that the sample cannot be
// tried.
func (r *Runner) Fill(s Sample, env form.Env, see func(*form.View, form.Step)) (Result, error) {
	if strange := s.strange(r.fields, r.groups); len(strange) > 0 {
		return Result{}, fmt.Errorf("the form does not ask for %s", strings.Join(strange, ", "))
	}
	out := Result{View: r.program.Open(r.program.Empty(), env)}
	for range maxSteps {
		v := out.View
		st, more := v.Current()
		if !more {
			return out, v.Err()
		}
		if see != nil {
			see(v, st)
		}
		if !slices.Contains(out.Pages, st.Page) {
			out.Pages = append(out.Pages, st.Page)
		}
		if st.Stop {
			out.Stop = st.Page
			return out, v.Err()
		}
		answers := s.within(st.Within)
		if st.IsList {
			change, problems := v.List(st, r.button(v, st, s, answers))
			if len(problems) > 0 {
				out.Problems = problems
				return out, nil
			}
			out.View = change.View
			continue
		}
		posted, a := url.Values{}, v.Answers()
		for _, f := range r.byPage[st.Page] {
			rel := strings.TrimPrefix(strings.TrimPrefix(f.Path, f.Group), ".")
			name := strings.TrimPrefix(st.Within+"."+rel, ".")
			var err error
			if f.Kind == form.Files {
				a, err = attach(a, name, f, answers[rel])
			} else {
				err = post(posted, name, f, answers[rel])
			}
			if err != nil {
				return out, fmt.Errorf("%s: %w", name, err)
			}
		}
		parsed := r.program.Open(a, env).Parse(st, posted)
		if len(parsed.Problems) > 0 {
			out.Problems = parsed.Problems
			return out, nil
		}
		// Stored and read again, as between two requests.
		rows := a.Rows()
		rows[st.Path] = parsed.JSON
		a, err := r.program.Decode(maps.All(rows))
		if err != nil {
			return out, err
		}
		out.View = r.program.Open(a, env)
	}
	return out, fmt.Errorf("more than %d pages: the form has no end", maxSteps)
}

// within are the answers of an instance, named by its answer path.
func (s Sample) within(instance string) map[string]any {
	answers, schema := s.Answers, ""
	for instance != "" {
		group, rest, _ := strings.Cut(instance, "/")
		id, deeper, _ := strings.Cut(rest, ".")
		schema = strings.TrimPrefix(schema+"."+group, ".")
		n, err := strconv.Atoi(id)
		entries := s.entries(answers, schema, group)
		if err != nil || n < 1 || n > len(entries) {
			return s.each[schema] // one that has to be there, and of which the sample says nothing
		}
		answers, instance = entries[n-1], deeper
	}
	return answers
}

// button is what to press on a list page: one more, until there are as many as
// the sample has.
func (r *Runner) button(v *form.View, st form.Step, s Sample, answers map[string]any) string {
	around := "" // the group around the listed one
	for g := range r.groups {
		if strings.HasPrefix(st.Group, g+".") && len(g) > len(around) {
			around = g
		}
	}
	key := strings.TrimPrefix(strings.TrimPrefix(st.Group, around), ".")
	if len(v.Answers().Instances(strings.TrimPrefix(st.Within+"."+key, "."))) < len(s.entries(answers, st.Group, key)) {
		return form.ListAdd
	}
	return form.ListNext
}

// post puts an answer into the controls of its field.
func post(into url.Values, name string, f form.FieldInfo, answer any) error {
	switch v := answer.(type) {
	case nil:
	case bool:
		into.Set(name, map[bool]string{true: "yes", false: "no"}[v])
	case []any:
		for i, one := range v {
			if f.Kind == form.Ranking {
				into.Set(name+":"+fmt.Sprint(one), strconv.Itoa(i+1))
			} else {
				into.Add(name, fmt.Sprint(one))
			}
		}
	case map[string]any:
		for part, one := range v {
			text := fmt.Sprint(one)
			if b, ok := one.(bool); ok {
				text = map[bool]string{true: "yes", false: "no"}[b]
			}
			if !postDay(into, name+":"+part, text) {
				into.Set(name+":"+part, text)
			}
		}
	case string, int, int64, uint64, float64:
		text := fmt.Sprint(v)
		day, notADay := clock.ParseDate(text)
		switch {
		case f.Kind != form.Date || notADay != nil:
			into.Set(name, text)
		case f.Node.Style == "text":
			into.Set(name, fmt.Sprintf("%d.%d.%d", day.Day, day.Month, day.Year))
		default:
			postDay(into, name, text)
		}
	default:
		return fmt.Errorf("%v is no answer", answer)
	}
	return nil
}

// postDay puts a day into its three controls, and tells whether text is one.
func postDay(into url.Values, name, text string) bool {
	day, err := clock.ParseDate(text)
	if err != nil {
		return false
	}
	into.Set(name+":day", strconv.Itoa(day.Day))
	into.Set(name+":month", strconv.Itoa(int(day.Month)))
	into.Set(name+":year", strconv.Itoa(day.Year))
	return true
}

// attach stands in for files that were uploaded: the answer is a list of their
// names.
func attach(a *form.Answers, name string, f form.FieldInfo, answer any) (*form.Answers, error) {
	if answer == nil {
		return a, nil
	}
	list, ok := answer.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is not a list of names of files", answer)
	}
	var files []form.File
	for i, one := range list {
		file := form.File{ID: fmt.Sprintf("sample%d", i+1), Name: fmt.Sprint(one), Size: 1, SHA256: strings.Repeat("0", 64), Key: fmt.Sprintf("sample%d", i+1)}
		ending := strings.Replace(strings.TrimPrefix(path.Ext(file.Name), "."), "jpg", "jpeg", 1)
		for _, typ := range f.Node.Accept {
			if file.Type == "" && strings.HasSuffix(typ, "/"+ending) {
				file.Type = typ
			}
		}
		if file.Type == "" {
			return nil, fmt.Errorf("the field does not take %s", file.Name)
		}
		files = append(files, file)
	}
	return a.SetFiles(name, files)
}

// Check tries a sample and says what came otherwise than it must; nothing where
// all is well.
func (r *Runner) Check(s Sample, env form.Env) []string {
	res, err := r.Fill(s, env, nil)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	at, why := []string{}, []string{}
	for _, p := range res.Problems {
		where := p.Path
		if where == "" {
			where = p.Page
		}
		at = append(at, where)
		why = append(why, p.Text)
	}
	if !slices.Equal(at, s.Expect.Problems) {
		bad("problems at %q, expected at %q: %s", at, s.Expect.Problems, strings.Join(why, " "))
		return out
	}
	if res.Stop != s.Expect.Stop {
		bad("ends without being sent on page %q, expected on %q", res.Stop, s.Expect.Stop)
		return out
	}
	for _, page := range s.Expect.Pages {
		if !slices.Contains(res.Pages, page) {
			bad("page %s is not asked", page)
		}
	}
	for _, page := range s.Expect.NoPages {
		if slices.Contains(res.Pages, page) {
			bad("page %s is asked", page)
		}
	}
	if len(res.Problems) > 0 || res.Stop != "" {
		return out
	}
	// What is kept, and what would be sent, are worth the same.
	for _, a := range []*form.Answers{res.View.Answers(), res.View.Prune()} {
		v := r.program.Open(a, env)
		for _, p := range v.Validate() {
			bad("filled in, and not valid: %s: %s", p.Path, p.Text)
		}
		out = append(out, s.Expect.figures(v)...)
		if to, _ := v.Destination(); s.Expect.Destination != "" && to.ID != s.Expect.Destination {
			bad("goes to %q, expected %q", to.ID, s.Expect.Destination)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// figures says which sums and lines are others.
func (e Expect) figures(v *form.View) []string {
	var out []string
	sums, lines := map[string]int64{}, map[string][]string{}
	for _, res := range v.Compute() {
		lines[res.ID] = []string{}
		for _, sum := range res.Sums {
			sums[res.ID+"."+sum.ID] = sum.Cents
		}
		for _, l := range res.Lines {
			lines[res.ID] = append(lines[res.ID], l.ID)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Sums)) {
		if got, ok := sums[name]; !ok {
			out = append(out, fmt.Sprintf("there is no sum %s", name))
		} else if got != e.Sums[name] {
			out = append(out, fmt.Sprintf("%s is %d cents, expected %d", name, got, e.Sums[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Lines)) {
		if got, ok := lines[name]; !ok || !slices.Equal(got, e.Lines[name]) {
			out = append(out, fmt.Sprintf("the lines of %s are %q, expected %q", name, got, e.Lines[name]))
		}
	}
	return out
}
