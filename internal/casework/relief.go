package casework

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// plea is an application for relief, an exemption or a reduction: a "yes" to
// one of the questions that the solution names for it. It is deducted once it
// is granted, never before.
type plea struct {
	path  string // of the answer: dogs/2.watch, relief.social
	page  string // page instance of the answer
	field string // schema path of the answer
	item  int    // instance of what it is for; 0 for no one in particular
	label string // the question in short, in the language of the reading
	proof bool   // a file came with it
	// what the rules give for it: percent is 0 where they give nothing, to is
	// zero for "until further notice"
	percent  int
	falls    int // instance it takes something off, where item is 0
	from, to clock.Date
	last     verdict
}

// verdict is the last decision on a plea; its zero value is none.
type verdict struct {
	kind     string // solution.ReliefGranted or solution.ReliefRefused
	percent  int    // 1 to 100, of a grant
	from, to clock.Date
	on       clock.Date // day of the decision
}

func (p plea) open() bool    { return p.last.kind == "" }
func (p plea) granted() bool { return p.last.kind == solution.ReliefGranted }

// differs tells whether it was granted for another time than the rules have
// it: the computed amount is then not to be trusted.
func (p plea) differs() bool {
	return p.granted() && (p.last.from != p.from || p.last.to != p.to)
}

// name is the plea in words.
func (p plea) name(f facts, t i18n.Texts) string {
	if it := f.item(p.item); it.id != 0 {
		return t.T("casework.relief.of", "item", it.name, "what", p.label)
	}
	return p.label
}

// pleas finds what was applied for, and what was decided on it.
func (s *Service) pleas(ctx context.Context, c Case, r *reading) error {
	r.pleas = r.asked()
	if len(r.pleas) == 0 {
		return nil
	}
	for i := range r.pleas {
		if err := s.weigh(r, &r.pleas[i]); err != nil {
			return err
		}
	}
	entries, err := s.store.Entries(ctx, s.DB.Read(), c.Tenant, c.ID)
	for _, e := range entries {
		if e.Kind != EntryDecision || e.About == solution.Assessment {
			continue
		}
		text, err := s.openText(c, e)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(r.pleas, func(p plea) bool { return p.path == text.Relief }); i >= 0 {
			v := verdict{kind: e.About, percent: text.Percent, on: clock.DateOf(e.At.In(clock.Berlin()))}
			if v.kind == solution.ReliefGranted {
				if v.from, err = clock.ParseDate(text.From); err != nil {
					return err
				}
				if err := v.to.UnmarshalText([]byte(text.To)); err != nil {
					return err
				}
			}
			r.pleas[i].last = v
		}
	}
	return err
}

// asked are the pleas of the answers, in the order of the form.
func (r *reading) asked() []plea {
	at := r.offer.Version.Answers
	fields := map[string]plea{}
	for _, field := range at.ReliefAsked {
		if !strings.HasPrefix(field, at.Item+".") {
			fields[field] = plea{field: field}
			continue
		}
		for _, n := range r.view.Answers().Instances(at.Item) {
			fields[at.Of(at.Item, field, n)] = plea{field: field, item: n}
		}
	}
	var out []plea
	files := map[string]bool{} // by page
	for a := range answers(r.view.Review()) {
		p, ok := fields[a.Path]
		if yes, _ := a.Value.(bool); ok && yes {
			p.path, p.page, p.label = a.Path, a.Page, a.Label
			out = append(out, p)
		}
		files[a.Page] = files[a.Page] || len(a.Files) > 0
	}
	for i, p := range out {
		out[i].proof = files[p.page]
	}
	return out
}

// undecided are the pleas nobody has decided on, but for the one named.
func (r *reading) undecided(but string) []plea {
	var out []plea
	for _, p := range r.pleas {
		if p.open() && p.path != but {
			out = append(out, p)
		}
	}
	return out
}

// granting is the answers as if only some pleas had been made: the rules then
// work out what holds without the others, the number of dogs that count too.
func (r *reading) granting(on func(plea) bool) (*form.Answers, error) {
	if !slices.ContainsFunc(r.pleas, func(p plea) bool { return !on(p) }) {
		return r.view.Answers(), nil
	}
	rows := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.view.Answers().JSON(), &rows); err != nil {
		return nil, err
	}
	for _, p := range r.pleas {
		if on(p) {
			continue
		}
		page := map[string]json.RawMessage{}
		err := json.Unmarshal(rows[p.page], &page)
		if err == nil {
			page[p.field] = json.RawMessage("false")
			rows[p.page], err = json.Marshal(page)
		}
		if err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return r.program.DecodeJSON(b)
}

