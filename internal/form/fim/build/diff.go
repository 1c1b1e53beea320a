package build

import (
	"fmt"
	"slices"
	"strings"

	"leitportal/internal/form/fim"
)

// Change is one difference between two versions of a schema.
type Change struct {
	// Path leads to the element by the ids of the schema: G…/F….
	Path string
	// What is added, removed, label, help, type, bounds, times, choices, list
	// or rule.
	What     string
	Old, New string
}

func (c Change) String() string {
	switch {
	case c.Old == "":
		return fmt.Sprintf("%s: %s %s", c.Path, c.What, c.New)
	case c.New == "":
		return fmt.Sprintf("%s: %s %s", c.Path, c.What, c.Old)
	}
	return fmt.Sprintf("%s: %s %s → %s", c.Path, c.What, c.Old, c.New)
}

// Diff says what became of old in the schema next: what a person is asked, and
// how; not who changed it when. Elements are the same when their ids and those
// of the groups around them are. The order is that of next, then what is gone.
func Diff(old, next *fim.Schema) []Change {
	before, order := flat(old)
	after, newOrder := flat(next)
	var out []Change
	for _, path := range newOrder {
		b := after[path]
		a, there := before[path]
		if !there {
			out = append(out, Change{path, "added", "", b["label"]})
			continue
		}
		for _, what := range aspects {
			if a[what] != b[what] {
				out = append(out, Change{path, what, a[what], b[what]})
			}
		}
	}
	for _, path := range order {
		if _, there := after[path]; !there {
			out = append(out, Change{path, "removed", before[path]["label"], ""})
		}
	}
	return out
}

var aspects = []string{"label", "help", "type", "bounds", "times", "choices", "list", "rule"}

// flat is all parts of a schema by their paths, with what is told of each.
func flat(s *fim.Schema) (all map[string]map[string]string, order []string) {
	all = map[string]map[string]string{}
	var walk func(prefix string, parts []*fim.Part)
	walk = func(prefix string, parts []*fim.Part) {
		taken := map[string]int{}
		for _, p := range parts {
			told := map[string]string{"times": fmt.Sprintf("%d:%d", p.Min, p.Max)}
			var id string
			if f := p.Field; f != nil {
				id = f.ID
				told["label"], told["help"] = tidy(or(f.Labels.Input, f.Name)), tidy(f.Help.Input)
				told["type"] = strings.TrimSpace(string(f.FieldKind) + " " + string(f.Type))
				told["bounds"], told["rule"] = boundsOf(f), ruleTexts(f.Rules)
				for _, v := range f.Values {
					told["choices"] += v.Code + " " + tidy(v.Name) + "; "
				}
				if f.List != nil {
					told["list"] = strings.TrimSpace(f.List.URN + " " + f.List.Version)
				}
			} else {
				g := p.Group
				id = g.ID
				told["label"], told["help"] = tidy(or(g.Labels.Input, g.Name)), tidy(g.Help.Input)
				told["rule"] = ruleTexts(g.Rules)
				if g.Choice {
					told["type"] = "choice"
				}
			}
			if taken[id]++; taken[id] > 1 {
				id += "#" + itoa(taken[id])
			}
			path := strings.TrimPrefix(prefix+"/"+id, "/")
			all[path] = told
			order = append(order, path)
			if p.Group != nil {
				walk(path, p.Group.Structure)
			}
		}
	}
	all[s.ID] = map[string]string{"label": tidy(or(s.Title, s.Name)), "help": tidy(s.Help), "rule": ruleTexts(s.Rules)}
	order = append(order, s.ID)
	walk("", s.Structure)
	return all, order
}

func boundsOf(f *fim.Field) string {
	var out []string
	if n := f.Bounds.MinLength; n != nil {
		out = append(out, "at least "+itoa(*n)+" characters")
	}
	if n := f.Bounds.MaxLength; n != nil {
		out = append(out, "at most "+itoa(*n)+" characters")
	}
	for _, b := range [][2]string{{"from ", f.Bounds.MinValue}, {"to ", f.Bounds.MaxValue}, {"pattern ", f.Bounds.Pattern}} {
		if b[1] != "" {
			out = append(out, b[0]+b[1])
		}
	}
	if f.MaxSize > 0 {
		out = append(out, fmt.Sprintf("at most %d bytes", f.MaxSize))
	}
	return strings.Join(append(out, f.MediaTypes...), ", ")
}

func ruleTexts(rules []*fim.Rule) string {
	var out []string
	for _, r := range rules {
		out = append(out, strings.Join(strings.Fields(r.Text), " "))
	}
	slices.Sort(out)
	return strings.Join(out, " | ")
}
