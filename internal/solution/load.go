package solution

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"leitportal/internal/i18n"
)

// Load reads every solution of the file systems: each folder with a
// solution.yaml, named <id> for the version offered, or <id>@<version> for an
// older one that drafts and submissions may still name. Parameters are read
// from <id> alone. Each file system may have a published.txt of its own, and
// all folders of an id lie in the same one. The error names file and reason of
// everything that is wrong.
func Load(fsyses ...fs.FS) (*Catalog, error) {
	all := newSnapshot()
	var errs []error
	for _, fsys := range fsyses {
		c, err := load(fsys)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, v := range c.newest() {
			if _, taken := all.solutions[v.ID]; taken {
				errs = append(errs, fmt.Errorf("solution: %s is there already, in the program or in another folder: give this one an id of its own, in solution.yaml and as the folder's name", v.ID))
			}
		}
		maps.Copy(all.solutions, c.solutions)
		maps.Copy(all.params, c.params)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return newCatalog(all), nil
}

func newSnapshot() *snapshot {
	return &snapshot{solutions: map[string][]*Version{}, params: map[string]map[string]*Parameters{}, everywhere: true, bound: &sync.Map{}}
}

// load reads the solutions of one file system.
func load(fsys fs.FS) (*snapshot, error) {
	c := newSnapshot()
	folders, err := fs.Glob(fsys, "*/solution.yaml")
	if err != nil {
		return nil, fmt.Errorf("solution: %w", err)
	}
	var errs []error
	for _, file := range folders {
		folder := path.Dir(file)
		if err := c.loadFolder(fsys, folder); err != nil {
			errs = append(errs, fmt.Errorf("solution: %s: %w", folder, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, vs := range c.solutions {
		newestFirst(vs)
	}
	return c, c.published(fsys)
}

func (c *snapshot) loadFolder(fsys fs.FS, folder string) error {
	sub, err := fs.Sub(fsys, folder)
	if err != nil {
		return err
	}
	v, err := loadVersion(sub)
	if err != nil {
		return err
	}
	name, version, old := strings.Cut(folder, "@")
	if v.ID != name || (old && v.Manifest.Version != version) {
		return fmt.Errorf("solution.yaml says %s@%s, which is not the folder's name", v.ID, v.Manifest.Version)
	}
	for _, o := range c.solutions[name] {
		if o.Manifest.Version == v.Manifest.Version {
			return fmt.Errorf("version %s is there twice", version)
		}
	}
	c.solutions[name] = append(c.solutions[name], v)
	if old {
		return nil
	}
	files, err := fs.Glob(sub, "parameters/*.yaml")
	if err != nil {
		return err
	}
	known := map[string]*Parameters{}
	c.params[name] = map[string]*Parameters{}
	var errs []error
	for _, file := range files {
		b, err := fs.ReadFile(sub, file)
		if err == nil {
			err = c.addParameters(v, strings.TrimSuffix(path.Base(file), ".yaml"), b, known)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
	}
	if _, ok := c.params[name][defaults]; !ok {
		errs = append(errs, errors.New("parameters/default.yaml is missing"))
	}
	return errors.Join(errs...)
}

func newestFirst(vs []*Version) {
	slices.SortFunc(vs, func(a, b *Version) int {
		if newer(a.Manifest.Version, b.Manifest.Version) {
			return -1
		}
		return 1
	})
}

func (c *snapshot) addParameters(v *Version, name string, b []byte, known map[string]*Parameters) error {
	var f parameterFile
	if err := strict(b, &f); err != nil {
		return err
	}
	want := name
	if name == "default" {
		want = defaults
	} else if !digits(name, 12) {
		return errors.New("the file's name is neither an ARS of 12 digits nor default")
	}
	if f.Tenant != want {
		return fmt.Errorf("tenant is %q, but the file is named %s", f.Tenant, name)
	}
	p, err := newParameters(v, f.ByLaws, f.Demo, f.Tenant != defaults)
	if err != nil {
		return err
	}
	if k, ok := known[p.digest]; ok {
		p = k
	}
	known[p.digest] = p
	c.params[v.ID][f.Tenant] = p
	return nil
}

func loadVersion(sub fs.FS) (*Version, error) {
	v := &Version{files: sub, params: map[string]Parameter{}, notices: map[string]*notice{}, services: map[i18n.Lang][]ServiceText{}}
	if err := readYAML(sub, "solution.yaml", &v.Manifest); err != nil {
		return nil, err
	}
	if err := v.Manifest.valid(); err != nil {
		return nil, fmt.Errorf("solution.yaml: %w", err)
	}
	var decl struct {
		Parameters []Parameter `yaml:"parameters"`
	}
	if err := readYAML(sub, "parameters.yaml", &decl); err != nil {
		return nil, err
	}
	var errs []error
	for _, p := range decl.Parameters {
		if _, twice := v.params[p.Name]; twice {
			errs = append(errs, fmt.Errorf("parameters.yaml: %s stands there twice", p.Name))
		}
		if err := p.declared(); err != nil {
			errs = append(errs, fmt.Errorf("parameters.yaml: %w", err))
		}
		v.params[p.Name] = p
	}
	v.order = decl.Parameters
	errs = append(errs, v.loadNotices(), v.loadServices(), v.loadDelivery(), v.checkPrivacy())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var err error
	v.Digest, err = digest(sub)
	return v, err
}

func (m Manifest) valid() error {
	var errs []error
	if m.ID == "" || strings.Trim(m.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		errs = append(errs, fmt.Errorf("id %q is not lower-case letters, digits and hyphens", m.ID))
	}
	if _, err := semver(m.Version); err != nil {
		errs = append(errs, err)
	}
	for name, w := range map[string]Words{"title": m.Title, "summary": m.Summary, "action": m.Action, "retention.basis": m.Retention.Basis} {
		if w.DE == "" || w.EN == "" {
			errs = append(errs, fmt.Errorf("%s is missing in de or en", name))
		}
	}
	if !m.Deadline.Basis.complete() || m.Deadline.Day.IsZero() != (m.Deadline.Basis.DE == "") {
		errs = append(errs, errors.New("deadline needs a day, and its basis in de and en"))
	}
	if m.CasePrefix == "" || strings.Trim(m.CasePrefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		errs = append(errs, fmt.Errorf("case_prefix %q is not capital letters", m.CasePrefix))
	}
	if m.Retention.DraftDays < 1 || m.Retention.CaseYears < 1 {
		errs = append(errs, errors.New("retention needs draft_days and case_years of at least 1"))
	}
	if len(m.Services) == 0 {
		errs = append(errs, errors.New("services is empty"))
	}
	seen := map[string]bool{}
	for _, s := range m.Services {
		switch {
		case s.ID == "" || seen[s.ID]:
			errs = append(errs, fmt.Errorf("service %q has no id of its own", s.ID))
		case s.LeiKa != "" && !digits(s.LeiKa, 14):
			errs = append(errs, fmt.Errorf("service %s: leika %q is not 14 digits", s.ID, s.LeiKa))
		case !digits(s.OZG, 5):
			errs = append(errs, fmt.Errorf("service %s: ozg %q is not 5 digits", s.ID, s.OZG))
		}
		seen[s.ID] = true
	}
	for i, l := range m.Legal {
		if l.Text.DE == "" || l.Text.EN == "" {
			errs = append(errs, fmt.Errorf("legal %d is missing in de or en", i+1))
		}
	}
	if len(m.Privacy) == 0 {
		errs = append(errs, errors.New("privacy is empty: Art. 13 GDPR has to be answered before the first question"))
	}
	return errors.Join(errs...)
}

// digest is the SHA-256 over name and content of every file that belongs to
// the version.
func digest(sub fs.FS) (string, error) {
	var names []string
	err := fs.WalkDir(sub, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (p == "parameters" || p == "samples"):
			return fs.SkipDir
		case !d.IsDir():
			names = append(names, p)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	sort.Strings(names)
	all := sha256.New()
	for _, name := range names {
		b, err := fs.ReadFile(sub, name)
		if err != nil {
			return "", err
		}
		one := sha256.Sum256(b)
		fmt.Fprintf(all, "%s %x\n", name, one)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// published compares the versions with published.txt, whose lines are "<id>
// <version> <digest>"; lines with # are comments.
func (c *snapshot) published(fsys fs.FS) error {
	b, err := fs.ReadFile(fsys, "published.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("solution: %w", err)
	}
	var errs []error
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 3 {
			errs = append(errs, fmt.Errorf("solution: published.txt line %d: want id, version, digest", n))
			continue
		}
		v, err := c.version(f[0], f[1])
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("solution: %s %s is published, but its folder is gone: keep it as %s@%s", f[0], f[1], f[0], f[1]))
		case v.Digest != f[2]:
			errs = append(errs, fmt.Errorf("solution: %s %s was changed after it was published: give it a new version and keep the old one as %s@%s", f[0], f[1], f[0], f[1]))
		}
	}
	return errors.Join(append(errs, lines.Err())...)
}

func readYAML(fsys fs.FS, name string, into any) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if err := strict(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// strict reads YAML; a key the type does not have, or one twice, is an error.
func strict(b []byte, into any) error {
	return yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into)
}
