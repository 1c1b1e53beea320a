package pdf

import (
	"fmt"
	"strings"
	"time"
)

// Measures of the page in points (1/72 inch). Margins and the places of the
// letter's parts are those of DIN 5008, form B.
const (
	mm         = 72 / 25.4
	pageW      = 210 * mm
	pageH      = 297 * mm
	left       = 25 * mm
	right      = pageW - 20*mm
	bottom     = 27 * mm // lowest line of the text; the footer stands below
	topNext    = pageH - 32*mm
	bodySize   = 10.5
	bodyLead   = 15.0
	smallSize  = 8.5
	smallLead  = 11.5
	paragraphs = 6.0 // between two paragraphs
)

// Meta describes a document.
type Meta struct {
	Title   string    // shown in the window's title, and on the pages after the first
	Lang    string    // BCP 47, "de"
	Author  string    // the authority
	Created time.Time // to the second
	Footer  string    // left in the footer of each page, such as a file reference
	// PageOf is the page number, "Seite {n} von {total}"; "" for that, or its
	// English where Lang is English.
	PageOf string
}

// Doc is a document being written, from top to bottom. It is not safe for
// concurrent use.
type Doc struct {
	meta          Meta
	regular, bold *face
	pages         []*page
	page          *page
	y             float64 // baseline to baseline: the top of the next block
	root          *elem
	at            *elem // where the next block goes
	heads         []head
}

type page struct {
	ops    []byte
	marked []*elem // by MCID
	obj    int
}

type head struct {
	text string
	page *page
	y    float64
}

// New begins a document. Without fonts it is set in Helvetica, which is not
// embedded and knows Western European letters only: for tests.
func New(fonts *Fonts, m Meta) *Doc {
	d := &Doc{meta: m, root: &elem{tag: "Document"}}
	d.at = d.root
	if fonts != nil {
		d.regular = &face{resource: "F1", ttf: fonts.regular, slot: map[rune]uint16{}}
		d.bold = &face{resource: "F2", ttf: fonts.bold, slot: map[rune]uint16{}}
	} else {
		d.regular = &face{resource: "F1", std: "Helvetica", widths: &helvetica}
		d.bold = &face{resource: "F2", std: "Helvetica-Bold", widths: &helveticaBold}
	}
	if d.meta.PageOf == "" {
		d.meta.PageOf = "Seite {n} von {total}"
		if strings.HasPrefix(m.Lang, "en") {
			d.meta.PageOf = "Page {n} of {total}"
		}
	}
	d.newPage()
	return d
}

func (d *Doc) op(format string, args ...any) { d.page.ops = fmt.Appendf(d.page.ops, format, args...) }

func (d *Doc) newPage() {
	d.page = &page{}
	d.pages = append(d.pages, d.page)
	d.y = pageH - 25*mm
	if len(d.pages) > 1 {
		d.op("/Artifact <</Type/Pagination/Subtype/Header>> BDC\n")
		d.text(d.regular, smallSize, left, pageH-20*mm, 0.35, d.short(joined(" · ", d.meta.Author, d.meta.Title), smallSize, right-left))
		d.op("EMC\n")
		d.y = topNext
	}
}

func joined(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, clean(p))
		}
	}
	return strings.Join(out, sep)
}

// short cuts s to one line of the given width.
func (d *Doc) short(s string, size, width float64) string {
	if d.regular.measure(s, size) <= width {
		return s
	}
	return strings.TrimRight(wrap(d.regular, size, width-size, s)[0], " ") + "…"
}

// footers writes the foot of each page, once their number is known.
func (d *Doc) footers() {
	for i, p := range d.pages {
		d.page = p
		label := strings.NewReplacer("{n}", fmt.Sprint(i+1), "{total}", fmt.Sprint(len(d.pages))).Replace(d.meta.PageOf)
		w := d.regular.measure(label, smallSize)
		d.op("/Artifact <</Type/Pagination/Subtype/Footer>> BDC\n")
		d.op("0.75 G 0.5 w %s %s m %s %s l S\n", num(left), num(20*mm), num(right), num(20*mm))
		d.text(d.regular, smallSize, left, 15*mm, 0.35, d.short(clean(d.meta.Footer), smallSize, right-left-w-20))
		d.text(d.regular, smallSize, right-w, 15*mm, 0.35, label)
		d.op("EMC\n")
	}
}

