package solution

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// Words is a text in every language of the portal.
type Words struct {
	DE string `yaml:"de" json:"de"`
	EN string `yaml:"en" json:"en"`
}

// In is the text in lang, German where the portal does not know lang.
func (w Words) In(lang i18n.Lang) string {
	if lang == i18n.EN {
		return w.EN
	}
	return w.DE
}

// complete tells whether the text exists in all languages or in none.
func (w Words) complete() bool { return (w.DE == "") == (w.EN == "") }

// Manifest is what solution.yaml says about a solution.
type Manifest struct {
	// ID is the folder's name: lower-case letters, digits, hyphens.
	ID string `yaml:"id"`
	// Version is a semantic version, MAJOR.MINOR.PATCH.
	Version string `yaml:"version"`
	Title   Words  `yaml:"title"`
	Summary Words  `yaml:"summary"`
	// Action is what the button that sends the form says.
	Action Words `yaml:"action"`
	// CasePrefix begins the case numbers, as in HS-2026-000123.
	CasePrefix string    `yaml:"case_prefix"`
	Services   []Service `yaml:"services"`
	Legal      []Law     `yaml:"legal"`
	Retention  Retention `yaml:"retention"`
	Privacy    []Fact    `yaml:"privacy"`
	Software   Software  `yaml:"software"`
	Answers    Paths     `yaml:"answers"`
}

// Paths says where in the form the desk finds what a letter needs, as schema
// paths; "" where the form does not ask.
type Paths struct {
	First        string `yaml:"first"`
	Last         string `yaml:"last"`
	Organisation string `yaml:"organisation"`
	// Joint is the repeating group of further persons a letter is addressed
	// to, JointFirst and JointLast the fields that name one.
	Joint      string `yaml:"joint"`
	JointFirst string `yaml:"joint_first"`
	JointLast  string `yaml:"joint_last"`
	Street     string `yaml:"street"`
	Number     string `yaml:"number"`
	Extra      string `yaml:"extra"`
	Postcode   string `yaml:"postcode"`
	City       string `yaml:"city"`
	Email      string `yaml:"email"`
	// Mandate is a yes/no field, IBAN the account it is for.
	Mandate string `yaml:"mandate"`
	IBAN    string `yaml:"iban"`
	// Item is the repeating group the case is about (the dogs), ItemName the
	// field that names one.
	Item     string `yaml:"item"`
	ItemName string `yaml:"item_name"`
	// Compute is the computation that is assessed; SumNow and SumFull are its
	// sums for this year and a full year. Relief are the lines that take
	// exemption or reduction off; ReliefAsked are the yes/no fields whose "yes"
	// is an application for it.
	Compute     string   `yaml:"compute"`
	SumNow      string   `yaml:"sum_now"`
	SumFull     string   `yaml:"sum_full"`
	Relief      []string `yaml:"relief"`
	ReliefAsked []string `yaml:"relief_asked"`
}

// Of is the address of a field of a repeating group in one of its instances:
// "dogs.name" in the second of "dogs" is "dogs/2.name". Any other path, and
// every path for the instance 0, stays as it is.
func (Paths) Of(group, path string, instance int) string {
	if rest, ok := strings.CutPrefix(path, group+"."); ok && group != "" && instance > 0 {
		return group + "/" + strconv.Itoa(instance) + "." + rest
	}
	return path
}

// Service is a public service that the solution answers, or whose texts it
// brings.
type Service struct {
	// ID is the name of the service within the solution, used in addresses.
	ID string `yaml:"id"`
	// LeiKa is the 14-digit key of the service, "" where the catalogue has
	// none of its own.
	LeiKa string `yaml:"leika"`
	// OZG is the id of the OZG service it belongs to (catalogue of 2019-10).
	OZG string `yaml:"ozg"`
	// Online tells whether the solution's form serves it.
	Online bool `yaml:"online"`
}

// Law is a legal basis, with the address of its text ("" where it differs
// from town to town).
type Law struct {
	Text Words  `yaml:"text"`
	URL  string `yaml:"url"`
}

// Retention says how long data is kept.
type Retention struct {
	// DraftDays is how many days after the last change a draft is erased.
	DraftDays int `yaml:"draft_days"`
	// CaseYears is how many years after the end of the year in which the case
	// ended it is kept.
	CaseYears int `yaml:"case_years"`
	// Basis is why.
	Basis Words `yaml:"basis"`
}

// Fact is one paragraph of the information of Art. 13 GDPR, shown before the
// first question. Its text may hold placeholders, see [Version.PrivacyFacts].
type Fact struct {
	Title Words `yaml:"title"`
	Text  Words `yaml:"text"`
}

// Software is what publiccode.yml says of a solution.
type Software struct {
	Licence    string   `yaml:"licence"`
	Status     string   `yaml:"status"`
	Maintainer string   `yaml:"maintainer"`
	Released   string   `yaml:"released"`
	Categories []string `yaml:"categories"`
}

// Version is one immutable version of a solution.
type Version struct {
	Manifest
	// Digest is the SHA-256, in hex, of everything but parameters and samples.
	Digest string

	params   map[string]Parameter
	order    []Parameter
	notices  map[string]*notice
	services map[i18n.Lang][]ServiceText
	files    fs.FS
}

// Files is the folder of the version, for the form engine.
func (v *Version) Files() fs.FS { return v.files }

