package pdf

// What is filled in by hand: boxes and lines are artifacts, for what they mean
// stands in the words beside them.

const (
	comb     = 5.6 * mm // width of a box for one character
	boxH     = 7.5 * mm
	tick     = 3.6 * mm
	tickLead = 6.2 * mm
)

// Question is the label of something to fill in, with a hint under it in
// small type or "". It stays with the need points that follow.
func (d *Doc) Question(label, hint string, need float64) {
	b := d.body()
	b.grey, b.lead = 0, 14
	s := d.small()
	lines := float64(len(wrap(b.face, b.size, b.width, label))) * b.lead
	if hint != "" {
		lines += float64(len(wrap(s.face, s.size, s.width, hint))) * s.lead
	}
	d.y -= 5
	d.room(min(lines, 8*b.lead) + need)
	d.flow(d.at.add("P", ""), b, label)
	if hint != "" {
		d.flow(d.at.add("P", ""), s, hint)
	}
	d.y -= 3
}

// BoxHeight is the room that one row of boxes, or a line to write on, takes.
const BoxHeight = boxH + 6

// Combs draws boxes for single characters, in groups: 2, 2 and 4 for a date.
func (d *Doc) Combs(groups ...int) {
	d.room(BoxHeight)
	x := left
	d.op("/Artifact BMC 0.45 G 0.6 w\n")
	for _, n := range groups {
		for range n {
			if x+comb > right { // longer than a line
				d.y -= boxH + 3
				x = left
			}
			d.op("%s %s %s %s re\n", num(x), num(d.y-boxH), num(comb), num(boxH))
			x += comb
		}
		x += comb / 2
	}
	d.op("S EMC\n")
	d.y -= BoxHeight
}

// Lines draws a box of n lines to write into, as wide as its share of the
// page.
func (d *Doc) Lines(n int, share float64) {
	const lead = 8 * mm
	h := boxH + float64(n-1)*lead
	d.room(h + 6)
	w := (right - left) * share
	d.op("/Artifact BMC 0.45 G 0.6 w %s %s %s %s re S\n", num(left), num(d.y-h), num(w), num(h))
	d.op("0.8 G 0.4 w\n")
	for i := 1; i < n; i++ {
		y := d.y - float64(i)*lead
		d.op("%s %s m %s %s l S\n", num(left+4), num(y), num(left+w-4), num(y))
	}
	d.op("EMC\n")
	d.y -= h + 6
}

// Ticks is a list of choices with a box before each, in so many columns.
func (d *Doc) Ticks(items []string, columns int) {
	l := d.at.add("L", "/A<</O/List/ListNumbering/None>>")
	gap := 10.0
	width := (right - left - gap*float64(columns-1)) / float64(columns)
	b := d.body()
	b.width = width - tick - 8
	for from := 0; from < len(items); from += columns {
		row := items[from:min(from+columns, len(items))]
		lines := make([][]string, len(row))
		high := 1
		for i, item := range row {
			lines[i] = wrap(b.face, b.size, b.width, item)
			high = max(high, len(lines[i]))
		}
		d.room(float64(high-1)*b.lead + tickLead)
		for i := range row {
			x := left + float64(i)*(width+gap)
			li := l.add("LI", "")
			d.mark(li.add("Lbl", "/ActualText"+textString("☐ ")))
			d.op("0.3 G 0.8 w %s %s %s %s re S\nEMC\n", num(x+1), num(d.y-b.size-1), num(tick), num(tick))
			d.mark(li.add("LBody", ""))
			for k, s := range lines[i] {
				d.text(b.face, b.size, x+tick+8, d.y-float64(k)*b.lead-b.size, 0, s)
			}
			d.op("EMC\n")
		}
		d.y -= float64(high-1)*b.lead + tickLead
	}
	d.y -= 3
}

// Break begins a new page, unless one has just begun.
func (d *Doc) Break() {
	if len(d.page.marked) > 0 {
		d.newPage()
	}
}
