package formtest

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"strings"

	"leitportal/internal/form"
)

// Alike tells where it matters how stored answers are read: all at once, or
// each page when it is first asked for, or that with what another View has
// known of them, in the one page that is answered, in what is made of it, in the
// steps then, in the page that comes next, and in what would be sent.
func Alike(p *form.Program, env form.Env, rows map[string][]byte, path string, posted url.Values) error {
	at := func(path string) ([]byte, error) { return rows[path], nil }
	all, err := p.Decode(maps.All(rows))
	if err != nil {
		return err
	}
	late, err := p.Lazy(maps.All(rows))
	if err != nil {
		return err
	}
	want := p.Open(all, env)
	steps := want.Steps()
	st, err := find(steps, path)
	if err != nil {
		return err
	}
	parsed := want.Parse(st, posted)
	known, then := want.Known(), parsed.View.Steps()
	next := after(then, path)
	for how, a := range map[string]*form.Answers{"at once": all, "late": late, "by page": p.Stored(at), "with what is known": p.Stored(at)} {
		differ := func(what string, got, want any) error {
			return fmt.Errorf("%s, read %s: %s is\n%v\nwant\n%v", path, how, what, got, want)
		}
		v := p.Open(a, env)
		if how == "with what is known" {
			v.Recall(known)
		}
		one, err := v.Step(path)
		if err != nil || one.Path != st.Path || one.State != st.State || one.Stop != st.Stop || one.Within != st.Within {
			return differ("the step", one, st)
		}
		got := v.Parse(one, posted)
		if !bytes.Equal(got.JSON, parsed.JSON) {
			return differ("the page", string(got.JSON), string(parsed.JSON))
		}
		if !reflect.DeepEqual(got.Problems, parsed.Problems) || !reflect.DeepEqual(got.Raw, parsed.Raw) {
			return differ("what is wrong", got.Problems, parsed.Problems)
		}
		if to, _ := got.View.Next(path); to != next {
			return differ("the next page", to, next)
		}
		if now, _ := got.View.Current(); now.Path != first(then) {
			return differ("the first open page", now.Path, first(then))
		}
		if x, y := told(got.View.Steps()), told(then); x != y {
			return differ("how far it is", x, y)
		}
		if x, y := got.View.Answers().JSON(), parsed.View.Answers().JSON(); !bytes.Equal(x, y) {
			return differ("what is stored", string(x), string(y))
		}
		if x, y := got.View.Prune().JSON(), parsed.View.Prune().JSON(); !bytes.Equal(x, y) {
			return differ("what is sent", string(x), string(y))
		}
	}
	for _, to := range steps { // each by itself, as an address names it
		for _, facts := range [][]byte{nil, known} {
			v := p.Open(p.Stored(at), env)
			v.Recall(facts)
			if one, err := v.Step(to.Path); err != nil || one.State != to.State {
				return fmt.Errorf("%s by itself is %q, %v, not %q; known was %v", to.Path, one.State, err, to.State, facts)
			}
		}
	}
	return nil
}

// told is how far each of the steps is.
func told(steps []form.Step) string {
	var b strings.Builder
	for _, st := range steps {
		fmt.Fprintf(&b, "%s %s; ", st.Path, st.State)
	}
	return b.String()
}

func find(steps []form.Step, path string) (form.Step, error) {
	for _, st := range steps {
		if st.Path == path {
			return st, nil
		}
	}
	return form.Step{}, fmt.Errorf("%w: %s", form.ErrNoPage, path)
}

// first is the first of the steps that is not done.
func first(steps []form.Step) string {
	for _, st := range steps {
		if st.State == form.Current {
			return st.Path
		}
	}
	return ""
}

// after is the step after a page, by the list of them all.
func after(steps []form.Step, path string) string {
	for i, from := range steps {
		if from.Path != path {
			continue
		}
		for _, to := range steps[i+1:] {
			if to.State != form.Done || !aside(from.Within, to.Within) {
				return to.Path
			}
		}
		return ""
	}
	return first(steps)
}

// aside tells whether two instances ("haushalt/2.kinder/1") lie in different
// ones of the same group.
func aside(a, b string) bool {
	groupA, a, inA := strings.Cut(a, "/")
	groupB, b, inB := strings.Cut(b, "/")
	if !inA || !inB || groupA != groupB {
		return false
	}
	idA, a, _ := strings.Cut(a, ".")
	idB, b, _ := strings.Cut(b, ".")
	return idA != idB || aside(a, b)
}
