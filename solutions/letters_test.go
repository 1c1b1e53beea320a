package solutions

import "testing"

// Joint keepers stand in the address, and what the desk takes for an
// application for relief is a yes/no question.
func TestJointKeepersAndReliefForTheDesk(t *testing.T) {
	cat := load(t)
	d := newDesk(t, cat)
	v, err := cat.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	p := v.Manifest.Answers
	for path, typ := range map[string]string{p.JointFirst: "text", p.JointLast: "text"} {
		if d.types[path] != typ {
			t.Errorf("%q is a %q, want %q", path, d.types[path], typ)
		}
	}
	if _, ok := d.types[p.Joint]; !ok || len(p.ReliefAsked) != 4 {
		t.Errorf("group %q, relief asked for by %q", p.Joint, p.ReliefAsked)
	}
	for _, path := range p.ReliefAsked {
		if d.types[path] != "bool" {
			t.Errorf("the form has no yes/no field %q", path)
		}
	}
	if got := p.Of(p.Item, p.ItemName, 2) + " " + p.Of(p.Item, p.First, 2) + " " + p.Of("", p.First, 2); got != "dogs/2.name keeper.first keeper.first" {
		t.Error(got)
	}
}
