package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode"
)

// Fonts are the two faces of all documents, read once per process and shared
// by all documents at the same time.
type Fonts struct {
	regular, bold *trueType
}

// LoadFonts reads two TrueType fonts (the whole files). What a document embeds
// is a subset of them: about 15 kB for the letters of a usual German notice.
func LoadFonts(regular, bold []byte) (*Fonts, error) {
	r, err := parseTrueType(regular)
	if err != nil {
		return nil, fmt.Errorf("regular face: %w", err)
	}
	b, err := parseTrueType(bold)
	if err != nil {
		return nil, fmt.Errorf("bold face: %w", err)
	}
	return &Fonts{r, b}, nil
}

// trueType is a font made ready for cutting subsets. It is read-only.
type trueType struct {
	name                       string // PostScript name
	unitsPerEm                 int
	ascent, descent, capHeight int
	bbox                       [4]int16
	head, hhea, maxp           []byte
	cmap                       map[rune]uint16
	advance                    []uint16
	lsb                        []int16
	glyphs                     [][]byte // outlines without their hinting programs
}

var errFont = errors.New("pdf: not a TrueType font with outlines and a Unicode cmap")

// parseTrueType reads the tables that a PDF needs (OpenType 1.9, "glyf"
// flavour). Fonts come with the program, so a broken one is simply refused:
// every slice access out of range ends as errFont.
func parseTrueType(file []byte) (f *trueType, err error) {
	defer func() {
		if recover() != nil {
			f, err = nil, errFont
		}
	}()
	table := map[string][]byte{}
	for i := range int(u16(file, 4)) {
		rec := file[12+16*i:]
		off, n := u32(rec, 8), u32(rec, 12)
		table[string(rec[:4])] = file[off : off+n]
	}
	head, hhea, maxp, hmtx, os2 := table["head"], table["hhea"], table["maxp"], table["hmtx"], table["OS/2"]
	f = &trueType{
		unitsPerEm: int(u16(head, 18)),
		ascent:     int(i16(hhea, 4)), descent: int(i16(hhea, 6)),
		head: head[:54], hhea: hhea[:36], maxp: maxp[:32],
		cmap: map[rune]uint16{},
		name: psName(table["name"]),
	}
	f.capHeight = f.ascent * 7 / 10
	if u16(os2, 0) >= 2 {
		f.capHeight = int(i16(os2, 88))
	}
	for i := range f.bbox {
		f.bbox[i] = i16(head, 36+2*i)
	}
	n, full := int(u16(maxp, 4)), int(u16(hhea, 34))
	f.advance, f.lsb, f.glyphs = make([]uint16, n), make([]int16, n), make([][]byte, n)
	loca, glyf, long := table["loca"], table["glyf"], u16(head, 50) == 1
	for g := range n {
		if g < full {
			f.advance[g], f.lsb[g] = u16(hmtx, 4*g), i16(hmtx, 4*g+2)
		} else {
			f.advance[g], f.lsb[g] = f.advance[full-1], i16(hmtx, 4*full+2*(g-full))
		}
		var from, to int
		if long {
			from, to = int(u32(loca, 4*g)), int(u32(loca, 4*g+4))
		} else {
			from, to = 2*int(u16(loca, 2*g)), 2*int(u16(loca, 2*g+2))
		}
		f.glyphs[g] = stripHints(glyf[from:to])
	}
	f.readCmap(table["cmap"])
	if len(f.cmap) == 0 || f.unitsPerEm == 0 || f.name == "" {
		return nil, errFont
	}
	return f, nil
}

func (f *trueType) readCmap(t []byte) {
	for i := range int(u16(t, 2)) {
		platform, sub := u16(t, 4+8*i), t[u32(t, 8+8*i):]
		if platform != 0 && platform != 3 {
			continue
		}
		switch u16(sub, 0) {
		case 4:
			segs := int(u16(sub, 6)) / 2
			for s := range segs {
				end, start := int(u16(sub, 14+2*s)), int(u16(sub, 16+2*segs+2*s))
				delta, at := u16(sub, 16+4*segs+2*s), 16+6*segs+2*s
				offset := int(u16(sub, at))
				for c := start; c <= end && c < 0xffff; c++ {
					g := uint16(c)
					if offset != 0 {
						if g = u16(sub, at+offset+2*(c-start)); g == 0 {
							continue
						}
					}
					f.cmap[rune(c)] = g + delta
				}
			}
		case 12:
			for s := range int(u32(sub, 12)) {
				rec := sub[16+12*s:]
				start, end, g := u32(rec, 0), u32(rec, 4), u32(rec, 8)
				for c := start; c <= end && c <= unicode.MaxRune; c++ {
					f.cmap[rune(c)] = uint16(g + c - start)
				}
			}
		}
	}
	for c, g := range f.cmap {
		if int(g) >= len(f.glyphs) || g == 0 {
			delete(f.cmap, c)
		}
	}
}

