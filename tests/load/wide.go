package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"leitportal/internal/form/formtest"
	"leitportal/internal/solution"
)

// wideTown is where the wide forms are filled in.
const wideTown = "paderborn"

// wideForm is a form of so many pages of 20 fields with six rules each, and who
// fills it in.
type wideForm struct {
	pages, visitors int
}

func (f wideForm) id() string  { return "breit-" + strconv.Itoa(f.pages) }
func (f wideForm) fields() int { return f.pages * formtest.PerPage }

// wideForms are of 100, 1,000 and 10,000 fields. The bar is that of the second;
// the others show what a page costs in a shorter and in a longer form. Eight
// post without a pause: more than that wait for each other, not for the form.
func (b *bench) wideForms() []wideForm {
	if b.quick {
		return []wideForm{{5, 8}, {50, 8}}
	}
	return []wideForm{{5, 8}, {50, 8}, {500, 8}}
}

// wide posts pages of long forms that are filled in to their end: one page after
// another is changed and saved. It has a portal of its own, so that these forms
// are not in the way of the other figures.
func (b *bench) wide(ctx context.Context) error {
	if b.address != "" {
		return nil // one database is enough to see how the cost grows
	}
	dir, err := os.MkdirTemp("", "leitportal-wide-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	forms := b.wideForms()
	for _, f := range forms {
		if err := f.write(filepath.Join(dir, "solutions", f.id())); err != nil {
			return err
		}
	}
	p, err := startPortal(b.binary, filepath.Join(dir, "data"), "", "LEITPORTAL_SOLUTIONS="+filepath.Join(dir, "solutions"))
	if err != nil {
		return err
	}
	defer p.stop()
	var least float64
	for _, f := range forms {
		if err := ctx.Err(); err != nil {
			return err
		}
		all, err := f.crowd(p.host)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, &p.errors)
		}
		if err := p.quiet(10 * time.Second); err != nil {
			return err
		}
		took, err := b.load(p, 6*time.Second, all)
		for _, v := range all {
			v.close()
		}
		if err != nil {
			return fmt.Errorf("%w\n%s", err, &p.errors)
		}
		each := took.server.Seconds() / float64(max(1, took.requests))
		if least == 0 {
			least = each
		}
		pace := row{what: fmt.Sprintf("POST of a page, %d fields, %d rules", f.fields(), f.pages*formtest.RulesPerPage), figure: rate(took), figures: took}
		late := row{what: "  the same, p99", figure: millis(took.quantile(0.99))}
		if f.pages == 50 {
			pace.bar, pace.ratio, pace.ok = "≥ 2,000/s", took.perSecond()/2000, took.perSecond() >= 2000
			late.bar, late.ratio, late.ok = "≤ 10 ms", took.quantile(0.99).Seconds()/0.010, took.quantile(0.99) <= 10*time.Millisecond
		}
		b.table.add(pace)
		b.table.add(late)
		b.table.add(row{what: "  the same, server's CPU time", figure: fmt.Sprintf("%.0f µs each", each*1e6), ratio: each / least})
	}
	return nil
}

// write makes the solution around the form.
func (f wideForm) write(dir string) error {
	d := solution.Draft{
		ID: f.id(), Version: "0.1.0", Source: "tests/load", Title: "Breites Formular", Summary: "Zum Messen.", Short: "Zum Messen.",
		CasePrefix: "BREIT", LeiKa: "99108001001000", OZG: "10173", Basis: "keine", Released: "2026-11-22",
	}
	files, err := d.Files()
	if err != nil {
		return err
	}
	wide := formtest.Wide(f.pages)
	if err := fs.WalkDir(wide, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[name], err = fs.ReadFile(wide, name)
		}
		return err
	}); err != nil {
		return err
	}
	return keepFiles(dir, files)
}

// crowd are visitors who have filled in the form, and change a page of it each
// round.
func (f wideForm) crowd(host string) ([]visitor, error) {
	all, errs := make([]visitor, f.visitors), make([]error, f.visitors)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			b, err := newBrowser(host)
			if err == nil {
				err = newWalker(b, course{solution: f.id()}).begin(wideTown)
			}
			posts := f.posts()
			for n := 0; err == nil && n < f.pages; n++ {
				err = posts(b, n)
			}
			next := i * f.pages / f.visitors
			all[i], errs[i] = visitor{browser: b, round: func() error {
				next = (next + 1) % f.pages
				return posts(b, next)
			}}, err
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// posts answers a page anew, otherwise each time, and sees that it was saved:
// that it leads to the next page.
func (f wideForm) posts() func(b *browser, n int) error {
	saved := make([]int, f.pages) // how often
	values := make([]url.Values, f.pages)
	start := "/" + wideTown + "/antrag/" + f.id()
	return func(b *browser, n int) error {
		if values[n] == nil {
			values[n] = formtest.Posted(n)
		}
		v := values[n]
		v.Set("_rev", strconv.Itoa(saved[n]))
		v.Set(fmt.Sprintf("g%d.f11", n), strconv.Itoa(100+saved[n]%100))
		if err := b.request("POST", start+"/seite/"+formtest.Page(n), v); err != nil {
			return err
		}
		saved[n]++
		to := start + "/seite/" + formtest.Page(n+1)
		if n == f.pages-1 {
			to = start + "/pruefen"
		}
		if b.status != 303 || !strings.HasSuffix(b.location, to) {
			return fmt.Errorf("%s answers %d and leads to %q: %s", b.path, b.status, b.location, problems(b.body))
		}
		return nil
	}
}
