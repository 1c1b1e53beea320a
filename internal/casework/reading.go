package casework

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
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

// facts is what a notice says of the applicant. A solution names its fields
// as it likes; reading.facts knows those of dog tax, the one solution there is.
type facts struct {
	name    string   // full name, joint keepers too
	address []string // street and number, postal code and town
	dogs    []string // names
	iban    string   // "" when the person pays an invoice
}

func (f facts) lines() []string { return append([]string{f.name}, f.address...) }

// facts reads them out of the answers of dog tax.
func (r *reading) facts() facts {
	a := r.view.Answers()
	text := func(path string) string { s, _ := a.Value(path).(string); return s }
	join := func(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }
	f := facts{name: text("keeper.company_name"), iban: text("payment.iban")}
	if company, _ := a.Value("keeper.company").(bool); !company {
		f.name = join(text("keeper.first"), text("keeper.last"))
		if joint, _ := a.Value("keeper.joint").(bool); joint {
			for _, n := range a.Instances("partners") {
				p := "partners/" + strconv.Itoa(n)
				f.name += ", " + join(text(p+".first"), text(p+".last"))
			}
		}
	}
	if extra := text("address.extra"); extra != "" {
		f.address = append(f.address, extra)
	}
	f.address = append(f.address, join(text("address.street"), text("address.number")), join(text("address.postcode"), text("address.city")))
	for _, n := range a.Instances("dogs") {
		f.dogs = append(f.dogs, text("dogs/"+strconv.Itoa(n)+".name"))
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
	set       *solution.Set
}

// assess works out the tax of a year. For the year of the application the
// rules see the day of the application, for any other its first day.
func (s *Service) assess(r *reading, year int, lang i18n.Lang) (assessment, error) {
	day := clock.Date{Year: year, Month: 1, Day: 1}
	if year == r.payload.Today.Year {
		day = r.payload.Today
	}
	offer, err := s.Solutions.At(r.payload.Tenant, r.payload.Solution, r.payload.Version, day)
	if err != nil {
		return assessment{}, err
	}
	view, err := r.on(r.view.Answers(), offer.Set, day, lang)
	if err != nil {
		return assessment{}, err
	}
	out := assessment{year: year, from: clock.Date{Year: year, Month: 1, Day: 1}, to: clock.Date{Year: year, Month: 12, Day: 31}, set: offer.Set}
	results := view.Compute()
	if err := view.Err(); err != nil {
		return assessment{}, err
	}
	if len(results) == 0 || len(results[0].Sums) < 2 {
		return out, nil
	}
	c := results[0]
	out.now, out.full = c.Sums[0].Cents, c.Sums[1].Cents
	out.from.Month = firstMonth(c.Lines)
	for _, l := range c.Lines {
		if name, _ := r.view.Answers().Value("dogs/" + strconv.Itoa(l.Instance) + ".name").(string); slices.Contains(r.refused, name) && slices.Contains(offer.Version.Answers.Relief, l.ID) {
			out.now, out.full = out.now-l.Cents[0], out.full-l.Cents[1]
			continue
		}
		out.lines = append(out.lines, solution.Row{Label: l.Text, Value: i18n.Money(lang, l.Cents[0])})
	}
	return out, nil
}

// firstMonth is the month in which the tax of the year begins, seen from the
// share of the year that the longest line pays. Where a part of a year pays
// the full amount it is January, and the clerk says better.
func firstMonth(lines []form.Line) time.Month {
	most := int64(0)
	for _, l := range lines {
		if len(l.Cents) > 1 && l.Cents[0] > 0 && l.Cents[1] > 0 {
			most = max(most, (l.Cents[0]*12+l.Cents[1]/2)/l.Cents[1])
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
