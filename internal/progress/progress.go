package progress

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/place"
	"leitportal/internal/service"
)

// Online is one service that runs for one municipality.
type Online struct {
	// Tenant is the ARS, OZG the id of the service, Solution and Version what
	// answers it.
	Tenant, OZG, Solution, Version string
	// Since is the day it went live; zero: not recorded.
	Since clock.Date
	// Demo marks values that are made up for a demonstration.
	Demo bool
}

// Running tells what really runs; app fills it from the rooms to the right.
type Running interface {
	// Running lists what is online on day, over all tenants, in any order.
	Running(ctx context.Context, day clock.Date) ([]Online, error)
	// Revision changes whenever the answer for the same day may have changed.
	Revision() int64
}

// Report is what a municipality says of a service, whether or not it runs here.
type Report struct {
	// Tenant is the ARS, OZG the id of the service.
	Tenant, OZG string
	// Level11 and Level20 are the levels it states, Ratings11 and Ratings20 the
	// criteria it has checked.
	Level11, Level20     Rating
	Ratings11, Ratings20 Ratings
	// Since is the day it says it went online, zero if it does not say.
	Since clock.Date
	// Link leads to it (https), Source says what the report rests on.
	Link, Source string
	// Demo marks a made-up report.
	Demo bool
	// On is the day of the report. By is the employee who entered it, for the
	// desk and the record only; it is never published.
	On clock.Date
	By string
}

// The bounds of a report.
const (
	maxLink   = 500
	maxSource = 300
)

// Check returns the fields that are wrong, by the column of the table, with
// the key of a text of this room. today bounds the dates.
func (r Report) Check(today clock.Date) map[string]string {
	bad := map[string]string{}
	for _, m := range []struct {
		model   Model
		level   Rating
		ratings Ratings
	}{{Model11(), r.Level11, r.Ratings11}, {Model20(), r.Level20, r.Ratings20}} {
		if judged := m.model.Judge(m.ratings); m.level > Rating(judged.Most) {
			bad["level_"+m.model.Key] = "progress.bad.level"
		}
	}
	if r.Since.After(today) {
		bad["since"] = "progress.bad.since"
	}
	if r.On.After(today) {
		bad["reported_on"] = "progress.bad.since"
	}
	if r.Link != "" && !validLink(r.Link) {
		bad["link"] = "progress.bad.link"
	}
	switch {
	case r.Source == "":
		bad["source"] = "progress.bad.source.empty"
	case !plain(r.Source, maxSource):
		bad["source"] = "progress.bad.source"
	}
	return bad
}

func validLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && plain(s, maxLink) && !strings.ContainsFunc(s, unicode.IsSpace)
}

// plain tells a line of at most most characters, trimmed, without control
// characters and those that turn the direction of writing.
func plain(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' || r == '\ufffd'
	})
}

// Count is how far services have come: of a topic, a life event, all.
type Count struct {
	// Services of the catalogue, Online how many of them run somewhere, Offers
	// how many pairs of service and municipality run, Reported how many pairs
	// are reported.
	Services, Online, Offers, Reported int
}

// Town is one municipality.
type Town struct {
	Place place.Place
	// Online by OZG id, one entry per service; Demo of them show made-up values.
	Online []Online
	Demo   int
	// Reports by OZG id.
	Reports []Report
}

// In counts the services of a topic that run in the town; nil counts all.
func (t *Town) In(c *service.Catalog, topic *service.Topic) int {
	if topic == nil {
		return len(t.Online)
	}
	n := 0
	for _, o := range t.Online {
		if s, ok := c.ByID(o.OZG); ok && s.Topic == topic {
			n++
		}
	}
	return n
}

// Of is what runs and what is reported of a service in the town; nil for none.
func (t *Town) Of(ozg string) (o *Online, r *Report) {
	if i, ok := slices.BinarySearchFunc(t.Online, ozg, func(o Online, id string) int { return strings.Compare(o.OZG, id) }); ok {
		o = &t.Online[i]
	}
	if i, ok := slices.BinarySearchFunc(t.Reports, ozg, func(r Report, id string) int { return strings.Compare(r.OZG, id) }); ok {
		r = &t.Reports[i]
	}
	return o, r
}

// Figures are the state of a day. They are immutable.
type Figures struct {
	Day clock.Date
	// All counts over everything; Towns is how many municipalities have a
	// service online at least, Of how many there are, Demo how many offers show
	// made-up values.
	All             Count
	Towns, Of, Demo int
	Topics          map[*service.Topic]Count
	Events          map[*service.Event]Count
	// Levels11 and Levels20 count the reports by the level they state; the last
	// entry counts those that state none.
	Levels11, Levels20 []int
	// List is every municipality by ARS.
	List     []*Town
	Projects []Project

	byARS map[string]*Town
	files files
}

// Town is the municipality with the ARS.
func (f *Figures) Town(ars string) (*Town, bool) { t, ok := f.byARS[ars]; return t, ok }

