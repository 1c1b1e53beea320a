// Package sample reads applications that come with a form, and what is to come
// of each, and tries them: an author says without a line of Go what the form
// must take, what it must refuse, and what it must cost.
//
// Invariants:
//
//   - A sample takes the way of a person: page by page, through what a browser
//     posts, stored and read again between two pages.
//   - An answer that the form does not know is an error, never left out.
package sample

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"leitportal/internal/clock"
)

// Sample is an application and what must come of it.
type Sample struct {
	// File is where it stands, Name what it shows.
	File string `yaml:"-"`
	Name string `yaml:"name"`
	// Tenant is the ARS of the authority whose parameters apply, "" for those
	// of whoever has none.
	Tenant string `yaml:"tenant"`
	// Day is when the form is filled in.
	Day clock.Date `yaml:"day"`
	// Answers are by schema path, as a person types them; days are YYYY-MM-DD.
	// A repeating group is a list of such maps, with paths within it. nil
	// leaves a question unanswered.
	Answers map[string]any `yaml:"answers"`
	Expect  Expect         `yaml:"expect"`

	each map[string]map[string]any // what entries of a group begin with
}

// Expect is what must come of a sample. Without Problems and Stop it must come
// through to the end.
type Expect struct {
	// Problems are the answer paths ("dogs/1.chip") at which one page must
	// refuse, in order, and nothing else.
	Problems []string `yaml:"problems"`
	// Stop is the page on which the form must end without being sent.
	Stop string `yaml:"stop"`
	// Sums are totals in cents, as "computation.sum".
	Sums map[string]int64 `yaml:"sums"`
	// Lines are the ids of a computation's lines, in order.
	Lines map[string][]string `yaml:"lines"`
	// Pages must be asked, NoPages must not.
	Pages   []string `yaml:"pages"`
	NoPages []string `yaml:"no_pages"`
	// Destination is the office it must go to.
	Destination string `yaml:"destination"`
}

// base is samples/base.yaml: what all samples of a form begin with.
type base struct {
	Day     clock.Date                `yaml:"day"`
	Answers map[string]any            `yaml:"answers"`
	Each    map[string]map[string]any `yaml:"each"`
}

// Read reads samples/*.yaml of a form's folder; none is no error.
func Read(files fs.FS) ([]Sample, error) {
	var b base
	if text, err := fs.ReadFile(files, "samples/base.yaml"); err == nil {
		if err := strict(text, &b); err != nil {
			return nil, fmt.Errorf("samples/base.yaml: %w", err)
		}
	}
	names, err := fs.Glob(files, "samples/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Sample
	var errs []error
	seen := map[string]bool{}
	for _, name := range names {
		if path.Base(name) == "base.yaml" {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var in struct {
			Samples []Sample `yaml:"samples"`
		}
		if err := strict(text, &in); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		for _, s := range in.Samples {
			if s.Name == "" || seen[s.Name] {
				errs = append(errs, fmt.Errorf("%s: %q is no name of its own", name, s.Name))
			}
			seen[s.Name] = true
			if s.Day.IsZero() {
				s.Day = b.Day
			}
			if s.Day.IsZero() {
				errs = append(errs, fmt.Errorf("%s: %s: day is missing, here and in samples/base.yaml", name, s.Name))
			}
			s.File, s.each, s.Answers = name, b.Each, merged(b.Answers, s.Answers)
			out = append(out, s)
		}
	}
	return out, errors.Join(errs...)
}

func strict(b []byte, into any) error {
	return yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into)
}

func merged(under, over map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, under)
	maps.Copy(out, over)
	return out
}

// With is the sample with other answers and entries on top, and no file.
func (s Sample) With(answers map[string]any) Sample {
	s.Answers = merged(s.Answers, answers)
	return s
}

// entries are the entries of a group, by its path within from; with what all of
// the group begin with, and "{nn}" in a text replaced by their number.
func (s Sample) entries(from map[string]any, schema, key string) []map[string]any {
	list, _ := from[key].([]any)
	out := make([]map[string]any, len(list))
	for i, e := range list {
		own, _ := e.(map[string]any)
		out[i] = merged(s.each[schema], own)
		for k, v := range out[i] {
			if text, ok := v.(string); ok {
				out[i][k] = strings.ReplaceAll(text, "{nn}", fmt.Sprintf("%02d", i+1))
			}
		}
	}
	return out
}

// strange are the answers that the form does not ask for.
func (s Sample) strange(fields, groups map[string]bool) []string {
	var out []string
	var look func(answers map[string]any, within string)
	look = func(answers map[string]any, within string) {
		for _, key := range slices.Sorted(maps.Keys(answers)) {
			schema := within + key
			_, isList := answers[key].([]any)
			switch {
			case groups[schema] && isList:
				for _, e := range s.entries(answers, schema, key) {
					look(e, schema+".")
				}
			case !fields[schema]:
				out = append(out, schema)
			}
		}
	}
	look(s.Answers, "")
	slices.Sort(out)
	return slices.Compact(out)
}
