package ui

import (
	"context"
	"io"
	"math"
	"strconv"
)

// Bar is a bar of a chart, for a cell of a table: the table is the chart and its
// data at once. It is not read aloud; the number stands in another cell.
type Bar struct {
	// Value of Of fills the bar.
	Value, Of int
}

// Render implements templ.Component.
func (b Bar) Render(ctx context.Context, w io.Writer) error { return drawn(b.draw).Render(ctx, w) }

func (b Bar) draw(p *pen) {
	width := 0.0
	if b.Of > 0 && b.Value > 0 {
		width = math.Max(1, 200*float64(b.Value)/float64(b.Of))
	}
	p.raw(`<svg class="lp-chart" aria-hidden="true" width="100%" height="16" viewBox="0 0 200 16" preserveAspectRatio="none" fill="currentColor">`).
		raw(`<path opacity=".2" d="M0 6h200v4H0"></path><path`).attr("d", "M0 1h", tenth(width), "v14H0").raw("></path></svg>")
}

// Point is a place on a PointMap.
type Point struct {
	// X and Y are in the map's own units, from the upper left.
	X, Y float64
	// Size 0 is a small pale dot, 1 to 4 are discs that grow.
	Size int
	// Label is written beside it; "" for none.
	Label string
}

// PointMap is a drawn map of points on no ground at all. A table of the same
// figures must stand beside it: for who cannot see it, it is one picture.
type PointMap struct {
	Width, Height int
	// Label says in words what the map shows.
	Label  string
	Points []Point
}

// Render implements templ.Component.
func (m PointMap) Render(ctx context.Context, w io.Writer) error { return drawn(m.draw).Render(ctx, w) }

func (m PointMap) draw(p *pen) {
	p.raw(`<svg class="lp-chart lp-points" role="img" focusable="false"`).attr("aria-label", m.Label).
		attr("viewBox", "0 0 ", strconv.Itoa(m.Width), " ", strconv.Itoa(m.Height)).raw(` fill="currentColor" stroke="currentColor">`)
	for size, width := range [...]string{"4", "9", "13", "17", "21"} { // one path each, since points are many
		p.raw(`<path stroke-linecap="round"`).attr("stroke-width", width).flag(size == 0, `opacity=".5"`).raw(` d="`)
		for i := range m.Points {
			if max(0, min(m.Points[i].Size, 4)) == size {
				p.b = append(p.b, 'M')
				p.b = append(strconv.AppendInt(p.b, int64(math.Round(m.Points[i].X)), 10), ' ')
				p.b = append(strconv.AppendInt(p.b, int64(math.Round(m.Points[i].Y)), 10), "h0"...)
			}
		}
		p.raw(`"></path>`)
	}
	p.raw(`<g font-size="19" text-anchor="middle">`)
	for i := range m.Points {
		if l := m.Points[i].Label; l != "" {
			p.raw("<text").attr("x", tenth(m.Points[i].X)).attr("y", tenth(m.Points[i].Y-14)).raw(">").text(l).raw("</text>")
		}
	}
	p.raw("</g></svg>")
}

// tenth writes a coordinate with one decimal at most.
func tenth(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
