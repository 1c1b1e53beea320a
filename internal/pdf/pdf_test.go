package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// testFonts are the portal's fonts where they have been fetched.
func testFonts(t testing.TB) *Fonts {
	t.Helper()
	dir := os.Getenv("LEITPORTAL_TEST_FONTS")
	if dir == "" {
		dir = "../../web/dist/fonts"
	}
	regular, err := os.ReadFile(filepath.Join(dir, "FiraSans-Regular.ttf"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("fonts are not there (make assets): ", err)
		}
		t.Skip("fonts are not there yet (make assets): " + err.Error())
	}
	bold, err := os.ReadFile(filepath.Join(dir, "FiraSans-SemiBold.ttf"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("fonts are not there (make assets): ", err)
		}
		t.Skip("fonts are not there yet (make assets): " + err.Error())
	}
	f, err := LoadFonts(regular, bold)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tool runs a program on the file and returns what it prints.
func tool(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed (apt-get install poppler-utils qpdf)", name)
	}
	path := filepath.Join(t.TempDir(), "t.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = path
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	for _, bad := range []string{"Syntax Error", "Syntax Warning", "WARNING"} {
		if strings.Contains(string(out), bad) {
			t.Errorf("%s: %s", name, out)
		}
	}
	return string(out)
}

var created = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// notice is a document with everything in it.
func notice(f *Fonts) []byte {
	d := New(f, Meta{Title: "Hundesteuerbescheid", Lang: "de", Author: "Stadt Paderborn", Created: created, Footer: "HS-2026-000123"})
	d.Letter(Letter{
		Authority: "Stadt Paderborn", Office: "Amt für Finanzen",
		Return:  "Stadt Paderborn · Am Abdinghof 11 · 33098 Paderborn",
		To:      []string{"Frau", "Jürgen Müßiggang-Łęcki", "Straße des 17. Juni 1", "33098 Paderborn"},
		Info:    []Fact{{"Unser Zeichen", "HS-2026-000123"}, {"Datum", "22.11.2026"}},
		Subject: "Hundesteuer: Bescheid für 2026",
	})
	d.P("Sehr geehrte Frau Müller,\nfür Ihre Hunde setzen wir die Steuer fest. " + strings.Repeat("Ein ruhiger Satz über Gebühren. ", 6))
	d.Section(func() {
		d.H2("Festsetzung")
		rows := make([][]string, 60)
		for i := range rows {
			rows[i] = []string{"Bello, Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "01.01.–31.12.2026", "96,00 €"}
		}
		d.Table(Table{
			Columns: []Column{{"Hund", 4, false}, {"Zeitraum", 3, false}, {"Betrag", 2, true}},
			Rows:    rows, Total: []string{"Summe", "", "5.760,00 €"}, RowHead: true,
		})
	})
	d.Section(func() {
		d.H2("Rechtsbehelf")
		d.List([]string{"Erstens", strings.Repeat("Zweitens mit langem Text. ", 10)}, true)
		d.List([]string{"Punkt"}, false)
		d.Facts([]Fact{{"Kassenzeichen", "4711"}, {"Namen", "Čapek, Łukasz, Ștefan, Ţ, ẞ, Ǆ, ə, 漢"}})
		d.H3("Prüfen")
		d.Strong("Wichtig")
		d.Small("klein")
		d.Space(4)
	})
	if err := d.QR("https://example.org/pruefen#abc", "QR-Code mit der Adresse der Prüfseite", "https://example.org/pruefen#abc", 90); err != nil {
		panic(err)
	}
	return d.Bytes()
}

func TestNotice(t *testing.T) {
	for _, c := range []struct {
		name  string
		fonts func(testing.TB) *Fonts
	}{{"standard fonts", func(testing.TB) *Fonts { return nil }}, {"embedded fonts", testFonts}} {
		t.Run(c.name, func(t *testing.T) {
			f := c.fonts(t)
			file := notice(f)
			if !bytes.Equal(file, notice(f)) {
				t.Fatal("two runs differ")
			}
			if n := len(file); n > 120_000 {
				t.Errorf("%d bytes", n)
			}
			if out := os.Getenv("PDF_OUT"); out != "" {
				_ = os.WriteFile(filepath.Join(out, strings.ReplaceAll(c.name, " ", "-")+".pdf"), file, 0o600)
			}
			conf := model.NewDefaultConfiguration()
			if err := api.Validate(bytes.NewReader(file), conf); err != nil {
				t.Errorf("pdfcpu: %v", err)
			}
			tool(t, file, "qpdf", "--check", "FILE")
			info := tool(t, file, "pdfinfo", "FILE")
			for _, want := range []string{"Tagged:          yes", "Hundesteuerbescheid", "A4"} {
				if !strings.Contains(info, want) {
					t.Errorf("pdfinfo lacks %q:\n%s", want, info)
				}
			}
			tree := tool(t, file, "pdfinfo", "-struct-text", "FILE")
			at := 0
			for _, want := range []string{
				"Document", "P (block)", "Stadt Paderborn", "Jürgen", "H1", "Hundesteuer: Bescheid", "Sehr geehrte", "Sect", "H2", "Festsetzung",
				"Table", "TH", "Hund", "TD", "96,00 €", "5.760,00 €", "Rechtsbehelf", "LI", "Lbl", "Zweitens", "Kassenzeichen", "4711", "H3", "Figure", "example.org",
			} {
				i := strings.Index(tree[at:], want)
				if i < 0 {
					t.Fatalf("structure lacks %q in order:\n%.3000s", want, tree[at:])
				}
				at += i
			}
			if strings.Contains(tree, "Seite 1") || strings.Count(tree, "Zeitraum") != 1 {
				t.Error("page numbers and repeated table heads must be artifacts")
			}
			text := tool(t, file, "pdftotext", "-layout", "FILE", "-")
			for _, want := range []string{"Seite 1 von ", "für Ihre Hunde", "Müßiggang"} {
				if !strings.Contains(text, want) {
					t.Errorf("text lacks %q", want)
				}
			}
			if strings.Count(text, "Zeitraum") < 2 {
				t.Error("the head of the table is not repeated")
			}
			if f != nil {
				for _, want := range []string{"Łęcki", "Čapek, Łukasz, Ștefan, Ţ, ẞ, Ǆ, ə, 漢"} {
					if !strings.Contains(text, want) {
						t.Errorf("text lacks %q", want)
					}
				}
				fonts := tool(t, file, "pdffonts", "FILE")
				if strings.Count(fonts, "yes yes yes") != 2 {
					t.Errorf("fonts are not embedded subsets with Unicode:\n%s", fonts)
				}
			}
		})
	}
}

// An amount stays on one line, and its space has a glyph in every face.
func TestWrapKeepsAmounts(t *testing.T) {
	for name, d := range map[string]*Doc{"built in": New(nil, Meta{}), "own fonts": New(testFonts(t), Meta{})} {
		for _, f := range []*face{d.regular, d.bold} {
			const s = "Sie zahlen 1.234,50\u00a0€"
			if lines := wrap(f, 10, f.measure("Sie zahlen 1.234,50\u00a0", 10), s); !slices.Equal(lines, []string{"Sie zahlen ", "1.234,50\u00a0€"}) {
				t.Errorf("%s: %q", name, lines)
			}
			if a, b := f.width('\u00a0'), f.width(' '); a != b {
				t.Errorf("%s: the space that does not break is %g wide, the other %g", name, a, b)
			}
		}
	}
}

// Whatever text comes, no line is wider than the column and nothing is lost.
func TestWrap(t *testing.T) {
	d := New(nil, Meta{})
	for _, s := range []string{
		"", " ", "a", strings.Repeat("x", 500), "Donaudampf\u00adschiff\u00adfahrts\u00adgesellschaft und mehr",
		"eins zwei drei vier fünf sechs sieben acht", "a/b/c-d-e " + strings.Repeat("langes-wort/", 20), "a\n\nb", "e\u0301" + strings.Repeat("\u0301", 50),
		"kaputt \xff\xfe \u202e rechts", "    führende Leerzeichen",
	} {
		for _, width := range []float64{5, 40, 200} {
			lines := wrap(d.regular, 10, width, s)
			if got, want := letters(strings.Join(lines, "")), letters(clean(s)); got != want {
				t.Errorf("wrap(%q, %v) = %q", s, width, lines)
			}
			for _, l := range lines {
				if w := d.regular.measure(strings.TrimRight(l, " "), 10); w > width+0.1 && len([]rune(strings.TrimSpace(l))) > 1 {
					t.Errorf("line %q is %.1f wide, column %.1f", l, w, width)
				}
			}
		}
	}
}

func letters(s string) string {
	return strings.NewReplacer("-", "", " ", "", "\n", "", "\u00ad", "").Replace(s)
}

func FuzzWrap(f *testing.F) {
	f.Add("Rindfleisch\u00adetikettierung und\tmehr", 40.0)
	f.Fuzz(func(t *testing.T, s string, width float64) {
		if width < 1 || width > 1000 || len(s) > 1000 {
			t.Skip()
		}
		d := New(nil, Meta{})
		if got, want := letters(strings.Join(wrap(d.regular, 10, width, s), "")), letters(clean(s)); got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}

func TestAttach(t *testing.T) {
	base := notice(nil)
	a := Attachment{Name: "receipt.json", Description: "Prüfbarer Beleg", MIME: "application/json", Data: []byte("{\n  \"a\": 1\n}\n"), Modified: created}
	file, err := Attach(base, a)
	if err != nil {
		t.Fatal(err)
	}
	gotBase, data, ok := Detach(file)
	if !ok || !bytes.Equal(gotBase, base) || !bytes.Equal(data, a.Data) {
		t.Fatal("Detach does not give back what was attached")
	}
	if err := api.Validate(bytes.NewReader(file), model.NewDefaultConfiguration()); err != nil {
		t.Errorf("pdfcpu: %v", err)
	}
	tool(t, file, "qpdf", "--check", "FILE")
	if out := tool(t, file, "pdfdetach", "-list", "FILE"); !strings.Contains(out, "1: receipt.json") {
		t.Errorf("pdfdetach: %s", out)
	}
	if out := tool(t, file, "pdfinfo", "FILE"); !strings.Contains(out, "Tagged:          yes") {
		t.Error(out)
	}
	if _, err := Attach(base[:len(base)-1], a); err == nil {
		t.Error("a cut file was accepted")
	}
	if _, _, ok := Detach(base); ok {
		t.Error("found an attachment in a file without one")
	}
}

func FuzzDetachAttach(f *testing.F) {
	d := New(nil, Meta{Title: "t", Lang: "de", Created: created})
	d.P("x")
	base := d.Bytes()
	whole, err := Attach(base, Attachment{Name: "a", Data: []byte("b"), Modified: created})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(base)
	f.Add(whole)
	f.Fuzz(func(t *testing.T, file []byte) {
		_, _ = Attach(file, Attachment{Name: "a"})
		if base, data, ok := Detach(file); ok && len(base)+len(data) > len(file) {
			t.Error("more came out than went in")
		}
	})
}

func TestLoadFontsRefusesRubbish(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte{0xff}, 100), make([]byte, 1000)} {
		if _, err := LoadFonts(b, b); err == nil {
			t.Errorf("LoadFonts accepted %d bytes of rubbish", len(b))
		}
	}
}

func TestQRTooLong(t *testing.T) {
	if err := New(nil, Meta{}).QR(strings.Repeat("x", 5000), "", "", 90); err == nil {
		t.Error("no error")
	}
}

func BenchmarkNotice(b *testing.B) {
	f := testFonts(b)
	b.ReportAllocs()
	for b.Loop() {
		notice(f)
	}
}
