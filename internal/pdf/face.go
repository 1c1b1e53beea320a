package pdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// face is one font as one document uses it: it collects the characters that
// the subset must hold. Characters are numbered in the order of their first
// use, so the same text gives the same subset.
type face struct {
	resource string    // name in the resource dictionary
	ttf      *trueType // nil: standard Helvetica in WinAnsiEncoding
	widths   *[224]uint16
	std      string
	slot     map[rune]uint16
	runes    []rune // slot 1 is runes[0]; slot 0 is .notdef and never shown
}

// glyph is the font's glyph for r; for a character the font lacks, the box of
// .notdef.
func (f *face) glyph(r rune) uint16 {
	g := f.ttf.cmap[r]
	if g == 0 && r == '\u202f' {
		g = f.ttf.cmap['\u00a0']
	}
	return g
}

// width is the advance of r at 1,000 units per em.
func (f *face) width(r rune) float64 {
	if f.ttf == nil {
		return float64(f.widths[winAnsi(r)-32])
	}
	if unicode.Is(unicode.Mn, r) && f.glyph(r) != 0 {
		return 0
	}
	return float64(f.ttf.advance[f.glyph(r)]) * 1000 / float64(f.ttf.unitsPerEm)
}

// measure is the width of s in points at the given font size.
func (f *face) measure(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += f.width(r)
	}
	return w * size / 1000
}

// show appends the operator that draws s (TJ) and registers its characters.
func (f *face) show(out []byte, s string) []byte {
	if f.ttf == nil {
		out = append(out, '<')
		for _, r := range s {
			out = fmt.Appendf(out, "%02X", winAnsi(r))
		}
		return append(out, "> Tj\n"...)
	}
	out = append(out, "[<"...)
	var before rune
	for _, r := range s {
		n, ok := f.slot[r]
		if !ok {
			f.runes = append(f.runes, r)
			n = uint16(len(f.runes))
			f.slot[r] = n
		}
		if unicode.Is(unicode.Mn, r) && f.glyph(r) != 0 {
			// A combining mark stands centred over the letter before it, and
			// the pen goes back to where it was.
			back := f.markShift(before, r)
			adv := float64(f.ttf.advance[f.glyph(r)]) * 1000 / float64(f.ttf.unitsPerEm)
			out = fmt.Appendf(out, "> %s <%04X> %s <", num(back), n, num(adv-back))
			continue
		}
		out = fmt.Appendf(out, "%04X", n)
		before = r
	}
	return append(out, ">] TJ\n"...)
}

// markShift is how far to step back (thousandths of an em) so that the middle
// of the mark's outline meets the middle of the base letter.
func (f *face) markShift(base, mark rune) float64 {
	g := f.ttf.glyphs[f.glyph(mark)]
	if len(g) < 10 {
		return 0
	}
	middle := (float64(i16(g, 2)) + float64(i16(g, 6))) / 2 * 1000 / float64(f.ttf.unitsPerEm)
	return f.width(base)/2 + middle
}

// winAnsi is r in WinAnsiEncoding, or a question mark.
func winAnsi(r rune) byte {
	if b, ok := charmap.Windows1252.EncodeRune(r); ok && b >= 32 {
		return b
	}
	return '?'
}

// objects writes the font's objects from number first on and returns how many
// they are.
func (f *face) objects(w *writer, first int) int {
	if f.ttf == nil {
		w.object(first, fmt.Sprintf("<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>", f.std))
		return 1
	}
	t := f.ttf
	scale := func(v int) int { return v * 1000 / t.unitsPerEm }
	want, widths := make([]uint16, 1, len(f.runes)+1), make([]string, 0, len(f.runes)+1)
	widths = append(widths, num(float64(t.advance[0])*1000/float64(t.unitsPerEm)))
	for _, r := range f.runes {
		g := f.glyph(r)
		want = append(want, g)
		widths = append(widths, num(float64(t.advance[g])*1000/float64(t.unitsPerEm)))
	}
	name := f.tag() + "+" + t.name
	stem := 84
	if f.resource == "F2" {
		stem = 140
	}
	w.object(first, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, first+1, first+4))
	w.object(first+1, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/CIDToGIDMap/Identity/FontDescriptor %d 0 R/DW 0/W[0[%s]]>>", name, first+2, strings.Join(widths, " ")))
	w.object(first+2, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>",
		name, scale(int(t.bbox[0])), scale(int(t.bbox[1])), scale(int(t.bbox[2])), scale(int(t.bbox[3])),
		scale(t.ascent), scale(t.descent), scale(t.capHeight), stem, first+3))
	file := t.subset(want)
	w.stream(first+3, fmt.Sprintf("/Length1 %d", len(file)), file)
	w.stream(first+4, "", f.toUnicode())
	return 5
}

// tag is the six letters that mark a subset; equal subsets have equal tags.
func (f *face) tag() string {
	h := uint64(14695981039346656037) // FNV-1a
	for _, r := range f.runes {
		h = (h ^ uint64(r)) * 1099511628211
	}
	var out [6]byte
	for i := range out {
		out[i] = 'A' + byte(h%26)
		h /= 26
	}
	return string(out[:])
}

func (f *face) toUnicode() []byte {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for from := 0; from < len(f.runes); from += 100 {
		part := f.runes[from:min(from+100, len(f.runes))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for i, r := range part {
			fmt.Fprintf(&b, "<%04X> <%s>\n", from+i+1, utf16Hex(string(r)))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
