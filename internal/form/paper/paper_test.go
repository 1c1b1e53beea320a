package paper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
)

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }

func example(t testing.TB, lang i18n.Lang) []byte {
	t.Helper()
	d, err := form.Load(os.DirFS("../testdata/haushalt"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := form.Env{Today: clock.Date{Year: 2026, Month: time.March, Day: 14}, Lang: lang}
	return Print(p, env, Sender{Title: "Haushalt", Version: "1.0.0", Authority: "Stadt Muster", Created: time.Unix(0, 0).UTC()}, nil)
}

// The printed form is the same file each time, is tagged, and says everything
// that a person without a computer needs.
func TestPrint(t *testing.T) {
	b := example(t, i18n.DE)
	if !bytes.Equal(b, example(t, i18n.DE)) {
		t.Error("two prints differ")
	}
	for _, tag := range []string{"/StructTreeRoot", "/Marked true", "/Lang", "/S/H2", "/S/H3", "/S/LI", "/ActualText"} {
		if !bytes.Contains(b, []byte(tag)) {
			t.Errorf("no %s", tag)
		}
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("pdftotext is not there (apt-get install poppler-utils)")
	}
	file := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{
		"Stadt Muster", "Schreiben Sie in Druckbuchstaben", "(1. von höchstens 10)", "(3. von höchstens 10)", "Ja Nein",
		"Nur ausfüllen, wenn bei „", "kopieren Sie diese Seiten", "Unterschrift", "Wohin damit?", "Anschrift der Behörde", "Tag, Monat, Jahr",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the print does not say %q:\n%s", want, out)
		}
	}
}

// Conditions are said as people say them.
func TestConditionsInWords(t *testing.T) {
	fields := map[string]form.SheetField{}
	for _, f := range []form.SheetField{
		{Path: "ja", Short: "Kinder", Field: form.Field{Kind: form.Bool}},
		{Path: "art", Short: "Art", Field: form.Field{Kind: form.OneOf, Choices: []form.Option{{Value: "a", Label: "Auto"}, {Value: "b", Label: "Bus"}, {Value: "c", Label: "Rad"}}}},
		{Path: "zahl", Short: "Zahl", Field: form.Field{Kind: form.Int}},
		{Path: "ok", Short: "Zustimmung", Field: form.Field{Kind: form.Confirm}},
	} {
		fields[f.Path] = f
	}
	is := func(f string, codes ...string) form.Cond { return form.Cond{Op: form.CondIs, Field: f, Codes: codes} }
	no := func(c form.Cond) form.Cond { return form.Cond{Op: form.CondNot, Parts: []form.Cond{c}} }
	anyOf := func(c ...form.Cond) form.Cond { return form.Cond{Op: form.CondAny, Parts: c} }
	for _, c := range []struct {
		cond form.Cond
		want string
	}{
		{form.All(), ""},
		{is("ja", "true"), "Nur ausfüllen, wenn bei „Kinder“ Ja angekreuzt ist."},
		{no(is("ja", "true")), "Nur ausfüllen, wenn bei „Kinder“ Nein angekreuzt ist."},
		{is("ok", "true"), "Nur ausfüllen, wenn „Zustimmung“ angekreuzt ist."},
		{is("art", "a", "b", "c"), "Nur ausfüllen, wenn bei „Art“ „Auto“, „Bus“ oder „Rad“ angegeben ist."},
		{is("art", ""), "Nur ausfüllen, wenn bei „Art“ nichts steht."},
		{no(is("art", "")), "Nur ausfüllen, wenn bei „Art“ etwas steht."},
		{form.Cond{Op: form.CondRange, Field: "zahl", Lo: 3, Hi: 1<<63 - 1}, "Nur ausfüllen, wenn bei „Zahl“ mindestens 3 steht."},
		{form.All(is("ja", "true"), anyOf(is("art", "a"), is("ok", "true"))), "Nur ausfüllen, wenn bei „Kinder“ Ja angekreuzt ist und (bei „Art“ „Auto“ angegeben ist oder „Zustimmung“ angekreuzt ist)."},
		{no(form.All(is("ja", "true"), is("ok", "true"))), "Nur ausfüllen, wenn bei „Kinder“ Nein angekreuzt ist oder „Zustimmung“ nicht angekreuzt ist."},
		{form.Cond{Source: "x > y"}, "Nur ausfüllen, wenn es sich aus „Art“ und „Zahl“ ergibt. Im Zweifel lassen Sie es frei; die Behörde fragt dann nach."},
	} {
		w := words{Texts().In(i18n.DE), fields}
		if got := w.when(c.cond, []string{"Art", "Zahl"}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.cond, got, c.want)
		}
	}
}
