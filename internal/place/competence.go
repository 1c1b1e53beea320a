package place

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"leitportal/internal/fail"
)

//go:embed competence.json
var competenceJSON []byte

// Level is the step of the administration an authority stands on.
type Level string

// The levels, from near to far. An association (Landschaftsverband) stands
// beside the chain and is reached only by a task that is its own.
const (
	LevelMunicipality Level = "municipality"
	LevelDistrict     Level = "district"
	LevelRegion       Level = "region"
	LevelState        Level = "state"
	LevelAssociation  Level = "association"
)

// Authority is who answers for something in a place.
type Authority struct {
	Level Level
	// ID is the ARS (12 digits, filled up with zeros) of the area it answers
	// for, or "lvr" or "lwl" for a Landschaftsverband.
	ID   string
	Name string // "Stadt Paderborn", "Bezirksregierung Detmold"
}

// Answer is the competent authority for a task in a place.
type Answer struct {
	Authority Authority
	// Or lists others that may be competent instead, where it is not known
	// whether the town has taken the task over. Then the page names them all
	// and asks people to enquire.
	Or []Authority
	// Source is the rule the answer rests on, in German; "" when it follows
	// from the level alone.
	Source string
}

// Sure tells whether the answer names one authority.
func (a Answer) Sure() bool { return len(a.Or) == 0 }

// Status is what GO NRW § 4 makes of a town in a Kreis.
type Status string

// The statuses. Unknown stands for a town whose status is not established.
const (
	StatusNone    Status = ""
	StatusMedium  Status = "medium" // Mittlere kreisangehörige Stadt
	StatusLarge   Status = "large"  // Große kreisangehörige Stadt
	StatusUnknown Status = "unknown"
)

type region struct{ digit, name, association string }

func regionOf(ars string) (region, bool) {
	if !strings.HasPrefix(ars, "05") || len(ars) < 3 {
		return region{}, false
	}
	for _, r := range []region{
		{"1", "Düsseldorf", "lvr"},
		{"3", "Köln", "lvr"},
		{"5", "Münster", "lwl"},
		{"7", "Detmold", "lwl"},
		{"9", "Arnsberg", "lwl"},
	} {
		if ars[2:3] == r.digit {
			return r, true
		}
	}
	return region{}, false
}

// competences is competence.json, checked against the atlas.
type competences struct {
	status     map[string]Status // by ARS
	tasks      map[string]taskRule
	exceptions map[[2]string]exception // by task and ARS
}

type taskRule struct {
	Task, Source        string
	Level               Level
	Delegated, Possible []Status
}

type exception struct {
	Task, ARS, Source string
	Level             Level
}

func loadCompetences(a *Atlas) (competences, error) {
	var f struct {
		Large, Medium struct {
			Source     string
			CompleteTo string `json:"complete_to"`
			Names      []string
		}
		Tasks      []taskRule
		Exceptions []exception
	}
	if err := json.Unmarshal(competenceJSON, &f); err != nil {
		return competences{}, fmt.Errorf("place: competence.json: %w", err)
	}
	c := competences{map[string]Status{}, map[string]taskRule{}, map[[2]string]exception{}}
	for _, p := range a.places {
		if p.Kind == Town && p.Name > f.Medium.CompleteTo {
			c.status[p.ARS] = StatusUnknown
		}
	}
	for status, names := range map[Status][]string{StatusLarge: f.Large.Names, StatusMedium: f.Medium.Names} {
		for _, name := range names {
			i := slices.IndexFunc(a.places, func(p Place) bool { return p.Kind == Town && p.Name == name })
			if i < 0 {
				return c, fmt.Errorf("place: competence.json: there is no town %q in a Kreis", name)
			}
			c.status[a.places[i].ARS] = status
		}
	}
	for _, t := range f.Tasks {
		if _, ok := c.tasks[t.Task]; ok || t.Source == "" {
			return c, fmt.Errorf("place: competence.json: task %q is given twice or has no source", t.Task)
		}
		c.tasks[t.Task] = t
	}
	for _, x := range f.Exceptions {
		_, task := c.tasks[x.Task]
		if _, ok := a.byKey[x.ARS]; !ok || !task || x.Source == "" {
			return c, fmt.Errorf("place: competence.json: exception %s for %s has no such task, place or source", x.Task, x.ARS)
		}
		c.exceptions[[2]string{x.Task, x.ARS}] = x
	}
	return c, nil
}

