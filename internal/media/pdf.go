package media

import (
	"bytes"
	"compress/zlib"
	"io"
)

// Bounds of what is unpacked to count pages.
const (
	maxPacked   = 4 << 20   // one object stream, packed
	maxUnpacked = 256 << 20 // all of them
	around      = 256       // bytes kept from one piece to the next, more than what is looked for
)

// Pages counts the pages of a PDF that is written to it, in whatever pieces,
// at constant memory: the page objects it meets, those packed in object
// streams too. A file that was saved again and again may have pages counted
// twice, an encrypted one none. It is a limit's measure, not a reader's.
type Pages struct {
	N int

	window []byte // what was not looked at to the end
	seen   int    // pages that begin before it in window are counted
	left   int64  // that may still be unpacked
	inside bool   // an object stream is arriving
	packed []byte // what there is of it

	// A file may have a hundred thousand object streams: what unpacks them is
	// used again. The counter in them has none of it.
	inner *Pages
	zlib  io.ReadCloser
	piece []byte
}

// NewPages returns a counter that has seen nothing.
func NewPages() *Pages { return &Pages{left: maxUnpacked, inner: &Pages{}} }

// Write looks at p; it never fails.
func (c *Pages) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), 64<<10)
		c.window = append(c.window, p[:k]...)
		c.look(false)
		p = p[k:]
	}
	return n, nil
}

// End looks at what is left.
func (c *Pages) End() { c.look(true) }

func (c *Pages) look(end bool) {
	for c.step(end) {
	}
}

// step goes through the window up to an object stream or its end, and tells
// whether there is more to look at.
func (c *Pages) step(end bool) bool {
	if c.inside {
		return c.unpack(end)
	}
	stop := len(c.window)
	stream := -1
	if c.inner != nil {
		if at := bytes.Index(c.window, []byte("/ObjStm")); at >= 0 {
			if s := bytes.Index(c.window[at:], []byte("stream")); s >= 0 && s < 2048 && len(c.window) > at+s+8 {
				stream = at + s + len("stream")
				stop = stream
			} else if s < 0 && !end && len(c.window)-at < 4096 {
				stop = at // its dictionary is still arriving
			}
		}
	}
	until := max(0, stop-around)
	if end || stream >= 0 {
		until = stop
	}
	c.count(c.window[:stop], until)
	if stream < 0 {
		drop := max(0, until-around)
		c.window, c.seen = append(c.window[:0], c.window[drop:]...), max(until, c.seen)-drop
		return false
	}
	c.window, c.seen = bytes.TrimLeft(c.window[stream:], "\r\n"), 0
	c.inside, c.packed = true, c.packed[:0]
	return true
}

// count counts the page objects that begin before until and were not counted.
func (c *Pages) count(b []byte, until int) {
	for at := min(c.seen, len(b)); ; {
		i := bytes.Index(b[at:], []byte("/Page"))
		if i < 0 || at+i >= until {
			return
		}
		i += at
		at = i + len("/Page")
		if at < len(b) && regular(b[at]) { // /Pages, /PageMode and so on
			continue
		}
		before := bytes.TrimRight(b[max(0, i-64):i], " \t\r\n\f\x00")
		if bytes.HasSuffix(before, []byte("/Type")) {
			c.N++
		}
	}
}

// regular tells a character that continues a name.
func regular(b byte) bool {
	return !bytes.ContainsRune([]byte("\x00\t\n\f\r ()<>[]{}/%"), rune(b))
}

// unpack collects an object stream to its end, and counts in it.
func (c *Pages) unpack(end bool) bool {
	at := bytes.Index(c.window, []byte("endstream"))
	stop := at
	if at < 0 {
		stop = max(0, len(c.window)-len("endstream"))
	}
	if room := maxPacked - len(c.packed); room > 0 {
		c.packed = append(c.packed, c.window[:min(stop, room)]...)
	}
	c.window, c.seen = c.window[stop:], 0
	if at < 0 && !end {
		return false
	}
	if c.unzip() {
		*c.inner = Pages{window: c.inner.window[:0]}
		n, _ := io.CopyBuffer(c.inner, io.LimitReader(c.zlib, c.left), c.piece) // what cannot be unpacked has no pages that can be read
		c.inner.End()
		c.N, c.left = c.N+c.inner.N, c.left-n
	}
	c.inside = false
	return at >= 0
}

// unzip begins to unpack what has arrived, and tells whether that can be done.
func (c *Pages) unzip() bool {
	if r, ok := c.zlib.(zlib.Resetter); ok {
		return r.Reset(bytes.NewReader(c.packed), nil) == nil
	}
	z, err := zlib.NewReader(bytes.NewReader(c.packed))
	if err != nil {
		return false
	}
	c.zlib, c.piece = z, make([]byte, 32<<10)
	return true
}
