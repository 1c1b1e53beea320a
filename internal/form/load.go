package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"leitportal/internal/i18n"
)

// Definition is a form as its files tell it, read but not yet checked.
type Definition struct {
	ID    string
	Nodes []Node
	Pages []PageDef
	Rules Rules
	// Lists are the choice lists by name.
	Lists map[string][]Choice
	// Texts are the words by language and key. A language other than German may
	// be absent as a whole; see [Program.Speaks]. Those in further languages
	// ([i18n.Further]) need not be complete.
	Texts map[i18n.Lang]map[string]string
}

// German is every German text of the form, by the key under which further
// languages have it: those of texts/de.json, and the entries of the lists
// under their ListKey.
func (d *Definition) German() map[string]string {
	out := maps.Clone(d.Texts[i18n.DE])
	for list, choices := range d.Lists {
		for _, ch := range choices {
			out[ListKey(list, ch.Code)] = ch.DE
		}
	}
	return out
}

// Node is a field (Type set) or a group (Group set) of schema.yaml.
type Node struct {
	ID           string      `yaml:"id"`
	Type         string      `yaml:"type"`
	Group        []Node      `yaml:"group"`
	Repeat       *Repeat     `yaml:"repeat"`
	Required     bool        `yaml:"required"`
	Min          Bound       `yaml:"min"`
	Max          Bound       `yaml:"max"`
	Digits       *int        `yaml:"digits"`
	Style        string      `yaml:"style"`
	Pattern      string      `yaml:"pattern"`
	Unknown      string      `yaml:"unknown"`
	Open         bool        `yaml:"open"`
	Choices      []Choice    `yaml:"choices"`
	List         string      `yaml:"list"`
	As           string      `yaml:"as"`
	Accept       []string    `yaml:"accept"`
	MaxBytes     int64       `yaml:"maxBytes"`
	MaxPages     int         `yaml:"maxPages"`
	Autocomplete string      `yaml:"autocomplete"`
	InputMode    string      `yaml:"inputmode"`
	Sensitive    Sensitivity `yaml:"sensitive"`
	Basis        string      `yaml:"basis"`
	Purpose      string      `yaml:"purpose"`
}

// Sensitivity names a special category of data (Art. 9 GDPR), or "".
type Sensitivity string

// Health marks health data.
const Health Sensitivity = "health"

// Repeat says how often a group may be there.
type Repeat struct {
	Min   int    `yaml:"min"`
	Max   int    `yaml:"max"`
	As    string `yaml:"as"`
	Label string `yaml:"label"`
}

// Bound is a number or a date in words, as it stands in the file; "" is none.
type Bound string

// UnmarshalYAML takes a number or a text. It reads the node, since for its
// bytes the library would lay out the whole file anew at each bound.
func (b *Bound) UnmarshalYAML(n ast.Node) error {
	if _, ok := n.(ast.ScalarNode); !ok {
		return fmt.Errorf("line %d: a bound is a number or a text", n.GetToken().Position.Line)
	}
	*b = Bound(n.GetToken().Value)
	return nil
}

// Choice is one possible answer of a choice.
type Choice struct {
	Code  string            `yaml:"code"`
	DE    string            `yaml:"de"`
	EN    string            `yaml:"en"`
	Attrs map[string]string `yaml:"attrs"`
	Also  []string          `yaml:"also"`
}

// UnmarshalYAML takes a bare code or a mapping.
func (c *Choice) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Choice
	var p plain
	errMap := unmarshal(&p)
	if errMap == nil {
		*c = Choice(p)
		return nil
	}
	var code string
	if unmarshal(&code) == nil {
		c.Code = code
		return nil
	}
	return errMap
}

// PageDef is one page of pages.yaml.
type PageDef struct {
	ID      string      `yaml:"id"`
	Section string      `yaml:"section"`
	When    string      `yaml:"when"`
	Each    string      `yaml:"each"`
	List    string      `yaml:"list"`
	Columns []string    `yaml:"columns"`
	Fields  []PageField `yaml:"fields"`
	Notes   []NoteDef   `yaml:"notes"`
	// Stop: whoever gets this page cannot go on; it says why.
	Stop bool `yaml:"stop"`
}

// PageField places a field on a page.
type PageField struct {
	Field   string `yaml:"field"`
	When    string `yaml:"when"`
	Require string `yaml:"require"`
	// Value and Default are rules that give the answer: in the place of the
	// person, and until the person says something else.
	Value   string `yaml:"value"`
	Default string `yaml:"default"`
}

// UnmarshalYAML takes a bare path or a mapping.
func (f *PageField) UnmarshalYAML(unmarshal func(any) error) error {
	type plain PageField
	var p plain
	errMap := unmarshal(&p)
	if errMap == nil {
		*f = PageField(p)
		return nil
	}
	var path string
	if unmarshal(&path) == nil {
		f.Field = path
		return nil
	}
	return errMap
}

// NoteDef is a hint on a page.
type NoteDef struct {
	ID   string `yaml:"id"`
	Kind string `yaml:"kind"`
	When string `yaml:"when"`
}

// Rules is rules.yaml.
type Rules struct {
	Calc     []CalcDef    `yaml:"calc"`
	Validate []CheckDef   `yaml:"validate"`
	Compute  []ComputeDef `yaml:"compute"`
	// Destinations are where the application may go: the first that holds.
	Destinations []DestinationDef `yaml:"destinations"`
}

