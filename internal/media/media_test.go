package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	for head, want := range map[string]string{
		"%PDF-1.4": PDF, "\ufeff\n%PDF-2.0": PDF, strings.Repeat(" ", 2000) + "%PDF-1.4": "text/plain", "\xff\xd8\xff\xe0": JPEG,
		"\x89PNG\r\n\x1a\n": PNG, "\x00\x00\x00\x18ftypheic0000": HEIC, "\x00\x00\x00\x18ftypmif10000": HEIC, "\x00\x00\x00\x18ftypavif0000": "video/mp4",
		"": "text/plain", "MZ\x90\x00": "application/octet-stream", "<svg onload=alert(1)>": "text/plain", "GIF89a": "image/gif",
	} {
		if got := Sniff([]byte(head)); got != want && want != "video/mp4" || got == HEIC && want != HEIC {
			t.Errorf("%.20q is %s, want %s", head, got, want)
		}
	}
}

// corner is a picture of w × h whose upper left quarter is red.
func corner(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// exif is TIFF data with an orientation and a place.
func exif(order binary.AppendByteOrder, mark string, turn uint16) []byte {
	b := order.AppendUint16([]byte(mark), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, turn), 0)
	return append(b, "GPS 51.7189 8.7575 secret place"...)
}

func jpegOf(t testing.TB, img image.Image, tiff []byte) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return append(append(head, segment...), b[2:]...)
}

func pngOf(t testing.TB, img image.Image, tiff []byte) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	const ihdr = 8 + 25
	b := out.Bytes()
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(tiff)))
	chunk = append(append(chunk, "eXIf"...), tiff...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(append(append([]byte(nil), b[:ihdr]...), chunk...), b[ihdr:]...)
}

func redraw(b []byte, typ string) ([]byte, error) {
	h, err := ReadHeader(bytes.NewReader(b), typ)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = h.Redraw(&out, bytes.NewReader(b), typ, 90)
	return out.Bytes(), err
}

// TestRedraw turns pictures of each kind as EXIF says, after which nothing of
// EXIF is left.
func TestRedraw(t *testing.T) {
	gray := image.NewGray(image.Rect(0, 0, 64, 32))
	for i := range gray.Pix {
		gray.Pix[i] = 255
		if i%64 < 32 && i/64 < 16 {
			gray.Pix[i] = 0
		}
	}
	for name, img := range map[string]image.Image{"colour": corner(64, 32), "odd": corner(61, 31), "gray": gray} {
		for turn := uint16(1); turn <= 8; turn++ {
			for typ, b := range map[string][]byte{
				JPEG: jpegOf(t, img, exif(binary.BigEndian, "MM", turn)),
				PNG:  pngOf(t, img, exif(binary.LittleEndian, "II", turn)),
			} {
				out, err := redraw(b, typ)
				if err != nil {
					t.Fatalf("%s %s %d: %v", name, typ, turn, err)
				}
				if bytes.Contains(out, []byte("secret")) || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("eXIf")) || Sniff(out) != typ {
					t.Errorf("%s %s %d keeps what is not to be seen", name, typ, turn)
				}
				got, _, err := image.Decode(bytes.NewReader(out))
				if err != nil {
					t.Fatal(err)
				}
				size := got.Bounds().Size()
				if was := img.Bounds().Size(); turn >= 5 && size != image.Pt(was.Y, was.X) || turn < 5 && size != was {
					t.Errorf("%s %s %d is %v", name, typ, turn, size)
				}
				// Where the dark quarter goes.
				right := turn == 2 || turn == 3 || turn == 6 || turn == 7
				low := turn == 3 || turn == 4 || turn == 7 || turn == 8
				for _, x := range []bool{false, true} {
					for _, y := range []bool{false, true} {
						at := image.Pt(size.X/4, size.Y/4)
						if x {
							at.X = size.X * 3 / 4
						}
						if y {
							at.Y = size.Y * 3 / 4
						}
						_, g, _, _ := got.At(at.X, at.Y).RGBA()
						if dark := g < 0x4000; dark != (x == right && y == low) {
							t.Errorf("%s %s %d: at right %v, low %v it is dark: %v", name, typ, turn, x, y, dark)
						}
					}
				}
			}
		}
	}
}

