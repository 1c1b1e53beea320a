package ui

import (
	"context"
	"io"
	"strconv"
)

// Map is a picture on which a place is chosen: an image button, which sends
// where it was pressed as Name.x and Name.y, in pixels of its own size. That
// is why it is never scaled; what has no room is cut off at both sides. Who
// presses it by key sends 0 and 0, which is to mean the cross in its middle.
type Map struct {
	// Src is the picture, "" while there is none: then Text is all that is
	// drawn.
	Src           string
	Width, Height int
	// Name is the button's, Alt what is read in the picture's place.
	Name, Alt string
	// Label names the group of the picture and its buttons.
	Label string
	// Marked says that the place at X, Y is marked.
	Marked bool
	X, Y   int
	// View is sent as ViewName: what the picture shows.
	ViewName, View string
	Moves          []Button
	// Text stands above the picture, Credit (whose it is) below.
	Text, Credit string
	Focus        bool
}

// MapImage is a picture of a map on which nothing is chosen: Text, and below
// it the picture with its mark, where there is one.
type MapImage struct{ Map }

// Render implements templ.Component.
func (m MapImage) Render(ctx context.Context, w io.Writer) error { return drawn(m.draw).Render(ctx, w) }

func (m MapImage) draw(p *pen) {
	p.raw("<p>").value(m.Text).raw(`</p><div class="lp-map"><div><img`).url("src", m.Src).attr("alt", m.Alt).
		attr("width", strconv.Itoa(m.Width)).attr("height", strconv.Itoa(m.Height)).raw(">")
	p.overlay(&m.Map, false)
	p.raw(`</div></div><p class="kern-hint">`).text(m.Credit).raw("</p>")
}

// Render implements templ.Component.
func (m Map) Render(ctx context.Context, w io.Writer) error { return drawn(m.draw).Render(ctx, w) }

func (m Map) draw(p *pen) {
	if m.Src == "" {
		p.raw(`<p class="kern-hint">`).text(m.Text).raw("</p>")
		return
	}
	w, h := strconv.Itoa(m.Width), strconv.Itoa(m.Height)
	p.raw(`<div role="group"`).attr("aria-label", m.Label).raw(`><p class="kern-hint">`).text(m.Text).raw("</p>").hidden(m.ViewName, m.View).
		raw(`<div class="lp-map"><div><input type="image"`).attr("name", m.Name).url("src", m.Src).attr("alt", m.Alt).attr("width", w).attr("height", h).
		flag(m.Focus, "autofocus").raw(">")
	p.overlay(&m, true)
	p.raw(`</div></div><p class="kern-hint">`).text(m.Credit).raw(`</p><div class="lp-toolbar">`)
	for i := range m.Moves {
		p.button(&m.Moves[i])
	}
	p.raw("</div></div>")
}

// overlay draws the mark, and the cross in the middle, over the picture.
func (p *pen) overlay(m *Map, cross bool) {
	w, h := strconv.Itoa(m.Width), strconv.Itoa(m.Height)
	p.raw(`<svg aria-hidden="true" focusable="false"`).attr("width", w).attr("height", h).attr("viewBox", "0 0 ", w, " ", h).raw(` fill="none">`)
	if cross {
		d := "M" + strconv.Itoa(m.Width/2-11) + " " + strconv.Itoa(m.Height/2) + "h22m-11-11v22"
		p.raw(`<path stroke="#fff" stroke-width="5"`).attr("d", d).raw(`></path><path stroke="#222" stroke-width="2"`).attr("d", d).raw("></path>")
	}
	if m.Marked { // a pin whose tip is the place
		p.raw(`<path fill="#b3003c" stroke="#fff" stroke-width="3"`).
			attr("d", "M", strconv.Itoa(m.X), " ", strconv.Itoa(m.Y), "c-3-12-14-16-14-28a14 14 0 0 1 28 0c0 12-11 16-14 28z").raw("></path>").
			raw(`<circle fill="#fff" r="5"`).attr("cx", strconv.Itoa(m.X)).attr("cy", strconv.Itoa(m.Y-28)).raw("></circle>")
	}
	p.raw("</svg>")
}
