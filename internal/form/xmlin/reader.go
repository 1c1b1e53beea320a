package xmlin

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

var (
	errTooLong = errors.New("too long")
	errUTF16   = errors.New("UTF-16")
)

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

// Limits bound what a Reader takes from a file and holds in memory.
type Limits struct {
	Bytes    int // of the file
	Token    int // bytes of a text, a tag, a comment
	Depth    int // of elements
	Elements int
}

// Error says where a file breaks its standard, and how.
type Error struct {
	Line    int
	Element string // path of local names: "stammdatenschema/struktur/…"
	Reason  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Element, e.Reason)
}

// Reader walks through a file once. Each method reads the rest of the element
// whose start it was given.
type Reader struct {
	// Own tells whether a name belongs to the vocabulary read; nil: all do. It
	// may be set once the root is known.
	Own func(xml.Name) bool

	d        *xml.Decoder
	in       *input
	limits   Limits
	path     []string
	blank    bool // the element read last was a text, and empty
	elements int
	words    map[string]string // short texts that come again and again
}

// New begins to read src.
func New(src io.Reader, limits Limits) *Reader {
	in := &input{src: bufio.NewReader(src), left: limits.Bytes, token: limits.Token}
	if mark, _ := in.src.Peek(2); string(mark) == "\xfe\xff" || string(mark) == "\xff\xfe" {
		in.err = errUTF16
	}
	return &Reader{d: xml.NewDecoder(in), in: in, limits: limits, words: map[string]string{}}
}

// Done gives what is to be told of a file whose reading ended with err: rather
// than what the decoder makes of it, that a limit was passed, or the failure of
// the source as it is.
func (r *Reader) Done(err error) error {
	switch r.in.err {
	case nil:
		return err
	case errUTF16:
		return r.Fail("the file is written in UTF-16: save it as UTF-8")
	case errTooLong:
		return r.Fail("longer than %d MB, or a single text or tag longer than %d MB", r.limits.Bytes>>20, r.limits.Token>>20)
	}
	return r.in.err
}

// Line is where the reader is, from 1.
func (r *Reader) Line() int {
	line, _ := r.d.InputPos()
	return line
}

// Fail is an *Error here.
func (r *Reader) Fail(format string, args ...any) error {
	path := strings.Join(r.path, "/")
	if path == "" {
		path = "document"
	}
	return &Error{r.Line(), path, fmt.Sprintf(format, args...)}
}

func (r *Reader) token() (xml.Token, error) {
	r.in.token = r.limits.Token
	t, err := r.d.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
		return nil, r.Fail("the file ends too early")
	case errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		return nil, r.Fail("the file ends too early")
	case errors.As(err, &syntax):
		return nil, r.Fail("not well-formed XML: %s", syntax.Msg)
	case err != nil:
		return nil, r.Fail("not well-formed XML: %v", err)
	}
	if _, ok := t.(xml.Directive); ok {
		return nil, r.Fail("a document type is not allowed")
	}
	return t, nil
}

// enter and leave keep the path.
func (r *Reader) enter(name string) error {
	r.elements++
	r.path = append(r.path, r.word(name))
	if len(r.path) > r.limits.Depth {
		r.path = r.path[:3]
		return r.Fail("elements are nested more than %d deep", r.limits.Depth)
	}
	if r.elements > r.limits.Elements {
		return r.Fail("more than %d elements", r.limits.Elements)
	}
	return nil
}

func (r *Reader) leave() { r.path = r.path[:len(r.path)-1] }

// word gives equal short texts the same memory.
func (r *Reader) word(s string) string {
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

// Vocabulary is the children of an element. See Words.
type Vocabulary struct {
	occurs   map[string]string
	required []string
}

// Words makes a vocabulary of names, each with how often it may occur: once "!",
// at most once "?", any number of times "*": "identifikation! name? bezug*".
func Words(lists ...string) Vocabulary {
	v := Vocabulary{occurs: map[string]string{}}
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

// Children reads the children of the present element, each by read. What may
// occur once may do so again where it was left empty: some editors write it so.
func (r *Reader) Children(v Vocabulary, read func(start xml.StartElement) error) error {
	var seen, blank []string
	for {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.CharData:
			if len(strings.TrimSpace(string(t))) > 0 {
				return r.Fail("text where elements are expected")
			}
		case xml.EndElement:
			for _, name := range v.required {
				if !slices.Contains(seen, name) {
					return r.Fail("%s is missing", name)
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
			if !ok || r.Own != nil && !r.Own(t.Name) {
				return r.Fail("this element is not expected here")
			}
			second := occurs != many && slices.Contains(seen, name)
			if second && !slices.Contains(blank, name) {
				return r.Fail("this element occurs more than once")
			}
			r.blank = false
			if err := read(t); err != nil {
				return err
			}
			switch {
			case second && r.blank:
				return r.Fail("this element occurs more than once")
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

// Text reads an element that holds text only, without the space around it.
func (r *Reader) Text() (string, error) {
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
			return "", r.Fail("text is expected, not the element %s", t.Name.Local)
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

// Skip passes over the rest of the present element.
func (r *Reader) Skip() error { return r.Walk(func(xml.StartElement) {}) }

// Walk is Skip, and shows each element inside; what it shows is to be copied
// where it is kept.
func (r *Reader) Walk(see func(xml.StartElement)) error {
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
			see(t)
		case xml.EndElement:
			if len(r.path) == deep {
				return nil
			}
			r.leave()
		}
	}
}

// Into reads text into s.
func (r *Reader) Into(s *string) (err error) {
	*s, err = r.Text()
	return err
}

// Needed is Into, for what must not be empty.
func (r *Reader) Needed(s *string) error {
	if err := r.Into(s); err != nil {
		return err
	}
	if *s == "" {
		return r.Fail("must not be empty")
	}
	return nil
}

// Attr is an attribute of a tag, "" when there is none.
func Attr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// Root enters the root element and gives its tag.
func (r *Reader) Root() (xml.StartElement, error) {
	for {
		t, err := r.token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := t.(xml.StartElement); ok {
			start = start.Copy()
			return start, r.enter(start.Name.Local)
		}
	}
}

// End sees to it that nothing follows the root.
func (r *Reader) End() error {
	for {
		r.in.token = r.limits.Token
		t, err := r.d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return r.Fail("not well-formed XML after the end: %v", err)
		}
		switch t := t.(type) {
		case xml.Comment, xml.ProcInst:
		case xml.CharData:
			if len(strings.TrimSpace(string(t))) > 0 {
				return r.Fail("text after the end")
			}
		default:
			return r.Fail("something follows the end")
		}
	}
}
