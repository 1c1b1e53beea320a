package casework

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
)

// answer is an answer of a review with the place it stands at.
type answer struct {
	form.Answer
	section string
}

// words is the answer as text, files by name.
func (a answer) words() string {
	if len(a.Files) == 0 {
		return a.Text
	}
	names := make([]string, len(a.Files))
	for i, f := range a.Files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// answers goes through a review.
func answers(sections []form.Section) iter.Seq[answer] {
	return func(yield func(answer) bool) {
		for _, s := range sections {
			for _, b := range s.Blocks {
				place := s.Title
				if b.Label != "" {
					place += ", " + b.Label
				}
				for _, a := range b.Answers {
					if !yield(answer{a, place}) {
						return
					}
				}
			}
		}
	}
}

// file finds an evidence file among the answers.
func (r *reading) file(id string) (form.File, bool) {
	for a := range answers(r.view.Review()) {
		for _, f := range a.Files {
			if f.ID == id {
				return f, true
			}
		}
	}
	return form.File{}, false
}

// facts is what a notice says of the applicant.
type facts struct {
	name    string   // full name, joint keepers too
	joint   int      // how many keepers there are together, 0 for one
	address []string // street and number, postal code and town
	items   []item   // what the case is about: the dogs
	iban    string   // "" when the person pays an invoice
}

// item is an instance of the group a case is about.
type item struct {
	id     int // of the instance: two dogs may have one name
	name   string
	shared string // the name as it was given, where several have it
}

func (f facts) lines() []string { return append([]string{f.name}, f.address...) }

// item is the item of an instance; its zero value where there is none.
func (f facts) item(id int) item {
	for _, it := range f.items {
		if it.id == id {
			return it
		}
	}
	return item{}
}

// apart is a text that begins with the name of an item, in which items of one
// name are told apart.
func (f facts) apart(id int, text string) string {
	it := f.item(id)
	if rest, ok := strings.CutPrefix(text, it.shared); ok && it.shared != "" {
		return it.name + rest
	}
	return text
}

// names are the names of the items.
func (f facts) names() []string {
	out := make([]string, len(f.items))
	for i, it := range f.items {
		out[i] = it.name
	}
	return out
}

// facts reads them out of the answers, where the solution says they stand.
func (r *reading) facts() facts {
	a, at := r.view.Answers(), r.offer.Version.Answers
	text := func(path string) string { s, _ := a.Value(path).(string); return s }
	join := func(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }
	var f facts
	if f.name = text(at.Organisation); f.name == "" {
		f.name = join(text(at.First), text(at.Last))
		names := []string{f.name}
		for _, n := range a.Instances(at.Joint) {
			if joint := join(text(at.Of(at.Joint, at.JointFirst, n)), text(at.Of(at.Joint, at.JointLast, n))); joint != "" {
				names = append(names, joint)
			}
		}
		if f.name = strings.Join(names, ", "); len(names) > 1 {
			f.joint = len(names)
		}
	}
	for _, line := range []string{text(at.Extra), join(text(at.Street), text(at.Number)), join(text(at.Postcode), text(at.City))} {
		if line != "" {
			f.address = append(f.address, line)
		}
	}
	if yes, asked := a.Value(at.Mandate).(bool); yes || !asked {
		f.iban = text(at.IBAN)
	}
	count := map[string]int{}
	for _, n := range a.Instances(at.Item) {
		name := text(at.Of(at.Item, at.ItemName, n))
		count[name]++
		f.items = append(f.items, item{id: n, name: name})
	}
	for i, it := range f.items {
		if count[it.name] > 1 {
			f.items[i].name = strings.TrimSpace(it.name + " (" + strconv.Itoa(i+1) + ")")
			f.items[i].shared = it.name
		}
	}
	return f
}

// list joins names as a sentence does: "Rex, Bello und Senta".
func list(names []string, and string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + and + " " + names[len(names)-1]
}

// assessment is the tax of one calendar year as the rules work it out.
type assessment struct {
	year      int
	now, full int64 // cents: for the year, for a full year
	from, to  clock.Date
	lines     []solution.Row
	shares    []share // of the lines
	set       *solution.Set
	pending   string // says of an application for relief that it is decided apart
}

// share is what a line pays in the year, and in a full one, in cents.
type share struct {
	item      int // instance the line is about
	relief    bool
	now, full int64
}

// assess works out the tax of a year. For the year of the application the
// rules see the day of the application, for any other its first day. Relief is
// deducted where it was granted.
func (s *Service) assess(r *reading, year int, lang i18n.Lang) (assessment, error) {
	out, err := s.assessWith(r, year, lang, plea.granted)
	open := r.undecided("")
	if err != nil || len(open) == 0 {
		return out, err
	}
	view, err := r.on(r.view.Answers(), r.offer.Set, r.payload.Today, lang)
	if err != nil {
		return out, err
	}
	t, names := s.texts.In(lang), make([]string, len(open))
	for i, p := range open {
		names[i] = p.in(view).name(r.facts(), t)
	}
	out.pending = t.T("casework.relief.pending", "what", list(names, t.T("casework.letter.and")))
	return out, nil
}

// assessWith works it out as if just these pleas had been granted.
func (s *Service) assessWith(r *reading, year int, lang i18n.Lang, on func(plea) bool) (assessment, error) {
	day := clock.Date{Year: year, Month: 1, Day: 1}
	if year == r.payload.Today.Year {
		day = r.payload.Today
	}
	offer, err := s.at(r.payload.Test(), r.payload.Tenant, r.payload.Solution, r.payload.Version, day)
	if err != nil {
		return assessment{}, err
	}
	answers, err := r.granting(on)
	if err != nil {
		return assessment{}, err
	}
	view, err := r.on(answers, offer.Set, day, lang)
	if err != nil {
		return assessment{}, err
	}
	out, err := r.tax(view, offer.Version.Answers, year, s.texts.In(lang))
	out.set = offer.Set
	return out, err
}

// tax is the computation of a year's view that the solution says is assessed.
func (r *reading) tax(view *form.View, at solution.Paths, year int, t i18n.Texts) (assessment, error) {
	out := assessment{year: year, from: clock.Date{Year: year, Month: 1, Day: 1}, to: clock.Date{Year: year, Month: 12, Day: 31}}
	results := view.Compute()
	if err := view.Err(); err != nil {
		return assessment{}, err
	}
	i := slices.IndexFunc(results, func(c form.Result) bool { return c.ID == at.Compute })
	if i < 0 {
		return out, nil // the solution's desk has nothing to work out
	}
	c := results[i]
	now, full := sumAt(c, at.SumNow), sumAt(c, at.SumFull)
	if now < 0 || full < 0 {
		return out, fail.Newf(fail.Invalid, "casework: the computation %s has no sums %q and %q", c.ID, at.SumNow, at.SumFull)
	}
	out.now, out.full = c.Sums[now].Cents, c.Sums[full].Cents
	f := r.facts()
	for _, l := range c.Lines {
		text, sh := f.apart(l.Instance, l.Text), share{l.Instance, slices.Contains(at.Relief, l.ID), l.Cents[now], l.Cents[full]}
		if p := r.behind(sh); p != nil {
			text = p.deducted(t, view, f)
			if p.percent > 0 && p.last.percent != p.percent { // the office granted another share than the rules have
				was := sh
				sh.now, sh.full = sh.now*int64(p.last.percent)/int64(p.percent), sh.full*int64(p.last.percent)/int64(p.percent)
				out.now, out.full = out.now-was.now+sh.now, out.full-was.full+sh.full
			}
		}
		out.shares = append(out.shares, sh)
		out.lines = append(out.lines, solution.Row{Label: text, Value: i18n.Money(t.Lang(), sh.now)})
	}
	out.from.Month = firstMonth(out.shares)
	return out, nil
}

// sumAt is the place of a sum in a computation, -1 where it has none.
func sumAt(c form.Result, id string) int {
	return slices.IndexFunc(c.Sums, func(s form.Sum) bool { return s.ID == id })
}

// firstMonth is the month in which the tax of the year begins, seen from the
// share of the year that the longest line pays. Where a part of a year pays
// the full amount it is January, and the clerk says better.
func firstMonth(lines []share) time.Month {
	most := int64(0)
	for _, l := range lines {
		if !l.relief && l.now > 0 && l.full > 0 {
			most = max(most, (l.now*12+l.full/2)/l.full)
		}
	}
	if most < 1 || most > 12 {
		return 1
	}
	return time.Month(13 - most)
}

// years are the calendar years a clerk may assess: those past that have not
// lapsed in any case (§ 169 AO: four years), this one and the next.
func (r *reading) years() []int {
	y := r.payload.Today.Year
	return []int{y - 4, y - 3, y - 2, y - 1, y, y + 1}
}

// sender is the office as a letter names it.
type sender struct {
	authority, office string
	address           []string
	contact           string
	demo              bool
}

// complete tells whether a notice can name where to object.
func (o sender) complete() bool { return len(o.address) > 0 && o.contact != "" }

func senderOf(t *tenant.Tenant, set *solution.Set, lang i18n.Lang) sender {
	c := t.Entered.Contact
	o := sender{authority: t.Name, office: set.Text("office_name", lang), address: c.Lines(), demo: set.ByLaw.Demo}
	o.contact = strings.Join(slices.DeleteFunc([]string{c.Phone, c.Mail}, func(s string) bool { return s == "" }), ", ")
	return o
}
