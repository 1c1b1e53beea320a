package submission

import (
	"slices"
	"sync"
)

// shelf keeps drafts as the disk has them at hand: the row, the slots they
// were opened with, and the sealed pages. So a page of the form asks the
// database for a revision instead of three tables. It holds ciphertext only.
// A draft's revision, read afresh at each request, says whether what lies
// here is still so: every change of the draft raises it, in the same
// transaction. The zero shelf is empty and usable.
type shelf struct {
	mu    sync.Mutex
	lying map[string]shelved // by draft
}

// shelved is never changed, but replaced.
type shelved struct {
	draft draft // slot is that of each slot's own
	slots []slot
	rows  []row // nil until they were read
}

// slot is a sealed data key by the name of the secret that opens it.
type slot struct {
	lookup string
	sealed []byte
}

// mostShelved bounds the memory: some 5 kB a draft.
const mostShelved = 2048

// get gives a draft at a revision with the slot of lookup, and its pages
// where they lie here too.
func (s *shelf) get(tenant, id string, rev int64, lookup string) (d draft, rows []row, ok bool) {
	s.mu.Lock()
	x, ok := s.lying[id]
	s.mu.Unlock()
	if !ok || x.draft.rev != rev || x.draft.tenant != tenant {
		return draft{}, nil, false
	}
	i := slices.IndexFunc(x.slots, func(sl slot) bool { return sl.lookup == lookup })
	if i < 0 {
		return draft{}, nil, false
	}
	x.draft.slot = x.slots[i].sealed
	return x.draft, x.rows, true
}

// put lays a draft down, as it was opened with the slot of lookup, and its
// pages, nil where they were not read; rows must not be changed afterwards.
func (s *shelf) put(d draft, lookup string, rows []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lying == nil {
		s.lying = map[string]shelved{}
	}
	x := shelved{draft: d, slots: []slot{{lookup, d.slot}}, rows: rows}
	if was, ok := s.lying[d.id]; ok && was.draft.rev == d.rev {
		for _, sl := range was.slots {
			if sl.lookup != lookup {
				x.slots = append(x.slots, sl)
			}
		}
		if rows == nil {
			x.rows = was.rows
		}
	}
	for other := range s.lying { // any one: a miss costs a query, no more
		if len(s.lying) < mostShelved {
			break
		}
		delete(s.lying, other)
	}
	s.lying[d.id] = x
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
