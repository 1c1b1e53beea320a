package submission

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"leitportal/internal/db"
)

// shelf keeps drafts as the disk has them at hand: the row, the slots they
// were opened with, and the sealed pages, ciphertext all of it. So a page of
// the form asks the database for nothing, or for a revision.
//
// What lies here is true as long as neither this process has changed the draft
// (Service.change sees to that) nor another one has: the database tells that
// by its mark (db.DB.Alone), or else the draft's revision does, which every
// change raises in its own transaction. The zero shelf is empty and usable.
type shelf struct {
	mu    sync.Mutex
	lying map[string]shelved // by draft
	bytes int                // of all their pages
	seed  maphash.Seed
	moved [256]uint32 // grows with every change of a draft of the same hash
}

// shelved is never changed, but replaced.
type shelved struct {
	at    moment
	draft draft // slot is that of each slot's own
	slots []slot
	rows  []row  // nil until they were read
	size  int    // of rows, in bytes
	known []byte // of the draft at this revision, see Service.know
}

// slot is a sealed data key by the name of the secret that opens it.
type slot struct {
	lookup string
	sealed []byte
}

// moment is taken before a draft is read, or after it was changed. What was
// read since is laid down only when it is still of that moment.
type moment struct {
	moved uint32
	mark  uint64 // of the database, see db.DB.Alone
	alone bool   // the mark is known
}

// These bound the memory to some 50 MB, 10 where applications are short. A page
// of a long application, too, is answered without reading all others from the
// disk.
const (
	mostShelved = 2048
	mostBytes   = 40 << 20 // of the pages of all drafts
	mostPages   = 1 << 20  // of the pages of one draft, in bytes
)

func (s *shelf) hash(id string) *uint32 {
	if s.lying == nil {
		s.lying, s.seed = map[string]shelved{}, maphash.MakeSeed()
	}
	return &s.moved[maphash.String(s.seed, id)%uint64(len(s.moved))]
}

// since begins a moment of a draft.
func (s *shelf) since(id string, mark uint64, alone bool) moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return moment{*s.hash(id), mark, alone}
}

// get gives a draft with the slot of lookup, and its pages where they lie here
// too. sure says that it is still so; else its revision has to be asked for.
func (s *shelf) get(at moment, tenant, id, lookup string) (x shelved, sure, ok bool) {
	s.mu.Lock()
	x, ok = s.lying[id]
	s.mu.Unlock()
	if !ok || x.draft.tenant != tenant {
		return shelved{}, false, false
	}
	i := slices.IndexFunc(x.slots, func(sl slot) bool { return sl.lookup == lookup })
	if i < 0 {
		return shelved{}, false, false
	}
	x.draft.slot = x.slots[i].sealed
	return x, at.alone && x.at.alone && at.mark == x.at.mark, true
}

// know lays down beside a draft of that revision what its form knows of it.
func (s *shelf) know(at moment, id string, rev int64, known []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.lying[id]; ok && x.draft.rev == rev && *s.hash(id) == at.moved {
		x.known = known
		s.lying[id] = x
	}
}

// put lays a draft down, as it was opened with the slot of lookup, and its
// pages, nil where they were not read; rows must not be changed afterwards.
// It does nothing when the draft has changed since at.
func (s *shelf) put(at moment, d draft, lookup string, rows []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *s.hash(d.id) != at.moved {
		return
	}
	size, read := 0, rows != nil
	for _, r := range rows {
		size += len(r.sealed)
	}
	if size > mostPages { // the longest applications ask the database
		rows, size = nil, 0
	}
	x := shelved{at: at, draft: d, slots: []slot{{lookup, d.slot}}, rows: rows, size: size}
	if was, ok := s.lying[d.id]; ok && was.draft.rev == d.rev {
		for _, sl := range was.slots {
			if sl.lookup != lookup {
				x.slots = append(x.slots, sl)
			}
		}
		if !read {
			x.rows, x.size = was.rows, was.size
		}
		x.known = was.known
	}
	s.drop(d.id)
	for other := range s.lying { // any one: a miss costs a query, no more
		if len(s.lying) < mostShelved && s.bytes+x.size <= mostBytes {
			break
		}
		s.drop(other)
	}
	s.lying[d.id] = x
	s.bytes += x.size
}

// drop takes a draft away that may lie here. The lock is held.
func (s *shelf) drop(id string) {
	s.bytes -= s.lying[id].size
	delete(s.lying, id)
}

// take takes a draft away that changes, and answers the moment from which on
// it may lie here again.
func (s *shelf) take(id string, mark uint64, alone bool) moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := s.hash(id)
	*moved++
	s.drop(id)
	return moment{*moved, mark, alone}
}

func (s *shelf) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.lying)
	s.bytes = 0
	for i := range s.moved {
		s.moved[i]++
	}
}

// changing is a transaction that may change a draft, its slots or its pages.
// Only Service.change gives one.
type changing struct{ db.Querier }

// change runs fn as db.DB.Write does, and keeps what the shelf has of the
// draft true. The moment is that of the draft as fn has left it.
func (s *Service) change(ctx context.Context, draft string, fn func(ctx context.Context, tx changing) error) (moment, error) {
	mark, alone := s.DB.Alone()
	s.shelf.take(draft, mark, alone)
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error { return fn(ctx, changing{tx}) })
	return s.shelf.take(draft, mark, alone), err // again: what was read meanwhile may be older
}

// changeAll is change for all drafts at once.
func (s *Service) changeAll(ctx context.Context, fn func(ctx context.Context, tx changing) error) error {
	s.shelf.clear()
	defer s.shelf.clear()
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error { return fn(ctx, changing{tx}) })
}

// since begins a moment of a draft, before it is read.
func (s *Service) since(draft string) moment {
	mark, alone := s.DB.Alone()
	return s.shelf.since(draft, mark, alone)
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
