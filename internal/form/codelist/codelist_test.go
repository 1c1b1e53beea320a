package codelist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

const folder = "../../../../shared/data/codelists"

func samples(t testing.TB) *Registry {
	t.Helper()
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the code lists of XRepository (../shared/data/codelists) are not here")
	}
	r, err := Open(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The samples hold what counting their rows by other means has found, and each
// names its columns so that people see words.
func TestSamples(t *testing.T) {
	r := samples(t)
	want := []struct {
		urn, version string
		n            int
		code         string // one entry, and what it is to be
		entry        Entry
	}{
		{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:bezirk", "2019-07-31", 36, "147", Entry{Name: "früher: Direktionsbezirk Leipzig"}},
		{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:bundesland", "2010-04-01", 16, "16", Entry{Name: "Thüringen"}},
		{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:kreis", "2026-01-31", 518, "01001", Entry{Name: "Flensburg, Stadt"}},
		{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:staat", "2024-08-01", 197, "121", Entry{Name: "Albanien", Also: []string{"die Republik Albanien", "albanisch", "ALB", "AL"}}},
		{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:staatsangehoerigkeit", "2024-08-01", 211, "121", Entry{Name: "Albanien", Help: "Staat", Also: []string{"albanisch", "die Republik Albanien", "ALB", "AL"}}},
		{"urn:de:dsmeld:schluesseltabelle:familienstand", "2", 10, "LD", Entry{Name: "ledig"}},
		{"urn:xoev-de:bund:bmi:bit:codeliste:dvdv.praefix", "51", 118, "ag", Entry{Name: "Leitstelle Planung / XBau"}},
		{"urn:xoev-de:fim:codeliste:xzufi.anschrifttyp", "2.0", 6, "003", Entry{Name: "Postfach", English: "Post office box"}},
		{"urn:xoev-de:kosit:codeliste:currency-codes", "3", 179, "ALL", Entry{Name: "Lek"}},
		{"urn:xoev-de:xfahrtenschreiber:codeliste:sprache-eu", "2", 30, "cs", Entry{Name: "Tschechisch", Also: []string{"Czech"}}},
		{"urn:xoev-de:xinneres:codeliste:geschlecht", "1", 4, "w", Entry{Name: "weiblich"}},
		{"urn:xoev-de:xunternehmen:codeliste:rechtsformen", "2.4", 174, "110000", Entry{Name: "Personenhandelsgesellschaft"}},
	}
	lists := r.Lists()
	if len(lists) != len(want) {
		t.Fatalf("%d lists", len(lists))
	}
	for i, w := range want {
		l := lists[i]
		if l.URN != w.urn || l.Version != w.version || l.VersionURN != w.urn+"_"+w.version || len(l.Entries) != w.n || l.Name == "" {
			t.Errorf("%s %s: %d entries", l.URN, l.Version, len(l.Entries))
		}
		if got := r.Warnings(l); len(got) > 0 {
			t.Errorf("%s: %v", l.URN, got)
		}
		w.entry.Code = w.code
		found := false
		for _, e := range l.Entries {
			found = found || reflect.DeepEqual(e, w.entry)
			if e.Code == "" || e.Name == "" || e.Name == e.Code {
				t.Errorf("%s: %+v", l.URN, e)
			}
		}
		if !found {
			t.Errorf("%s: no entry %+v", l.URN, w.entry)
		}
	}
}

// listXML makes a list of columns and rows: columns "code! name", rows of values, of
// which "-" is none.
func listXML(urn, version, columns string, rows ...[]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<gc:CodeList xmlns:gc=%q><Identification><ShortName>s</ShortName><Version>%s</Version><CanonicalUri>%s</CanonicalUri><CanonicalVersionUri>%s_%s</CanonicalVersionUri></Identification><ColumnSet>`,
		namespace, version, urn, urn, version)
	var ids []string
	for _, c := range strings.Fields(columns) {
		id, required := strings.CutSuffix(c, "!")
		ids = append(ids, id)
		use := "optional"
		if required {
			use = "required"
		}
		fmt.Fprintf(&b, `<Column Id=%q Use=%q><ShortName>%s</ShortName><Data Type="string"/></Column>`, id, use, id)
	}
	fmt.Fprintf(&b, `<Key Id="k"><ShortName>k</ShortName><ColumnRef Ref=%q/></Key></ColumnSet><SimpleCodeList>`, ids[0])
	for _, row := range rows {
		b.WriteString("<Row>")
		for i, v := range row {
			if v != "-" {
				fmt.Fprintf(&b, `<Value ColumnRef=%q><SimpleValue>%s</SimpleValue></Value>`, ids[i], v)
			}
		}
		b.WriteString("</Row>")
	}
	b.WriteString("</SimpleCodeList></gc:CodeList>")
	return b.String()
}

func good(t *testing.T, in string) (*List, []Warning) {
	t.Helper()
	l, warnings, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	return l, warnings
}

func TestColumns(t *testing.T) {
	row := []string{"1", "2", "3", "4"}
	for _, c := range []struct {
		columns string
		keys    Keys
		want    Entry
	}{
		{"key! b! c!", Keys{}, Entry{Code: "1", Name: "2"}},
		{"key! b! bezeichnung!", Keys{}, Entry{Code: "1", Name: "3"}},
		{"key! bezeichnung b!", Keys{}, Entry{Code: "1", Name: "2"}},
		{"key! kurzbezeichnung bezeichnung-lang!", Keys{}, Entry{Code: "1", Name: "3", Also: []string{"2"}}},
		{"key! name-en! name", Keys{}, Entry{Code: "1", Name: "3", English: "2"}},
		{"key! name! hinweis", Keys{}, Entry{Code: "1", Name: "2", Help: "3"}},
		{"key! name! iso2 art", Keys{}, Entry{Code: "1", Name: "2", Also: []string{"3"}}},
		{"key! name! iso2 art", Keys{Code: "iso2"}, Entry{Code: "3", Name: "2"}},
		{"key! name! iso2 art", Keys{Name: "Art"}, Entry{Code: "1", Name: "4", Also: []string{"2", "3"}}},
		{"code! name! iso2 hilfe", Keys{Code: "CodeKey", Name: "name", Help: "art"}, Entry{}},
		{"code! name! iso2 art", Keys{Code: "codeKey", Name: "name", Help: "art"}, Entry{Code: "1", Name: "2", Help: "4", Also: []string{"3"}}},
		{"only!", Keys{}, Entry{Code: "1", Name: "1"}},
	} {
		l, _ := good(t, listXML("urn:x", "1", c.columns, row[:len(strings.Fields(c.columns))]))
		l, _, err := l.By(c.keys)
		if c.want.Code == "" {
			if err == nil || !strings.Contains(err.Error(), "art") || !strings.Contains(err.Error(), "code, name, iso2, hilfe") {
				t.Errorf("%s %+v: %v", c.columns, c.keys, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(l.Entries, []Entry{c.want}) {
			t.Errorf("%s %+v: %+v %v; want %+v", c.columns, c.keys, l.Entries, err, c.want)
		}
	}
}

// A recommended key counts before one that stands earlier, and values that name
// no column follow each other.
func TestKeys(t *testing.T) {
	in := listXML("urn:x", "1", "a! b! name!", []string{"1", "2", "3"})
	in = strings.Replace(in, "</ColumnSet>", `<Key Id="two"><ShortName>t</ShortName><ColumnRef Ref="a"/><ColumnRef Ref="b"/></Key>`+
		`<Key Id="r"><Annotation><AppInfo><x:recommendedKeyColumn xmlns:x="urn:y"/></AppInfo></Annotation><ShortName>r</ShortName><ColumnRef Ref="b"/></Key></ColumnSet>`, 1)
	in = strings.NewReplacer(` ColumnRef="b"`, "", ` ColumnRef="name"`, "").Replace(in)
	l, warnings := good(t, in)
	if !reflect.DeepEqual(l.Entries, []Entry{{Code: "2", Name: "3"}}) || len(warnings) > 0 {
		t.Errorf("%+v %v", l.Entries, warnings)
	}
}

func TestWarnings(t *testing.T) {
	l, warnings := good(t, listXML("urn:x", "1", "code! name!", []string{"a", "A"}, []string{"a", "B"}, []string{"c", "-"}))
	if !reflect.DeepEqual(l.Entries, []Entry{{Code: "a", Name: "A"}, {Code: "c", Name: "c"}}) {
		t.Errorf("%+v", l.Entries)
	}
	want := []string{
		`the row has no value for the column "name", which is required`,
		`1 rows have a code that was there before, the first of them "a"; the first row of a code counts`,
		`1 rows have no name in the column name; their code stands for it`,
	}
	for i, w := range warnings {
		if i >= len(want) || w.Message != want[i] {
			t.Errorf("%+v", w)
		}
	}
	var bad [][]string
	for i := range 1000 {
		bad = append(bad, []string{fmt.Sprint(i), "-"})
	}
	if _, warnings := good(t, listXML("urn:x", "1", "code! name!", bad...)); len(warnings) != maxWarnings+2 {
		t.Errorf("%d warnings", len(warnings))
	}
}

func TestRefused(t *testing.T) {
	good := listXML("urn:x", "1", "code! name!", []string{"a", "A"})
	swap := func(old, by string) string {
		if !strings.Contains(good, old) {
			t.Fatal(old)
		}
		return strings.Replace(good, old, by, 1)
	}
	for name, c := range map[string]struct{ in, reason string }{
		"nothing":           {"", "the file ends too early"},
		"no XML":            {"%PDF-1.7", "the file ends too early"},
		"cut off":           {good[:len(good)/2], "the file ends too early"},
		"entities":          {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + good, "a document type is not allowed"},
		"unknown entity":    {swap(">A<", ">&b;<"), "invalid character entity &b;"},
		"other encoding":    {`<?xml version="1.0" encoding="ISO-8859-1"?>` + good, "encoding"},
		"other namespace":   {swap(namespace, "urn:other"), "genericode 1.0 is expected"},
		"a set of lists":    {`<gc:CodeListSet xmlns:gc="` + namespace + `"/>`, "a CodeList is expected"},
		"unknown element":   {swap("<Row>", "<Line>"), "this element is not expected here"},
		"no version":        {swap("<Version>1</Version>", ""), "Version is missing"},
		"an empty URN":      {swap("<CanonicalUri>urn:x<", "<CanonicalUri> <"), "must not be empty"},
		"no columns":        {`<gc:CodeList xmlns:gc="` + namespace + `"><Identification><ShortName/><Version>1</Version><CanonicalUri>u</CanonicalUri><CanonicalVersionUri>v</CanonicalVersionUri></Identification><SimpleCodeList/></gc:CodeList>`, "ColumnSet is missing"},
		"columns elsewhere": {swap("<SimpleCodeList>", "<ColumnSetRef/><SimpleCodeList>"), "columns kept in another file"},
		"two columns":       {swap(`Id="name"`, `Id="code"`), `two columns "code"`},
		"a column unnamed":  {swap(`Id="name"`, ``), "the column has no Id"},
		"a key of nothing":  {swap(`<ColumnRef Ref="code"/>`, ``), "ColumnRef is missing"},
		"a key of another":  {swap(`Ref="code"/>`, `Ref="x"/>`), `the column "x", which does not exist`},
		"no such column":    {swap(`ColumnRef="name"`, `ColumnRef="x"`), `there is no column "x"`},
		"two values":        {swap(`ColumnRef="name"`, `ColumnRef="code"`), `two values for the column "code"`},
		"too many values":   {swap("</Row>", "<Value/></Row>"), "more values than columns"},
		"no code":           {swap("<SimpleValue>a</SimpleValue>", ""), `no value for the column "code", which is the key`},
		"no rows":           {good[:strings.Index(good, "<SimpleCodeList>")] + "</gc:CodeList>", "SimpleCodeList is missing"},
		"something behind":  {good + "<x/>", "something follows the end"},
		"nested for ever":   {swap("<Row>", "<Annotation>"+strings.Repeat("<a>", 100_000)), "elements are nested more than 50 deep"},
	} {
		_, _, err := Read(strings.NewReader(c.in))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, c.reason) || e.Line < 1 || e.Element == "" {
			t.Errorf("%s: %.300v; want %q", name, err, c.reason)
		}
	}
	columns := strings.Repeat("c%d ", maxColumns+1)
	for i := range maxColumns + 1 {
		columns = strings.Replace(columns, "%d", fmt.Sprint(i), 1)
	}
	if _, _, err := Read(strings.NewReader(listXML("urn:x", "1", columns))); err == nil || !strings.Contains(err.Error(), "more than 100 columns") {
		t.Error(err)
	}
	broken := errors.New("the disk is gone")
	if _, _, err := Read(io.MultiReader(strings.NewReader(good[:200]), &failing{broken})); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// rows gives a list of n rows without holding it.
type rows struct {
	i, n int
	rest []byte
}

func (r *rows) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		switch {
		case r.i == r.n:
			r.rest = []byte("</SimpleCodeList></gc:CodeList>")
		case r.i > r.n:
			return 0, io.EOF
		default:
			r.rest = fmt.Appendf(nil, "<Row><Value><SimpleValue>c%d</SimpleValue></Value><Value><SimpleValue>Eintrag Nummer %d</SimpleValue></Value></Row>\n", r.i, r.i)
		}
		r.i++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func manyRows(n int) io.Reader {
	head := listXML("urn:x", "1", "code! name!")
	return io.MultiReader(strings.NewReader(head[:strings.Index(head, "</SimpleCodeList>")]), &rows{n: n})
}

// A long list costs what its entries need, and one without end is refused.
func TestLongLists(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l, warnings, err := Read(manyRows(100_000))
	if err != nil || len(warnings) > 0 || len(l.Entries) != 100_000 || l.Entries[99_999].Name != "Eintrag Nummer 99999" {
		t.Fatal(err, warnings)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 40<<20 {
		t.Errorf("%d MB for 100,000 entries", used>>20)
	}
	runtime.KeepAlive(l)
	_, _, err = read(manyRows(1<<40), 20_000)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Reason, "more than 20000 entries") {
		t.Error(err)
	}
}

func TestRegistry(t *testing.T) {
	file := func(urn, version string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(listXML(urn, version, "code! name!", []string{"a", version}))}
	}
	fsys := fstest.MapFS{
		"a/1.xml": file("urn:a", "1.9"), "a/2.XML": file("urn:a", "1.10"), "a/3.gc": file("urn:a", "1.2"),
		"b.xml": file("urn:b", "2023-02-24"), "readme.txt": {Data: []byte("no list")},
	}
	r, err := Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range r.Lists() {
		all = append(all, l.URN+" "+l.Version)
	}
	if got := strings.Join(all, ", "); got != "urn:a 1.2, urn:a 1.9, urn:a 1.10, urn:b 2023-02-24" {
		t.Error(got)
	}
	for _, c := range []struct {
		urn, version, want string
		exact              bool
	}{
		{"urn:a", "1.9", "1.9", true},
		{"urn:a", "", "1.10", true},
		{"urn:a", "2", "1.10", false},
		{"urn:a_1.2", "", "1.2", true},
		{"urn:b", "2021-07-31", "2023-02-24", false},
		{"urn:c", "1", "", false},
	} {
		l, exact := r.Find(c.urn, c.version)
		got := ""
		if l != nil {
			got = l.Version
		}
		if got != c.want || exact != c.exact {
			t.Errorf("%s %s: %q %v", c.urn, c.version, got, exact)
		}
	}
	if l, exact := (*Registry)(nil).Find("urn:a", ""); l != nil || exact {
		t.Error("a registry that is not there has a list")
	}
	fsys["c.xml"] = file("urn:b", "2023-02-24")
	if _, err := Open(fsys); err == nil || err.Error() != "code lists: c.xml: is the list urn:b in version 2023-02-24, which b.xml is too; delete one of them" {
		t.Error(err)
	}
	fsys["c.xml"] = &fstest.MapFile{Data: []byte("<a/>")}
	if _, err := Open(fsys); err == nil || !strings.HasPrefix(err.Error(), "code lists: c.xml: line 1: a: unknown namespace") {
		t.Error(err)
	}
}

func TestCompareVersions(t *testing.T) {
	order := []string{"", "1", "1.0", "1.2", "1.10", "2", "2.4-beta", "10", "2019-07-31", "2024-08-01"}
	for i, a := range order {
		for j, b := range order {
			got := compareVersions(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q %q: %d", a, b, got)
			}
		}
	}
}

// Whatever is read is a list that can be chosen from.
func FuzzRead(f *testing.F) {
	f.Add([]byte(listXML("urn:x", "1", "code! name! name-en hinweis iso", []string{"a", "A", "-", "h", "i"}, []string{"a", "-"})))
	f.Add([]byte(`<gc:CodeList xmlns:gc="` + namespace + `"><Identification>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, _, err := Read(bytes.NewReader(b))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, e := range l.Entries {
			if e.Code == "" || e.Name == "" || seen[e.Code] {
				t.Fatalf("%+v", e)
			}
			seen[e.Code] = true
		}
		if l.URN == "" || l.Version == "" || len(l.cells)%len(l.Columns) != 0 {
			t.Fatalf("%+v", l)
		}
	})
}

// BenchmarkRead reads 100,000 entries.
func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Read(manyRows(100_000)); err != nil {
			b.Fatal(err)
		}
	}
}
