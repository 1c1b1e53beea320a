package form

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Unfit is a stored answer that the form has no place for.
type Unfit struct {
	// Page is the page instance path under which it was stored ("dog/2"),
	// Field the schema path of what it answered ("dogs.breed").
	Page, Field string
	// Raw is the answer as it was stored, JSON.
	Raw json.RawMessage
}

// Fit is Decode for rows that another version of the form may have written: of
// answers and lists what fits is taken, wherever it stands now, and the rest is
// named in the order of its pages and fields. Files are never taken: they
// belong to the application the rows come from. A row that is no object is an
// error.
func (p *Program) Fit(stored map[string]json.RawMessage) (*Answers, []Unfit, error) {
	a, rows := p.Empty(), make(map[string]map[string]json.RawMessage, len(stored))
	paths := slices.Sorted(maps.Keys(stored))
	for _, path := range paths {
		var row map[string]json.RawMessage
		if err := json.Unmarshal(stored[path], &row); err != nil || row == nil {
			return nil, nil, p.stored(path, fmt.Errorf("%w: not an object", errStored))
		}
		rows[path] = row
	}
	groups := make(map[string]*group, len(p.groups))
	for _, g := range p.groups {
		groups[g.id] = g
	}
	for depth := range p.depth { // a list exists where the lists around it say so
		for _, path := range paths {
			ids, ok := instancesIn(path)
			if !ok || len(ids) != depth {
				continue
			}
			for name, raw := range rows[path] {
				if g := groups[name]; g != nil {
					g.fit(a.recAt(g.up, ids), raw)
				}
			}
		}
	}
	var out []Unfit
	for _, path := range paths {
		ids, ok := instancesIn(path)
		if pg, _, own := p.locate(path); own && pg.list == nil {
			if r := a.recAt(pg.table, ids); r != nil {
				r.toFill(pg)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(rows[path])) {
			raw := rows[path][name]
			f := p.byPath[name]
			if f == nil && isList(raw) || f != nil && f.kind == Files {
				continue // what is on a list stands on rows of its own
			}
			if !ok || f == nil || !a.take(f, ids, string(raw)) {
				out = append(out, Unfit{path, name, raw})
			}
		}
	}
	return a, out, nil
}

// take puts an answer into the instance with these ids, if it fits there.
func (a *Answers) take(f *field, ids []int, raw string) bool {
	r := a.recAt(f.table, ids)
	if r == nil {
		return false
	}
	v, err := f.decode(raw)
	if err == nil {
		r.toFill(f.page).set(f, v)
	}
	return err == nil
}

// recAt is the record of t with just these ids, nil where there is none.
func (a *Answers) recAt(t *table, ids []int) *rec {
	var at [maxDepth]int
	if len(ids) != len(t.chain) {
		return nil
	}
	copy(at[:], ids)
	return a.rec(t, at)
}

// toFill is a page of Answers that are being made, from now on a saved one.
func (r *rec) toFill(pg *page) *leaf {
	if r.pages[pg.idx] == nil {
		r.pages[pg.idx] = pg.leaf()
	}
	r.pages[pg.idx].saved = true
	return r.pages[pg.idx]
}

// fit puts a stored list into r as far as g allows it.
func (g *group) fit(r *rec, raw []byte) {
	var s storedList
	if r == nil || !isList(raw) || json.Unmarshal(raw, &s) != nil {
		return
	}
	l, last := &list{stored: true, done: s.Done}, 0
	for _, id := range s.IDs {
		if id > last && len(l.recs) < g.max {
			last = id
			l.recs = append(l.recs, newRec(&g.table, r, id, nil))
		}
	}
	l.next = max(s.Next, last+1)
	r.lists[g.idx] = l
}

// isList tells a list's row from an answer.
func isList(raw []byte) bool {
	var keys map[string]json.RawMessage
	return json.Unmarshal(raw, &keys) == nil && len(keys) == 3 && keys["ids"] != nil && keys["next"] != nil && keys["done"] != nil
}

// instancesIn are the instance ids in a page instance path, whatever the page.
func instancesIn(path string) (ids []int, ok bool) {
	_, rest, more := strings.Cut(path, "/")
	for more {
		var one string
		one, rest, more = strings.Cut(rest, "/")
		id, ok := instanceID(one)
		if !ok || len(ids) == maxDepth {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}