// Parameters lists the declared parameters in the order of parameters.yaml.
func (v *Version) Parameters() []Parameter { return append([]Parameter(nil), v.order...) }

// Catalog is all solutions in all versions, with the parameters of all
// authorities. It is immutable.
type Catalog struct {
	solutions map[string][]*Version // newest first
	sets      map[string]map[string][]*Set
}

// defaults names, among the tenants of a solution, the parameters of whoever
// has none.
const defaults = ""

// Solutions lists the newest version of every solution, ordered by id.
func (c *Catalog) Solutions() []*Version {
	out := make([]*Version, 0, len(c.solutions))
	for _, vs := range c.solutions {
		out = append(out, vs[0])
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Solution is the newest version of the solution id; fail.NotFound when there
// is none.
func (c *Catalog) Solution(id string) (*Version, error) {
	vs := c.solutions[id]
	if len(vs) == 0 {
		return nil, fail.Newf(fail.NotFound, "solution: there is none with this id") // it may be anything an address says: nothing for the log
	}
	return vs[0], nil
}

// Version is the named version of the solution id; fail.NotFound when it is
// not there. Drafts and submissions name the version they began with.
func (c *Catalog) Version(id, version string) (*Version, error) {
	for _, v := range c.solutions[id] {
		if v.Manifest.Version == version {
			return v, nil
		}
	}
	return nil, fail.Newf(fail.NotFound, "solution: there is no %q in version %q", id, version)
}

// Versions lists the versions of the solution id, the newest first; none where
// there is no such solution.
func (c *Catalog) Versions(id string) []*Version { return slices.Clone(c.solutions[id]) }

// Offer is a solution as an authority offers it on a day.
type Offer struct {
	// Version is the newest version of the solution.
	Version *Version
	// Tenant is the ARS of the authority.
	Tenant string
	// Set holds the parameters in force, shared with every other authority
	// that has equal ones.
	Set *Set
	// Default tells that the authority has entered nothing and the general
	// values apply.
	Default bool
}

// Demo tells whether the values are made up for the demonstration.
func (o Offer) Demo() bool { return o.Set.ByLaw.Demo }

// Offer is what the authority tenantARS (12 digits) offers of solutionID on
// day. It fails with fail.NotFound when there is no such solution, with
// fail.Invalid when the key is malformed, and with fail.Unavailable when the
// authority has by-laws but none is in force on that day.
func (c *Catalog) Offer(tenantARS, solutionID string, day clock.Date) (Offer, error) {
	v, err := c.Solution(solutionID)
	if err != nil {
		return Offer{}, err
	}
	if !digits(tenantARS, 12) {
		return Offer{}, fail.Newf(fail.Invalid, "solution: %q is not an ARS", tenantARS)
	}
	o := Offer{Version: v, Tenant: tenantARS}
	sets, own := c.sets[solutionID][tenantARS]
	if !own {
		sets, o.Default = c.sets[solutionID][defaults], true
	}
	for _, s := range sets {
		if s.ByLaw.InForce(day) {
			o.Set = s
			return o, nil
		}
	}
	return Offer{}, fail.Newf(fail.Unavailable, "solution: %s has no by-law for %s in force on %s", tenantARS, solutionID, day)
}

// OfferFor is the offer of tenantARS on day that answers a public service,
// named by its LeiKa key (14 digits), its OZG id, or "solution/service" as
// [ServiceText.Key] has it. fail.NotFound means: not online here.
func (c *Catalog) OfferFor(service, tenantARS string, day clock.Date) (Offer, error) {
	for _, v := range c.Solutions() {
		for _, s := range v.Services {
			if s.Online && service != "" && (service == s.LeiKa || service == s.OZG || service == v.ID+"/"+s.ID) {
				return c.Offer(tenantARS, v.ID, day)
			}
		}
	}
	return Offer{}, fail.Newf(fail.NotFound, "solution: no solution answers the service %q", service)
}

// At is the parameters that applied to a case which began with the given
// version: those of Offer on day, with that version in place of the newest.
func (c *Catalog) At(tenantARS, solutionID, version string, day clock.Date) (Offer, error) {
	v, err := c.Version(solutionID, version)
	if err != nil {
		return Offer{}, err
	}
	o, err := c.Offer(tenantARS, solutionID, day)
	o.Version = v
	return o, err
}

// Sets lists the distinct parameter sets of a solution, by key: what the form
// engine has to bind, however many authorities there are.
func (c *Catalog) Sets(solutionID string) []*Set {
	seen := map[string]*Set{}
	for _, sets := range c.sets[solutionID] {
		for _, s := range sets {
			seen[s.Key] = s
		}
	}
	out := make([]*Set, 0, len(seen))
	for _, s := range seen {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

func digits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// semver reads MAJOR.MINOR.PATCH.
func semver(s string) (v [3]int, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return v, fmt.Errorf("version %q is not MAJOR.MINOR.PATCH", s)
	}
	for i, p := range parts {
		if v[i], err = strconv.Atoi(p); err != nil || v[i] < 0 || strconv.Itoa(v[i]) != p {
			return v, fmt.Errorf("version %q is not MAJOR.MINOR.PATCH", s)
		}
	}
	return v, nil
}

func newer(a, b string) bool {
	x, _ := semver(a)
	y, _ := semver(b)
	for i := range x {
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return false
}
