package build

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Layout is what an author says beside the schema; it outlives newer versions
// of it. Fields and groups are named by their schema paths in the form, pages
// by their ids. What it names and the form does not have is reported.
type Layout struct {
	// Order names groups and fields at the top of the schema that come first,
	// in this order; the others follow as they stand.
	Order []string `yaml:"order"`
	// Cuts are the fields with which a new page begins.
	Cuts []string `yaml:"cuts"`
	// Titles and Intros are those of pages, Sections those of sections.
	Titles   map[string]string `yaml:"titles"`
	Intros   map[string]string `yaml:"intros"`
	Sections map[string]string `yaml:"sections"`
	// Labels and Hints are those of fields.
	Labels map[string]string `yaml:"labels"`
	Hints  map[string]string `yaml:"hints"`
	// When are conditions (CEL) of pages and fields, beside those the form has.
	When map[string]string `yaml:"when"`
}

// ReadLayout reads a layout file (YAML). A key it does not have is an error.
func ReadLayout(b []byte) (l *Layout, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML library on malformed documents
			err = fmt.Errorf("layout: not readable as YAML: %v", r)
		}
	}()
	l = &Layout{}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(l); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("layout: %w", err)
	}
	return l, nil
}

// order puts first what the layout names.
func (l *Layout) order(b *builder) {
	at := func(n *node) int {
		if i := slices.Index(l.Order, n.path); i >= 0 {
			return i
		}
		return len(l.Order)
	}
	slices.SortStableFunc(b.root.kids, func(x, y *node) int { return at(x) - at(y) })
	for _, path := range l.Order {
		if !slices.ContainsFunc(b.root.kids, func(n *node) bool { return n.path == path }) {
			b.layoutLost("order", path)
		}
	}
}

func (b *builder) layoutLost(key, name string) {
	b.r.Warnings = append(b.r.Warnings, Warning{"layout", "", fmt.Sprintf("%s: %s gibt es in diesem Antrag nicht", key, name)})
}

// cut tells whether the layout begins a page with the block.
func (l *Layout) cut(bl block) bool {
	return slices.ContainsFunc(bl, func(it item) bool { return slices.Contains(l.Cuts, it.path) })
}

// words puts the author's words in the place of the schema's, and adds the
// author's conditions.
func (l *Layout) apply(b *builder) {
	for _, w := range []struct {
		key, prefix, suffix string
		words               map[string]string
		fresh               bool // the text need not have been there
	}{
		{"titles", "page.", ".title", l.Titles, false},
		{"intros", "page.", ".intro", l.Intros, true},
		{"sections", "section.", "", l.Sections, false},
		{"labels", "field.", ".label", l.Labels, false},
		{"hints", "field.", ".hint", l.Hints, true},
	} {
		for _, name := range slices.Sorted(maps.Keys(w.words)) {
			there := w.prefix + name + w.suffix
			if w.fresh {
				there = strings.TrimSuffix(there, w.suffix) + map[string]string{".intro": ".title", ".hint": ".label"}[w.suffix]
			}
			if _, ok := b.de[there]; !ok {
				b.layoutLost(w.key, name)
				continue
			}
			b.de[w.prefix+name+w.suffix] = strings.TrimSpace(w.words[name])
		}
	}
	for _, path := range l.Cuts {
		if _, ok := b.de["field."+path+".label"]; !ok {
			b.layoutLost("cuts", path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.When)) {
		if !b.condition(name, l.When[name]) {
			b.layoutLost("when", name)
		}
	}
}

// condition adds a condition to a page or field.
func (b *builder) condition(name, when string) bool {
	for i := range b.d.Pages {
		pg := &b.d.Pages[i]
		if pg.ID == name {
			pg.When = with(pg.When, when)
			return true
		}
		for j := range pg.Fields {
			if pg.Fields[j].Field == name {
				pg.Fields[j].When = with(pg.Fields[j].When, when)
				return true
			}
		}
	}
	return false
}

func with(a, b string) string {
	if a == "" {
		return b
	}
	return "(" + a + ") && (" + b + ")"
}
