package walker

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Answers are what somebody types, by the name of a control without the
// number of its list entry ("dogs.name" for dogs/2.name), or, where an entry
// differs, with it.
type Answers map[string]string

// Keeper is somebody who registers one dog and pays by invoice.
func Keeper() Answers {
	return Answers{
		"keeper.company": "no", "keeper.joint": "no", "keeper.first": "Ada", "keeper.last": "Weiß",
		"keeper.birth:day": "29", "keeper.birth:month": "2", "keeper.birth:year": "1980",
		"address.street": "Musterstraße", "address.number": "12a", "address.postcode": "33098", "address.city": "Musterort",
		"address.moved_in:day": "1", "address.moved_in:month": "5", "address.moved_in:year": "2010",
		"dogs.name": "Rex", "dogs.breed": "labrador_retriever", "dogs.sex": "male", "dogs.found": "no",
		"dogs.birth:day": "1", "dogs.birth:month": "5", "dogs.birth:year": "2018", "dogs.estimated": "exact",
		"dogs.chip":      "276098100000008",
		"dogs.since:day": "1", "dogs.since:month": "1", "dogs.since:year": "2026", "dogs.origin": "breeder",
		"dogs.permit": "applied", "dogs.test": "no", "dogs.insured": "no",
		"dogs.assistance": "no", "dogs.shelter": "no", "dogs.watch": "no",
		"others.has": "no", "relief.social": "no", "payment.mandate": "no",
		"declarations.correct": "yes", "declarations.changes": "yes",
	}
}

// With is a copy of the answers with others in place.
func (a Answers) With(pairs ...string) Answers {
	out := Answers{}
	for k, v := range a {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

var entry = regexp.MustCompile(`/\d+`)

// of is the answer to a control.
func (a Answers) of(name string) (string, bool) {
	if v, ok := a[name]; ok {
		return v, true
	}
	v, ok := a[entry.ReplaceAllString(name, "")]
	return v, ok
}

// Fill is what is sent when the form is filled with the answers; a control
// without an answer stays as the page has it.
func (a Answers) Fill(f *Form) url.Values {
	v := f.Values()
	for _, c := range f.Controls {
		want, ok := a.of(c.Name)
		if !ok || c.Kind == "submit" || c.Kind == "hidden" || c.Kind == "file" {
			continue
		}
		switch c.Kind {
		case "checkbox":
			if want == c.Value {
				v.Set(c.Name, want)
			}
		default:
			v.Set(c.Name, want)
		}
	}
	return v
}

// Service is the path of an application in a town: "/paderborn/antrag/hundesteuer".
func Service(town string) string { return "/" + town + "/antrag/hundesteuer" }

// Begin starts an application and answers its first page.
func (b *Browser) Begin(service string) (*Page, error) {
	p, err := b.Get(service)
	if err != nil {
		return p, err
	}
	f := p.Own()
	if f == nil {
		return p, fmt.Errorf("%s answers %d and has no form to begin", service, p.Status)
	}
	return b.Send(f, f.Values())
}

// maxPages bounds the pages of an application.
const maxPages = 60

// Walk fills pages from p on until the path of the next one contains until,
// or it is the check page. saved, where given, hears of each page that was
// taken: its path and what was sent. Dogs are added until the list has dogs
// many (0 means 1).
func (b *Browser) Walk(p *Page, a Answers, dogs int, until string, saved func(path string, sent url.Values), files ...File) (*Page, error) {
	added := 1
	for range maxPages {
		switch {
		case p.Status != 200:
			return p, fmt.Errorf("%s answers %d: %s", p.Path(), p.Status, p.Text())
		case strings.HasSuffix(p.Path(), "/pruefen") || until != "" && strings.Contains(p.Path(), until):
			return p, nil
		}
		f := p.Own()
		if f == nil {
			return p, fmt.Errorf("%s has no form", p.Path())
		}
		v := a.Fill(f)
		if v.Has("_list") {
			if added < dogs && strings.HasSuffix(p.Path(), "/dogs") {
				f.Press(v, "_list", "add")
				added++
			} else {
				f.Press(v, "_list", "next")
			}
		}
		for _, c := range f.Controls {
			if c.Name == "_go" {
				f.Press(v, "_go", "next")
			}
		}
		var mine []File
		for _, file := range files {
			for _, c := range f.Controls {
				if c.Kind == "file" && entry.ReplaceAllString(c.Name, "") == entry.ReplaceAllString(file.Field, "") {
					file.Field = c.Name
					mine = append(mine, file)
				}
			}
		}
		next, err := b.Send(f, v, mine...)
		if next != nil && next.First == 303 && saved != nil {
			saved(p.Path(), v)
		}
		if err != nil {
			return next, err
		}
		if next.First != 303 {
			return next, fmt.Errorf("%s is not taken: %d: %s", p.Path(), next.First, next.Text())
		}
		p = next
	}
	return p, errors.New("the application does not end")
}

// Submit sends the application from its check page.
func (b *Browser) Submit(check *Page, email string) (*Page, error) {
	f := check.Own()
	if f == nil {
		return check, fmt.Errorf("%s (%d) cannot be sent from: %s", check.Path(), check.Status, check.Text())
	}
	v := f.Values()
	if email != "" {
		v.Set("email", email)
	}
	return b.Send(f, v)
}

var number = regexp.MustCompile(`\b[A-Z]{2,}(?:-TEST)?-\d{4}-\d{6}`)

// Number is the case number that the page shows, or "".
func (p *Page) Number() string { return number.FindString(p.Text()) }

var code = regexp.MustCompile(`\b(?:[0-9A-HJKMNP-TV-Z]{4} ?){5}\b`)

// Code is the resume code that the page shows, or "".
func (p *Page) Code() string { return strings.TrimSpace(code.FindString(p.Text())) }
