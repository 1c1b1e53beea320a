package fim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// samples are the released schemas and the small cases of ../shared/data/fim,
// which belong to others and stay outside.
func samples(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../../../shared/data/fim", pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the FIM schemas (../shared/data/fim) are not here")
	}
	all := map[string][]byte{}
	for _, f := range files {
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// count counts the parts of a structure by kind.
func count(parts []*Part, n map[string]int) {
	for _, p := range parts {
		n["parts"]++
		if p.Field != nil {
			n["fields"]++
			n[string(p.Field.FieldKind)]++
			n[string(p.Field.Type)]++
			n["rules"] += len(p.Field.Rules)
			continue
		}
		n["groups"]++
		n["rules"] += len(p.Group.Rules)
		count(p.Group.Structure, n)
	}
}

// again is what comes of a document that is written and read.
func again(t testing.TB, doc *Document) *Document {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	second, err := Read(&b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	return second
}

// same tells whether two documents have the same model; lines of warnings and
// the version of the file may differ.
func same(a, b *Document) bool {
	return a.Message == b.Message && a.Created == b.Created && reflect.DeepEqual(a.Schema, b.Schema) && reflect.DeepEqual(a.Group, b.Group)
}

// The 26 released schemas hold what counting their elements by other means has
// found (../shared/design/standards.md), and survive being written.
func TestReleasedSchemas(t *testing.T) {
	all := samples(t, "schemas/*.xml")
	if len(all) != 26 {
		t.Errorf("%d schemas", len(all))
	}
	n := map[string]int{}
	for name, b := range all {
		doc, err := Read(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if doc.Standard != "3.0.0" || doc.Schema == nil || doc.Schema.ID != strings.TrimSuffix(name, ".xdf3.xml") || doc.Schema.Title == "" {
			t.Errorf("%s: %+v", name, doc.Schema)
		}
		for _, w := range doc.Warnings {
			if w.Line == 0 || w.ID == "" || w.Message == "" {
				t.Errorf("%s: warning %+v", name, w)
			}
		}
		n["rules"] += len(doc.Schema.Rules)
		count(doc.Schema.Structure, n)
		if !same(doc, again(t, doc)) {
			t.Errorf("%s: written and read it is another", name)
		}
	}
	want := map[string]int{
		"parts": 2363, "fields": 1824, "groups": 539, "rules": 341,
		"input": 1555, "select": 229, "label": 33, "locked": 7,
		"text": 1288, "file": 171, "bool": 156, "num_int": 97, "date": 95, "num": 17,
	}
	if !reflect.DeepEqual(n, want) {
		t.Errorf("counted %v, want %v", n, want)
	}
}

func TestSmallCases(t *testing.T) {
	wrong := map[string]struct {
		line            int
		element, reason string
	}{
		"xdf2/duplicate-optional-value.xml": {15, "stammdatenschema/beschreibung", "this element occurs more than once"},
		"xdf2/duplicate-required-value.xml": {13, "stammdatenschema/name", "this element occurs more than once"},
		"xdf2/unknown-namespace.xml":        {2, "xdatenfelder.stammdatenschema.0102", `unknown namespace "urn:xoev-de:fim:standard:xdatenfelder_unknown"; XDatenfelder 3.0.0 or 2.0 is expected`},
		"xdf3/duplicate-id-node.xml":        {11, "datenfeldgruppe/identifikation/id", "this element occurs more than once"},
		"xdf3/empty-id-node.xml":            {10, "datenfeldgruppe/identifikation/id", "must not be empty"},
		"xdf3/missing-id-node.xml":          {11, "datenfeldgruppe/identifikation", "id is missing"},
		"xdf3/unexpected-node.xml":          {11, "datenfeldgruppe/identifikation/unknown", "this element is not expected here"},
		"xdf3/unknown-namespace.xml":        {3, "xdatenfelder.datenfeldgruppe.0103", `unknown namespace "urn:xoev-de:fim:standard:xdatenfelder_unknown"; XDatenfelder 3.0.0 or 2.0 is expected`},
		"xdf3/invalid-freigabestatus.xml":   {19, "datenfeldgruppe/freigabestatus", `unknown code "10"`},
	}
	for _, folder := range []string{"xdf2", "xdf3"} {
		for name, b := range samples(t, "parser/"+folder+"/*.xml") {
			name = folder + "/" + name
			doc, err := Read(bytes.NewReader(b))
			w, bad := wrong[name]
			if !bad {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if !same(doc, again(t, doc)) {
					t.Errorf("%s: written and read it is another", name)
				}
				continue
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			} else if e.Line != w.line || !strings.HasSuffix(e.Element, w.element) || e.Reason != w.reason {
				t.Errorf("%s: %v", name, e)
			}
			delete(wrong, name)
		}
	}
	if len(wrong) > 0 {
		t.Errorf("not there: %v", wrong)
	}
}

const (
	intro = `<x:xdatenfelder.stammdatenschema.0102 xmlns:x="urn:xoev-de:fim:standard:xdatenfelder_3.0.0"><x:header/><x:stammdatenschema>` +
		`<x:identifikation><x:id>S1</x:id><x:version>1.0.0</x:version></x:identifikation><x:name>N</x:name><x:freigabestatus><code>2</code></x:freigabestatus><x:bezeichnung>B</x:bezeichnung>`
	outro = `</x:stammdatenschema></x:xdatenfelder.stammdatenschema.0102>`
	field = `<x:datenfeld><x:identifikation><x:id>F1</x:id></x:identifikation><x:name>Feld</x:name><x:freigabestatus><code>2</code></x:freigabestatus>` +
		`<x:bezeichnungEingabe>Feld</x:bezeichnungEingabe><x:schemaelementart><code>HAR</code></x:schemaelementart><x:feldart><code>select</code></x:feldart><x:datentyp><code>text</code></x:datentyp>`
)

func part1(inner string) string {
	return `<x:struktur><x:anzahl>1:1</x:anzahl><x:enthaelt>` + inner + `</x:enthaelt></x:struktur>`
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ in, reason string }{
		"nothing":            {"", "the file ends too early"},
		"no XML":             {"%PDF-1.7", "the file ends too early"},
		"cut off":            {intro, "the file ends too early"},
		"tags crossed":       {intro + "<x:struktur></x:stammdatenschema>", "not well-formed XML"},
		"entities":           {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + intro + outro, "a document type is not allowed"},
		"external entity":    {`<!DOCTYPE x SYSTEM "file:///etc/passwd">` + intro + outro, "a document type is not allowed"},
		"unknown entity":     {intro + "<x:hilfetext>&b;</x:hilfetext>" + outro, "not well-formed XML: invalid character entity &b;"},
		"other encoding":     {`<?xml version="1.0" encoding="ISO-8859-1"?>` + intro + outro, "encoding"},
		"text between":       {intro + "x" + outro, "text where elements are expected"},
		"something behind":   {intro + outro + "<x/>", "something follows the end"},
		"other namespace":    {intro + `<hilfetext>x</hilfetext>` + outro, "this element is not expected here"},
		"elements in text":   {intro + `<x:hilfetext><x:b/></x:hilfetext>` + outro, "text is expected, not the element b"},
		"no occurrences":     {intro + strings.Replace(part1(field+"</x:datenfeld>"), "1:1", "2:1", 1) + outro, `"2:1" is no number of occurrences`},
		"an empty part":      {intro + part1("") + outro, "one field or one group is expected"},
		"unknown type":       {intro + part1(strings.Replace(field, "<code>text", "<code>blob", 1)+"</x:datenfeld>") + outro, `unknown code "blob"`},
		"length in words":    {intro + part1(field+`<x:praezisierung maxLength="viele"/></x:datenfeld>`) + outro, `maxLength "viele" is no length`},
		"negative size":      {intro + part1(field+`<x:maxSize>-1</x:maxSize></x:datenfeld>`) + outro, `"-1" is no number of bytes`},
		"an empty code":      {intro + part1(field+`<x:werte><x:wert><x:code/><x:name>a</x:name></x:wert></x:werte></x:datenfeld>`) + outro, "must not be empty"},
		"no header":          {strings.Replace(intro+outro, "<x:header/>", "", 1), "header is missing"},
		"neither":            {strings.Split(intro, "<x:stammdatenschema>")[0] + "</x:xdatenfelder.stammdatenschema.0102>", "one schema or one group is expected"},
		"nested for ever":    {intro + strings.Repeat(`<x:struktur><x:anzahl>1:1</x:anzahl><x:enthaelt><x:datenfeldgruppe>`, 100_000), "elements are nested more than 200 deep"},
		"nested in a skip":   {intro + `<x:regel><x:param>` + strings.Repeat("<x:a>", 100_000), "elements are nested more than 200 deep"},
		"a hundred siblings": {intro + strings.Repeat("<x:bezeichnung>B</x:bezeichnung>", 100) + outro, "this element occurs more than once"},
	} {
		_, err := Read(strings.NewReader(c.in))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, c.reason) || e.Line < 1 || e.Element == "" || len(e.Error()) > 400 {
			t.Errorf("%s: %.500v; want %q", name, err, c.reason)
		}
	}
}

// endless gives a beginning and then the same again and again, n bytes in all.
func endless(beginning, again string, n int64) io.Reader {
	return io.MultiReader(strings.NewReader(beginning), io.LimitReader(&loop{again: again}, n))
}

type loop struct {
	again string
	at    int
}

func (l *loop) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		m := copy(p[n:], l.again[l.at:])
		n, l.at = n+m, (l.at+m)%len(l.again)
	}
	return n, nil
}

