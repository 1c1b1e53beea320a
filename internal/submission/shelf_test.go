package submission

import (
	"fmt"
	"testing"
)

func TestShelfAnswersForOneRevisionOnly(t *testing.T) {
	var s shelf
	d := draft{tenant: "t", id: "d", rev: 3, slot: []byte("box")}
	if _, _, ok := s.get("t", "d", 0, "l"); ok {
		t.Error("an empty shelf answers")
	}
	s.put(d, "l", []row{{row: "a", rev: 1}})
	for name, ok := range map[string]func() bool{
		"another revision": func() bool { _, _, ok := s.get("t", "d", 4, "l"); return ok },
		"another tenant":   func() bool { _, _, ok := s.get("u", "d", 3, "l"); return ok },
		"another secret":   func() bool { _, _, ok := s.get("t", "d", 3, "m"); return ok },
	} {
		if ok() {
			t.Errorf("the draft was given for %s", name)
		}
	}
	if got, rows, ok := s.get("t", "d", 3, "l"); !ok || len(rows) != 1 || string(got.slot) != "box" {
		t.Errorf("revision 3: %v %v %v", got, rows, ok)
	}
	other := d
	other.slot = []byte("code")
	s.put(other, "m", nil)
	if got, rows, ok := s.get("t", "d", 3, "m"); !ok || len(rows) != 1 || string(got.slot) != "code" {
		t.Errorf("by another slot: %v %v %v", got, rows, ok)
	}
	if got, _, ok := s.get("t", "d", 3, "l"); !ok || string(got.slot) != "box" {
		t.Errorf("by the first slot: %v %v", got, ok)
	}
	other.rev = 4
	s.put(other, "m", nil)
	if _, _, ok := s.get("t", "d", 4, "l"); ok {
		t.Error("a slot of an earlier revision opens")
	}
	if _, rows, ok := s.get("t", "d", 4, "m"); !ok || rows != nil {
		t.Errorf("the pages of revision 3 were given for 4: %v", rows)
	}
	s.drop("d")
	if _, _, ok := s.get("t", "d", 4, "m"); ok {
		t.Error("a dropped draft is still there")
	}
	for i := range mostShelved + 50 {
		s.put(draft{id: fmt.Sprint(i)}, "l", nil)
	}
	if len(s.lying) != mostShelved {
		t.Errorf("%d drafts at hand, want at most %d", len(s.lying), mostShelved)
	}
}

func TestMergedLeavesTheOldRowsAlone(t *testing.T) {
	old := []row{{row: "a", rev: 1}, {row: "b", rev: 1}, {row: "c", rev: 1}}
	got := merged(old, []row{{row: "b", rev: 2}, {row: "d", rev: 1}}, []string{"c"})
	want := "[{a 1 []} {b 2 []} {d 1 []}]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if old[1].rev != 1 || len(old) != 3 {
		t.Errorf("the old rows changed: %v", old)
	}
}