// weigh works out what the rules give for a plea alone: how much, and from
// when to when.
func (s *Service) weigh(r *reading, p *plea) error {
	alone := func(x plea) bool { return x.path == p.path }
	in := func(year int) (relief, tax, percent int, err error) {
		a, err := s.assessWith(r, year, i18n.DE, alone)
		if err != nil {
			return 0, 0, 0, err
		}
		relief, tax, percent = a.relief()
		if i := slices.IndexFunc(a.shares, func(l share) bool { return l.relief }); i >= 0 && p.item == 0 {
			p.falls = a.shares[i].item
		}
		return relief, tax, percent, nil
	}
	year := r.payload.Today.Year
	for ; year <= r.payload.Today.Year+1; year++ { // a dog may come next year
		relief, tax, percent, err := in(year)
		if err != nil {
			return err
		}
		if relief == 0 {
			continue
		}
		p.percent, p.from = percent, clock.Date{Year: year, Month: 1, Day: 1}.AddMonths(12-tax)
		break
	}
	if p.percent == 0 {
		return nil
	}
	const most = 11 // years; a relief that lasts longer is without an end
	if relief, tax, _, err := in(year + most); err != nil || relief == tax {
		return nil // a by-law that ends before says nothing of its end
	}
	for y := year; y <= year+most; y++ {
		relief, tax, _, err := in(y)
		if err != nil {
			return nil
		}
		if relief < tax {
			p.to = clock.Date{Year: y, Month: 1, Day: 1}.AddMonths(12 - tax + relief).AddDays(-1)
			return nil
		}
	}
	return nil
}

// relief is what the one relief of an assessment takes off: for how many
// months of the year, of how many that are taxed, and how much in percent.
// All are 0 where it takes nothing.
func (a assessment) relief() (months, taxed, percent int) {
	var off, tax share
	for _, l := range a.shares {
		if l.relief {
			off.item, off.now, off.full = l.item, off.now-l.now, off.full-l.full
		}
	}
	for _, l := range a.shares {
		if !l.relief && l.item == off.item {
			tax.now, tax.full = tax.now+l.now, tax.full+l.full
		}
	}
	round := func(a, b int64) int { return int((a + b/2) / max(b, 1)) }
	taxed = round(tax.now*12, tax.full)
	if percent = max(round(off.now*100, tax.now), round(off.full*100, tax.full)); percent > 0 {
		months = round(off.now*1200, tax.full*int64(percent))
	}
	return months, taxed, percent
}

// behind is the granted plea that a line of relief comes of, nil for none. Of
// several for one item the rules take the best.
func (r *reading) behind(l share) *plea {
	var out *plea
	for i, p := range r.pleas {
		if l.relief && p.granted() && (p.item == l.item || p.item == 0) && (out == nil || out.item == 0 && p.item != 0 || out.item == p.item && p.percent > out.percent) {
			out = &r.pleas[i]
		}
	}
	return out
}

// in is the plea with its label in the language of a view.
func (p plea) in(view *form.View) plea {
	for a := range answers(view.Review()) {
		if a.Path == p.path {
			p.label = a.Label
		}
	}
	return p
}

// deducted says in an assessment why something is deducted.
func (p plea) deducted(t i18n.Texts, view *form.View, f facts) string {
	key := "casework.relief.deducted"
	if !p.last.to.IsZero() {
		key += ".until"
	}
	return t.T(key, "what", p.in(view).name(f, t), "percent", p.last.percent,
		"on", i18n.FormatDate(t.Lang(), p.last.on), "until", i18n.FormatDate(t.Lang(), p.last.to))
}

// choices are what a decision on relief can be about: what was applied for,
// and for each item something that reached the office on another way.
func (r *reading) choices(f facts) []plea {
	out := slices.Clone(r.pleas)
	at := r.offer.Version.Answers
	for _, it := range f.items {
		out = append(out, plea{path: at.Item + "/" + strconv.Itoa(it.id), item: it.id})
	}
	return out
}

// choice is the one that a form names; without a name the first that is open.
func (r *reading) choice(f facts, path string) (plea, bool) {
	all := r.choices(f)
	i := slices.IndexFunc(all, func(p plea) bool { return p.path == path || path == "" && p.open() })
	if i < 0 {
		return plea{}, false
	}
	return all[i], true
}