// A gigabyte of anything is refused within bounded memory.
func TestAGigabyte(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"text":       endless(intro+"<x:hilfetext>", "ä ", 1<<30),
		"comment":    endless(intro+"<!--", "ab", 1<<30),
		"attribute":  endless(intro+`<x:hilfetext a="`, "ab", 1<<30),
		"attributes": endless(intro+`<x:hilfetext `, `a="1" `, 1<<30),
		"space":      endless(intro, " \n", 1<<30),
		"references": endless(intro, `<x:bezug link="https://example.org">§ 1</x:bezug>`, 1<<30),
		"name":       endless(intro+"<", "x", 1<<30),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := make(chan uint64)
		stop := make(chan struct{})
		go func() {
			var most uint64
			for {
				select {
				case <-stop:
					peak <- most
					return
				case <-time.After(10 * time.Millisecond):
					runtime.ReadMemStats(&after)
					most = max(most, after.HeapInuse)
				}
			}
		}()
		_, err := Read(in)
		close(stop)
		used := int64(<-peak) - int64(before.HeapInuse)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %.200v", name, err)
		}
		if used > 100<<20 {
			t.Errorf("%s: %d MB of memory", name, used>>20)
		}
		t.Logf("%s: %v, %d MB", name, e, used>>20)
	}
}

