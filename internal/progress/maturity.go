package progress

import (
	"fmt"
	"strconv"
	"strings"
)

// Model is a version of the OZG maturity model.
type Model struct {
	// Version is "1.1" or "2.0", Key the part of the names of texts and columns.
	Version, Key string
	// Top is the highest level; the lowest is 0.
	Top int
	// Criteria is how many there are, Named how many of them, from the first
	// on, we know the official name of.
	Criteria, Named int
	// Weakest says that the weakest criterion decides the level. How model 2.0
	// makes a level of its criteria could not be had, so nothing is derived.
	Weakest bool
}

// Model11 is the model of June 2020, which the Reifegrad-Check of the IT
// planning council asks for.
func Model11() Model {
	return Model{Version: "1.1", Key: "11", Top: 4, Criteria: 10, Named: 6, Weakest: true}
}

// Model20 is the model of July 2025.
func Model20() Model { return Model{Version: "2.0", Key: "20", Top: 7, Criteria: 13} }

// Rating is the level that a criterion has reached, from 0 on.
type Rating int

// Ratings that are no level.
const (
	NotAssessed Rating = -1 // nobody has checked it
	NotNeeded   Rating = -2 // the service has no need of it (a payment, say)
)

// Ratings are those of all criteria of a model, the first one at 0.
type Ratings []Rating

// Unrated are the ratings of a service nobody has checked.
func (m Model) Unrated() Ratings {
	r := make(Ratings, m.Criteria)
	for i := range r {
		r[i] = NotAssessed
	}
	return r
}

// Level is what follows from ratings.
type Level struct {
	// Level is reached for sure when Assessed; else it is NotAssessed.
	Level Rating
	// Most is the highest level that is still possible.
	Most int
	// Known criteria have been checked, of Of.
	Known, Of int
}

// Judge applies the rule of the model. Where the weakest criterion decides, the
// level is assessed when every criterion has been checked and one at least is
// needed; else no level follows from the criteria.
func (m Model) Judge(r Ratings) Level {
	l := Level{Level: NotAssessed, Most: m.Top, Of: m.Criteria}
	needed := false
	for _, x := range r {
		if x != NotAssessed {
			l.Known++
		}
		if x >= 0 && m.Weakest {
			needed = true
			l.Most = min(l.Most, int(x))
		}
	}
	if needed && l.Known == m.Criteria {
		l.Level = Rating(l.Most)
	}
	return l
}

// Any tells whether a criterion has been checked.
func (r Ratings) Any() bool {
	for _, x := range r {
		if x != NotAssessed {
			return true
		}
	}
	return false
}

// String writes the ratings as ParseRatings reads them: "1=3 5=n", in the order
// of the criteria, what is not assessed left out.
func (r Ratings) String() string {
	var parts []string
	for i, x := range r {
		switch {
		case x == NotNeeded:
			parts = append(parts, strconv.Itoa(i+1)+"=n")
		case x >= 0:
			parts = append(parts, strconv.Itoa(i+1)+"="+strconv.Itoa(int(x)))
		}
	}
	return strings.Join(parts, " ")
}

// ParseRatings reads what String writes; the numbers of the criteria must rise.
func (m Model) ParseRatings(s string) (Ratings, error) {
	r, last := m.Unrated(), 0
	for part := range strings.FieldsSeq(s) {
		left, right, ok := strings.Cut(part, "=")
		n, err := strconv.Atoi(left)
		if !ok || err != nil || n <= last || n > m.Criteria || left != strconv.Itoa(n) {
			return nil, fmt.Errorf("progress: %q is no rating of a criterion from %d to %d of model %s", part, last+1, m.Criteria, m.Version)
		}
		x := NotNeeded
		if right != "n" {
			if x, err = m.parseLevel(right); err != nil {
				return nil, err
			}
		}
		r[n-1], last = x, n
	}
	return r, nil
}

// parseLevel reads a level of the model.
func (m Model) parseLevel(s string) (Rating, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > m.Top || s != strconv.Itoa(n) {
		return 0, fmt.Errorf("progress: %q is no level from 0 to %d of model %s", s, m.Top, m.Version)
	}
	return Rating(n), nil
}

// ParseLevel reads a level; "" is NotAssessed.
func (m Model) ParseLevel(s string) (Rating, error) {
	if s == "" {
		return NotAssessed, nil
	}
	return m.parseLevel(s)
}

// String is the level as ParseLevel reads it.
func (r Rating) String() string {
	if r < 0 {
		return ""
	}
	return strconv.Itoa(int(r))
}

// Known are the ratings that follow from what the portal is, for a service
// that runs in it. Model 1.1, criterion 2 (application process): the whole
// application is made online (question 1 of the Reifegrad-Check), and nothing
// is taken over from elsewhere (question 3), which is level 3. Whether the
// description is agreed with the FIM editors (criterion 1), and what the
// service needs of the others, is not for the portal to say. Of model 2.0
// nothing is derived, since its criteria could not be had.
func (m Model) Known() Ratings {
	r := m.Unrated()
	if m.Version == Model11().Version {
		r[1] = 3
	}
	return r
}
