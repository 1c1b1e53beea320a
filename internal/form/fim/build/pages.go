package build

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/form"
)

// maxFields is how many questions stand on a page at most.
const maxFields = 9

// cond is a condition: a CEL expression, the schema paths it reads, and
// whether it is so simple that it may stand on the page of what it reads.
type cond struct {
	expr   string
	deps   []string
	simple bool
}

// item is something on a page: a field, or a note (path "").
type item struct {
	n       *node
	path    string
	note    string
	when    []cond
	require *cond
	gives   *cond
	fixed   bool
}

// alone tells whether the item cannot stand on a page with the fields before
// it, since its condition reads one of them in a way that a browser does not
// understand.
func (it item) alone(before block) bool {
	if it.gives != nil && slices.ContainsFunc(before, func(o item) bool { return o.path != "" && slices.Contains(it.gives.deps, o.path) }) {
		return true
	}
	for _, c := range it.when {
		if (!c.simple || len(it.when) > 1) && slices.ContainsFunc(before, func(o item) bool { return o.path != "" && slices.Contains(c.deps, o.path) }) {
			return true
		}
	}
	return false
}

// block is what is never torn apart.
type block []item

func (bl block) size() int {
	k := 0
	for _, it := range bl {
		if it.path != "" && !(it.fixed && len(it.gives.deps) == 0) {
			k++
		}
	}
	return k
}

// paging is one walk through the groups.
type paging struct {
	b       *builder
	section string
	blocks  []block
	owner   *node
	later   []*node // groups that come after the pages that have gathered
}

// pages lays the questions out.
func (b *builder) pages() {
	p := &paging{b: b, owner: b.root}
	loose := 0
	for _, n := range b.root.kids {
		if n.gone && n.part.Group != nil {
			continue
		}
		if n.part.Field != nil {
			if p.section == "" || !strings.HasPrefix(p.section, "angaben") {
				p.flush()
				p.section, p.owner = "angaben", b.root
				if loose++; loose > 1 {
					p.section += "-" + strconv.Itoa(loose)
				}
				b.de["section."+p.section] = "Ihr Anliegen"
				if loose > 1 {
					b.de["section."+p.section] = "Weitere Angaben"
				}
			}
			p.field(n)
			continue
		}
		// The question whether a group is to be answered belongs to its section.
		p.flush()
		p.section, p.owner = n.id, b.root
		b.de["section."+p.section] = or(n.label(), n.fim)
		p.group(n)
	}
	p.flush()
	used := map[string]bool{}
	for _, pg := range b.d.Pages {
		used[pg.Section] = true
	}
	for key := range b.de {
		if s, ok := strings.CutPrefix(key, "section."); ok && !used[s] {
			delete(b.de, key)
		}
	}
}

func (p *paging) add(bl block) {
	if len(bl) > 0 {
		p.blocks = append(p.blocks, bl)
	}
}

// field lays out a field, or a plain group.
func (p *paging) field(n *node) {
	p.add(p.items(n))
	p.later = append(p.later, n.rests()...)
}

// items are the questions of a field or of a whole plain group.
func (p *paging) items(n *node) block {
	var out block
	if n.part.Group != nil {
		for _, k := range n.kids {
			out = append(out, p.items(k)...)
		}
		return out
	}
	if n.gone {
		if text := n.note(); text != "" {
			return block{{n: n, note: text}}
		}
		return nil
	}
	if n.choice != nil {
		out = append(out, item{n: n.parent, path: n.sibling(n.choice.ID)})
	}
	if n.shows != "" {
		out = append(out, item{n: n, note: n.shows})
	}
	out = append(out, item{n: n, path: n.path, when: n.when, require: n.require, gives: n.gives, fixed: n.fixed})
	for _, c := range n.copies {
		out = append(out, item{n: n, path: n.sibling(c.ID), when: n.when})
	}
	if n.rest != nil {
		out = append(out, item{n: n.parent, path: n.sibling(n.rest.question.ID), when: n.rest.asks})
	}
	return out
}

// group lays out a group that stands on pages of its own, or shares one.
func (p *paging) group(n *node) {
	if n.gone {
		return
	}
	if n.choice != nil {
		p.add(block{{n: n.parent, path: n.sibling(n.choice.ID)}})
	}
	if n.question != nil {
		p.add(block{{n: n.parent, path: n.sibling(n.question.ID), when: n.asks}})
	}
	if n.many {
		p.repeating(n)
		return
	}
	if len(n.when) == 0 && n.choice == nil && n.plain() {
		if items := p.items(n); items.size() <= maxFields {
			p.field(n)
			return
		}
	}
	p.flush()
	owner := p.owner
	p.owner = n
	for _, k := range n.kids {
		switch {
		case k.part.Field != nil:
			p.field(k)
		default:
			p.group(k)
		}
	}
	p.flush()
	p.owner = owner
}

// plain tells whether all in n can stand on one page.
func (n *node) plain() bool {
	for _, k := range n.kids {
		if k.part.Group != nil && (k.many || len(k.when) > 0 || k.question != nil || k.choice != nil || !k.plain()) {
			return false
		}
		if k.part.Field != nil && len(k.when) > 0 {
			return false
		}
	}
	return true
}

