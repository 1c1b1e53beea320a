package pdf

import (
	"fmt"

	"rsc.io/qr"
)

// Fact is a term and what is said about it: "Aktenzeichen", "HS-2026-000123".
type Fact struct{ Term, Value string }

// List is a list with bullets, or numbered from 1.
func (d *Doc) List(items []string, numbered bool) {
	kind := "Disc"
	if numbered {
		kind = "Decimal"
	}
	l := d.at.add("L", "/A<</O/List/ListNumbering/"+kind+">>")
	for i, item := range items {
		label := "•"
		if numbered {
			label = fmt.Sprintf("%d.", i+1)
		}
		li := l.add("LI", "")
		b := d.body()
		b.x, b.width = left+16, b.width-16
		d.room(b.lead * float64(min(2, len(wrap(b.face, b.size, b.width, item)))))
		lbl := li.add("Lbl", "")
		d.mark(lbl)
		d.text(b.face, b.size, left+2, d.y-b.size, b.grey, label)
		d.op("EMC\n")
		d.flow(li.add("LBody", ""), b, item)
		d.y -= 2
	}
	d.y -= paragraphs - 2
}

// Facts is a list of terms, each with its value beside it.
func (d *Doc) Facts(facts []Fact) {
	const gap = 12
	d.facts(facts, d.body(), 0.36*(right-left)-gap, gap)
	d.y -= paragraphs
}

func (d *Doc) facts(facts []Fact, b block, termW, gap float64) {
	l := d.at.add("L", "/A<</O/List/ListNumbering/None>>")
	for _, f := range facts {
		li := l.add("LI", "")
		cells := []cell{
			{li.add("Lbl", ""), block{b.face, b.size, b.lead, b.x, termW, 0.35}, f.Term, false},
			{li.add("LBody", ""), block{b.face, b.size, b.lead, b.x + termW + gap, b.width - termW - gap, 0}, f.Value, false},
		}
		d.row(cells, b.lead, nil)
		d.y -= 2
	}
}

// cell is a piece of text beside others in one row.
type cell struct {
	elem  *elem // nil: an artifact
	style block
	text  string
	right bool // aligned right
}

// row sets cells side by side. A row that fits on a page is kept together;
// a longer one goes on over pages. onNewPage is called at the top of each
// page that the row begins.
func (d *Doc) row(cells []cell, lead float64, onNewPage func()) {
	lines := make([][]string, len(cells))
	rows := 1
	for i, c := range cells {
		lines[i] = wrap(c.style.face, c.style.size, c.style.width, c.text)
		rows = max(rows, len(lines[i]))
	}
	turn := func() {
		d.newPage()
		if onNewPage != nil {
			onNewPage()
		}
	}
	if h := float64(rows) * lead; d.y-h < bottom && h < (topNext-bottom)*0.8 {
		turn()
	}
	for from := 0; from < rows; {
		fit := int((d.y - bottom) / lead)
		if fit < 1 {
			turn()
			continue
		}
		to := min(rows, from+fit)
		for i, c := range cells {
			part := lines[i][min(from, len(lines[i])):min(to, len(lines[i]))]
			if len(part) == 0 {
				continue
			}
			if c.elem != nil {
				d.mark(c.elem)
			} else {
				d.op("/Artifact <</Type/Pagination>> BDC\n")
			}
			for k, s := range part {
				x := c.style.x
				if c.right {
					x += c.style.width - c.style.face.measure(s, c.style.size)
				}
				d.text(c.style.face, c.style.size, x, d.y-float64(k)*lead-c.style.size, c.style.grey, s)
			}
			d.op("EMC\n")
		}
		d.y -= float64(to-from) * lead
		from = to
	}
}

// Column is a column of a table.
type Column struct {
	Head  string
	Width float64 // share of the line; the shares are summed up
	Right bool    // aligned right, as amounts are
}

// Table is a table with a header row. A missing cell is empty.
type Table struct {
	Columns []Column
	Rows    [][]string
	Total   []string // a last row in bold, or nil
	RowHead bool     // the first cell of each row names the row
}