// aachen has the standing of a district-free city though it lies in the
// Städteregion (Städteregion-Aachen-Gesetz).
const aachen = "053340002002"

// Status is what the town with the given ARS is under GO NRW § 4.
func (a *Atlas) Status(ars string) Status { return a.competent.status[ars] }

// Tasks lists the ids of the tasks whose competence has a rule of its own,
// sorted.
func (a *Atlas) Tasks() []string {
	var out []string
	for t := range a.competent.tasks {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// Chain lists the authorities that answer for the place with the key (ARS,
// AGS or district key), from near to far: municipality, Kreis (none for a
// district-free city), Bezirksregierung, Land. It is nil for an unknown key.
func (a *Atlas) Chain(key string) []Authority {
	p, ok := a.ByKey(key)
	if !ok {
		return nil
	}
	var out []Authority
	if p.IsMunicipality() {
		out = append(out, Authority{LevelMunicipality, p.ARS, p.Title()})
	}
	if d, ok := a.ByKey(p.Key); ok && d.Kind == District {
		out = append(out, Authority{LevelDistrict, d.ARS, d.Title()})
	}
	return append(out,
		Authority{LevelRegion, p.ARS[:3] + "000000000", "Bezirksregierung " + p.Region},
		Authority{LevelState, "050000000000", "Land Nordrhein-Westfalen"})
}

// Association is the Landschaftsverband the place with the key belongs to:
// Rheinland for the Regierungsbezirke Düsseldorf and Köln, Westfalen-Lippe
// for Münster, Detmold and Arnsberg (§ 1 LVerbO NRW).
func (a *Atlas) Association(key string) (Authority, bool) {
	p, ok := a.ByKey(key)
	if !ok {
		return Authority{}, false
	}
	r, _ := regionOf(p.ARS)
	name := "Landschaftsverband Rheinland (LVR)"
	if r.association == "lwl" {
		name = "Landschaftsverband Westfalen-Lippe (LWL)"
	}
	return Authority{LevelAssociation, r.association, name}, true
}

// Competent names the authority for a task in the place with the key (ARS,
// AGS or district key). Where the task has a rule of its own (Tasks) that
// decides; else the authority of the given level. The error is NotFound for
// an unknown place or level.
func (a *Atlas) Competent(key, task string, level Level) (Answer, error) {
	p, ok := a.ByKey(key)
	if !ok {
		return Answer{}, fail.Newf(fail.NotFound, "place: no place has the key %q", key)
	}
	rule, known := a.competent.tasks[task]
	if known {
		level = rule.Level
	}
	if x, ok := a.competent.exceptions[[2]string{task, p.ARS}]; ok {
		at, err := a.at(p, x.Level)
		return Answer{Authority: at, Source: x.Source}, err
	}
	at, err := a.at(p, level)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Authority: at, Source: rule.Source}
	if level != LevelDistrict || !p.IsMunicipality() || p.Kind == City {
		return answer, nil
	}
	own := Authority{LevelMunicipality, p.ARS, p.Title()}
	status := a.Status(p.ARS)
	switch {
	case p.ARS == aachen: // more than 40 of its tasks went to the Städteregion, not all
		answer.Authority, answer.Or = own, []Authority{at}
	case slices.Contains(rule.Delegated, status):
		answer.Authority = own
	case slices.Contains(rule.Possible, status),
		status == StatusUnknown && slices.Contains(slices.Concat(rule.Delegated, rule.Possible), StatusMedium):
		answer.Or = []Authority{own}
	}
	return answer, nil
}

// at is the authority of a level in the chain of p. A district-free city is
// its own district.
func (a *Atlas) at(p Place, level Level) (Authority, error) {
	if level == LevelAssociation {
		as, _ := a.Association(p.ARS)
		return as, nil
	}
	chain := a.Chain(p.ARS)
	if level == LevelDistrict && p.Kind == City {
		level = LevelMunicipality
	}
	for _, at := range chain {
		if at.Level == level {
			return at, nil
		}
	}
	return Authority{}, fail.Newf(fail.NotFound, "place: %s has no authority of level %q", p.ARS, level)
}
