package build

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/rule"
	"leitportal/internal/i18n"
)

// Lists finds code lists.
type Lists interface {
	// Find gives a list by its URN in a version ("" for the newest), and
	// whether it is that version; nil where the list is not known. It is what
	// codelist.Registry does.
	Find(urn, version string) (l *codelist.List, exact bool)
}

// Options are what Form may use beside the schema. The zero value will do.
type Options struct {
	// ID is the form's; without it the schema's in small letters.
	ID     string
	Lists  Lists
	Layout *Layout
	// Rules are the schema's rules as read; without it they are read here.
	Rules *rule.Result
	// State is the federal state in which the form is offered, in two letters;
	// "NW" without it.
	State string
}

// Warning is something in the schema that the form does not do as it stands
// there, with the id of the element and, where it has one, its schema path in
// the form.
type Warning struct{ Element, Path, Text string }

func (w Warning) String() string {
	if w.Path == "" {
		return w.Element + ": " + w.Text
	}
	return w.Element + " (" + w.Path + "): " + w.Text
}

// Report says what became of the schema.
type Report struct {
	// Fields and Pages count those of the form.
	Fields, Pages int
	// NotKept counts the compiled clauses of rules that the form does not keep;
	// each has a warning.
	NotKept  int
	Warnings []Warning
	// Known are the schema paths of well-known data by their names in
	// solution.yaml (first, last, street, …): where they are asked first.
	Known map[string]string
	// Evidence are the labels of the files asked for.
	Evidence []string
}

// builder holds what is made of one schema.
type builder struct {
	o      Options
	d      *form.Definition
	r      *Report
	root   *node
	all    []*node // in the order of the schema
	de     map[string]string
	bases  map[string]string // text → id
	seen   map[string]bool   // well-known elements that stood there already
	byFIM  map[rule.Path]*node
	late   []*rule.Clause // rules that are placed when the pages are known
	exact  []exact
	asked  []string                  // paths in the order of the pages
	lists  map[string]*codelist.List // what d.Lists were made of
	pageID map[string]bool
	// touched are elements that stay questions of their own, since rules do
	// something with them.
	touched map[rule.Path]bool
	read    map[string]bool // elements that rules compare, by their ids
	waits   []waiting
	titles  map[string]bool
}

// Form makes a form of s. Whatever it cannot make stands in the report; what
// it answers is meant to pass form.Compile.
func Form(s *fim.Schema, o Options) (*form.Definition, *Report) {
	if o.ID == "" {
		o.ID = strings.ToLower(s.ID)
	}
	if o.Layout == nil {
		o.Layout = &Layout{}
	}
	if o.Rules == nil {
		o.Rules = rule.Read(s)
	}
	b := &builder{
		o: o, r: &Report{Known: map[string]string{}}, de: map[string]string{}, bases: map[string]string{}, seen: map[string]bool{},
		lists: map[string]*codelist.List{}, pageID: map[string]bool{}, titles: map[string]bool{},
		d: &form.Definition{ID: o.ID, Lists: map[string][]form.Choice{}},
	}
	b.root = b.tree(s)
	for _, n := range b.all {
		if n.part.Field != nil {
			b.field(n)
		}
	}
	b.clauses()
	b.o.Layout.order(b)
	b.questions()
	b.nodes()
	b.pages()
	b.checks()
	b.awaited()
	b.o.Layout.apply(b)
	b.d.Texts = map[i18n.Lang]map[string]string{i18n.DE: b.de}
	b.r.Pages = len(b.d.Pages)
	return b.d, b.r
}

func (b *builder) warn(n *node, format string, args ...any) {
	b.r.Warnings = append(b.r.Warnings, Warning{n.fim, n.path, fmt.Sprintf(format, args...)})
}

var lawful = regexp.MustCompile(`§|\bArt(\.|ikel)|\bAbs\.|(?i)gesetz|verordnung|satzung|richtlinie`)

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// basis is the id under which the legal bases of an element are told.
func (b *builder) basis(n *node) string {
	bases := slices.Concat(n.part.Bases, n.head().Bases)
	var said []string
	for _, s := range bases {
		// Elements also name the standards they are modelled on; these are no law.
		if t := oneLine(tidy(s.Text)); lawful.MatchString(t) && !slices.Contains(said, t) {
			said = append(said, t)
		}
	}
	if len(said) == 0 {
		return ""
	}
	text := strings.Join(said, "; ")
	id, ok := b.bases[text]
	if !ok {
		id = "b_" + n.id
		for b.de["basis."+id] != "" {
			id += "_2"
		}
		b.bases[text], b.de["basis."+id] = id, text
	}
	return id
}
