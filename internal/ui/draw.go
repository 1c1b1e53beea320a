package ui

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"
	templruntime "github.com/a-h/templ/runtime"

	"leitportal/internal/i18n"
)

// What every page and every form has is drawn by hand, in one pass into one
// byte slice; only what is rare is templ. docs/adr/0020-drawn-by-hand.md says
// why.

// markup is mark-up written in this package. Its constants become one by
// themselves, a value does not: what is not escaped does not compile.
type markup string

// pen draws one page: it appends mark-up to b.
type pen struct {
	b   []byte
	f   *framed
	ctx context.Context // for templ components; begun with InitializeContext
	err error           // of the first component that failed
}

// drawer is a component that can draw itself with the pen of its page.
type drawer interface{ draw(p *pen) }

// drawn makes a templ component of a function that draws.
type drawn func(p *pen)

func (d drawn) draw(p *pen) { d(p) }

// Render implements templ.Component. Inside a page it goes on with the page's
// pen, also where templ's own buffer lies between; else w gets one write.
func (d drawn) Render(ctx context.Context, w io.Writer) error {
	if p := penUnder(w); p != nil {
		outer := p.ctx
		p.ctx = ctx
		d(p)
		p.ctx = outer
		return p.err
	}
	p, err := newPen(ctx)
	if err != nil {
		return err
	}
	defer p.release()
	if d(p); p.err != nil {
		return p.err
	}
	_, err = w.Write(p.b)
	return err
}

// penUnder is the pen that w writes to, or nil. What templ holds back in its
// buffer is written first, so that the pen may go on.
func penUnder(w io.Writer) *pen {
	switch w := w.(type) {
	case *pen:
		return w
	case *templruntime.Buffer:
		if p, ok := w.Underlying.(*pen); ok && w.Flush() == nil {
			return p
		}
	}
	return nil
}

var pens = sync.Pool{New: func() any { return &pen{b: make([]byte, 0, 16<<10)} }}

// newPen is a pen for the frame in ctx. A request that has gone away draws
// nothing, as in generated code.
func newPen(ctx context.Context) (*pen, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := pens.Get().(*pen)
	p.f, p.ctx = frameOf(ctx), templ.InitializeContext(ctx)
	return p, nil
}

func (p *pen) release() {
	if cap(p.b) <= 1<<20 { // a rare huge page must not stay in memory
		*p = pen{b: p.b[:0]}
		pens.Put(p)
	}
}

// Write implements io.Writer for templ components; b is mark-up.
func (p *pen) Write(b []byte) (int, error) {
	p.b = append(p.b, b...)
	return len(b), nil
}

// put draws a component of any kind; nil draws nothing.
func (p *pen) put(c templ.Component) *pen {
	if c == nil || p.err != nil {
		return p
	}
	if d, ok := c.(drawer); ok {
		d.draw(p)
	} else if err := c.Render(p.ctx, p); p.err == nil {
		p.err = err
	}
	return p
}

// children draws what stands in the braces behind the component.
func (p *pen) children() *pen {
	c := templ.GetChildren(p.ctx)
	templ.ClearChildren(p.ctx) // they are not those of a component within
	return p.put(c)
}

func (p *pen) raw(s markup) *pen {
	p.b = append(p.b, s...)
	return p
}

// special has a bit for each character that text escapes.
const special uint64 = 1<<'&' | 1<<'<' | 1<<'>' | 1<<'"' | 1<<'\''

func (p *pen) text(s string) *pen {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 64 || special>>c&1 == 0 {
			continue
		}
		var esc string
		switch c {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '"':
			esc = "&#34;"
		default:
			esc = "&#39;"
		}
		p.b = append(append(p.b, s[from:i]...), esc...)
		from = i + 1
	}
	p.b = append(p.b, s[from:]...)
	return p
}

// tr is the frame's text for one of this package's own keys; say draws it.
func (p *pen) tr(key string, kv ...any) string { return p.f.t.T(key, kv...) }

func (p *pen) say(key string, kv ...any) *pen { return p.text(p.tr(key, kv...)) }

// attr appends name="value", the value made of parts.
func (p *pen) attr(name markup, parts ...string) *pen {
	p.raw(" ").raw(name).raw(`="`)
	for _, s := range parts {
		p.text(s)
	}
	return p.raw(`"`)
}

// attrIf appends the attribute unless the value is empty.
func (p *pen) attrIf(name markup, value string) *pen {
	if value == "" {
		return p
	}
	return p.attr(name, value)
}

// lang appends a language unless it is the page's.
func (p *pen) lang(name markup, l i18n.Lang) *pen { return p.attrIf(name, foreign(p.f, l)) }

func (p *pen) attrInt(name markup, n int) *pen {
	p.raw(" ").raw(name).raw(`="`)
	p.b = strconv.AppendInt(p.b, int64(n), 10)
	return p.raw(`"`)
}

// url appends an attribute that is followed (href, action). Addresses that
// could run a script are replaced, as in generated code.
func (p *pen) url(name markup, value string) *pen { return p.attr(name, string(templ.URL(value))) }

// flag appends s, an attribute in full, when on.
func (p *pen) flag(on bool, s markup) *pen {
	if !on {
		return p
	}
	return p.raw(" ").raw(s)
}

// class appends the class attribute, with more in it when on.
func (p *pen) class(class markup, on bool, more markup) *pen {
	p.raw(` class="`).raw(class)
	if on {
		p.raw(" ").raw(more)
	}
	return p.raw(`"`)
}

// icon draws a line icon of 24 by 24. It is decoration: what it means also
// stands in words beside it. An unknown name draws nothing.
func (p *pen) icon(name string) *pen {
	d := iconPath(name)
	if d == "" {
		return p
	}
	return p.raw(`<svg class="lp-icon" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="`).
		raw(d).raw(`"></path></svg>`)
}

// Icon draws a quiet icon by name (see Icons), for use beside a heading.
func Icon(name string) templ.Component { return drawn(func(p *pen) { p.icon(name) }) }
