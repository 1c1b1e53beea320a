package fim

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// input gives the decoder a file byte by byte, within bounds for all and for
// each token, which the decoder holds in memory.
type input struct {
	src         *bufio.Reader
	left, token int
	err         error // other than io.EOF
}

var errTooLong = errors.New("too long")

func (in *input) ReadByte() (byte, error) {
	if in.left--; in.err == nil && in.left < 0 {
		in.err = errTooLong
	}
	if in.token--; in.err == nil && in.token < 0 {
		in.err = errTooLong
	}
	if in.err != nil {
		return 0, in.err
	}
	b, err := in.src.ReadByte()
	if err != nil && err != io.EOF {
		in.err = err
	}
	return b, err
}

func (in *input) Read(p []byte) (int, error) { // the decoder reads bytes
	b, err := in.ReadByte()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// reader walks through a file once. Each method reads the rest of the element
// whose start it was given.
type reader struct {
	d        *xml.Decoder
	in       *input
	second   bool // version 2.0
	space    string
	path     []string
	blank    bool // the element read last was a text, and empty
	elements int
	warnings []Warning
	words    map[string]string // short texts that come again and again
}

func (r *reader) fail(format string, args ...any) error {
	line, _ := r.d.InputPos()
	path := strings.Join(r.path, "/")
	if path == "" {
		path = "document"
	}
	return &Error{line, path, fmt.Sprintf(format, args...)}
}

func (r *reader) warn(id, format string, args ...any) {
	line, _ := r.d.InputPos()
	r.warnings = append(r.warnings, Warning{line, id, fmt.Sprintf(format, args...)})
}

func (r *reader) token() (xml.Token, error) {
	r.in.token = maxToken
	t, err := r.d.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
		return nil, r.fail("the file ends too early")
	case errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		return nil, r.fail("the file ends too early")
	case errors.As(err, &syntax):
		return nil, r.fail("not well-formed XML: %s", syntax.Msg)
	case err != nil:
		return nil, r.fail("not well-formed XML: %v", err)
	}
	if _, ok := t.(xml.Directive); ok {
		return nil, r.fail("a document type is not allowed")
	}
	return t, nil
}

// enter and leave keep the path.
func (r *reader) enter(name string) error {
	r.elements++
	r.path = append(r.path, r.word(name))
	if len(r.path) > maxDepth {
		r.path = r.path[:3]
		return r.fail("elements are nested more than %d deep", maxDepth)
	}
	if r.elements > maxElements {
		return r.fail("more than %d elements", maxElements)
	}
	return nil
}

func (r *reader) leave() { r.path = r.path[:len(r.path)-1] }

// word gives equal short texts the same memory.
func (r *reader) word(s string) string {
	if len(s) > 40 || len(r.words) > 10_000 {
		return s
	}
	if w, ok := r.words[s]; ok {
		return w
	}
	w := strings.Clone(s)
	r.words[w] = w
	return w
}

// How often a child may occur.
const (
	optional = "?"
	required = "!"
	many     = "*"
)

// vocabulary is the children of an element: "identifikation!", "bezug*".
type vocabulary struct {
	occurs   map[string]string
	required []string
}

func words(lists ...string) vocabulary {
	v := vocabulary{occurs: map[string]string{}}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			name := strings.TrimRight(w, optional+required+many)
			v.occurs[name] = w[len(name):]
			if v.occurs[name] == required {
				v.required = append(v.required, name)
			}
		}
	}
	return v
}

// children reads the children of the present element, each by read. What may
// occur once may do so again where it was left empty: some editors write it so.
func (r *reader) children(v vocabulary, read func(start xml.StartElement) error) error {
	var seen, blank []string
	for {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.CharData:
			if len(strings.TrimSpace(string(t))) > 0 {
				return r.fail("text where elements are expected")
			}
		case xml.EndElement:
			for _, name := range v.required {
				if !slices.Contains(seen, name) {
					return r.fail("%s is missing", name)
				}
			}
			r.blank = false
			return nil
		case xml.StartElement:
			name := t.Name.Local
			if err := r.enter(name); err != nil {
				return err
			}
			occurs, ok := v.occurs[name]
			if !ok || t.Name.Space != r.space && (name != "code" || t.Name.Space != "") {
				return r.fail("this element is not expected here")
			}
			second := occurs != many && slices.Contains(seen, name)
			if second && !slices.Contains(blank, name) {
				return r.fail("this element occurs more than once")
			}
			r.blank = false
			if err := read(t); err != nil {
				return err
			}
			switch {
			case second && r.blank:
				return r.fail("this element occurs more than once")
			case second: // what was left empty at first
				blank = slices.DeleteFunc(blank, func(b string) bool { return b == name })
			case occurs != many:
				seen = append(seen, r.word(name))
				if r.blank {
					blank = append(blank, r.word(name))
				}
			}
			r.leave()
		}
	}
}

// text reads an element that holds text only, without the space around it.
func (r *reader) text() (string, error) {
	var b []byte
	one := ""
	for {
		t, err := r.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			if one == "" && b == nil {
				one = string(t)
				continue
			}
			if b == nil {
				b = []byte(one)
			}
			b = append(b, t...)
		case xml.StartElement:
			return "", r.fail("text is expected, not the element %s", t.Name.Local)
		case xml.EndElement:
			if b != nil {
				one = string(b)
			}
			one = strings.TrimSpace(one)
			r.blank = one == ""
			return r.word(one), nil
		}
	}
}

// skip passes over the rest of the present element.
func (r *reader) skip() error {
	for deep := len(r.path); ; {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := r.enter(t.Name.Local); err != nil {
				return err
			}
		case xml.EndElement:
			if len(r.path) == deep {
				return nil
			}
			r.leave()
		}
	}
}

// into reads text into s.
func (r *reader) into(s *string) (err error) {
	*s, err = r.text()
	return err
}

// needed is into, for what must not be empty.
func (r *reader) needed(s *string) error {
	if err := r.into(s); err != nil {
		return err
	}
	if *s == "" {
		return r.fail("must not be empty")
	}
	return nil
}

var codeOnly = words("code!")

// code reads an element that holds a code, one of those allowed where any are
// given.
func (r *reader) code(s *string, allowed ...string) error {
	if err := r.children(codeOnly, func(xml.StartElement) error { return r.needed(s) }); err != nil {
		return err
	}
	if len(allowed) > 0 && !slices.Contains(allowed, *s) {
		return r.fail("unknown code %q", *s)
	}
	return nil
}

func attr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}