// repeating lays out a group that repeats: its pages, once each, and its list.
func (p *paging) repeating(n *node) {
	p.flush()
	before, owner := len(p.b.d.Pages), p.owner
	p.owner = n
	for _, k := range n.kids {
		switch {
		case k.part.Field != nil:
			p.field(k)
		default:
			p.group(k)
		}
	}
	p.flush()
	p.owner = owner
	b := p.b
	if len(b.d.Pages) == before {
		return
	}
	if !slices.ContainsFunc(b.d.Pages[before:], func(pg form.PageDef) bool { return pg.Each == n.path && pg.List == "" }) {
		// All its questions lie in groups that repeat themselves.
		first := form.PageDef{ID: b.page(n.id + "-beginn"), Section: p.section, Each: n.path, When: both(b.before(n, n.conds(), nil))}
		b.d.Pages = slices.Insert(b.d.Pages, before, first)
		b.de["page."+first.ID+".title"] = b.title(n, n.label()+" {n}")
		b.de["page."+first.ID+".intro"] = or(n.help(), "Auf den nächsten Seiten fragen wir nach den Angaben dazu.")
	}
	list := form.PageDef{ID: b.page(n.id), Section: p.section, List: n.path, When: both(b.before(n, n.conds(), nil))}
	if n.in != nil {
		list.Each = n.in.path
	}
	for _, f := range n.fields() {
		switch form.Kind(f.field.Type) {
		case form.Text, form.Date, form.PartialDate, form.OneOf, form.Int, form.Phone, form.Email:
			if f.conds(n) == nil && f.require == nil && len(list.Columns) < 3 {
				list.Columns = append(list.Columns, f.path)
			}
		}
	}
	b.d.Pages = append(b.d.Pages, list)
	key := "page." + list.ID
	b.de[key+".title"] = b.title(n, n.label())
	b.de[key+".add"], b.de[key+".next"] = "Weiteren Eintrag hinzufügen", "Weiter"
	if n.part.Min == 0 {
		b.de[key+".add"] = "Eintrag hinzufügen"
	}
}

// conds are the conditions of n and the groups it lies in, up to and without
// stop.
func (n *node) conds(stop ...*node) []cond {
	var out []cond
	for ; n != nil && !slices.Contains(stop, n); n = n.parent {
		out = append(slices.Clone(n.when), out...)
	}
	return out
}

// before leaves out, with a warning, conditions that read what is asked later.
func (b *builder) before(n *node, conds []cond, here block) []cond {
	return slices.DeleteFunc(slices.Clone(conds), func(c cond) bool {
		for _, path := range c.deps {
			if !slices.Contains(b.asked, path) && !slices.ContainsFunc(here, func(it item) bool { return it.path == path }) {
				if !n.blind {
					n.blind = true
					b.r.NotKept++
					b.warn(n, "„%s“ hängt von einer Frage ab, die später kommt; die Bedingung %s fehlt", n.label(), c.expr)
				}
				return true
			}
		}
		return false
	})
}

func both(conds []cond) string {
	var out []string
	for _, c := range conds {
		if !slices.Contains(out, c.expr) {
			out = append(out, c.expr)
		}
	}
	if len(out) > 1 {
		for i := range out {
			out[i] = "(" + out[i] + ")"
		}
	}
	return strings.Join(out, " && ")
}

// flush makes pages of what has gathered, and of the groups that come after it.
func (p *paging) flush() {
	p.lay()
	later := p.later
	p.later = nil
	for _, w := range later {
		p.repeating(w)
	}
}

// lay makes pages of what has gathered: as few as hold it, about equally full.
func (p *paging) lay() {
	blocks := p.blocks
	p.blocks = nil
	total := 0
	for _, bl := range blocks {
		total += bl.size()
	}
	if len(blocks) == 0 {
		return
	}
	pages := max(1, (total+maxFields-1)/maxFields)
	want := (total + pages - 1) / pages
	var now block
	var unasked block
	for _, bl := range blocks {
		ask := func(it item) bool { return it.path == "" || !it.fixed || len(it.gives.deps) > 0 || it.n.shows != "" }
		for _, it := range bl {
			if !ask(it) {
				unasked = append(unasked, it)
			}
		}
		if bl = slices.DeleteFunc(slices.Clone(bl), func(it item) bool { return !ask(it) }); len(bl) == 0 {
			continue
		}
		if p.b.o.Layout.cut(bl) && len(now) > 0 {
			p.page(now)
			now = nil
		}
		if slices.ContainsFunc(bl, func(it item) bool { return it.alone(now) }) {
			p.page(now)
			now = nil
		}
		if now.size() > 0 && now.size()+bl.size() > max(want, 1) && (now.size() >= want || now.size()+bl.size() > maxFields) {
			p.page(now)
			now = nil
		}
		now = append(now, bl...)
	}
	if len(now) > 0 {
		p.page(now)
	}
	if len(unasked) > 0 {
		p.unasked(unasked)
	}
}

