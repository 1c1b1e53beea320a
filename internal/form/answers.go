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
	p   *Program
	top *rec
	src *source // where they are read from as they are asked for; nil: all are read
}

// Err tells of a stored row that was asked for and could not be read: nothing
// of its page may be taken for unanswered.
func (a *Answers) Err() error {
	if a.src == nil {
		return nil
	}
	return a.src.damaged
}

// Empty is an application of which nothing has been answered yet.
func (p *Program) Empty() *Answers { return &Answers{p: p, top: newRec(p.top, nil, 0, nil)} }

// locate is the page that a page instance path names, and the ids of the
// instances it names; ok is false where the form has no such page.
func (p *Program) locate(path string) (pg *page, ids [maxDepth]int, ok bool) {
	id, inst, has := strings.Cut(path, "/")
	if pg = p.byPage[id]; pg == nil {
		return nil, ids, false
	}
	for depth := range pg.table.chain {
		var one string
		if !has {
			return nil, ids, false
		}
		one, inst, has = strings.Cut(inst, "/")
		if ids[depth], ok = instanceID(one); !ok {
			return nil, ids, false
		}
	}
	return pg, ids, !has
}

// instanceID reads the number of an instance as it is written in paths.
func instanceID(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && s[0] != '0' && s[0] != '+'
}

// rec is the record of t with these ids, nil where there is none.
func (a *Answers) rec(t *table, ids [maxDepth]int) *rec {
	r := a.top
	for depth, g := range t.chain {
		l := r.list(g)
		i := l.find(ids[depth])
		if i < 0 {
			return nil
		}
		r = l.recs[i]
	}
	return r
}

