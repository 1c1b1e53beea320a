package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// patience bounds each answer; nothing measured here comes near it.
const patience = 30 * time.Second

// maxHops is how many redirects a browser follows.
const maxHops = 10

// browser is one visitor: a kept-alive connection, cookies, and the page it
// looks at. It speaks as much HTTP/1.1 as the portal does, to leave the cores
// to the portal.
type browser struct {
	host    string
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	cookies []cookie
	took    []time.Duration // of each request

	// The answer looked at; body is valid until the next request.
	path     string
	status   int
	location string
	body     []byte
}

type cookie struct{ name, value, path string }

func newBrowser(host string) (*browser, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	return &browser{host: host, conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}, nil
}

func (b *browser) close() { b.conn.Close() }

// get asks for a page and follows redirects.
func (b *browser) get(path string) error {
	if err := b.request("GET", path, nil); err != nil {
		return err
	}
	return b.follow()
}

// post sends a form and follows redirects.
func (b *browser) post(path string, values url.Values) error {
	if err := b.request("POST", path, values); err != nil {
		return err
	}
	return b.follow()
}

func (b *browser) follow() error {
	for range maxHops {
		switch b.status {
		case 301, 302, 303:
			if !strings.HasPrefix(b.location, "/") {
				return fmt.Errorf("%s leads to %q", b.path, b.location)
			}
			if err := b.request("GET", b.location, nil); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return fmt.Errorf("%s leads in circles", b.path)
}

// head begins a request, up to its own headers.
func (b *browser) head(method, path string) []byte {
	o := append(b.out[:0], method...)
	o = append(append(append(o, ' '), path...), " HTTP/1.1\r\nHost: "...)
	o = append(append(o, b.host...), "\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\n"...)
	first := true
	for _, c := range b.cookies {
		if !strings.HasPrefix(path, c.path) {
			continue
		}
		if first {
			o, first = append(o, "Cookie: "...), false
		} else {
			o = append(o, "; "...)
		}
		o = append(append(append(o, c.name...), '='), c.value...)
	}
	if !first {
		o = append(o, "\r\n"...)
	}
	if method == "POST" {
		o = append(append(o, "Origin: http://"...), b.host...)
	}
	b.path, b.status, b.location = path, 0, ""
	return o
}

// request is one request and its answer.
func (b *browser) request(method, path string, values url.Values) error {
	o := b.head(method, path)
	if method == "POST" {
		body := values.Encode()
		o = append(o, "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
		o = append(strconv.AppendInt(o, int64(len(body)), 10), "\r\n\r\n"...)
		o = append(o, body...)
	} else {
		o = append(o, "\r\n"...)
	}
	b.out = o
	start := time.Now()
	if err := b.conn.SetDeadline(start.Add(patience)); err != nil {
		return err
	}
	if _, err := b.conn.Write(o); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if err := b.answer(); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	b.took = append(b.took, time.Since(start))
	return nil
}

var errAnswer = errors.New("not an answer in HTTP/1.1")

// answer reads an answer's head and body.
func (b *browser) answer() error {
	line, err := b.line()
	if err != nil {
		return err
	}
	if len(line) < 12 || string(line[:9]) != "HTTP/1.1 " {
		return errAnswer
	}
	if b.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return errAnswer
	}
	length, chunked := -1, false
	for {
		if line, err = b.line(); err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return errAnswer
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "content-length"):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return errAnswer
			}
		case is(name, "transfer-encoding"):
			chunked = is(value, "chunked")
		case is(name, "location"):
			b.location = string(value)
		case is(name, "set-cookie"):
			b.setCookie(string(value))
		}
	}
	b.body = b.body[:0]
	switch {
	case b.status == 204 || b.status == 304:
		return nil
	case chunked:
		return b.chunks()
	case length < 0:
		return errAnswer
	}
	return b.read(length)
}

func (b *browser) line() ([]byte, error) {
	line, err := b.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// read appends n bytes to the body.
func (b *browser) read(n int) error {
	at := len(b.body)
	if need := at + n; need > cap(b.body) {
		b.body = append(make([]byte, 0, need+need/4), b.body...)
	}
	b.body = b.body[:at+n]
	_, err := io.ReadFull(b.in, b.body[at:])
	return err
}

func (b *browser) chunks() error {
	for {
		line, err := b.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return errAnswer
		}
		if err := b.read(int(n)); err != nil {
			return err
		}
		if line, err = b.line(); err != nil || len(line) > 0 {
			return errors.Join(errAnswer, err)
		}
		if n == 0 {
			return nil
		}
	}
}

// setCookie keeps a cookie, or drops the one that the portal takes back.
func (b *browser) setCookie(header string) {
	pair, attrs, _ := strings.Cut(header, ";")
	name, value, _ := strings.Cut(pair, "=")
	c := cookie{name: strings.TrimSpace(name), value: strings.TrimSpace(value), path: "/"}
	gone := false
	for a := range strings.SplitSeq(attrs, ";") {
		switch k, v, _ := strings.Cut(strings.TrimSpace(a), "="); {
		case strings.EqualFold(k, "Path"):
			c.path = v
		case strings.EqualFold(k, "Max-Age"):
			gone = strings.HasPrefix(v, "-") || v == "0"
		}
	}
	for i := range b.cookies {
		if b.cookies[i].name == c.name && b.cookies[i].path == c.path {
			b.cookies = append(b.cookies[:i], b.cookies[i+1:]...)
			break
		}
	}
	if !gone {
		b.cookies = append(b.cookies, c)
	}
}

func is(b []byte, s string) bool { return len(b) == len(s) && strings.EqualFold(string(b), s) }

// want checks the page looked at: its status and that it holds a text.
func (b *browser) want(status int, text string) error {
	if b.status != status {
		return fmt.Errorf("%s answers %d, not %d", b.path, b.status, status)
	}
	if !bytes.Contains(b.body, []byte(text)) {
		return fmt.Errorf("%s does not hold %q", b.path, text)
	}
	return nil
}