// DestinationDef is one office that an application may go to.
type DestinationDef struct {
	ID   string `yaml:"id"`
	When string `yaml:"when"`
}

// CalcDef is a named value.
type CalcDef struct {
	ID   string `yaml:"id"`
	Each string `yaml:"each"`
	Expr string `yaml:"expr"`
}

// CheckDef is a rule that must hold.
type CheckDef struct {
	ID    string `yaml:"id"`
	Field string `yaml:"field"`
	When  string `yaml:"when"`
	Check string `yaml:"check"`
}

// ComputeDef is a computation: ordered lines and the sums they go into.
type ComputeDef struct {
	ID    string    `yaml:"id"`
	Sums  []string  `yaml:"sums"`
	Lines []LineDef `yaml:"lines"`
}

// LineDef is one line of a computation.
type LineDef struct {
	ID     string            `yaml:"id"`
	Each   string            `yaml:"each"`
	When   string            `yaml:"when"`
	Cents  map[string]string `yaml:"cents"`
	Values map[string]string `yaml:"values"`
	Money  map[string]string `yaml:"money"`
}

// maxFile bounds each file of a form, in bytes: a list of 100,000 choices has
// some 5 MB.
const maxFile = 8 << 20

// Load reads the files of a form (FORMAT.md) from the root of fsys. It checks
// their shape; what they mean is checked by Compile. Errors name file and
// line.
func Load(fsys fs.FS) (*Definition, error) {
	d := &Definition{Lists: map[string][]Choice{}, Texts: map[i18n.Lang]map[string]string{}}
	var schema struct {
		ID     string `yaml:"id"`
		Fields []Node `yaml:"fields"`
	}
	if err := loadYAML(fsys, "schema.yaml", &schema); err != nil {
		return nil, err
	}
	d.ID, d.Nodes = schema.ID, schema.Fields
	var pages struct {
		Pages []PageDef `yaml:"pages"`
	}
	if err := loadYAML(fsys, "pages.yaml", &pages); err != nil {
		return nil, err
	}
	d.Pages = pages.Pages
	if err := loadYAML(fsys, "rules.yaml", &d.Rules); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names, err := fs.Glob(fsys, "lists/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("form: lists: %w", err)
	}
	sort.Strings(names)
	for _, name := range names {
		var list []Choice
		if err := loadYAML(fsys, name, &list); err != nil {
			return nil, err
		}
		d.Lists[strings.TrimSuffix(strings.TrimPrefix(name, "lists/"), ".yaml")] = together(list)
	}
	names, err = fs.Glob(fsys, "texts/*.json")
	if err != nil {
		return nil, fmt.Errorf("form: texts: %w", err)
	}
	langs := append(i18n.Langs(), i18n.Further()...)
	for _, name := range names {
		if tag := strings.TrimSuffix(strings.TrimPrefix(name, "texts/"), ".json"); !slices.Contains(langs, i18n.Lang(tag)) {
			return nil, fmt.Errorf("form: %s: %q is none of the languages a form may have: %v", name, tag, langs)
		}
	}
	for _, lang := range langs {
		name := "texts/" + string(lang) + ".json"
		b, err := readFile(fsys, name)
		if lang != i18n.DE && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if d.Texts[lang], err = parseTexts(b); err != nil {
			return nil, fmt.Errorf("form: %s: %w", name, err)
		}
	}
	return d, nil
}

// together is list with its words behind each other in memory. As the YAML
// library leaves them they lie far apart between what it threw away, and keep
// that memory from being given back.
func together(list []Choice) []Choice {
	var all strings.Builder
	words := func(do func(*string)) {
		for i := range list {
			ch := &list[i]
			for _, s := range [...]*string{&ch.Code, &ch.DE, &ch.EN} {
				do(s)
			}
			for j := range ch.Also {
				do(&ch.Also[j])
			}
		}
	}
	words(func(s *string) { all.WriteString(*s) })
	rest := all.String()
	words(func(s *string) { *s, rest = rest[:len(*s)], rest[len(*s):] })
	return list
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("form: %s: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("form: %s: larger than %d bytes", name, maxFile)
	}
	return b, nil
}

func loadYAML(fsys fs.FS, name string, into any) (err error) {
	b, err := readFile(fsys, name)
	if err != nil {
		return err
	}
	// The YAML library has panicked on malformed documents before; a bad file
	// must be an error.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("form: %s: not readable as YAML: %v", name, r)
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into); err != nil && !errors.Is(err, io.EOF) {
		var ye yaml.Error
		if errors.As(err, &ye) && ye.GetToken() != nil && ye.GetToken().Position != nil {
			return fmt.Errorf("form: %s:%d: %s", name, ye.GetToken().Position.Line, ye.GetMessage())
		}
		return fmt.Errorf("form: %s: %w", name, err)
	}
	return nil
}

// parseTexts reads a flat object of texts, each a string or {text, of}.
func parseTexts(b []byte) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		var se *json.SyntaxError
		if errors.As(err, &se) {
			return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(b[:min(int(se.Offset), len(b))], []byte("\n")), err)
		}
		return nil, err
	}
	texts := make(map[string]string, len(raw))
	for k, v := range raw {
		var e struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(v, &e.Text) != nil {
			if err := json.Unmarshal(v, &e); err != nil {
				return nil, fmt.Errorf("%s is neither a text nor {text, of}", strconv.Quote(k))
			}
		}
		texts[k] = e.Text
	}
	return texts, nil
}