// psName is the font's PostScript name (name id 6), Latin letters only.
func psName(t []byte) string {
	strs := t[u16(t, 4):]
	for i := range int(u16(t, 2)) {
		rec := t[6+12*i:]
		if u16(rec, 6) != 6 {
			continue
		}
		var out []byte
		for _, b := range strs[u16(rec, 10):][:u16(rec, 8)] {
			if b == '-' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' {
				out = append(out, b)
			}
		}
		return string(out)
	}
	return ""
}

// Flags of a composite glyph's components.
const (
	argsAreWords   = 1 << 0
	haveScale      = 1 << 3
	moreComponents = 1 << 5
	haveXYScale    = 1 << 6
	have2x2        = 1 << 7
	haveHints      = 1 << 8
)

// components calls fn for each component record of a composite glyph and
// returns where the last one ends.
func components(g []byte, fn func(rec []byte)) (end int) {
	for at := 10; ; {
		flags := u16(g, at)
		n := 6
		if flags&argsAreWords != 0 {
			n = 8
		}
		switch {
		case flags&haveScale != 0:
			n += 2
		case flags&haveXYScale != 0:
			n += 4
		case flags&have2x2 != 0:
			n += 8
		}
		fn(g[at : at+n])
		at += n
		if flags&moreComponents == 0 {
			return at
		}
	}
}

// isComposite tells whether a glyph is put together from other glyphs.
func isComposite(g []byte) bool { return len(g) > 0 && i16(g, 0) < 0 }

// stripHints is the glyph without its hinting program, which would need the
// font's own programs beside it.
func stripHints(g []byte) []byte {
	if len(g) == 0 {
		return nil
	}
	if isComposite(g) {
		out := slices.Clone(g)
		end := components(out, func(rec []byte) {
			binary.BigEndian.PutUint16(rec, u16(rec, 0)&^haveHints)
		})
		return out[:end]
	}
	at := 10 + 2*int(i16(g, 0))
	n := int(u16(g, at))
	out := append(slices.Clone(g[:at]), 0, 0)
	return append(out, g[at+2+n:]...)
}

// subset is a TrueType file with exactly the wanted glyphs (by their number in
// f), numbered in that order, and after them the parts of composite ones.
func (f *trueType) subset(want []uint16) []byte {
	want = slices.Clone(want)
	place := map[uint16]uint16{}
	for i, g := range want {
		if _, ok := place[g]; !ok {
			place[g] = uint16(i)
		}
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(want); i++ { // grows while it runs
		g := f.glyphs[want[i]]
		if isComposite(g) {
			g = slices.Clone(g)
			components(g, func(rec []byte) {
				part := u16(rec, 2)
				if _, ok := place[part]; !ok {
					place[part] = uint16(len(want))
					want = append(want, part)
				}
				binary.BigEndian.PutUint16(rec[2:], place[part])
			})
		}
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = pad4(append(glyf, g...))
		hmtx = binary.BigEndian.AppendUint16(hmtx, f.advance[want[i]])
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.lsb[want[i]]))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	head, hhea, maxp := slices.Clone(f.head), slices.Clone(f.hhea), slices.Clone(f.maxp)
	binary.BigEndian.PutUint32(head[8:], 0)  // checkSumAdjustment, set below
	binary.BigEndian.PutUint16(head[50:], 1) // long loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(want)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(want)))
	clear(maxp[14:28]) // twilight points, storage, functions, stack, instructions
	maxp[15] = 1       // maxZones

	tables := []struct {
		tag  string
		data []byte
	}{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}}
	out := []byte{0, 1, 0, 0, 0, 6, 0, 64, 0, 2, 0, 32} // six tables
	at, headAt := 12+16*len(tables), 0
	for _, t := range tables {
		if t.tag == "head" {
			headAt = at
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = pad4(append(out, t.data...))
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(b []byte) (sum uint32) {
	var word [4]byte
	for len(b) > 0 {
		clear(word[:])
		b = b[copy(word[:], b):]
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}

func pad4(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func i16(b []byte, at int) int16  { return int16(u16(b, at)) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
