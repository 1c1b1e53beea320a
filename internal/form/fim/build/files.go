package build

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

// Files writes d as the files of internal/form/FORMAT.md, by name; form.Load
// reads the same definition back.
func Files(d *form.Definition) (map[string][]byte, error) {
	out := map[string][]byte{}
	var w strings.Builder
	fmt.Fprintf(&w, "id: %s\nfields:\n", d.ID)
	for i := range d.Nodes {
		writeNode(&w, &d.Nodes[i], "  ")
	}
	out["schema.yaml"] = []byte(w.String())
	w.Reset()
	w.WriteString("pages:\n")
	for i := range d.Pages {
		writePage(&w, &d.Pages[i])
	}
	out["pages.yaml"] = []byte(w.String())
	w.Reset()
	if len(d.Rules.Calc) > 0 {
		w.WriteString("calc:\n")
		for _, c := range d.Rules.Calc {
			w.WriteString("  - " + new(flow).put("id", c.ID).put("each", c.Each).put("expr", c.Expr).String() + "\n")
		}
	}
	if len(d.Rules.Validate) > 0 {
		w.WriteString("validate:\n")
		for _, c := range d.Rules.Validate {
			w.WriteString("  - " + new(flow).put("id", c.ID).put("field", c.Field).put("when", c.When).put("check", c.Check).String() + "\n")
		}
	}
	if w.Len() > 0 {
		out["rules.yaml"] = []byte(w.String())
	}
	if len(d.Rules.Compute) > 0 {
		return nil, fmt.Errorf("build: %s: sums cannot be written", d.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Lists)) {
		w.Reset()
		for _, c := range d.Lists[name] {
			f := new(flow).put("code", c.Code).put("de", c.DE).put("en", c.EN).attrs(c.Attrs)
			f.list("also", c.Also)
			w.WriteString("- " + f.String() + "\n")
		}
		out["lists/"+name+".yaml"] = []byte(w.String())
	}
	for lang, texts := range d.Texts {
		var src any = texts
		if lang != i18n.DE {
			twins := map[string]map[string]string{}
			for k, t := range texts {
				twins[k] = map[string]string{"text": t, "of": i18n.Hash(d.Texts[i18n.DE][k])}
			}
			src = twins
		}
		b, err := indented(src)
		if err != nil {
			return nil, fmt.Errorf("build: texts: %w", err)
		}
		out["texts/"+string(lang)+".json"] = b
	}
	return out, nil
}

// indented is v as JSON that people can read: a line for each key, and no
// escapes where none is needed.
func indented(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return []byte(b.String()), err
}

func writeNode(w *strings.Builder, n *form.Node, indent string) {
	if n.Type == "" {
		fmt.Fprintf(w, "%s- id: %s\n", indent, n.ID)
		if n.Basis != "" {
			fmt.Fprintf(w, "%s  basis: %s\n", indent, scalar(n.Basis))
		}
		if n.Purpose != "" {
			fmt.Fprintf(w, "%s  purpose: %s\n", indent, scalar(n.Purpose))
		}
		if r := n.Repeat; r != nil {
			f := new(flow).put("min", strconv.Itoa(r.Min)).put("max", strconv.Itoa(r.Max)).put("as", r.As).put("label", r.Label)
			fmt.Fprintf(w, "%s  repeat: %s\n", indent, f)
		}
		fmt.Fprintf(w, "%s  group:\n", indent)
		for i := range n.Group {
			writeNode(w, &n.Group[i], indent+"    ")
		}
		return
	}
	f := new(flow).put("id", n.ID).put("type", n.Type)
	if n.Required {
		f.put("required", "true")
	}
	f.put("min", string(n.Min)).put("max", string(n.Max))
	if n.Digits != nil {
		f.put("digits", strconv.Itoa(*n.Digits))
	}
	f.put("style", n.Style).put("pattern", n.Pattern).put("unknown", n.Unknown)
	if n.Open {
		f.put("open", "true")
	}
	f.put("list", n.List).put("as", n.As)
	if len(n.Choices) > 0 {
		var all []string
		for _, c := range n.Choices {
			if len(c.Attrs) == 0 {
				all = append(all, scalar(c.Code))
			} else {
				all = append(all, new(flow).put("code", c.Code).attrs(c.Attrs).String())
			}
		}
		f.raw("choices", "["+strings.Join(all, ", ")+"]")
	}
	f.list("accept", n.Accept)
	if n.MaxBytes > 0 {
		f.put("maxBytes", strconv.FormatInt(n.MaxBytes, 10))
	}
	f.put("autocomplete", n.Autocomplete).put("inputmode", n.InputMode).put("sensitive", string(n.Sensitive)).put("basis", n.Basis).put("purpose", n.Purpose)
	fmt.Fprintf(w, "%s- %s\n", indent, f)
}

func writePage(w *strings.Builder, p *form.PageDef) {
	fmt.Fprintf(w, "  - id: %s\n    section: %s\n", scalar(p.ID), scalar(p.Section))
	for _, kv := range [][2]string{{"each", p.Each}, {"list", p.List}, {"when", p.When}} {
		if kv[1] != "" {
			fmt.Fprintf(w, "    %s: %s\n", kv[0], scalar(kv[1]))
		}
	}
	if len(p.Columns) > 0 {
		fmt.Fprintf(w, "    columns: [%s]\n", strings.Join(p.Columns, ", "))
	}
	if len(p.Fields) > 0 {
		w.WriteString("    fields:\n")
		for _, f := range p.Fields {
			line := f.Field
			if f != (form.PageField{Field: f.Field}) {
				line = new(flow).put("field", f.Field).put("when", f.When).put("require", f.Require).put("value", f.Value).put("default", f.Default).String()
			}
			fmt.Fprintf(w, "      - %s\n", line)
		}
	}
	if len(p.Notes) > 0 {
		w.WriteString("    notes:\n")
		for _, n := range p.Notes {
			fmt.Fprintf(w, "      - %s\n", new(flow).put("id", n.ID).put("kind", n.Kind).put("when", n.When))
		}
	}
}

// flow is a YAML mapping in one line.
type flow struct{ parts []string }

func (f *flow) raw(key, value string) *flow {
	f.parts = append(f.parts, key+": "+value)
	return f
}

// put adds a key, unless its value is empty.
func (f *flow) put(key, value string) *flow {
	if value == "" {
		return f
	}
	return f.raw(key, scalar(value))
}

func (f *flow) list(key string, values []string) *flow {
	if len(values) == 0 {
		return f
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = scalar(v)
	}
	return f.raw(key, "["+strings.Join(quoted, ", ")+"]")
}

func (f *flow) attrs(m map[string]string) *flow {
	if len(m) == 0 {
		return f
	}
	in := new(flow)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		in.raw(scalar(k), quote(m[k]))
	}
	return f.raw("attrs", in.String())
}

func (f *flow) String() string { return "{" + strings.Join(f.parts, ", ") + "}" }

// scalar is s as YAML, in quotes unless it is an id, a path or a number that
// YAML does not read as anything else.
func scalar(s string) string {
	if s == "true" || s == "false" {
		return s
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return s
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && !strings.ContainsRune("_-./", rune(c))) {
			return quote(s)
		}
	}
	switch s {
	case "", "null", "yes", "no", "on", "off", "y", "n":
		return quote(s)
	}
	return s
}

// quote is s as a JSON string, which is YAML too.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // of a string it cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}
