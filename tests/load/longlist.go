package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"leitportal/internal/solution"
)

// listed is how many entries the long list has.
const listed = 100_000

// longList searches a list too long for a page, over HTTP, as a press of the
// button "Suchen" does with and without scripts: what is looked for is often
// there, sometimes mistyped, and sometimes chosen to make work. The portal that
// does it has this one form, so that the memory is that of the list.
func (b *bench) longList(ctx context.Context) error {
	if b.address != "" {
		return nil // no database in it
	}
	dir, err := os.MkdirTemp("", "leitportal-list-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeLongList(filepath.Join(dir, "solutions", "liste")); err != nil {
		return err
	}
	p, err := startPortal(b.binary, filepath.Join(dir, "data"), "", "LEITPORTAL_SOLUTIONS="+filepath.Join(dir, "solutions"))
	if err != nil {
		return err
	}
	defer p.stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	one, err := newBrowser(p.host)
	if err != nil {
		return err
	}
	defer one.close()
	if err := newWalker(one, course{solution: "liste"}).begin(wideTown); err != nil {
		return fmt.Errorf("%w\n%s", err, &p.errors)
	}
	questions := []string{
		"neualtober 77777", "stadt", "s", "münsterfelstal", "Stadt 4711", "ltoberunter", "neualtobreunter", "k s st sta stad stadt 1 2",
		"adt oberu lwald erneu unter dorfh eimki rchwa", "gibtesnicht undaucherdiesnicht ebensowenig",
	}
	n := 0
	took, err := b.load(p, 6*time.Second, []visitor{{browser: one, round: func() error {
		n++
		const page = "/" + wideTown + "/antrag/liste/seite/ort"
		v := url.Values{"_rev": {"0"}, "_find": {"g.ort"}, "g.ort": {questions[n%len(questions)]}}
		if err := one.request("POST", page, v); err != nil {
			return err
		}
		if one.status != 200 || len(one.body) > 100_000 {
			return fmt.Errorf("%s answers %d with %d bytes: %s", page, one.status, len(one.body), problems(one.body))
		}
		return nil
	}}})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, &p.errors)
	}
	late := took.quantile(0.99)
	b.table.add(row{
		what: fmt.Sprintf("search in a list of %d entries, p99", listed), figure: millis(late), figures: took,
		bar: "≤ 20 ms", ratio: late.Seconds() / 0.020, ok: late <= 20*time.Millisecond,
	})
	rss, err := residentMemory(p.pid())
	if err != nil {
		return err
	}
	b.table.add(row{what: "  the portal with it, memory", figure: mega(rss)})
	return nil
}

// writeLongList makes a solution whose one question has the long list.
func writeLongList(dir string) error {
	files, err := solution.Draft{
		ID: "liste", Version: "0.1.0", Source: "tests/load", Title: "Lange Liste", Summary: "Zum Messen.", Short: "Zum Messen.",
		CasePrefix: "LISTE", LeiKa: "99108001001000", OZG: "10173", Basis: "keine", Released: "2026-11-22",
	}.Files()
	if err != nil {
		return err
	}
	syllables := []string{"neu", "alt", "ober", "unter", "burg", "dorf", "heim", "kirch", "wald", "see", "berg", "münster", "fels", "tal", "au", "stein"}
	var list strings.Builder
	for i := range listed {
		name, rest := "", i
		for range 4 {
			name, rest = name+syllables[rest%len(syllables)], rest/len(syllables)
		}
		fmt.Fprintf(&list, "- {code: k%d, de: \"%s, Stadt %d\"}\n", i, name, i)
	}
	for name, text := range map[string]string{
		"schema.yaml":     "id: liste\nfields:\n  - id: g\n    basis: keine\n    group:\n      - {id: ort, type: choice, list: orte, required: true}\n",
		"pages.yaml":      "pages:\n  - {id: ort, section: s, fields: [g.ort]}\n",
		"lists/orte.yaml": list.String(),
		"texts/de.json":   `{"section.s": "Ort", "page.ort.title": "Welcher Ort?", "field.g.ort.label": "Ort", "basis.keine": "keine"}`,
	} {
		files[name] = []byte(text)
	}
	return keepFiles(dir, files)
}

// keepFiles writes the files of a solution into its folder.
func keepFiles(dir string, files map[string][]byte) error {
	for name, b := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
