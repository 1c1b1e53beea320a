package form_test

import (
	"fmt"
	"net/url"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/formtest"
	"leitportal/internal/i18n"
)

// wide is a form of so many pages of 20 fields, answered to its end.
func wide(t testing.TB, pages int) (*form.Program, form.Env, map[string][]byte) {
	t.Helper()
	d, err := form.Load(formtest.Wide(pages))
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	params, err := p.Params(nil)
	if err != nil {
		t.Fatal(err)
	}
	env := form.Env{Params: params, Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE}
	v := p.Open(p.Empty(), env)
	for n := range pages {
		st, err := v.Step(formtest.Page(n))
		if err != nil {
			t.Fatal(err)
		}
		out := v.Parse(st, formtest.Posted(n))
		if len(out.Problems) > 0 {
			t.Fatalf("%+v", out.Problems)
		}
		v = out.View
	}
	if problems := v.Validate(); len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	return p, env, v.Answers().Rows()
}

// post is what a POST of a page costs the engine: read what is stored, find
// the page, take the answers, go on.
func post(t testing.TB, p *form.Program, env form.Env, rows map[string][]byte, n int, values url.Values) {
	v := p.Open(p.Stored(func(path string) ([]byte, error) { return rows[path], nil }), env)
	st, err := v.Step(formtest.Page(n))
	if err != nil || !st.Reachable() {
		t.Fatal(st.State, err)
	}
	out := v.Parse(st, values)
	next, ok := out.View.Next(st.Path)
	if len(out.Problems) > 0 || !ok || next != formtest.Page(n+1) {
		t.Fatal(out.Problems, next)
	}
}

// Bar: the same for 20 and for 1,000 fields, as near as may be.
func BenchmarkPost(b *testing.B) {
	for _, pages := range []int{2, 10, 50} {
		p, env, rows := wide(b, pages)
		n := pages/2 - 1
		values := formtest.Posted(n)
		b.Run(fmt.Sprintf("fields=%d", pages*formtest.PerPage), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				post(b, p, env, rows, n, values)
			}
		})
	}
}

func BenchmarkCompileWide(b *testing.B) {
	for _, pages := range []int{50, 500} {
		d, err := form.Load(formtest.Wide(pages))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("fields=%d", pages*formtest.PerPage), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := form.Compile(d, form.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
