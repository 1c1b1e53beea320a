package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// mainPages are the pages that are kept as pictures: the step of the journey,
// and its state.
var mainPages = map[string]string{
	"start": "start", "search": "suche", "service": "leistung",
	"form-dog filled": "formular", "form-dog-origin error": "formular-fehler", "form-check empty": "pruefen",
	"status": "quittung", "question empty": "rueckfrage", "notice": "bescheid",
	"inbox": "amt-eingang", "case-answered": "amt-vorgang", "preview": "amt-bescheid",
}

const (
	// tallest picture, in pixels; what lies below is cut off
	tallest = 1300
	// most bytes of all pictures together
	mostBytes = 1_500_000
	colours   = 20
)

// TestScreenshots keeps the twelve main pages as small pictures, 320 and 1280
// pixels wide, light and dark.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("LEITPORTAL_SCREENSHOTS")
	if dir == "" {
		t.Skip("pictures are made by make screenshots")
	}
	full(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	taken, total := map[string]bool{}, 0
	look := func(b *tab, step, state string) {
		name, wanted := mainPages[step]
		if state != "" {
			name, wanted = mainPages[step+" "+state]
		}
		if !wanted || taken[name] {
			return
		}
		taken[name] = true
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"hell", "dunkel"} {
				b.dark(scheme == "dunkel")
				b.screen(width, 700)
				var height int64
				b.must(&height, `document.documentElement.scrollHeight`)
				b.screen(width, min(height, tallest))
				b.must(nil, `scrollTo(0, 0)`)
				small := shrink(t, b.picture())
				total += len(small)
				file := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
				if err := os.WriteFile(file, small, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.dark(false)
		b.size(1280, 900)
	}
	j := journey{
		portal: apptest.Start(t, apptest.Options{Demo: true}), browser: launch(t), town: paderborn, lang: i18n.DE,
		login: "sachbearbeitung", scripts: true, look: look,
		faulty: func(page string) bool { return page == "form-dog-origin" },
	}
	j.begin(t).walk()
	if len(taken) != len(mainPages) {
		t.Errorf("%d of %d pages taken: %v", len(taken), len(mainPages), taken)
	}
	if total > mostBytes {
		t.Errorf("the pictures have %d bytes, more than %d", total, mostBytes)
	}
}

// screen is size for a device whose scroll bar takes no room.
func (b *tab) screen(width, height int64) {
	b.t.Helper()
	b.do(emulation.SetDeviceMetricsOverride(width, height, 1, true))
}

func (b *tab) picture() (out []byte) {
	b.t.Helper()
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		out, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	return out
}

// shrink draws a picture with few colours: the most frequent ones that differ
// enough from each other.
func shrink(t *testing.T, file []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.RGBA]int{}
	bounds := img.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	list := make([]color.RGBA, 0, len(count))
	for c := range count {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b color.RGBA) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return (int(a.R)<<16 | int(a.G)<<8 | int(a.B)) - (int(b.R)<<16 | int(b.G)<<8 | int(b.B))
	})
	var palette color.Palette
	for _, apart := range []int{0, 900, 0} {
		for _, c := range list {
			// First what fills areas, then what differs most, then what is left.
			areas := apart == 0 && len(palette) < colours/2 && count[c] < bounds.Dx()*bounds.Dy()/300
			if !areas && len(palette) < colours && !slices.ContainsFunc(palette, func(p color.Color) bool { return distance(p.(color.RGBA), c) <= apart }) {
				palette = append(palette, c)
			}
		}
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	var buf bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, out); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func distance(a, b color.RGBA) int {
	r, g, c := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r + g*g + c*c
}
