package walker

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	u, err := url.Parse(b.Base)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	var cookies []string
	for _, c := range b.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if _, err := fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: %d\r\nContent-Length: %d\r\n\r\n",
		path, u.Host, strings.Join(cookies, "; "), at, announced); err != nil {
		return err
	}
	_, err = conn.Write(sent)
	return err
}
