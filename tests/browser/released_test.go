package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"leitportal/internal/clock"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/tests/apptest"
	"leitportal/tests/forms"
)

// TestReleasedForm walks the form of the biggest released schema, for places in
// child day care, in its fullest way and holds each page, as answered, against
// axe-core, and whether it fits a narrow window.
func TestReleasedForm(t *testing.T) {
	full(t)
	released(t, "S05000001299", prove.Fullest, func(b *tab) {
		b.t.Helper()
		b.axe("answered", axeAll)
		b.size(320, 640)
		b.fits("320 px")
		b.size(1280, 900)
	})
}

// TestSoakReleasedForms walks all of them, in both ways, and looks at every
// page in every state.
func TestSoakReleasedForms(t *testing.T) {
	full(t)
	if os.Getenv("LEITPORTAL_SOAK") == "" {
		t.Skip("a long run: make soak")
	}
	for _, file := range forms.Schemas() {
		id, _, _ := strings.Cut(filepath.Base(file), ".")
		for name, how := range map[string]prove.How{"smallest": prove.Smallest, "fullest": prove.Fullest} {
			t.Run(id+"/"+name, func(t *testing.T) {
				released(t, id, how, func(b *tab) {
					b.t.Helper()
					b.states("answered")
					b.size(320, 640)
					b.fits("320 px")
					b.size(1280, 900)
				})
			})
		}
	}
}

// released imports a schema and walks its form to the receipt. look sees each
// page when it is answered.
func released(t *testing.T, id string, how prove.How, look func(b *tab)) {
	t.Helper()
	schemas := forms.Schemas()
	i := slices.IndexFunc(schemas, func(file string) bool { return strings.HasPrefix(filepath.Base(file), id+".") })
	if i < 0 {
		t.Skipf("there is no schema %s in ../shared/data/fim/schemas", id)
	}
	dir, today := t.TempDir(), clock.Today(clock.System())
	if _, err := forms.Import(dir, schemas[i]); err != nil {
		t.Fatal(err)
	}
	list, err := forms.Load(dir, today)
	if err != nil {
		t.Fatal(err)
	}
	way, err := list[0].Plan(how, today)
	if err != nil {
		t.Fatal(err)
	}
	portal := apptest.Start(t, apptest.Options{Solutions: dir})
	w := in(t, i18n.DE)
	b := open(t, launch(t), portal.URL, w, true)
	service := way.Form.Service()
	b.visit(service)
	b.press(w.say("submission.start.begin"))
	for _, st := range way.Steps {
		b.until("page "+st.Path, `location.pathname === %s`, service+"/seite/"+st.Path)
		name, value := "_go", "next"
		if st.Button == "" {
			b.answer(way, st)
		} else {
			name, value = "_list", st.Button
		}
		look(b)
		b.turn(func() { b.click(`submits(%s, %s)`, name, value) })
	}
	b.at(w.say("submission.check.title"))
	look(b)
	b.shows(way)
	for range 5 { // the office's key may still be in the making
		b.press("Antrag verbindlich absenden")
		var wait bool
		if b.must(&wait, `text(document.querySelector("main")).includes(%s)`, w.say("submission.check.wait.title")); !wait {
			break
		}
	}
	b.at(w.say("submission.status.title"))
	b.sees(w.say("submission.status.receipt.pdf"))
	look(b)
	b.shows(way)
	receipt := b.download(w.say("submission.status.receipt.pdf"))
	v, err := ledger.VerifyFile(receipt, strings.Fields(string(get(t, portal.URL+"/ledger/key"))))
	if err != nil || !v.Genuine {
		t.Errorf("the receipt (%d bytes) is not genuine: %+v, %v", len(receipt), v, err)
	}
	t.Logf("%d pages", len(way.Steps)+2)
}

// shows holds the answers on the page against those given.
func (b *tab) shows(w *forms.Way) {
	b.t.Helper()
	var page string
	b.must(&page, `document.documentElement.outerHTML`)
	got, err := forms.Cards([]byte(page))
	if err != nil {
		b.t.Fatal(err)
	}
	if diff := forms.Differ(got, w.Answers()); diff != "" {
		b.t.Errorf("%s: %s", b.where(), diff)
	}
}

// answer types one page, control by control from the top. What the page does
// not show then is not asked.
func (b *tab) answer(w *forms.Way, st prove.Filled) {
	b.t.Helper()
	var controls []struct{ Name, Kind, Value string }
	b.must(&controls, `asks()`)
	var searched []string
	for _, c := range controls {
		typed := st.Posted[c.Name]
		switch c.Kind {
		case "_find":
			if len(st.Posted[c.Value]) > 0 {
				searched = append(searched, c.Value)
			}
			continue
		case "file":
			if files := w.Evidence[c.Name]; len(st.Files[c.Name]) > 0 {
				b.upload(c.Name, files)
			}
			continue
		}
		box := c.Kind == "radio" || c.Kind == "checkbox"
		if len(typed) == 0 || box && !slices.Contains(typed, c.Value) {
			continue
		}
		var there bool
		if b.must(&there, `offers(%s)`, c.Name); !there {
			if w.Sends(c.Name) {
				b.t.Fatalf("%s does not show %s", b.where(), c.Name)
			}
			continue
		}
		switch {
		case box:
			b.pick(c.Name, c.Value)
		case c.Kind == "combo" || c.Kind == "select":
			b.take(c.Name, typed[0])
		default:
			b.typed(`one(%s)`, typed[0], c.Name)
		}
	}
	for _, name := range searched {
		code := st.Posted[name][0]
		label := []rune(w.Label(name, code))
		b.typed(`one(%s)`, string(label[:len(label)-1]), name)
		b.turn(func() { b.click(`submits("_find", %s)`, name) })
		b.click(`box(%s, %s)`, name+":code", code)
	}
}

// upload puts files into the control of a name.
func (b *tab) upload(name string, files []forms.File) {
	b.t.Helper()
	dir := b.t.TempDir()
	var paths []string
	for _, f := range files {
		paths = append(paths, filepath.Join(dir, f.Name))
		if err := os.WriteFile(paths[len(paths)-1], f.Data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		res, bad, err := runtime.Evaluate(fmt.Sprintf("(()=>{%s\nreturn one(%s)})()", finder, quoted)).Do(ctx)
		if err != nil || bad != nil {
			return fmt.Errorf("%s: %w %v", name, err, bad)
		}
		return dom.SetFileInputFiles(paths).WithObjectID(res.ObjectID).Do(ctx)
	}))
}
