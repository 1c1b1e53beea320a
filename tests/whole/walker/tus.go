package walker

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// TusMetadata is the Upload-Metadata of a file for a field.
func TusMetadata(field, name string) string {
	enc := base64.StdEncoding.EncodeToString
	return "filename " + enc([]byte(name)) + ",field " + enc([]byte(field))
}

// Tus sends a request of tus 1.0.0 with the protocol's headings and those
// given by name and value ("" takes one away). It answers the body, too.
func (b *Browser) Tus(method, path string, body io.Reader, headings ...string) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, b.Base+path, body)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Tus-Resumable", "1.0.0")
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for i := 0; i < len(headings); i += 2 {
		if r.Header.Set(headings[i], headings[i+1]); headings[i+1] == "" {
			r.Header.Del(headings[i])
		}
	}
	answer, err := (&http.Client{Jar: b.Jar}).Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	words, err := io.ReadAll(answer.Body)
	return answer, string(words), err
}

// TusCut sends a piece of an upload from byte at on, of which announced bytes
// are announced, and loses the connection when some of them were sent.
func (b *Browser) TusCut(path string, at int, sent []byte, announced int) error {
	return b.Cut(http.MethodPatch, path, sent, announced, nil,
		"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(at))
}

// Cut sends a request with headings given by name and value, and loses the
// connection when some of the announced bytes of its body were sent, and then,
// where that is given, returns.
func (b *Browser) Cut(method, path string, sent []byte, announced int, then func(), headings ...string) error {
	u, err := url.Parse(b.Base)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", method, path, u.Host, announced)
	for i := 0; i < len(headings); i += 2 {
		fmt.Fprintf(&head, "%s: %s\r\n", headings[i], headings[i+1])
	}
	var cookies []string
	for _, c := range b.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	fmt.Fprintf(&head, "Cookie: %s\r\n\r\n", strings.Join(cookies, "; "))
	_, err = conn.Write(append([]byte(head.String()), sent...))
	if then != nil {
		then()
	}
	return err
}
