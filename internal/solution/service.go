package solution

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	// FeeLine and DurationLine say the same in one line; "" where that cannot
	// be said.
	FeeLine, DurationLine string
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
	FeeLine  string   `yaml:"fee_line"`
	TimeLine string   `yaml:"duration_line"`
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
	errs = append(errs, v.checkText(r.FeeLine, nil), v.checkText(r.TimeLine, nil))
	for i, part := range r.parts() {
		for _, l := range part {
			errs = append(errs, v.checkText(l.Text, nil))
			if l.When != "" && l.When != general {
				errs = append(errs, v.checkName(strings.TrimPrefix(l.When, "!"), nil))
			}
		}
		if lines, _ := (filler{v: v}).lines(part); len(lines) == 0 {
			errs = append(errs, fmt.Errorf("%s is empty where no town is chosen", []string{"what", "who", "need", "fee", "duration", "legal", "steps"}[i]))
		}
	}
	return errors.Join(errs...)
}

// ServiceTexts is what the offer's services say in lang, with the values of
// the authority.
func (o Offer) ServiceTexts(lang i18n.Lang) []ServiceText {
	return o.Version.serviceTexts(filler{v: o.Version, set: o.Set, lang: lang})
}

// ServiceTexts is what the services say in lang where no town is chosen:
// without what each town decides for itself.
func (v *Version) ServiceTexts(lang i18n.Lang) []ServiceText {
	return v.serviceTexts(filler{v: v, lang: lang})
}

func (v *Version) serviceTexts(f filler) []ServiceText {
	out := slices.Clone(v.services[f.lang])
	for i := range out {
		t := &out[i]
		// Load has seen that only parameters are used, and a parameter always
		// has a value: there is no error to pass on.
		for j, into := range []*[]string{&t.What, &t.Who, &t.Need, &t.Fee, &t.Duration, &t.Legal, &t.Steps} {
			*into, _ = f.lines(t.raw.parts()[j])
		}
		t.FeeLine, _ = f.line(t.raw.FeeLine)
		t.DurationLine, _ = f.line(t.raw.TimeLine)
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
