package form

// Sheet is a page of a form as it is printed empty: with everything that it
// may ask, whatever was answered.
type Sheet struct {
	// Page is the page's id, SectionTitle the heading of its section.
	Page, SectionTitle, Title, Intro string
	// When is the page's own condition, Rule are the short labels of what it
	// reads.
	When Cond
	Rule []string
	// List is the schema path of the group that the page lists, Add the words
	// of its button. Of and Copy name the innermost group that the page is asked
	// in and its how-manieth instance this is; Copies is how many there are.
	List, Add    string
	Of           string
	Copy, Copies int
	Max          int // of the group Of
	Fields       []SheetField
	Notes        []Note
}

// SheetField is a field on a Sheet.
type SheetField struct {
	Field
	// Path is the schema path, Short the label in sentences.
	Path, Short string
	// When shows the field, Demand makes it required; Rule are the short labels
	// of what When reads, for where it cannot be said.
	When, Demand Cond
	Rule         []string
}

// Outline is the whole form as it is printed, with some blank copies of each
// repeating group: copies of the outermost, one fewer at each level within.
// The View must look at empty answers.
func (v *View) Outline(copies int) []Sheet {
	v.top.rec.blank(v.top.t, copies)
	return v.top.outline(nil, v.p.plan)
}

// blank makes instances of every group, in place.
func (r *rec) blank(t *table, copies int) {
	for _, g := range t.groups {
		for len(r.list(g).recs) < min(copies, g.max) {
			r.add(g)
		}
		l := r.ownList(g)
		l.recs = l.recs[:min(copies, g.max)]
		for _, in := range l.recs {
			in.blank(&g.table, max(1, copies-1))
		}
	}
}

func (s *scope) outline(out []Sheet, blocks []block) []Sheet {
	for i := range blocks {
		b := &blocks[i]
		if b.group == nil {
			out = append(out, s.sheet(b.page))
			continue
		}
		scopes := s.all(b.group)
		for j := range scopes {
			out = scopes[j].outline(out, b.inner)
		}
	}
	return out
}

func (s *scope) sheet(pg *page) Sheet {
	section := s.v.p.sections[pg.def.Section]
	out := Sheet{Page: pg.id, SectionTitle: s.v.top.text(&section), Title: s.text(&pg.title), Intro: s.text(&pg.intro), When: s.said(pg.when), Rule: s.read(pg.when)}
	if pg.list != nil {
		out.List, out.Add = pg.list.id, s.text(&pg.add)
	}
	if g := s.t.group; g != nil {
		out.Of, out.Copy, out.Copies, out.Max = g.id, s.index, len(s.up.rec.list(g).recs), g.max
	}
	for i := range pg.notes {
		if n := &pg.notes[i]; s.said(n.when).Always() {
			out.Notes = append(out.Notes, Note{n.id, n.kind, s.text(&n.text)})
		}
	}
	for _, f := range pg.fields {
		sf := SheetField{Path: f.path, Short: s.text(&f.short), When: s.said(f.when), Demand: s.said(f.require)}
		s.model(&sf.Field, f, nil)
		sf.Required = f.node.Required || f.kind == Confirm
		if f.require == nil {
			sf.Demand = Cond{Op: CondAny}
		}
		sf.Rule = s.read(f.when)
		out.Fields = append(out.Fields, sf)
	}
	return out
}

// said is a condition taken apart, with the parameters worked in.
func (s *scope) said(e *expr) Cond {
	if e == nil {
		return All()
	}
	return condReader{p: s.v.p, params: s.v.env.Params}.source(e.src)
}

// read are the short labels of the fields that a rule reads, in the order they
// are asked.
func (s *scope) read(e *expr) []string {
	if e == nil {
		return nil
	}
	var out []string
	for _, pg := range s.v.p.pages {
		for _, f := range pg.fields {
			if e.deps.fields[f] {
				out = append(out, f.short.in(s.v.env.Lang))
			}
		}
	}
	return out
}
