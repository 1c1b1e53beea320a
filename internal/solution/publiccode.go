package solution

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// PublicCodeFile is the description of a solution for software catalogues
// (publiccode.yml, standard for public software, version 0.4).
const PublicCodeFile = "publiccode.yml"

// CheckPublicCode compares a solution's publiccode.yml with its manifest: a
// catalogue must not name another version, licence or day than the solution
// does. The keys "url" and "maintenance/contacts", which the standard demands,
// are left to where the solution is published.
func (v *Version) CheckPublicCode() error {
	b, err := fs.ReadFile(v.files, PublicCodeFile)
	if err != nil {
		return fmt.Errorf("%s is missing", PublicCodeFile)
	}
	var p struct {
		Standard    string   `yaml:"publiccodeYmlVersion"`
		Name        string   `yaml:"name"`
		Version     string   `yaml:"softwareVersion"`
		Released    string   `yaml:"releaseDate"`
		Status      string   `yaml:"developmentStatus"`
		Type        string   `yaml:"softwareType"`
		Platforms   []string `yaml:"platforms"`
		Categories  []string `yaml:"categories"`
		Description map[string]struct {
			Short string `yaml:"shortDescription"`
			Long  string `yaml:"longDescription"`
		} `yaml:"description"`
		Legal struct {
			Licence string `yaml:"license"`
		} `yaml:"legal"`
		Maintenance struct {
			Type string `yaml:"type"`
		} `yaml:"maintenance"`
		Localisation *struct {
			Ready     *bool    `yaml:"localisationReady"`
			Languages []string `yaml:"availableLanguages"`
		} `yaml:"localisation"`
	}
	if err := yaml.Unmarshal(b, &p); err != nil { // it may hold keys that we do not look at
		return fmt.Errorf("%s: %w", PublicCodeFile, err)
	}
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(PublicCodeFile+": "+format, args...))
	}
	for _, same := range []struct{ key, has, want string }{
		{"name", p.Name, v.Title.DE},
		{"softwareVersion", p.Version, v.Manifest.Version},
		{"releaseDate", p.Released, v.Software.Released},
		{"developmentStatus", p.Status, v.Software.Status},
		{"legal/license", p.Legal.Licence, v.Software.Licence},
	} {
		if same.has != same.want {
			bad("%s is %q, in solution.yaml %q", same.key, same.has, same.want)
		}
	}
	if !slices.Equal(p.Categories, v.Software.Categories) {
		bad("categories are %q, in solution.yaml %q", p.Categories, v.Software.Categories)
	}
	if p.Standard == "" || p.Type == "" || len(p.Platforms) == 0 || p.Localisation == nil || p.Localisation.Ready == nil || len(p.Localisation.Languages) == 0 {
		bad("publiccodeYmlVersion, softwareType, platforms or localisation is missing")
	}
	if !slices.Contains([]string{"concept", "development", "beta", "stable", "obsolete"}, p.Status) {
		bad("developmentStatus %q is none of concept, development, beta, stable, obsolete", p.Status)
	}
	if !slices.Contains([]string{"internal", "contract", "community", "none"}, p.Maintenance.Type) {
		bad("maintenance/type %q is none of internal, contract, community, none", p.Maintenance.Type)
	}
	for _, lang := range []string{"de", "en"} {
		d := p.Description[lang]
		if n := utf8.RuneCountInString(d.Short); n < 1 || n > 150 {
			bad("description/%s/shortDescription has %d characters; 1 to 150 are asked for", lang, n)
		}
		if n := utf8.RuneCountInString(d.Long); n < 150 || n > 10000 {
			bad("description/%s/longDescription has %d characters; 150 to 10000 are asked for", lang, n)
		}
	}
	return errors.Join(errs...)
}
