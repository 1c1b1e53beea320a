package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MinContrast is the least contrast ratio between text and its ground
// (WCAG 2.1, success criterion 1.4.3).
const MinContrast = 4.5

// Color is an sRGB colour.
type Color struct{ R, G, B uint8 }

// ParseColor reads "#rrggbb".
func ParseColor(s string) (Color, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 24)
	if err != nil || len(s) != 7 || s[0] != '#' {
		return Color{}, fmt.Errorf("tenant: %q is not a colour #rrggbb", s)
	}
	return Color{uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil
}

// String is the colour as "#rrggbb".
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Luminance is the relative luminance from 0 (black) to 1 (white) (WCAG 2.1,
// "relative luminance").
func (c Color) Luminance() float64 {
	lin := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}

// Contrast is the contrast ratio of two colours, 1 to 21.
func Contrast(a, b Color) float64 {
	x, y := a.Luminance(), b.Luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// mix is c with the given share (0 to 1) of o.
func (c Color) mix(o Color, share float64) Color {
	m := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return Color{m(c.R, o.R), m(c.G, o.G), m(c.B, o.B)}
}

func white() Color { return Color{255, 255, 255} }

// ink is text on a light accent.
func ink() Color { return Color{0x0c, 0x10, 0x1c} }

// lightGrounds and darkGrounds are what the accent colour stands on as text
// (package ui, "A tenant's theme").
func lightGrounds() []Color { return []Color{white(), {0xf3, 0xf4, 0xf7}} }
func darkGrounds() []Color  { return []Color{{0, 0, 0}, {0x1b, 0x1e, 0x2f}} }

func worst(c Color, grounds []Color) float64 {
	least := 21.0
	for _, g := range grounds {
		least = min(least, Contrast(c, g))
	}
	return least
}

// Theme is the colours of a tenant: Accent as text and as ground, OnAccent as
// text upon it, on light and dark pages.
type Theme struct{ Light, OnLight, Dark, OnDark Color }

// ContrastError says that a colour cannot be read on the portal's pages.
type ContrastError struct {
	Color Color
	Dark  bool    // on dark pages; else on light ones
	Ratio float64 // what it reaches; MinContrast is asked for
}

func (e *ContrastError) Error() string {
	ground := "light"
	if e.Dark {
		ground = "dark"
	}
	return fmt.Sprintf("tenant: %s reaches a contrast of %.2f on %s pages, %.1f is needed", e.Color, e.Ratio, ground, MinContrast)
}

// NewTheme makes a theme of an accent colour for light pages and one for dark
// pages; a nil dark is the light one made lighter until it can be read. A
// colour that cannot be read is refused with a *ContrastError.
func NewTheme(light Color, dark *Color) (Theme, error) {
	if r := worst(light, lightGrounds()); r < MinContrast {
		return Theme{}, &ContrastError{light, false, r}
	}
	t := Theme{Light: light, Dark: light}
	if dark != nil {
		t.Dark = *dark
		if r := worst(t.Dark, darkGrounds()); r < MinContrast {
			return Theme{}, &ContrastError{t.Dark, true, r}
		}
	} else {
		// A little above the bar, so that thin strokes can be read, too.
		for share := 0.0; worst(t.Dark, darkGrounds()) < MinContrast+2 && share <= 1; share += 0.05 {
			t.Dark = light.mix(white(), share)
		}
	}
	t.OnLight, t.OnDark = textOn(t.Light), textOn(t.Dark)
	return t, nil
}

// textOn is the better of white and ink on c. An accent that can be read on
// light pages takes white, one that can be read on dark pages ink, each with
// more than MinContrast: both follow from the grounds they were checked on.
func textOn(c Color) Color {
	if Contrast(white(), c) >= Contrast(ink(), c) {
		return white()
	}
	return ink()
}

// CSS is the style sheet of the theme: nothing but variables.
func (t Theme) CSS() string {
	return fmt.Sprintf(`:root { --lp-accent: %s; --lp-on-accent: %s; }
@media (prefers-color-scheme: dark) {
	:root { --lp-accent: %s; --lp-on-accent: %s; }
}
`, t.Light, t.OnLight, t.Dark, t.OnDark)
}

// Version names the content of the style sheet, for its address.
func (t Theme) Version() string {
	sum := sha256.Sum256([]byte(t.CSS()))
	return hex.EncodeToString(sum[:6])
}

// palette holds the accent colours that are given out to tenants who have not
// chosen one. It only ever grows at its end, else towns change colour.
func palette() []Color {
	return []Color{
		{0x0b, 0x5d, 0x4e},
		{0x1a, 0x4f, 0x9c},
		{0x7a, 0x1f, 0x4b},
		{0x8a, 0x3b, 0x00},
		{0x4a, 0x3a, 0x8c},
		{0x1f, 0x5e, 0x1f},
		{0x8b, 0x1a, 0x1a},
		{0x00, 0x56, 0x6b},
		{0x5e, 0x4b, 0x00},
		{0x5a, 0x2a, 0x82},
		{0x2f, 0x4b, 0x5c},
		{0x6d, 0x34, 0x10},
	}
}

// defaultTheme is the same for a tenant at every start and everywhere.
func defaultTheme(id ID) Theme {
	sum := sha256.Sum256([]byte(id))
	colors := palette()
	t, err := NewTheme(colors[int(sum[0])%len(colors)], nil)
	if err != nil {
		panic(err) // a test goes through the whole palette
	}
	return t
}
