package submission

import (
	"bytes"
	"io"
	"mime/multipart"

	"leitportal/internal/fail"
)

const (
	// bodyAtOnce is how much of a body is asked for at once, in bytes.
	bodyAtOnce = 256 << 10
	// maxBoundary is that of RFC 2046, 5.1.1.
	maxBoundary = 70
)

// parts is a body of multipart/form-data whose files come at the pace of the
// machine. Package multipart gives a part in pieces of 5 kB and looks through
// each for a boundary twice, once of it backwards and byte by byte, which takes
// longer than to encrypt it. So it gets the body line by line, and what a part
// holds may be read past it (content) up to what looks like a boundary: what is
// one says multipart.
type parts struct {
	*multipart.Reader
	r     io.Reader
	buf   []byte
	ahead []byte // of buf, what was read and not given yet
	err   error  // what r said behind it
	stop  []byte // what looks like a boundary
}

func newParts(r io.Reader, boundary string) (*parts, error) {
	if len(boundary) > maxBoundary {
		return nil, fail.Newf(fail.Invalid, "submission: a boundary of %d bytes", len(boundary))
	}
	b := &parts{r: r, buf: make([]byte, bodyAtOnce), stop: []byte("\n--" + boundary)}
	b.Reader = multipart.NewReader(b, boundary)
	return b, nil
}

// more reads on, behind what is there.
func (b *parts) more() {
	n := copy(b.buf, b.ahead)
	k, err := b.r.Read(b.buf[n:])
	b.ahead, b.err = b.buf[:n+k], err
}

// Read gives what is left of a line: what comes behind the header of a part
// stays.
func (b *parts) Read(p []byte) (int, error) {
	for len(b.ahead) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.more()
	}
	line := b.ahead
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i+1]
	}
	n := copy(p, line)
	b.ahead = b.ahead[n:]
	return n, nil
}

// content is what a part holds of which nothing was read yet, nor of a later
// one.
type content struct {
	body   *parts
	part   *multipart.Part
	sure   int  // bytes of body.ahead that belong to it
	begun  bool // some were given
	framed bool // behind them multipart goes on
}

func (c *content) Read(p []byte) (int, error) {
	for c.sure == 0 {
		if c.framed {
			return c.part.Read(p)
		}
		c.look()
	}
	n := copy(p, c.body.ahead[:c.sure])
	c.body.ahead, c.sure = c.body.ahead[n:], c.sure-n
	return n, nil
}

// look finds out how much of what was read belongs to the part, or reads more.
func (c *content) look() {
	b := c.body
	if len(b.ahead) <= len(b.stop) {
		if b.err == nil {
			b.more()
		} else {
			c.framed = true
		}
		return
	}
	at := bytes.Index(b.ahead, b.stop)
	switch {
	case !c.begun && bytes.HasPrefix(b.ahead, b.stop[1:]): // there is nothing in it
		c.framed = true
	case at < 0:
		c.sure = len(b.ahead) - len(b.stop) // the rest, and a \r before it, may begin a boundary
	default:
		if at > 0 && b.ahead[at-1] == '\r' {
			at--
		}
		c.sure, c.framed = at, true
	}
	c.begun = true
}
