package solution

import (
	"bytes"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
)

// What a change of a version means for an authority.
const (
	ParamNew     = "param.new"     // a new parameter; its default applies unless stated
	ParamGone    = "param.gone"    // a parameter is gone, and what was stated with it
	ParamRenamed = "param.renamed" // a parameter has another name; its value goes along
	ParamDefault = "param.default" // what applies to who states nothing is another
	ParamAsk     = "param.ask"     // a value has to be stated, or cannot stay as it is
	TextChanged  = "text"          // words on a page, in a letter or on the service page
	FormChanged  = "form"          // questions, pages or rules
	Deadline     = "deadline"      // the version has to be used from a day on
)

// Change is one thing that another version changes for an authority.
type Change struct {
	Kind string
	// Name is a parameter, or a file of the solution.
	Name string
	// From and To are a value before and after as a notice would show it, "" for
	// none; of a renamed parameter its names.
	From, To string
}

// Upgrade is what it takes an authority to go from one version to another.
type Upgrade struct {
	From, To *Version
	// ByLaws are the authority's parameters, merged; they can be released where
	// Open is empty.
	ByLaws []ByLawValues
	// Changes is what the authority notices.
	Changes []Change
	// Open is what it has to decide, each of kind ParamAsk.
	Open []Change
}

// NewUpgrade merges the parameters of an authority, which were made for from,
// into the version to. Three sides count: what from proposed, what the
// authority states, what to proposes. What the authority states stays, except
// where it only repeats the old proposal of a value that is not its own to find;
// what cannot stay, or has to be stated and was not, is left open.
func NewUpgrade(from, to *Version, p *Parameters) Upgrade {
	u := Upgrade{From: from, To: to}
	for i, b := range p.ByLaws {
		merged := ByLawValues{b.ByLaw, map[string]any{}}
		for _, d := range to.order {
			old, known := from.params[d.Was]
			if d.Was == "" || !known {
				old, known = from.params[d.Name]
			}
			value, stated := b.Values[old.Name]
			switch {
			case !known || !stated:
			case !d.Own && !old.Own && same(old, old.Default, value) && !same(d, old.Default, d.Default): // the old proposal: the new one applies
			default:
				if v, err := d.check(value); err == nil {
					merged.Values[d.Name] = v
				} else if !asked(u.Open, d.Name) {
					u.Open = append(u.Open, Change{Kind: ParamAsk, Name: d.Name, From: old.shown(value), To: d.shown(d.Default)})
				}
			}
			if i == 0 && d.Own && merged.Values[d.Name] == nil && !asked(u.Open, d.Name) {
				u.Open = append(u.Open, Change{Kind: ParamAsk, Name: d.Name, To: d.shown(d.Default)})
			}
		}
		u.ByLaws = append(u.ByLaws, merged)
	}
	u.Changes = append(parameterChanges(from, to, p), fileChanges(from, to)...)
	if !to.Deadline.Day.IsZero() {
		u.Changes = append(u.Changes, Change{Kind: Deadline, To: to.Deadline.Day.String()})
	}
	return u
}

func asked(open []Change, name string) bool {
	return slices.ContainsFunc(open, func(c Change) bool { return c.Name == name })
}

// same tells whether a parameter means the same by two values.
func same(p Parameter, a, b any) bool {
	x, errX := p.check(a)
	y, errY := p.check(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// shown is a value as texts show it.
func (p Parameter) shown(value any) string {
	v, err := p.check(value)
	if err != nil {
		return ""
	}
	s := newSet(ByLaw{}, map[string]any{p.Name: v}, []Parameter{p})
	text, _ := s.show(p.Name, p, "de")
	return text
}

func parameterChanges(from, to *Version, p *Parameters) []Change {
	var out []Change
	kept := map[string]bool{}
	stated := func(name string) bool {
		return slices.ContainsFunc(p.ByLaws, func(b ByLawValues) bool { _, ok := b.Values[name]; return ok })
	}
	for _, d := range to.order {
		old, known := from.params[d.Name]
		if renamed, was := from.params[d.Was]; was && d.Was != "" {
			kept[d.Was] = true
			out = append(out, Change{Kind: ParamRenamed, Name: d.Name, From: d.Was, To: d.Name})
			old, known = renamed, true
		}
		kept[d.Name] = true
		switch {
		case !known:
			out = append(out, Change{Kind: ParamNew, Name: d.Name, To: d.shown(d.Default)})
		case !same(d, old.Default, d.Default) && (!stated(old.Name) || !d.Own && !old.Own):
			out = append(out, Change{Kind: ParamDefault, Name: d.Name, From: old.shown(old.Default), To: d.shown(d.Default)})
		}
	}
	for _, old := range from.order {
		if !kept[old.Name] {
			out = append(out, Change{Kind: ParamGone, Name: old.Name, From: old.shown(old.Default)})
		}
	}
	return out
}

// fileChanges are the files that differ, as far as an authority notices.
func fileChanges(from, to *Version) []Change {
	var out []Change
	seen := map[string]bool{}
	for _, v := range []*Version{from, to} {
		_ = fs.WalkDir(v.files, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				seen[name] = true
			}
			return err
		})
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		kind := ""
		switch dir, _, _ := strings.Cut(name, "/"); {
		case dir == "texts" || dir == "notices" || dir == "service":
			kind = TextChanged
		case name == "schema.yaml" || name == "pages.yaml" || name == "rules.yaml" || dir == "lists":
			kind = FormChanged
		}
		a, errA := fs.ReadFile(from.files, name)
		b, errB := fs.ReadFile(to.files, name)
		if kind != "" && (!bytes.Equal(a, b) || (errA == nil) != (errB == nil)) {
			out = append(out, Change{Kind: kind, Name: path.Clean(name)})
		}
	}
	return out
}
