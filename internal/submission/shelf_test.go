package submission

import (
	"fmt"
	"testing"
)

func TestShelfAnswersForOneRevisionOnly(t *testing.T) {
	var s shelf
	if _, ok := s.get("d", 0); ok {
		t.Error("an empty shelf answers")
	}
	s.put("d", 3, []row{{row: "a", rev: 1}})
	if _, ok := s.get("d", 4); ok {
		t.Error("the pages of revision 3 were given for 4")
	}
	if rows, ok := s.get("d", 3); !ok || len(rows) != 1 {
		t.Errorf("revision 3: %v %v", rows, ok)
	}
	s.drop("d")
	if _, ok := s.get("d", 3); ok {
		t.Error("a dropped draft is still there")
	}
	for i := range mostShelved + 50 {
		s.put(fmt.Sprint(i), 1, nil)
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
