package main

import (
	"html"
	"strings"
)

// document is what the driver needs to see of a page: its heading, and the
// forms with what a browser would send for them.
type document struct {
	title, h1 string
	forms     []form
}

type form struct {
	action, method string
	controls       []control
}

// control is an input, select, textarea or button with a name.
type control struct {
	kind   string // type of an input or button, "select", "textarea"
	name   string
	value  string // as the page has it; of a checkbox or radio, what it would send
	on     bool   // a checkbox or radio that is checked
	chosen bool   // a select whose first or selected option was seen
}

// form is the form that posts to an address, or nil.
func (d *document) form(action string) *form {
	for i := range d.forms {
		if f := &d.forms[i]; f.method == "post" && f.action == action {
			return f
		}
	}
	return nil
}

// parse reads a page in one pass. It knows the HTML that programs write: tags
// in lower case, values in double quotes. What it cannot read it leaves out,
// and whoever looks for it finds it missing.
func parse(page string) document {
	var d document
	var in *form // the open form
	for rest := page; ; {
		if in == nil {
			rest = rest[toNext(rest):]
		}
		t, after, ok := nextTag(rest)
		if !ok {
			return d
		}
		rest = after
		switch t.name {
		case "title":
			d.title = textOf(rest, "</title")
		case "h1":
			d.h1 = textOf(rest, "</h1")
		case "form":
			d.forms = append(d.forms, form{action: t.attr("action"), method: strings.ToLower(t.attr("method"))})
			in = &d.forms[len(d.forms)-1]
		case "/form":
			in = nil
		case "input", "button", "select", "textarea":
			if in == nil || t.has("disabled") {
				continue
			}
			c := control{kind: t.name, name: t.attr("name"), value: t.attr("value")}
			switch t.name {
			case "input", "button":
				c.kind = t.attr("type")
				c.on = t.has("checked")
				if c.value == "" && (c.kind == "checkbox" || c.kind == "radio") {
					c.value = "on"
				}
			case "textarea":
				c.value = strings.TrimPrefix(textOf(rest, "</textarea"), "\n")
			}
			in.controls = append(in.controls, c)
		case "option":
			if in == nil || len(in.controls) == 0 {
				continue
			}
			if c := &in.controls[len(in.controls)-1]; c.kind == "select" && (!c.chosen || t.has("selected")) {
				c.value, c.chosen = t.attr("value"), true
			}
		}
	}
}

// toNext is how far the next tag is that counts outside of forms.
func toNext(s string) int {
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			return len(s)
		}
		at += i
		if at+1 == len(s) || strings.IndexByte("fhts!", s[at+1]) < 0 {
			continue
		}
		for _, name := range []string{"<form", "<h1", "<title", "<script", "<style", "<!--"} {
			if strings.HasPrefix(s[at:], name) {
				return at
			}
		}
	}
}

// tag is a start tag, or an end tag with its slash in the name. attrs is what
// stands behind the name.
type tag struct{ name, attrs string }

// nextTag finds the next tag that parse may want; comments, the doctype and
// scripts are passed over, and so is what begins like nothing wanted.
func nextTag(s string) (t tag, rest string, ok bool) {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return t, "", false
		}
		s = s[i+1:]
		if strings.HasPrefix(s, "!--") {
			if i = strings.Index(s, "-->"); i < 0 {
				return t, "", false
			}
			s = s[i+3:]
			continue
		}
		if s == "" || strings.IndexByte("/bfhiost", s[0]) < 0 {
			continue // a value would have its "<" escaped
		}
		end := tagEnd(s)
		if end < 0 {
			return t, "", false
		}
		n := 0
		for n < end && !isSpace(s[n]) && (s[n] != '/' || n == 0) {
			n++
		}
		t, s = tag{s[:n], s[n:end]}, s[end+1:]
		if t.name != "script" && t.name != "style" {
			return t, s, true
		}
		if i = strings.Index(s, "</"+t.name); i < 0 {
			return t, "", false
		}
		s = s[i:]
	}
}

// tagEnd is where the tag that s begins in is closed: the first ">" that is
// not in quotes.
func tagEnd(s string) int {
	for at, quoted := 0, false; ; {
		n := strings.IndexByte(s[at:], '>')
		if n < 0 {
			return -1
		}
		quoted = quoted != (strings.Count(s[at:at+n], `"`)%2 == 1)
		if at += n; !quoted {
			return at
		}
		at++
	}
}

// attr is the value of an attribute, "" where it has none.
func (t tag) attr(name string) string {
	v, _ := t.find(name)
	return v
}

func (t tag) has(name string) bool {
	_, ok := t.find(name)
	return ok
}

func (t tag) find(name string) (value string, ok bool) {
	for s := t.attrs; ; {
		for s != "" && (isSpace(s[0]) || s[0] == '/') {
			s = s[1:]
		}
		if s == "" {
			return "", false
		}
		n := 0
		for n < len(s) && !isSpace(s[n]) && s[n] != '=' {
			n++
		}
		found := s[:n]
		s = s[n:]
		v := ""
		if strings.HasPrefix(s, `="`) {
			end := strings.IndexByte(s[2:], '"')
			if end < 0 {
				return "", false
			}
			v, s = s[2:2+end], s[2+end+1:]
		} else if s != "" && s[0] == '=' {
			s = s[1:] // a value without quotes is read as a name
		}
		if found == name {
			return html.UnescapeString(v), true
		}
	}
}

// textOf is the text before the end tag, without the tags in it.
func textOf(s, end string) string {
	i := strings.Index(s, end)
	if i < 0 {
		return ""
	}
	s = s[:i]
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:open])
		s = s[open+1:]
		if i = tagEnd(s); i < 0 {
			break
		}
		s = s[i+1:]
	}
	return html.UnescapeString(b.String())
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