// at is the page and the record that a page instance path names.
func (a *Answers) at(path string) (*page, *rec, error) {
	if pg, ids, ok := a.p.locate(path); ok {
		if r := a.rec(pg.table, ids); r != nil {
			return pg, r, nil
		}
	}
	return nil, nil, fmt.Errorf("form %s: %w: %q", a.p.id, ErrNoPage, path)
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
// error. rows is walked once more than groups repeat within each other.
func (p *Program) Decode(rows iter.Seq2[string, []byte]) (*Answers, error) {
	return p.decode(rows, false)
}

// Lazy is Decode for the handler of one page: it looks at what there is, and
// reads an answer when it is first asked for, so that a page costs what it
// touches. An answer that then does not fit the schema counts as not given and
// is the View's Err: nothing can be saved or sent with it. The Answers are for
// one goroutine.
func (p *Program) Lazy(rows iter.Seq2[string, []byte]) (*Answers, error) {
	return p.decode(rows, true)
}

func (p *Program) decode(rows iter.Seq2[string, []byte], lazy bool) (*Answers, error) {
	a := p.Empty()
	if lazy {
		a = p.Stored(nil)
	}
	for depth := range p.depth { // a list exists where the lists around it say so
		for path, b := range rows {
			pg, ids, ok := p.locate(path)
			if !ok || pg.list == nil || len(pg.table.chain) != depth {
				continue
			}
			if r := a.rec(pg.table, ids); r != nil {
				l, err := r.decodeList(pg.list, b)
				if err != nil {
					return nil, p.stored(path, err)
				}
				r.lists[pg.list.idx] = l
			}
		}
	}
	for path, b := range rows {
		pg, ids, ok := p.locate(path)
		if !ok {
			return nil, fmt.Errorf("form %s: %w: %q", p.id, ErrNoPage, path)
		}
		if pg.list != nil {
			continue
		}
		if r := a.rec(pg.table, ids); r != nil {
			l, err := pg.decode(b, lazy)
			if err != nil {
				return nil, p.stored(path, err)
			}
			r.pages[pg.idx] = l
		}
	}
	return a, nil
}

// stored is an error about a stored page.
func (p *Program) stored(path string, err error) error {
	return fmt.Errorf("form %s: stored page %s: %w", p.id, path, err)
}

// Stored is Lazy for rows that need not all be at hand: row gives the one of a
// page instance path when an answer on it is first asked for, nil where there
// is none. So a page costs what its rules look at. A row that cannot be had, or
// does not fit the schema, counts as one without answers and is the View's Err.
func (p *Program) Stored(row func(path string) ([]byte, error)) *Answers {
	src := &source{p: p, row: row}
	return &Answers{p, newRec(p.top, nil, 0, src), src}
}

// decodeList reads which instances of g there are in r.
func (r *rec) decodeList(g *group, b []byte) (*list, error) {
	s, ok := ownList(g.id, b)
	if !ok {
		var row map[string]json.RawMessage
		if err := json.Unmarshal(b, &row); err != nil {
			return nil, err
		}
		raw, ok := row[g.id]
		if !ok || len(row) != 1 {
			return nil, fmt.Errorf("%w: list %s", errStored, g.id)
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
	}
	l := &list{stored: true, next: s.Next, done: s.Done}
	last := 0
	for _, id := range s.IDs {
		if id <= last || id >= s.Next || len(l.recs) >= g.max {
			return nil, fmt.Errorf("%w: list %s", errStored, g.id)
		}
		last = id
		l.recs = append(l.recs, newRec(&g.table, r, id, r.src))
	}
	if s.Next < 1 {
		return nil, fmt.Errorf("%w: list %s", errStored, g.id)
	}
	return l, nil
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

// decode reads the row of a page, its answers late when they are asked for.
func (pg *page) decode(b []byte, late bool) (*leaf, error) {
	l := pg.leaf()
	if !l.decodeOwn(pg, string(b), late) {
		l = pg.leaf()
		if err := l.decodeAny(pg, b); err != nil {
			return nil, err
		}
	}
	l.saved = true
	return l, nil
}

// decodeAny reads a row however its JSON is written.
func (l *leaf) decodeAny(pg *page, b []byte) error {
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
		l.set(f, v)
	}
	if n != len(row) {
		return fmt.Errorf("%w: unknown field", errStored)
	}
	return nil
}

// decodeOwn reads a row just as encode writes it, of plain texts, numbers and
// truths: nearly all there are, and each page reads them all. It says no to
// anything else, and to what is wrong, which decodeAny then reads anew and names.
func (l *leaf) decodeOwn(pg *page, b string, late bool) bool {
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
		if late {
			l.answers[fields[0].at].late = raw
		} else {
			v, err := fields[0].decode(raw)
			if err != nil {
				return false
			}
			l.set(fields[0], v)
		}
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
		l := r.list(pg.list)
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
	if !r.saved(pg) {
		return nil, false
	}
	return r.encode(pg), true
}

func (r *rec) encode(pg *page) []byte {
	b := append(make([]byte, 0, 512), '{')
	l := r.leaf(pg)
	for _, f := range pg.sorted {
		if !l.has(f) {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.path...), '"', ':')
		if v := r.val(f); v != nil {
			b = appendValue(b, v)
		} else {
			b = append(b, l.answers[f.at].late...) // cannot be read, and must not be lost
		}
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
	return a.top.paths(nil, a.p.top)
}

// paths appends those of r's own pages, and of the instances in it.
func (r *rec) paths(out []string, t *table) []string {
	for _, pg := range t.pages {
		out = append(out, pg.path(r))
	}
	for _, g := range t.groups {
		for _, in := range r.list(g).recs {
			out = in.paths(out, &g.table)
		}
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

// Value is the answer at an answer path ("halter.nachname", "hunde/3.rasse",
// "haushalt/2.kinder/1.vorname"), nil where there is none.
func (a *Answers) Value(path string) Value {
	f, r := a.find(path)
	if f == nil {
		return nil
	}
	return r.val(f)
}

// Instances are the ids of the instances of a repeating group, in order. group
// is its path among the answers: "hunde", "haushalt/2.kinder".
func (a *Answers) Instances(group string) []int {
	schema, ids, _ := cutInstances(group)
	for _, g := range a.p.groups {
		if g.id != schema {
			continue
		}
		r := a.rec(g.up, ids)
		if r == nil || r.path+g.rel != group {
			return nil
		}
		recs := r.list(g).recs
		out := make([]int, len(recs))
		for i, in := range recs {
			out[i] = in.id
		}
		return out
	}
	return nil
}

// cutInstances is the schema path in an answer path, and the ids in it.
func cutInstances(path string) (schema string, ids [maxDepth]int, ok bool) {
	head, rest, more := strings.Cut(path, "/")
	if !more {
		return path, ids, true
	}
	schema = head
	for depth := 0; more; depth++ {
		if depth == maxDepth {
			return "", ids, false
		}
		id, rel, _ := strings.Cut(rest, ".")
		if ids[depth], ok = instanceID(id); !ok {
			return "", ids, false
		}
		rel, rest, more = strings.Cut(rel, "/")
		schema += "." + rel
	}
	return schema, ids, true
}

// find is the field and record of an answer path.
func (a *Answers) find(path string) (*field, *rec) {
	schema, ids, ok := cutInstances(path)
	f := a.p.byPath[schema]
	if !ok || f == nil {
		return nil, nil
	}
	if r := a.rec(f.table, ids); r != nil && f.answerPath(r) == path {
		return f, r
	}
	return nil, nil
}

// with is a copy of a in which r stands in the place of the record of its ids.
func (a *Answers) with(t *table, r *rec) *Answers {
	return &Answers{a.p, a.top.with(t.chain, r), a.src}
}

func (r *rec) with(chain []*group, in *rec) *rec {
	if len(chain) == 0 {
		return in
	}
	out := r.clone()
	l := out.ownList(chain[0])
	i := l.find(in.ids[len(chain[0].chain)-1])
	l.recs = slices.Clone(l.recs)
	l.recs[i] = l.recs[i].with(chain[1:], in)
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
	l := r.edit(f.page)
	l.saved = true
	l.set(f, nil)
	if len(uploaded) > 0 {
		l.set(f, slices.Clone(uploaded))
	}
	return a.with(f.table, r), nil
}

// Files is the uploaded files that the answers name.
func (a *Answers) Files() []File { return a.top.files(nil, a.p.top) }

func (r *rec) files(out []File, t *table) []File {
	for _, f := range t.fields {
		if f.kind == Files {
			named, _ := r.val(f).([]File)
			out = append(out, named...)
		}
	}
	for _, g := range t.groups {
		for _, in := range r.list(g).recs {
			out = in.files(out, &g.table)
		}
	}
	return out
}
