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
	p.raw(`<svg class="lp-chart" aria-hidden="true" focusable="false" width="100%" height="16" viewBox="0 0 200 16" preserveAspectRatio="none">`).
		raw(`<path fill="currentColor" fill-opacity=".18" d="M0 6h200v4H0z"></path><path fill="currentColor"`).
		attr("d", "M0 1h", tenth(width), "v14H0z").raw("></path></svg>")
}

// Point is a place on a PointMap.
type Point struct {
	// X and Y are in the map's own units, from the upper left.
	X, Y float64
	// Size 0 is a small ring, 1 to 4 are discs that grow.
	Size int
	// Name and figure in words, shown when one points at it.
	Name string
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
	for _, hollow := range [...]bool{true, false} { // the discs lie over the rings
		if hollow {
			p.raw(`<g fill="none" stroke-width="1.5">`)
		} else {
			p.raw(`<g stroke="none">`)
		}
		for i := range m.Points {
			if (m.Points[i].Size == 0) == hollow {
				p.point(&m.Points[i])
			}
		}
		p.raw("</g>")
	}
	p.raw(`<g font-size="19" text-anchor="middle">`)
	for i := range m.Points {
		if l := m.Points[i].Label; l != "" {
			p.raw("<text").attr("x", tenth(m.Points[i].X)).attr("y", tenth(m.Points[i].Y-14)).raw(">").text(l).raw("</text>")
		}
	}
	p.raw("</g></svg>")
}

func (p *pen) point(x *Point) {
	r := [...]string{"3", "4.5", "6.5", "8.5", "10.5"}[max(0, min(x.Size, 4))]
	p.raw("<circle").attr("cx", tenth(x.X)).attr("cy", tenth(x.Y)).attr("r", r).raw("><title>").text(x.Name).raw("</title></circle>")
}

// tenth writes a coordinate with one decimal at most.
func tenth(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
