package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Answers is everything an applicant has said, typed and checked for shape.
// It belongs to one Program. Methods that change something return a new
// Answers; one is never changed in place, so it may be shared.
type Answers struct {
	p     *Program
	top   *rec
	lists []list
}

// rec is the answers of one scope.
type rec struct {
	id    int
	vals  []Value
	saved []bool // per page of the scope
}

// list says which instances of a group exist.
type list struct {
	stored bool
	recs   []*rec
	next   int
	done   bool // the applicant has said that this is all
}

func newRec(t *table, id int) *rec {
	return &rec{id, make([]Value, len(t.fields)), make([]bool, len(t.pages))}
}

func (r *rec) clone() *rec {
	return &rec{r.id, slices.Clone(r.vals), slices.Clone(r.saved)}
}

// Empty is an application of which nothing has been answered yet.
func (p *Program) Empty() *Answers {
	a := &Answers{p: p, top: newRec(p.top, 0), lists: make([]list, len(p.groups))}
	for i, g := range p.groups {
		for id := 1; id <= g.min; id++ {
			a.lists[i].recs = append(a.lists[i].recs, newRec(&g.table, id))
		}
		a.lists[i].next = g.min + 1
	}
	return a
}

func (a *Answers) clone() *Answers {
	return &Answers{a.p, a.top, slices.Clone(a.lists)}
}

// add appends an instance in place.
func (a *Answers) add(g *group) *rec {
	l := &a.lists[g.idx]
	r := newRec(&g.table, l.next)
	l.recs, l.next, l.done, l.stored = append(slices.Clone(l.recs), r), l.next+1, false, true
	return r
}

func (l *list) find(id int) int {
	return slices.IndexFunc(l.recs, func(r *rec) bool { return r.id == id })
}

// at is the page and the record that a page instance path names.
func (a *Answers) at(path string) (*page, *rec, error) {
	id, inst, has := strings.Cut(path, "/")
	pg := a.p.byPage[id]
	if pg == nil {
		return nil, nil, fmt.Errorf("form %s: %w: %q", a.p.id, ErrNoPage, id)
	}
	if pg.table.group == nil {
		if has {
			return nil, nil, fmt.Errorf("form %s: %w: %q", a.p.id, ErrNoPage, path)
		}
		return pg, a.top, nil
	}
	n, err := strconv.Atoi(inst)
	if err != nil || strconv.Itoa(n) != inst {
		return nil, nil, fmt.Errorf("form %s: %w: %q", a.p.id, ErrNoPage, path)
	}
	l := &a.lists[pg.table.group.idx]
	i := l.find(n)
	if i < 0 {
		return pg, nil, fmt.Errorf("form %s: %w: %q", a.p.id, ErrNoPage, path)
	}
	return pg, l.recs[i], nil
}

// ErrNoPage says that a page instance path names nothing: no such page, or an
// instance that was removed.
var ErrNoPage = errors.New("no such page")

type storedList struct {
	IDs  []int `json:"ids"`
	Next int   `json:"next"`
	Done bool  `json:"done"`
}

// Decode reads stored answers: page instance path → JSON, as PageJSON wrote
// them, each path once and in any order. Rows of instances that the list no
// longer has are left out; anything else that does not fit the schema is an
// error. rows is walked twice.
func (p *Program) Decode(rows iter.Seq2[string, []byte]) (*Answers, error) {
	a := p.Empty()
	for path, b := range rows {
		if pg := p.byPage[path]; pg != nil && pg.list != nil {
			if err := a.decodeList(pg.list, b); err != nil {
				return nil, fmt.Errorf("form %s: stored page %s: %w", p.id, path, err)
			}
		}
	}
	for path, b := range rows {
		if pg := p.byPage[path]; pg != nil && pg.list != nil {
			continue
		}
		pg, r, err := a.at(path)
		if err != nil {
			if pg != nil && r == nil && pg.table.group != nil && validInstance(path) {
				continue
			}
			return nil, err
		}
		if err := r.decode(pg, b); err != nil {
			return nil, fmt.Errorf("form %s: stored page %s: %w", p.id, path, err)
		}
	}
	return a, nil
}

func validInstance(path string) bool {
	_, inst, _ := strings.Cut(path, "/")
	n, err := strconv.Atoi(inst)
	return err == nil && n > 0 && strconv.Itoa(n) == inst
}

