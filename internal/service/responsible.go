package service

import (
	"leitportal/internal/place"
)

// Responsible is who answers for a service in a place.
type Responsible struct {
	// Authorities are the one that answers, or all that may where it is not
	// known which; empty when no level is recorded or it lies outside the
	// administration of the state.
	Authorities []place.Authority
	// Level that answers as a rule.
	Level Level
	// Source is the rule it rests on, in German, or "".
	Source string
}

// Sure tells whether exactly one authority answers.
func (r Responsible) Sure() bool { return len(r.Authorities) == 1 }

// Competence is what service needs of place.Atlas.
type Competence interface {
	Competent(key, task string, level place.Level) (place.Answer, error)
}

// ResponsibleFor says who answers for s in the municipality with the ARS. An
// error means that there is no such place.
func ResponsibleFor(c Competence, s *Service, ars string) (Responsible, error) {
	levels := map[Level]place.Level{
		Municipality: place.LevelMunicipality, District: place.LevelDistrict, Region: place.LevelRegion, State: place.LevelState,
	}
	r := Responsible{Level: s.Level}
	level, ok := levels[s.Level]
	if !ok {
		return r, nil
	}
	a, err := c.Competent(ars, s.Task, level)
	if err != nil {
		return Responsible{}, err
	}
	r.Authorities = append([]place.Authority{a.Authority}, a.Or...)
	r.Source = a.Source
	return r, nil
}