func TestRedrawIsTheSameEachTime(t *testing.T) {
	b := jpegOf(t, corner(64, 32), exif(binary.BigEndian, "MM", 6))
	one, err := redraw(b, JPEG)
	two, _ := redraw(b, JPEG)
	if err != nil || !bytes.Equal(one, two) {
		t.Error("the same picture gives two files", err)
	}
}

// TestHostilePictures are refused before they take memory.
func TestHostilePictures(t *testing.T) {
	ihdr := func(w, h uint32, depth byte) []byte {
		b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
		b = append(b, depth, 6, 0, 0, 0)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
		return append(b, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"...)
	}
	sof := func(marker byte, w, h uint16) []byte {
		b := []byte{0xff, 0xd8, 0xff, marker, 0, 17, 8}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, h), w)
		return append(b, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xda, 0, 2)
	}
	// layers is a gray picture of n scans; each says in seventeen bits that
	// nothing changes in any of its blocks.
	layers := func(n int) []byte {
		b := append([]byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
		b = append(b, 0xff, 0xc2, 0, 11, 8, 0, 64, 0, 64, 1, 1, 0x11, 0)
		b = append(b, 0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0)
		for range n {
			b = append(b, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x7f, 0xfe)
		}
		return append(b, 0xff, 0xd9)
	}
	whole := jpegOf(t, corner(64, 32), nil)
	for name, c := range map[string]struct {
		typ  string
		b    []byte
		want error
	}{
		"a bomb":                    {PNG, ihdr(30000, 30000, 8), ErrHuge},
		"sides that overflow":       {PNG, ihdr(1<<31, 1<<31, 8), ErrHuge},
		"deep colours":              {PNG, ihdr(5000, 5000, 16), ErrHuge},
		"no width":                  {PNG, ihdr(0, 10, 8), ErrBroken},
		"no pixels":                 {PNG, ihdr(10, 10, 8), ErrBroken},
		"a large JPEG":              {JPEG, sof(0xc0, 65000, 65000), ErrHuge},
		"layers":                    {JPEG, sof(0xc2, 6000, 6000), ErrHuge},
		"layer upon layer":          {JPEG, layers(maxScans + 1), ErrBroken},
		"many layers":               {JPEG, layers(maxScans), nil},
		"a photograph of 48 MP":     {JPEG, sof(0xc0, 8064, 6048), ErrBroken}, // allowed, but there is nothing in it
		"a JPEG without an end":     {JPEG, whole[:len(whole)-200], ErrBroken},
		"a JPEG that ends at once":  {JPEG, whole[:2], ErrBroken},
		"an end before the pixels":  {JPEG, []byte{0xff, 0xd8, 0xff, 0xd9}, ErrBroken},
		"a segment of no length":    {JPEG, []byte{0xff, 0xd8, 0xff, 0xe1, 0, 0}, ErrBroken},
		"a PNG called a JPEG":       {JPEG, ihdr(10, 10, 8), ErrBroken},
		"another type":              {"image/gif", []byte("GIF89a"), ErrBroken},
		"IHDR twice":                {PNG, append(ihdr(10, 10, 8)[:33], ihdr(10, 10, 8)[8:]...), ErrBroken},
		"an entry behind its table": {JPEG, whole[:4], ErrBroken},
	} {
		if _, err := redraw(c.b, c.typ); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzRedraw(f *testing.F) {
	f.Add(jpegOf(f, corner(8, 8), exif(binary.LittleEndian, "II", 6)))
	f.Add(pngOf(f, corner(8, 8), exif(binary.BigEndian, "MM", 8)))
	f.Fuzz(func(t *testing.T, b []byte) {
		typ := Sniff(b)
		h, err := ReadHeader(bytes.NewReader(b), typ)
		if err != nil || h.Memory > 1<<20 {
			return
		}
		var out bytes.Buffer
		if err := h.Redraw(&out, bytes.NewReader(b), typ, 50); err != nil && !errors.Is(err, ErrBroken) {
			t.Errorf("a broken picture is our fault: %v", err)
		}
	})
}

// packed is an object stream.
func packed(content string) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(content))
	w.Close()
	return fmt.Sprintf("9 0 obj <</Type /ObjStm /N 3 /Filter /FlateDecode /Length %d>>\nstream\r\n%s\nendstream endobj\n", z.Len(), z.String())
}

