package submission

import (
	"slices"
	"sync"
)

// shelf keeps the sealed pages of drafts at hand, so that a page of the form
// asks the database for one row instead of all. It holds ciphertext only, as
// the disk does. A draft's revision, read afresh at each request, says whether
// what lies here is still so: every change of a page raises it, in the same
// transaction. The zero shelf is empty and usable.
type shelf struct {
	mu    sync.Mutex
	lying map[string]shelved // by draft
}

type shelved struct {
	rev  int64
	rows []row
}

// mostShelved bounds the memory: some 5 kB a draft.
const mostShelved = 2048

// get gives the pages of a draft at a revision.
func (s *shelf) get(draft string, rev int64) ([]row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.lying[draft]
	return x.rows, ok && x.rev == rev
}

// put lays the pages of a draft down; rows must not be changed afterwards.
func (s *shelf) put(draft string, rev int64, rows []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lying == nil {
		s.lying = map[string]shelved{}
	}
	for other := range s.lying { // any one: a miss costs a query, no more
		if len(s.lying) < mostShelved {
			break
		}
		delete(s.lying, other)
	}
	s.lying[draft] = shelved{rev, rows}
}

// drop takes a draft away that was sent or erased.
func (s *shelf) drop(draft string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lying, draft)
}

// merged is rows with some replaced or added, and others, by name, left out.
func merged(rows, written []row, removed []string) []row {
	out := make([]row, 0, len(rows)+len(written))
	for _, r := range rows {
		if !slices.Contains(removed, r.row) && !slices.ContainsFunc(written, func(w row) bool { return w.row == r.row }) {
			out = append(out, r)
		}
	}
	return append(out, written...)
}
