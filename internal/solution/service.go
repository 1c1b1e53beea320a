package solution

import (
	"errors"
	"fmt"
	"slices"

	"leitportal/internal/i18n"
)

// ServiceText is what the service page says about one public service of a
// solution, in one language, with the authority's values filled in.
type ServiceText struct {
	// Key is "<solution>/<service>", stable over versions.
	Key string
	// Service holds the id and the keys of the catalogues.
	Service Service
	Title   string
	// Short is one sentence for lists and search results.
	Short    string
	What     []string // paragraphs
	Who      []string // items
	Need     []string // items
	Fee      []string // items
	Duration []string // paragraphs
	Legal    []string // items
	Steps    []string // items, in order
	// Keywords are other words people search with.
	Keywords []string

	raw rawText
}

// rawText is one entry of service/<lang>.yaml.
type rawText struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Short    string   `yaml:"short"`
	What     []Line   `yaml:"what"`
	Who      []Line   `yaml:"who"`
	Need     []Line   `yaml:"need"`
	Fee      []Line   `yaml:"fee"`
	Duration []Line   `yaml:"duration"`
	Legal    []Line   `yaml:"legal"`
	Steps    []Line   `yaml:"steps"`
	Keywords []string `yaml:"keywords"`
}

func (r rawText) parts() [][]Line {
	return [][]Line{r.What, r.Who, r.Need, r.Fee, r.Duration, r.Legal, r.Steps}
}

func (v *Version) loadServices() error {
	var errs []error
	for _, lang := range i18n.Langs() {
		file := "service/" + string(lang) + ".yaml"
		var in struct {
			Services []rawText `yaml:"services"`
		}
		if err := readYAML(v.files, file, &in); err != nil {
			errs = append(errs, err)
			continue
		}
		for _, s := range v.Services {
			i := slices.IndexFunc(in.Services, func(r rawText) bool { return r.ID == s.ID })
			if i < 0 {
				errs = append(errs, fmt.Errorf("%s: the service %s is missing", file, s.ID))
				continue
			}
			r := in.Services[i]
			if err := v.checkService(r); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", file, s.ID, err))
			}
			v.services[lang] = append(v.services[lang], ServiceText{
				Key: v.ID + "/" + s.ID, Service: s, Title: r.Title, Short: r.Short, Keywords: r.Keywords, raw: r,
			})
		}
		if len(in.Services) > len(v.Services) {
			errs = append(errs, fmt.Errorf("%s: has services that solution.yaml does not name", file))
		}
	}
	return errors.Join(errs...)
}

func (v *Version) checkService(r rawText) error {
	var errs []error
	if r.Title == "" || r.Short == "" {
		errs = append(errs, errors.New("title or short is missing"))
	}
	for i, part := range r.parts() {
		if len(part) == 0 {
			errs = append(errs, fmt.Errorf("%s is empty", []string{"what", "who", "need", "fee", "duration", "legal", "steps"}[i]))
		}
		for _, l := range part {
			errs = append(errs, v.checkText(l.Text, nil))
			if l.When != "" {
				errs = append(errs, v.checkText("{"+trimNot(l.When)+"}", nil))
			}
		}
	}
	return errors.Join(errs...)
}

func trimNot(when string) string {
	if when != "" && when[0] == '!' {
		return when[1:]
	}
	return when
}

// ServiceTexts is what the offer's services say in lang, with the values of
// the authority.
func (o Offer) ServiceTexts(lang i18n.Lang) []ServiceText {
	out := slices.Clone(o.Version.services[lang])
	f := filler{v: o.Version, set: o.Set, lang: lang}
	for i := range out {
		t := &out[i]
		for j, into := range []*[]string{&t.What, &t.Who, &t.Need, &t.Fee, &t.Duration, &t.Legal, &t.Steps} {
			// Load has seen that only parameters are used, and a parameter
			// always has a value: there is no error to pass on.
			*into, _ = f.lines(t.raw.parts()[j])
		}
		t.Keywords = slices.Clone(t.Keywords)
	}
	return out
}

// ServiceText is the text of one service of the offer, by its id within the
// solution; ok is false when there is none.
func (o Offer) ServiceText(lang i18n.Lang, id string) (text ServiceText, ok bool) {
	for _, t := range o.ServiceTexts(lang) {
		if t.Service.ID == id {
			return t, true
		}
	}
	return ServiceText{}, false
}
