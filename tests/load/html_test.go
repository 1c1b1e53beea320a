package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       document
	}{
		{"nothing", "", document{}},
		{"heading", `<!doctype html><title>Hund &amp; Herr – Stadt</title><h1 class="a">Wie <em>heißt</em> er?</h1>`, document{title: "Hund & Herr – Stadt", h1: "Wie heißt er?"}},
		{"comment and script", `<!-- <h1>no</h1> --><script>"<h1>no</h1>"</script><h1>yes</h1>`, document{h1: "yes"}},
		{"sign in an attribute", `<a title="a > b" href="/x">x</a><h1>yes</h1>`, document{h1: "yes"}},
		{
			"controls", `<form action="/a?x=1&amp;y=2" method="POST">` +
				`<input type="hidden" name="_rev" value="3"><input name="n" type="text" value="&#34;Rex&#34;">` +
				`<input type="radio" name="r" value="yes"><input type="radio" name="r" value="no" checked><input type="checkbox" name="c">` +
				`<input type="text" name="off" disabled>` +
				`<textarea name="t">` + "\n" + `a &lt; b</textarea>` +
				`<button type="submit" name="_go" value="next"><span>Weiter</span></button></form>`,
			document{forms: []form{{"/a?x=1&y=2", "post", []control{
				{kind: "hidden", name: "_rev", value: "3"},
				{kind: "text", name: "n", value: `"Rex"`},
				{kind: "radio", name: "r", value: "yes"},
				{kind: "radio", name: "r", value: "no", on: true},
				{kind: "checkbox", name: "c", value: "on"},
				{kind: "textarea", name: "t", value: "a < b"},
				{kind: "submit", name: "_go", value: "next"},
			}}}},
		},
		{
			"select", `<form action="/a" method="post"><select name="s"><option value="">–</option><option value="b" selected>B</option></select><select name="u"><option value="x">X</option></select></form>`,
			document{forms: []form{{"/a", "post", []control{
				{kind: "select", name: "s", value: "b", chosen: true},
				{kind: "select", name: "u", value: "x", chosen: true},
			}}}},
		},
		{"outside of forms", `<input name="a" type="text"><option value="x"><form action="/a" method="get"></form><input name="b" type="text">`, document{forms: []form{{action: "/a", method: "get"}}}},
		{"cut off", `<h1>a</h1><form action="/a" method="post"><input name="a`, document{h1: "a", forms: []form{{action: "/a", method: "post"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parse(c.page); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestForm(t *testing.T) {
	d := parse(`<form action="/a" method="get"></form><form action="/a" method="post"></form>`)
	if f := d.form("/a"); f != &d.forms[1] {
		t.Errorf("form(/a) = %+v", f)
	}
	if f := d.form("/b"); f != nil {
		t.Errorf("form(/b) = %+v", f)
	}
}

// FuzzParse: no page makes the scanner fail or invent anything longer than
// the page.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`<form action="/a" method="post"><input type="radio" name="r" value="no" checked></form>`,
		`<h1>a`, `<`, `<a b="`, `<!--`, `<script>`, `<a =x>`, `<select><option>`, `<h1><b c=">"></h1>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		d := parse(page)
		if len(d.forms) > strings.Count(page, "<form") {
			t.Errorf("%d forms", len(d.forms))
		}
		for _, form := range d.forms {
			if len(form.controls) > strings.Count(page, "<") {
				t.Errorf("%d controls", len(form.controls))
			}
		}
	})
}
