package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"leitportal/internal/i18n"
)

func TestHostileValuesStayText(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'</textarea></title>`
	fields := showFields(bothIn(i18n.DE), evil, true, true)
	for i := range fields {
		f := &fields[i]
		f.Label, f.Hint, f.Value, f.Error = evil, evil, evil, evil
		f.Date = DateParts{Day: evil, Month: evil, Year: evil}
		f.Upload.Files = []File{{Name: evil, Note: evil, RemoveName: evil, RemoveValue: evil, Href: "javascript:alert(1)"}}
		for j := range f.Choices {
			f.Choices[j].Label, f.Choices[j].Hint, f.Choices[j].Value = evil, evil, evil
		}
	}
	out := draw(t, i18n.DE, page(Page{
		Title: evil, Lead: evil, Description: evil, Body: Fields(fields), Problems: Problems(fields),
		Crumbs:         []Link{{Href: "javascript:alert(1)", Text: evil}},
		StructuredData: map[string]string{"name": evil},
	}))
	doc, err := html.Parse(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "img" || n.Data == "script" && (n.FirstChild == nil || !strings.HasPrefix(n.FirstChild.Data, `{"name"`)) {
			t.Errorf("a value became <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "onerror" || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("a value became %s=%q", a.Key, a.Val)
			}
		}
	}
}

// fill sets every text below v to s, every list to two entries and every mark
// to on.
func fill(v reflect.Value, s string, on bool) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(on)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Fields" && v.Type().Field(i).Name != "Lang" { // no fields in fields
				fill(v.Field(i), s, on)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), s, on)
		fill(v.Index(1), s, on)
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct && v.Type().Elem().PkgPath() == reflect.TypeFor[Field]().PkgPath() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), s, on)
		}
	}
}

func filled[T any](s string, on bool) T {
	var t T
	fill(reflect.ValueOf(&t).Elem(), s, on)
	return t
}

// everything is all that is drawn by hand with s as each of its texts.
func everything(t testing.TB, s string) string {
	var b bytes.Buffer
	for _, on := range []bool{false, true} {
		var fields []Field
		for kind := KindText; kind <= KindFact; kind++ {
			f := filled[Field](s, on)
			f.Kind = kind
			fields = append(fields, f)
		}
		fields = append(fields, Field{Kind: KindGroup, Label: s, Fields: fields[:2]})
		steps := filled[[]Step](s, on)
		steps[1].State = StateCurrent
		m := filled[FormModel](s, on)
		p := filled[Page](s, on)
		if !on { // crumbs in its place
			p.Back = Link{}
		}
		p.StructuredData = map[string]string{"name": s}
		link := filled[Button](s, on)
		link.Href = ""
		p.Body = templ.Join(
			Fields(fields), Form(m), Section(s, s), Details(s, on), Heading(s), Subheading(s), Title(s, s, s), Text(s), Small(s), Remark(s, Link{Href: s, Text: s}),
			Bullets([]string{s}), Numbered([]string{s}), Links(filled[[]Link](s, on)), Facts(filled[[]Row](s, on)), Tasks(steps), Stepper{steps},
			filled[Alert](s, on), filled[Badge](s, on), filled[Button](s, on), link, filled[Saved](s, on), filled[SummaryCard](s, on),
		)
		if err := page(p).Render(WithFrame(context.Background(), filled[Frame](s, on)), &b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// structure is the tags of doc with the names of their attributes, and checks
// the addresses that can be followed.
func structure(t testing.TB, doc string) []string {
	var out []string
	z := html.NewTokenizer(strings.NewReader(doc))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return out
		case html.TextToken:
			continue
		}
		tok := z.Token()
		s := tok.Type.String() + " " + tok.Data
		for _, a := range tok.Attr {
			s += " " + a.Key
			if !slices.Contains([]string{"href", "action", "formaction"}, a.Key) {
				continue
			}
			scheme, _, found := strings.Cut(a.Val, ":")
			if found && !strings.ContainsAny(scheme, "/") && a.Val != "data:," && a.Val != string(templ.FailedSanitizationURL) &&
				!slices.Contains([]string{"http", "https", "mailto", "tel", "ftp", "ftps"}, strings.ToLower(scheme)) {
				t.Errorf("%s leads to %q", a.Key, a.Val)
			}
		}
		out = append(out, s)
	}
}

// Whatever a value holds, tags and attributes stay those of a harmless one.
func FuzzValuesStayValues(f *testing.F) {
	for _, s := range []string{
		`"><script>alert(1)</script>`, "'onload=x", "</textarea></title></script>", "javascript:alert(1)", " JaVaScript:alert(1)",
		"java\nscript:x", "data:text/html,x", "/a:b", "https://example.org/?a=b&c=d", "&quot;&#34;", "<!--", "\x00\xff<", "{n}", "yes", "bday",
	} {
		f.Add(s)
	}
	want := structure(f, everything(f, "x"))
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || s == "yes" || s == "no" || s == "bday" || s == "dog" || iconPath(s) != "" { // these mean something
			return
		}
		got := structure(t, everything(t, s))
		if slices.Equal(got, want) {
			return
		}
		for i := range got {
			if i >= len(want) || got[i] != want[i] {
				t.Fatalf("%q changed the page at %q", s, got[i])
			}
		}
		t.Fatalf("%q cut the page off", s)
	})
}

func TestMixedComponentsStayInOrder(t *testing.T) {
	parts := generated(func(ctx context.Context, w io.Writer) error {
		for _, s := range []string{"a", "b"} {
			if _, err := io.WriteString(w, s); err != nil {
				return err
			}
			if err := Box().Render(templ.WithChildren(ctx, templ.Join(Text("c"), templ.Raw("d"), Buttons())), w); err != nil {
				return err
			}
		}
		return nil
	})
	const boxed = `<div class="lp-box"><p class="lp-p">c</p>d<div class="lp-buttons"></div></div>`
	if got, want := draw(t, i18n.DE, Alert{Body: parts}), "a"+boxed+"b"+boxed; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestFirstFieldMayStandBeside(t *testing.T) {
	got := draw(t, i18n.DE, Fields([]Field{{Name: "a", Beside: true}, {Name: "b", Beside: true}, {Name: "c"}}))
	for _, id := range []string{"f-a", "f-b", "f-c"} {
		if !strings.Contains(got, `id="`+id+`"`) {
			t.Errorf("no %s in %s", id, got)
		}
	}
}

func TestFailureDeepInAPage(t *testing.T) {
	broken := errors.New("broken")
	fails := templ.ComponentFunc(func(context.Context, io.Writer) error { return broken })
	w := httptest.NewRecorder()
	body := Fields([]Field{{Kind: KindGroup, Fields: []Field{{Name: "a", After: templ.Join(Text("x"), Alert{Body: fails})}}}})
	if err := Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, Page{Body: body}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if w.Body.Len() > 0 {
		t.Errorf("wrote %q", w.Body)
	}
}