// Calculate counts. Entries of unknown places or services are left out; two
// solutions for one service of a town count once.
func Calculate(day clock.Date, c *service.Catalog, towns []place.Place, running []Online, reports []Report, projects []Project) *Figures {
	f := &Figures{
		Day: day, Of: len(towns), Topics: map[*service.Topic]Count{}, Events: map[*service.Event]Count{}, Projects: projects,
		Levels11: make([]int, Model11().Top+2), Levels20: make([]int, Model20().Top+2), byARS: make(map[string]*Town, len(towns)),
	}
	for _, p := range towns {
		t := &Town{Place: p}
		f.List, f.byARS[p.ARS] = append(f.List, t), t
	}
	slices.SortFunc(f.List, func(a, b *Town) int { return strings.Compare(a.Place.ARS, b.Place.ARS) })
	running = slices.Clone(running)
	slices.SortFunc(running, func(a, b Online) int {
		return cmp.Or(strings.Compare(a.OZG, b.OZG), strings.Compare(a.Solution, b.Solution), strings.Compare(a.Tenant, b.Tenant))
	})
	offers := map[string]int{}
	for _, o := range running {
		t, known := f.byARS[o.Tenant]
		if _, ok := c.ByID(o.OZG); !ok || !known || len(t.Online) > 0 && t.Online[len(t.Online)-1].OZG == o.OZG {
			continue
		}
		t.Online = append(t.Online, o)
		offers[o.OZG]++
		if o.Demo {
			t.Demo++
			f.Demo++
		}
	}
	reported := map[string]int{}
	reports = slices.Clone(reports)
	slices.SortFunc(reports, func(a, b Report) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.OZG, b.OZG))
	})
	for _, r := range reports {
		t, known := f.byARS[r.Tenant]
		if _, ok := c.ByID(r.OZG); !ok || !known {
			continue
		}
		t.Reports = append(t.Reports, r)
		reported[r.OZG]++
		tally(f.Levels11, r.Level11)
		tally(f.Levels20, r.Level20)
	}
	for _, t := range f.List {
		if len(t.Online) > 0 {
			f.Towns++
		}
	}
	for _, s := range c.Services {
		add := func(n Count) Count {
			n.Services++
			n.Offers += offers[s.OZGID]
			n.Reported += reported[s.OZGID]
			if offers[s.OZGID] > 0 {
				n.Online++
			}
			return n
		}
		f.All, f.Topics[s.Topic], f.Events[s.Event] = add(f.All), add(f.Topics[s.Topic]), add(f.Events[s.Event])
	}
	return f
}

// tally counts a level; the last entry is for none.
func tally(levels []int, r Rating) {
	if r < 0 {
		levels[len(levels)-1]++
	} else {
		levels[r]++
	}
}

// Similar lists the n municipalities most like the one with the ARS: of the
// same kind (district-free city, or within a Kreis), nearest in population by
// ratio; of two equally near the one with the smaller ARS comes first.
func (f *Figures) Similar(ars string, n int) []*Town {
	me, ok := f.byARS[ars]
	if !ok {
		return nil
	}
	far := func(t *Town) float64 {
		return math.Abs(math.Log(float64(max(t.Place.Population, 1)) / float64(max(me.Place.Population, 1))))
	}
	var out []*Town
	for _, t := range f.List {
		if t != me && (t.Place.Kind == place.City) == (me.Place.Kind == place.City) {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b *Town) int { return cmp.Compare(far(a), far(b)) })
	return out[:min(n, len(out))]
}

// State of a cooperation project.
type State string

// The states of a project.
const (
	Planned State = "planned"
	Going   State = "running"
	Done    State = "done"
)

// Project is a cooperation project of an OZG laboratory, as the programme
// office has entered it.
type Project struct {
	// ID names it in files ("L05-2026-01"); Topic is the laboratory's in its own
	// words.
	ID    string `json:"id" yaml:"id"`
	Title string `json:"title" yaml:"title"`
	Topic string `json:"topic" yaml:"topic"`
	// Lead and Participants are municipalities by ARS.
	Lead         string   `json:"lead" yaml:"lead"`
	Participants []string `json:"participants" yaml:"participants"`
	State        State    `json:"state" yaml:"state"`
	Link         string   `json:"link,omitempty" yaml:"link,omitempty"`
	// Demo marks a made-up project.
	Demo bool `json:"demo,omitempty" yaml:"demo,omitempty"`
}

// The bounds of a file of projects: 31 municipalities take part in the OZG
// laboratories, which have 13 topics.
const (
	maxProjects     = 1000
	maxParticipants = 31
)

// CheckProjects tells what is wrong with a file of projects, nil for nothing;
// known tells the ARS of a municipality.
func CheckProjects(list []Project, known func(ars string) bool) error {
	bad := func(p Project, why string) error { return fail.Newf(fail.Invalid, "project %q: %s", p.ID, why) }
	if len(list) > maxProjects {
		return fail.Newf(fail.Invalid, "%d projects; at most %d are taken", len(list), maxProjects)
	}
	seen := map[string]bool{}
	for _, p := range list {
		twice := map[string]bool{}
		switch {
		case p.ID == "" || !plain(p.ID, 60):
			return bad(p, "the id is empty or not a line of 60 characters at most")
		case seen[p.ID]:
			return bad(p, "the id comes twice")
		case p.Title == "" || !plain(p.Title, 200) || p.Topic == "" || !plain(p.Topic, 100):
			return bad(p, "title and topic must be lines of 200 and 100 characters at most")
		case p.State != Planned && p.State != Going && p.State != Done:
			return bad(p, "the state is planned, running or done")
		case p.Link != "" && !validLink(p.Link):
			return bad(p, "the link must begin with https://")
		case !known(p.Lead):
			return bad(p, "the lead is no municipality (ARS)")
		case len(p.Participants) > maxParticipants:
			return bad(p, "more than 31 participants")
		}
		for _, ars := range p.Participants {
			if !known(ars) || twice[ars] {
				return bad(p, "participant "+ars+" is no municipality (ARS) or comes twice")
			}
			twice[ars] = true
		}
		seen[p.ID] = true
	}
	return nil
}