func (a *Answers) decodeList(g *group, b []byte) error {
	s, ok := ownList(g.id, b)
	if !ok {
		var row map[string]json.RawMessage
		if err := json.Unmarshal(b, &row); err != nil {
			return err
		}
		raw, ok := row[g.id]
		if !ok || len(row) != 1 {
			return fmt.Errorf("%w: list %s", errStored, g.id)
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
	}
	l := list{stored: true, next: s.Next, done: s.Done}
	last := 0
	for _, id := range s.IDs {
		if id <= last || id >= s.Next || len(l.recs) >= g.max {
			return fmt.Errorf("%w: list %s", errStored, g.id)
		}
		last = id
		l.recs = append(l.recs, newRec(&g.table, id))
	}
	if s.Next < 1 {
		return fmt.Errorf("%w: list %s", errStored, g.id)
	}
	a.lists[g.idx] = l
	return nil
}

// ownList reads a list as PageJSON writes it; ok is false where it is written
// in any other way.
func ownList(id string, b []byte) (s storedList, ok bool) {
	rest := string(b)
	take := func(word string) bool {
		var found bool
		rest, found = strings.CutPrefix(rest, word)
		return found
	}
	number := func() (n int, ok bool) {
		i := 0
		for ; i < len(rest) && i < 9 && rest[i] >= '0' && rest[i] <= '9'; i++ {
			n = n*10 + int(rest[i]-'0')
		}
		ok = i > 0 && (rest[0] != '0' || i == 1)
		rest = rest[i:]
		return n, ok
	}
	if !take(`{"`) || !take(id) || !take(`":{"ids":[`) {
		return s, false
	}
	for more := !strings.HasPrefix(rest, "]"); more; more = take(",") {
		n, ok := number()
		if !ok {
			return s, false
		}
		s.IDs = append(s.IDs, n)
	}
	if !take(`],"next":`) {
		return s, false
	}
	if s.Next, ok = number(); !ok || !take(`,"done":`) {
		return s, false
	}
	s.Done = take("true")
	return s, (s.Done || take("false")) && rest == "}}"
}

func (r *rec) decode(pg *page, b []byte) error {
	if r.decodeOwn(pg, string(b)) {
		r.saved[pg.idx] = true
		return nil
	}
	return r.decodeAny(pg, b)
}

// decodeAny reads a row however its JSON is written.
func (r *rec) decodeAny(pg *page, b []byte) error {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(b, &row); err != nil {
		return err
	}
	if row == nil {
		return fmt.Errorf("%w: not an object", errStored)
	}
	n := 0
	for _, f := range pg.fields {
		raw, ok := row[f.path]
		if !ok {
			continue
		}
		n++
		v, err := f.decode(string(raw))
		if err != nil {
			return err
		}
		r.vals[f.idx] = v
	}
	if n != len(row) {
		return fmt.Errorf("%w: unknown field", errStored)
	}
	r.saved[pg.idx] = true
	return nil
}

// decodeOwn reads a row just as encode writes it, of plain texts, numbers and
// truths: nearly all there are, and each page reads them all. It says no to
// anything else, and to what is wrong, which decodeAny then reads anew and names.
func (r *rec) decodeOwn(pg *page, b string) bool {
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return false
	}
	fields := pg.sorted
	for b = b[1 : len(b)-1]; len(b) > 0; {
		name, rest, ok := ownString(b)
		if !ok || len(rest) < 2 || rest[0] != ':' {
			return false
		}
		for len(fields) > 0 && fields[0].path != name {
			fields = fields[1:]
		}
		if len(fields) == 0 {
			return false
		}
		rest = rest[1:]
		raw, after := rest, ""
		if rest[0] == '"' {
			if _, after, ok = ownString(rest); !ok {
				return false
			}
		} else if i := strings.IndexByte(rest, ','); i >= 0 {
			after = rest[i:]
		}
		raw = raw[:len(rest)-len(after)]
		if len(raw) == 0 {
			return false
		}
		if c := raw[0]; c == '[' || c == '{' || c == '0' && len(raw) > 1 || c == '+' || c == '-' {
			return false
		}
		v, err := fields[0].decode(raw)
		if err != nil {
			return false
		}
		r.vals[fields[0].idx] = v
		if fields = fields[1:]; len(after) == 0 {
			return true
		}
		if b = after[1:]; after[0] != ',' || len(b) == 0 {
			return false
		}
	}
	return true
}

// ownString cuts a JSON string without escapes from the front of b.
func ownString(b string) (s, rest string, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return "", "", false
	}
	n := strings.IndexByte(b[1:], '"')
	if n < 0 || strings.IndexByte(b[1:1+n], '\\') >= 0 {
		return "", "", false
	}
	return b[1 : 1+n], b[n+2:], true
}

// PageJSON is the row to store for a page instance: canonical, keys sorted.
// ok is false where the page was never saved.
func (a *Answers) PageJSON(path string) (b []byte, ok bool) {
	pg, r, err := a.at(path)
	if err != nil {
		return nil, false
	}
	if pg.list != nil {
		l := a.lists[pg.list.idx]
		if !l.stored {
			return nil, false
		}
		s := storedList{IDs: make([]int, len(l.recs)), Next: l.next, Done: l.done}
		for i, r := range l.recs {
			s.IDs[i] = r.id
		}
		b, err = json.Marshal(map[string]storedList{pg.list.id: s})
		if err != nil {
			panic(err) // numbers always marshal
		}
		return b, true
	}
	if !r.saved[pg.idx] {
		return nil, false
	}
	return r.encode(pg), true
}