// Table writes t; its header is repeated on every page it reaches.
func (d *Doc) Table(t Table) {
	const gap, pad = 10.0, 3.0
	sum := 0.0
	for _, c := range t.Columns {
		sum += c.Width
	}
	table := d.at.add("Table", "")
	cells := func(tr *elem, texts []string, b block, tag func(i int) (string, string)) []cell {
		out := make([]cell, len(t.Columns))
		x, unit := left, (right-left-gap*float64(len(t.Columns)-1))/sum
		for i, c := range t.Columns {
			st := b
			st.x, st.width = x, c.Width*unit
			x += st.width + gap
			out[i] = cell{style: st, right: c.Right}
			if i < len(texts) {
				out[i].text = texts[i]
			}
			if tr != nil {
				out[i].elem = tr.add(tag(i))
			}
		}
		return out
	}
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	headStyle := d.body()
	headStyle.face, headStyle.size, headStyle.lead, headStyle.grey = d.bold, 9, 13, 0
	header := func(tr *elem) {
		d.row(cells(tr, heads, headStyle, func(int) (string, string) { return "TH", "/A<</O/Table/Scope/Column>>" }), headStyle.lead, nil)
		d.y -= pad
		d.rule(left, right, d.y, 0.3, 0.8)
		d.y -= pad
	}
	repeat := func() { header(nil) }
	for i, c := range cells(nil, heads, headStyle, nil) {
		if n := len(wrap(c.style.face, c.style.size, c.style.width, heads[i])); n > 12 {
			repeat = nil // a header this high would leave no room for its rows
		}
	}
	d.room(headStyle.lead + 2*bodyLead + 4*pad)
	header(table.add("THead", "").add("TR", ""))
	line := func(group *elem, texts []string, b block, head bool) {
		tr := group.add("TR", "")
		d.row(cells(tr, texts, b, func(i int) (string, string) {
			if i == 0 && head {
				return "TH", "/A<</O/Table/Scope/Row>>"
			}
			return "TD", ""
		}), b.lead, repeat)
		d.y -= pad
		d.rule(left, right, d.y, 0.8, 0.4)
		d.y -= pad
	}
	group := table.add("TBody", "")
	for _, r := range t.Rows {
		line(group, r, d.body(), t.RowHead)
	}
	if t.Total != nil {
		b := d.body()
		b.face, b.grey = d.bold, 0
		line(table.add("TFoot", ""), t.Total, b, true)
	}
	d.y -= paragraphs
}

// QR draws text as a QR code with edges of size points, described by alt, and
// prints caption (usually the text itself) beneath. It fails when the text is
// too long for a QR code (about 2,300 bytes).
func (d *Doc) QR(text, alt, caption string, size float64) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("pdf: QR code: %w", err)
	}
	d.room(size + 2*smallLead)
	fig := d.at.add("Figure", fmt.Sprintf("/Alt%s/A<</O/Layout/Placement/Block/BBox[%s %s %s %s]>>",
		textString(clean(alt)), num(left), num(d.y-size), num(left+size), num(d.y)))
	dot := size / float64(code.Size)
	d.mark(fig)
	d.op("0 g\n")
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			n := 0
			for code.Black(x+n, y) {
				n++
			}
			if n > 0 {
				d.op("%s %s %s %s re\n", num(left+float64(x)*dot), num(d.y-float64(y+1)*dot), num(float64(n)*dot), num(dot))
				x += n
			}
		}
	}
	d.op("f\nEMC\n")
	d.y -= size + 4
	if caption != "" {
		d.Small(caption)
	}
	return nil
}

// Letter is the head of a letter or notice by DIN 5008, form B.
type Letter struct {
	Authority string   // "Stadt Paderborn"
	Office    string   // "Amt für Finanzen"
	Return    string   // return address in one line, above the address
	To        []string // the address, up to six lines
	Info      []Fact   // information block: reference, date, contact
	Subject   string   // becomes the document's H1
}

// Head writes the name of the authority and its office at the top of the
// first page; Letter does so itself.
func (d *Doc) Head(authority, office string) {
	b := d.body()
	b.face, b.size, b.lead, b.grey = d.bold, 16, 20, 0
	d.y = pageH - 16*mm
	d.flow(d.at.add("P", ""), b, authority)
	if office != "" {
		b := d.body()
		b.grey = 0.35
		d.flow(d.at.add("P", ""), b, office)
	}
	d.rule(left, right, d.y-6, 0.3, 0.8)
	d.y -= 30
}

// Letter writes the head of a letter with the address where the window of the
// envelope is, and the subject. It must come first.
func (d *Doc) Letter(l Letter) {
	d.Head(l.Authority, l.Office)

	for _, y := range []float64{105, 148.5, 210} { // folds and the middle, for the punch
		d.rule(5*mm, 9*mm, pageH-y*mm, 0.6, 0.4)
	}
	b := d.small()
	b.size, b.lead, b.width = 7, 9, 80*mm
	d.y = pageH - 57*mm
	if l.Return != "" {
		d.flow(d.at.add("P", ""), b, d.short(clean(l.Return), b.size, b.width))
	}
	d.y = pageH - 62.7*mm // the address zone begins 17.7 mm below the field's edge
	b = d.body()
	b.lead, b.width = 12.9, 80*mm
	p := d.at.add("P", "")
	d.mark(p)
	for i, line := range l.To[:min(len(l.To), 6)] {
		if i < len(l.To)-1 {
			line += " "
		}
		d.text(b.face, b.size, b.x, d.y-b.size, 0, wrap(b.face, b.size, b.width, line)[0])
		d.y -= b.lead
	}
	d.op("EMC\n")
	low := d.y

	d.y = pageH - 50*mm
	b = d.body()
	b.size, b.lead, b.x, b.width = 9, 12.5, 125*mm, 75*mm-10*mm
	if len(l.Info) > 0 {
		d.facts(l.Info, b, 25*mm, 6)
	}
	d.y = min(d.y, low, pageH-98.5*mm) - 14
	d.H1(l.Subject)
}
