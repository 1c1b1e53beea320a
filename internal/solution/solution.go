package solution

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"leitportal/internal/clock"
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
	// Deadline is from when this version has to be used, if a law says so.
	Deadline Due `yaml:"deadline"`
}

// Due is a day by which something has to be done, and why.
type Due struct {
	Day   clock.Date `yaml:"day"`
	Basis Words      `yaml:"basis"`
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
	// Delivery is how an application leaves the portal.
	Delivery Delivery

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