// unasked makes a page of what is only sent along: nobody comes to see it.
func (p *paging) unasked(items block) {
	b := p.b
	pg := form.PageDef{Section: p.section, Each: p.each(), When: both(b.before(p.owner, p.owner.conds(), nil))}
	for _, it := range items {
		pg.Fields = append(pg.Fields, form.PageField{Field: it.path, When: both(b.before(it.n, it.when, nil)), Value: it.gives.expr})
		b.asked = append(b.asked, it.path)
	}
	pg.ID = b.page("ungefragt-" + shortID(items[0].path))
	b.de["page."+pg.ID+".title"] = items[0].n.label()
	b.d.Pages = append(b.d.Pages, pg)
}

// each is the path of the group in whose instances pages are asked now.
func (p *paging) each() string {
	for in := p.owner; in != nil; in = in.parent {
		if in.many {
			return in.path
		}
	}
	return ""
}

// page makes one page.
func (p *paging) page(items block) {
	b := p.b
	owner := common(items, p.owner)
	pg := form.PageDef{Section: p.section, Each: p.each()}
	pg.When = both(b.before(p.owner, p.owner.conds(), nil))
	var notes []string
	name := owner.id
	for i, it := range items {
		if it.path == "" {
			notes = append(notes, it.note)
			continue
		}
		if len(pg.Fields) == 0 {
			name = shortID(it.path)
		}
		f := form.PageField{Field: it.path, When: both(b.before(it.n, it.when, items[:i]))}
		if it.require != nil {
			f.Require = it.require.expr
		}
		if it.gives != nil {
			switch given := both(b.before(it.n, []cond{*it.gives}, nil)); {
			case it.fixed:
				f.Value = given
			default:
				f.Default = given
			}
		}
		pg.Fields = append(pg.Fields, f)
	}
	for _, f := range pg.Fields {
		b.asked = append(b.asked, f.Field)
	}
	pg.ID = b.page(or(name, "hinweis"))
	key := "page." + pg.ID
	label := or(owner.label(), b.de["section."+p.section])
	if owner.many {
		label += " {n}"
	}
	if parts := topics(items, owner); b.titles[label] && len(parts) > 0 && utf8.RuneCountInString(parts) <= 70 {
		label = parts
	}
	b.de[key+".title"] = b.title(owner, label)
	var intro []string
	if owner.part.Group != nil && !owner.told {
		owner.told = true
		if h := owner.help(); h != "" {
			intro = append(intro, h)
		}
	}
	if len(pg.Fields) == 0 {
		intro, notes = append(intro, notes...), nil
	}
	if len(intro) > 0 {
		b.de[key+".intro"] = strings.Join(intro, "\n\n")
	}
	for i, text := range notes {
		id := pg.ID + "-hinweis"
		if i > 0 {
			id += "-" + strconv.Itoa(i+1)
		}
		pg.Notes = append(pg.Notes, form.NoteDef{ID: id, Kind: "info"})
		b.de["note."+id] = text
	}
	b.d.Pages = append(b.d.Pages, pg)
}

// topics are the parts of owner that the items belong to, as a list.
func topics(items block, owner *node) string {
	var labels []string
	for _, it := range items {
		n := it.n
		for n.parent != nil && n.parent != owner {
			n = n.parent
		}
		if l := n.label(); n != owner && l != "" && !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	if last := len(labels) - 1; last > 0 {
		return strings.Join(labels[:last], ", ") + " und " + labels[last]
	}
	return strings.Join(labels, "")
}

// common is the nearest group that holds all items.
func common(items block, owner *node) *node {
	var out *node
	for _, it := range items {
		g := it.n
		if g.part.Field != nil {
			g = g.parent
		}
		if out == nil {
			out = g
			continue
		}
		for !slices.Contains(append(g.groups(), g), out) && out != owner {
			out = out.parent
			if out == nil {
				return owner
			}
		}
	}
	if out == nil || out.parent == nil && owner.parent != nil {
		return owner
	}
	return out
}

// title is label, with the groups around it where it stands there already.
func (b *builder) title(n *node, label string) string {
	t := label
	for _, g := range n.groups() {
		if !b.titles[t] {
			break
		}
		if g.label() != "" && !strings.HasPrefix(t, g.label()) {
			t = g.label() + ": " + t
		}
	}
	base := t
	for i := 2; b.titles[t]; i++ {
		t = base + " (" + strconv.Itoa(i) + ")"
	}
	b.titles[t] = true
	return t
}

func (b *builder) page(id string) string {
	out := id
	for i := 2; b.pageID[out]; i++ {
		out = id + "-" + strconv.Itoa(i)
	}
	b.pageID[out] = true
	return out
}

// shortID is the last two steps of a path, as the id of a page.
func shortID(path string) string {
	parts := strings.Split(path, ".")
	return strings.Join(parts[max(0, len(parts)-2):], "-")
}

// note is what a field that only shows something says.
func (n *node) note() string {
	f := n.part.Field
	if f == nil || f.FieldKind != "label" {
		return ""
	}
	text := tidy(f.Content)
	if text == "" {
		text = n.help()
	}
	if text == "" {
		return n.label()
	}
	return text
}

func itoa(n int) string { return strconv.Itoa(n) }
