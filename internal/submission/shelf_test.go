package submission

import (
	"fmt"
	"testing"

	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

func TestShelf(t *testing.T) {
	var s shelf
	d := draft{tenant: "t", id: "d", rev: 3, slot: []byte("box")}
	at := s.since("d", 7, true)
	if _, _, ok := s.get(at, "t", "d", "l"); ok {
		t.Error("an empty shelf answers")
	}
	s.put(at, d, "l", []row{{row: "a", rev: 1}})
	if _, _, ok := s.get(at, "u", "d", "l"); ok {
		t.Error("the draft was given to another tenant")
	}
	if _, _, ok := s.get(at, "t", "d", "m"); ok {
		t.Error("the draft was given for another secret")
	}
	if got, sure, ok := s.get(at, "t", "d", "l"); !ok || !sure || len(got.rows) != 1 || string(got.draft.slot) != "box" {
		t.Errorf("laid down was %v %v %v", got, sure, ok)
	}
	for name, later := range map[string]moment{"another process has committed": s.since("d", 8, true), "that is not known": s.since("d", 7, false)} {
		if _, sure, ok := s.get(later, "t", "d", "l"); !ok || sure {
			t.Errorf("%s: sure %v, ok %v", name, sure, ok)
		}
	}
	code := d
	code.slot = []byte("code")
	s.put(at, code, "m", nil)
	if got, _, ok := s.get(at, "t", "d", "m"); !ok || len(got.rows) != 1 || string(got.draft.slot) != "code" {
		t.Errorf("by another slot: %v %v", got, ok)
	}
	if got, _, ok := s.get(at, "t", "d", "l"); !ok || string(got.draft.slot) != "box" {
		t.Errorf("by the first slot: %v %v", got, ok)
	}
	known := func() string {
		got, _, _ := s.get(at, "t", "d", "l")
		return string(got.known)
	}
	s.know(at, "d", 2, []byte("older"))
	if known() != "" {
		t.Error("what was known of an older revision is laid beside the draft")
	}
	s.know(at, "d", 3, []byte("known"))
	s.put(at, d, "l", []row{{row: "a", rev: 1}})
	if known() != "known" {
		t.Errorf("%q is known of the draft", known())
	}

	after := s.take("d", 7, true)
	s.know(at, "d", 3, []byte("late"))
	if _, _, ok := s.get(after, "t", "d", "l"); ok {
		t.Error("a draft that was taken away is still there")
	}
	s.put(at, d, "l", nil)
	if _, _, ok := s.get(after, "t", "d", "l"); ok {
		t.Error("what was read before a change was laid down after it")
	}
	d.rev = 4
	s.put(after, d, "l", nil)
	if got, sure, ok := s.get(after, "t", "d", "l"); !ok || !sure || got.draft.rev != 4 || got.rows != nil || got.known != nil {
		t.Errorf("after the change: %v %v %v", got, sure, ok)
	}
	d.rev = 5
	s.put(after, d, "l", []row{{row: "a", sealed: make([]byte, mostPages+1)}})
	if got, _, ok := s.get(after, "t", "d", "l"); !ok || got.draft.rev != 5 || got.rows != nil {
		t.Errorf("pages of %d bytes lie there: %v %v", mostPages+1, got.draft.rev, ok)
	}
	s.clear()
	s.put(after, d, "l", nil)
	if _, _, ok := s.get(after, "t", "d", "l"); ok {
		t.Error("what was read before the shelf was cleared was laid down after it")
	}
	for i := range mostShelved + 50 {
		id := fmt.Sprint(i)
		s.put(s.since(id, 7, true), draft{id: id}, "l", nil)
	}
	if len(s.lying) != mostShelved {
		t.Errorf("%d drafts at hand, want at most %d", len(s.lying), mostShelved)
	}
	for i := range 2 * mostBytes / mostPages { // long ones, some of them twice
		one := draft{id: fmt.Sprint("long", i%50), tenant: "t", rev: 1}
		s.put(s.since(one.id, 0, true), one, "l", []row{{row: "a", sealed: make([]byte, mostPages)}})
	}
	size := 0
	for _, x := range s.lying {
		size += x.size
	}
	if size != s.bytes || size > mostBytes || size < mostBytes-mostPages {
		t.Errorf("%d bytes at hand, counted %d, want at most %d", size, s.bytes, mostBytes)
	}
	s.clear()
	if s.bytes != 0 {
		t.Errorf("nothing at hand counts %d bytes", s.bytes)
	}
}

// Whatever this process or another one changes of a draft, the next request
// sees it.
func TestNothingStaleIsGiven(t *testing.T) {
	test := func(t *testing.T, address string) {
		ctx := t.Context()
		w := newWorld(t, dbtest.Open(t, address, rooms()))
		config := w.Config
		config.DB = dbtest.Open(t, address, nil)
		second := New(config) // as another process would have it
		ss, tk := w.draft(t)
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{"a":1}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		see := func(s *Service, want string) *session {
			t.Helper()
			ss, err := s.openTicket(ctx, paderborn, tk)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.load(ctx, ss); err != nil {
				t.Fatal(err)
			}
			if got := string(ss.pages.at("keeper").json); got != want {
				t.Fatalf("the page is %s, want %s", got, want)
			}
			return ss
		}
		for i := range 20 {
			before, after := fmt.Sprintf(`{"a":%d}`, i+1), fmt.Sprintf(`{"a":%d}`, i+2)
			from, other := w.Service, second
			if i%3 == 0 {
				from, other = other, from
			}
			see(other, before)
			ss := see(from, before)
			if err := from.save(ctx, ss, keep, []write{{"keeper", []byte(after), ss.pages.at("keeper").rev}}, nil); err != nil {
				t.Fatal(err)
			}
			see(from, after)
			see(other, after)
		}
		if err := second.leave(ctx, see(second, `{"a":21}`)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.openTicket(ctx, paderborn, tk); !fail.Is(err, fail.NotFound) {
			t.Errorf("a ticket given back elsewhere opens: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, dbtest.Postgres(t)) })
}

// A request that another window has overtaken saves twice (a file, then the
// page it came with): what it has not seen must not be covered by what it has.
func TestOvertakenTwice(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	slow, tk := w.draft(t)
	opened := func() *session {
		t.Helper()
		ss, err := w.openTicket(ctx, paderborn, tk)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.load(ctx, ss); err != nil {
			t.Fatal(err)
		}
		return ss
	}
	save := func(ss *session, path, json string, from int64) {
		t.Helper()
		if err := w.save(ctx, ss, keep, []write{{path, []byte(json), from}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.load(ctx, slow); err != nil {
		t.Fatal(err)
	}
	save(opened(), "keeper", `{"a":1}`, 0)
	save(slow, "proof", `{"file":1}`, 0)
	save(slow, "proof", `{"file":1,"text":2}`, 1)
	ss := opened()
	if got := string(ss.pages.at("keeper").json); got != `{"a":1}` {
		t.Errorf("the page of the quicker window is %q", got)
	}
	if got := string(ss.pages.at("proof").json); got != `{"file":1,"text":2}` {
		t.Errorf("the page of the slower window is %q", got)
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