// text draws one line with its baseline at y.
func (d *Doc) text(f *face, size, x, y, grey float64, s string) {
	if s == "" {
		return
	}
	d.op("BT %s g /%s %s Tf %s %s Td ", num(grey), f.resource, num(size), num(x), num(y))
	d.page.ops = f.show(d.page.ops, s)
	d.op("ET\n")
}

// rule draws a thin horizontal line, which means nothing to a reader.
func (d *Doc) rule(x1, x2, y, grey, width float64) {
	d.op("/Artifact BMC %s G %s w %s %s m %s %s l S EMC\n", num(grey), num(width), num(x1), num(y), num(x2), num(y))
}

// mark begins content that belongs to e; it ends with "EMC".
func (d *Doc) mark(e *elem) {
	n := len(d.page.marked)
	d.page.marked = append(d.page.marked, e)
	e.kids = append(e.kids, kid{page: d.page, mcid: n})
	d.op("/%s <</MCID %d>> BDC\n", e.tag, n)
}

// room makes sure that h points are left on the page.
func (d *Doc) room(h float64) bool {
	if d.y-h >= bottom {
		return true
	}
	d.newPage()
	return false
}

// block is a run of lines in one style.
type block struct {
	face       *face
	size, lead float64
	x, width   float64
	grey       float64
}

func (d *Doc) body() block {
	return block{d.regular, bodySize, bodyLead, left, right - left, 0.1}
}

func (d *Doc) small() block {
	return block{d.regular, smallSize, smallLead, left, right - left, 0.35}
}

// flow sets s as the content of e, over page ends where needed. A first line
// is not left alone at the foot of a page.
func (d *Doc) flow(e *elem, b block, s string) {
	lines := wrap(b.face, b.size, b.width, s)
	d.room(b.lead * float64(min(2, len(lines))))
	d.mark(e)
	for _, l := range lines {
		if d.y-b.lead < bottom {
			d.op("EMC\n")
			d.newPage()
			d.mark(e)
		}
		d.text(b.face, b.size, b.x, d.y-b.size, b.grey, l)
		d.y -= b.lead
	}
	d.op("EMC\n")
}

// Section puts what fn writes into a section of its own.
func (d *Doc) Section(fn func()) {
	outer := d.at
	d.at = outer.add("Sect", "")
	fn()
	d.at = outer
}

// H1 is the title of the document; there is one.
func (d *Doc) H1(s string) { d.heading("H1", 15, 20, 0, 8, s) }

// H2 is a heading below H1.
func (d *Doc) H2(s string) { d.heading("H2", 12, 16.5, 14, 3, s) }

// H3 is a heading below H2.
func (d *Doc) H3(s string) { d.heading("H3", bodySize, bodyLead, 8, 1, s) }

func (d *Doc) heading(tag string, size, lead, before, after float64, s string) {
	b := d.body()
	b.face, b.size, b.lead, b.grey = d.bold, size, lead, 0
	d.y -= before
	d.room(lead + 4*bodyLead) // never alone at the foot of a page: two lines, or a table's head and first row, go with it
	d.heads = append(d.heads, head{s, d.page, d.y})
	d.flow(d.at.add(tag, ""), b, s)
	d.y -= after
}

// P is a paragraph; a line end in s is kept.
func (d *Doc) P(s string) {
	d.flow(d.at.add("P", ""), d.body(), s)
	d.y -= paragraphs
}

// Strong is a paragraph in bold.
func (d *Doc) Strong(s string) {
	b := d.body()
	b.face, b.grey = d.bold, 0
	d.flow(d.at.add("P", ""), b, s)
	d.y -= paragraphs
}

// Small is a paragraph in small grey type: remarks, hashes.
func (d *Doc) Small(s string) {
	d.flow(d.at.add("P", ""), d.small(), s)
	d.y -= paragraphs
}

// Space leaves h points free.
func (d *Doc) Space(h float64) { d.y -= h }