func TestPages(t *testing.T) {
	page := "<</Type /Page /Parent 1 0 R>>\n"
	noise := strings.Repeat("\x00\xff/Pa /Type/Pages /PageMode stream xyz", 3000)
	for name, c := range map[string]struct {
		pdf  string
		want int
	}{
		"nothing":           {"", 0},
		"plain":             {"%PDF-1.4\n<</Type/Pages/Count 2>>" + page + "<</Type/Page>>", 2},
		"with line breaks":  {"%PDF-1.4\n<</Type\r\n  /Page\n>>", 1},
		"at the very end":   {"/Type /Page", 1},
		"in streams":        {"%PDF-1.5\n" + packed(page+"<</Type/Page>>") + noise + packed(page), 3},
		"between noise":     {noise + page + noise + page, 2},
		"a broken stream":   {strings.ReplaceAll(packed(page), "x\x9c", "\x00\x00") + page, 1},
		"a cut stream":      {packed(page)[:60], 0},
		"a stream too long": {"/ObjStm stream\n" + strings.Repeat("x", maxPacked+1000) + "endstream" + page, 1},
		"a bomb":            {packed(strings.Repeat(" ", 1<<24)+page) + page, 2},
		"/ObjStm, no dict":  {"/ObjStm" + strings.Repeat(" ", 10_000) + page, 1},
	} {
		for _, piece := range []int{1 << 20, 4096, 7, 1} {
			if len(c.pdf) > 50_000 && piece < 4096 {
				continue
			}
			p := NewPages()
			for b := []byte(c.pdf); len(b) > 0; b = b[min(piece, len(b)):] {
				p.Write(b[:min(piece, len(b))])
			}
			p.End()
			if p.N != c.want {
				t.Errorf("%s in pieces of %d: %d pages, want %d", name, piece, p.N, c.want)
			}
			if cap(p.window) > 1<<20 {
				t.Errorf("%s: keeps %d bytes", name, cap(p.window))
			}
		}
	}
}

// A file of nothing but object streams takes no more memory than another.
func TestManyObjectStreams(t *testing.T) {
	for name, stream := range map[string]string{"empty": "/ObjStm stream\nendstream", "of a page": packed("/Type/Page ")} {
		b := []byte(strings.Repeat(stream, 10_000))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		NewPages().Write(b)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 20<<20 { // 2 kB for each
			t.Errorf("%s: 10,000 streams take %d bytes", name, n)
		}
	}
}

func FuzzPages(f *testing.F) {
	f.Add([]byte("%PDF /Type /Page /ObjStm stream\nx endstream"), 3)
	f.Add([]byte(packed("/Type/Page")), 10)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		count := func(piece int) int {
			p := NewPages()
			for b := b; len(b) > 0; b = b[min(piece, len(b)):] {
				p.Write(b[:min(piece, len(b))])
			}
			p.End()
			return p.N
		}
		if n := count(1 << 20); n > len(b)*1100 {
			t.Errorf("%d pages in %d bytes", n, len(b))
		} else if piece > 0 && piece < len(b) {
			count(piece)
		}
	})
}