// What is doubtful is said, and the schema loads.
func TestWarnings(t *testing.T) {
	doc, err := Read(strings.NewReader(intro + part1(field+`<x:praezisierung minLength="5" maxLength="2"/></x:datenfeld>`) +
		part1(field+`<x:werte><x:wert><x:code>1</x:code><x:name>a</x:name></x:wert><x:wert><x:code>1</x:code><x:name>b</x:name></x:wert></x:werte></x:datenfeld>`) + outro))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range doc.Warnings {
		got = append(got, fmt.Sprint(w.ID, ": ", w.Message))
	}
	want := []string{
		`F1: no text fits "Feld": at least 5 characters, at most 2`,
		`F1: the field "Feld" is to choose from, and has neither values nor a code list`,
		`F1: the code "1" of "Feld" occurs twice; the first counts`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if v := doc.Schema.Structure[1].Field.Values; len(v) != 1 || v[0].Name != "a" {
		t.Errorf("%v", v)
	}
}

// A file of version 2.0 is a model of 3.0.0.
func TestVersion2(t *testing.T) {
	in := strings.NewReplacer("xdatenfelder_3.0.0", "xdatenfelder_2", "freigabestatus", "status", "<code>2</code>", "<code>aktiv</code>", "<x:bezeichnung>B</x:bezeichnung>", "<x:bezeichnungEingabe>B</x:bezeichnungEingabe>",
		"S1<", "S05000123<", "1.0.0", "1.2").Replace(intro +
		`<x:regel><x:identifikation><x:id>R60000037</x:id></x:identifikation><x:name>r</x:name><x:definition>Wenn F60000243 leer, dann G6000024 nicht.</x:definition><x:script/></x:regel>` +
		part1(field+`<x:praezisierung>{"minLength":"1","maxLength":55}</x:praezisierung></x:datenfeld>`) + outro)
	doc, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Schema
	f := s.Structure[0].Field
	if doc.Standard != "2.0" || s.Identity != (Identity{"S05000000123", "1.2.0"}) || s.Status != "5" || s.Title != "B" ||
		s.Rules[0].ID != "R60000000037" || s.Rules[0].Text != "Wenn F60000000243 leer, dann G6000024 nicht." ||
		*f.Bounds.MinLength != 1 || *f.Bounds.MaxLength != 55 || f.Prefill != "keine" {
		t.Errorf("%+v\n%+v\n%+v", s, s.Rules[0], f)
	}
	if !same(doc, again(t, doc)) {
		t.Error("written and read it is another")
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, doc := range map[string]*Document{
		"nothing":           {},
		"both":              {Schema: &Schema{}, Group: &Group{}},
		"control character": {Schema: &Schema{Title: "a\x01b"}},
		"broken text":       {Schema: &Schema{Title: "a\xffb"}},
	} {
		if err := Write(io.Discard, doc); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

// What is read can be written, and is the same then.
func FuzzRead(f *testing.F) {
	f.Add([]byte(intro + part1(field+"</x:datenfeld>") + outro))
	f.Add([]byte(strings.ReplaceAll(intro+outro, "3.0.0", "2")))
	f.Add([]byte(intro + `<x:regel><x:identifikation><x:id>R1</x:id></x:identifikation><x:name>r</x:name><x:freitextRegel>a&#13;b &lt; c</x:freitextRegel><x:bezug link="a&#10;b"/></x:regel>` + outro))
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := Read(bytes.NewReader(b))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		if !same(doc, again(t, doc)) {
			t.Fatal("written and read it is another")
		}
	})
}

// BenchmarkRead reads the longest schema: B/s, and bytes allocated for it.
func BenchmarkRead(b *testing.B) {
	in := samples(b, "schemas/S05000001299.xdf3.xml")["S05000001299.xdf3.xml"]
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}