func (r *rec) encode(pg *page) []byte {
	b := append(make([]byte, 0, 512), '{')
	for _, f := range pg.sorted {
		v := r.vals[f.idx]
		if v == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.path...), '"', ':')
		b = appendValue(b, v)
	}
	return append(b, '}')
}

// Rows is every stored row: the inverse of Decode.
func (a *Answers) Rows() map[string][]byte {
	rows := map[string][]byte{}
	for _, path := range a.paths() {
		if b, ok := a.PageJSON(path); ok {
			rows[path] = b
		}
	}
	return rows
}

// paths are all page instance paths there could be rows for.
func (a *Answers) paths() []string {
	var out []string
	for _, pg := range a.p.pages {
		if g := pg.table.group; g != nil {
			for _, r := range a.lists[g.idx].recs {
				out = append(out, pg.path(r))
			}
			continue
		}
		out = append(out, pg.id)
	}
	return out
}

// JSON is the whole application as one canonical object: page instance path →
// row. The same answers give the same bytes.
func (a *Answers) JSON() []byte {
	rows := a.Rows()
	b := []byte{'{'}
	for i, path := range slices.Sorted(maps.Keys(rows)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendString(b, path), ':'), rows[path]...)
	}
	return append(b, '}')
}

// DecodeJSON reads what JSON wrote.
func (p *Program) DecodeJSON(b []byte) (*Answers, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("form %s: stored application: %w", p.id, err)
	}
	return p.Decode(func(yield func(string, []byte) bool) {
		for path, b := range raw {
			if !yield(path, b) {
				return
			}
		}
	})
}

// Value is the answer at an answer path ("halter.nachname", "hunde/3.rasse"),
// nil where there is none.
func (a *Answers) Value(path string) Value {
	f, r := a.find(path)
	if f == nil {
		return nil
	}
	return r.vals[f.idx]
}

// Instances are the ids of the instances of a repeating group, in order.
func (a *Answers) Instances(group string) []int {
	for _, g := range a.p.groups {
		if g.id == group {
			ids := make([]int, len(a.lists[g.idx].recs))
			for i, r := range a.lists[g.idx].recs {
				ids[i] = r.id
			}
			return ids
		}
	}
	return nil
}

// find is the field and record of an answer path.
func (a *Answers) find(path string) (*field, *rec) {
	gid, rest, ok := strings.Cut(path, "/")
	if !ok {
		if f := a.p.byPath[path]; f != nil && f.table.group == nil {
			return f, a.top
		}
		return nil, nil
	}
	inst, rel, _ := strings.Cut(rest, ".")
	f := a.p.byPath[gid+"."+rel]
	n, err := strconv.Atoi(inst)
	if f == nil || f.table.group == nil || f.table.group.id != gid || err != nil || strconv.Itoa(n) != inst {
		return nil, nil
	}
	l := &a.lists[f.table.group.idx]
	if i := l.find(n); i >= 0 {
		return f, l.recs[i]
	}
	return nil, nil
}

// with is a copy of a in which r stands in the place of the record of its id.
func (a *Answers) with(t *table, r *rec) *Answers {
	out := a.clone()
	if t.group == nil {
		out.top = r
		return out
	}
	l := &out.lists[t.group.idx]
	l.recs = slices.Clone(l.recs)
	l.recs[l.find(r.id)] = r
	return out
}

// SetFiles puts the uploaded files at an answer path; none removes them. The
// page then has a row to store (PageJSON), so that an upload outlives a page
// with problems; it counts as done once nothing required is missing.
func (a *Answers) SetFiles(path string, uploaded []File) (*Answers, error) {
	f, r := a.find(path)
	if f == nil || f.kind != Files {
		return nil, fmt.Errorf("form %s: %q is no file field", a.p.id, path)
	}
	r = r.clone()
	r.vals[f.idx] = nil
	if len(uploaded) > 0 {
		r.vals[f.idx] = slices.Clone(uploaded)
	}
	r.saved[f.page.idx] = true
	return a.with(f.table, r), nil
}

// path is the page instance path for r.
func (pg *page) path(r *rec) string {
	if pg.table.group == nil {
		return pg.id
	}
	return pg.id + "/" + strconv.Itoa(r.id)
}

// answerPath is the address of f's answer in r.
func (f *field) answerPath(r *rec) string {
	if f.table.group == nil {
		return f.path
	}
	return f.table.group.id + "/" + strconv.Itoa(r.id) + "." + f.rel
}
