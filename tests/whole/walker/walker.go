package walker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Browser is one window with its cookies.
type Browser struct {
	Base   string // http://127.0.0.1:port
	Jar    http.CookieJar
	client *http.Client
}

// New opens a browser without cookies on the portal at base.
func New(base string) *Browser {
	jar, _ := cookiejar.New(nil) // has no error without options
	return &Browser{Base: base, Jar: jar, client: &http.Client{
		Jar: jar, Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Cookies are the cookies that the portal would get.
func (b *Browser) Cookies() []*http.Cookie {
	u, err := url.Parse(b.Base)
	if err != nil {
		return nil
	}
	return b.Jar.Cookies(u)
}

// Close ends the browser's connections.
func (b *Browser) Close() { b.client.CloseIdleConnections() }

// Page is an answer, after redirects.
type Page struct {
	URL    *url.URL
	Status int
	// First is the status of the first answer: 303 where the page was reached
	// by a form that was taken.
	First  int
	Header http.Header
	Body   []byte
	doc    *html.Node
}

// Get opens a path, or an absolute address.
func (b *Browser) Get(path string) (*Page, error) { return b.Do(http.MethodGet, path, "", nil) }

// Post sends values to a path as a form does.
func (b *Browser) Post(path string, v url.Values) (*Page, error) {
	return b.Do(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(v.Encode()))
}

// Do sends a request and follows redirects. After an answer that was a
// redirect an error further on comes with the page reached so far.
func (b *Browser) Do(method, path, contentType string, body []byte) (*Page, error) {
	first := 0
	var last *Page
	for hop := 0; hop < 10; hop++ {
		target := path
		if !strings.HasPrefix(path, "http") {
			target = b.Base + path
		}
		req, err := http.NewRequestWithContext(context.Background(), method, target, bytes.NewReader(body))
		if err != nil {
			return last, err
		}
		if contentType != "" {
			req.Header.Set("Content-Type", contentType)
		}
		req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if method != http.MethodGet {
			req.Header.Set("Origin", b.Base)
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		r, err := b.client.Do(req)
		if err != nil {
			return last, err
		}
		p := &Page{URL: r.Request.URL, Status: r.StatusCode, Header: r.Header, First: first}
		p.Body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if hop == 0 {
			first, p.First = r.StatusCode, r.StatusCode
		}
		if err != nil {
			return p, err
		}
		to := r.Header.Get("Location")
		if r.StatusCode < 300 || r.StatusCode > 399 || to == "" {
			return p, nil
		}
		next, err := r.Request.URL.Parse(to)
		if err != nil {
			return p, err
		}
		last, path, method, body, contentType = p, next.String(), http.MethodGet, nil, ""
	}
	return last, fmt.Errorf("%s leads round in a circle", path)
}

// Stream posts a body of so many bytes as it comes from r; the answer is no
// redirect.
func (b *Browser) Stream(path, contentType string, size int64, r io.Reader) (*Page, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.Base+path, r)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Origin", b.Base)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	p := &Page{URL: req.URL, Status: answer.StatusCode, Header: answer.Header, First: answer.StatusCode}
	p.Body, err = io.ReadAll(answer.Body)
	return p, err
}

// Path is the path of the page.
func (p *Page) Path() string { return p.URL.Path }

func (p *Page) root() *html.Node {
	if p.doc == nil {
		// Only reading can fail.
		p.doc, _ = html.ParseWithOptions(bytes.NewReader(p.Body), html.ParseOptionEnableScripting(false))
	}
	return p.doc
}

// Text is what the main part of the page says, white space folded.
func (p *Page) Text() string {
	main := find(p.root(), func(n *html.Node) bool { return n.Data == "main" })
	if main == nil {
		main = p.root()
	}
	return text(main)
}

// Has tells whether the page's main part says s.
func (p *Page) Has(s string) bool { return strings.Contains(p.Text(), s) }

// H1 is the page's heading.
func (p *Page) H1() string {
	if n := find(p.root(), func(n *html.Node) bool { return n.Data == "h1" }); n != nil {
		return text(n)
	}
	return ""
}

// ErrorBeside is what the page says is wrong with the control of a name: the
// text that its aria-describedby or that of its group names.
func (p *Page) ErrorBeside(name string) string {
	n := find(p.root(), func(n *html.Node) bool { return attr(n, "name") == name && n.Data != "form" && n.Data != "a" })
	for ; n != nil; n = n.Parent {
		if n.Type != html.ElementNode {
			continue
		}
		for _, id := range strings.Fields(attr(n, "aria-describedby")) {
			if e := p.ByID(id); e != nil && strings.Contains(id, "error") {
				return text(e)
			}
		}
		if n.Data == "form" {
			return ""
		}
	}
	return ""
}

// ByID is the element of an id, or nil.
func (p *Page) ByID(id string) *html.Node {
	return find(p.root(), func(n *html.Node) bool { return attr(n, "id") == id })
}

// Focused tells whether an element of the main part takes the focus when the
// page is opened, and what it says.
func (p *Page) Focused() string {
	if n := find(p.root(), func(n *html.Node) bool { return has(n, "autofocus") || has(n, "data-focus") }); n != nil {
		return text(n)
	}
	return ""
}

// Link is the address of the first link whose text contains s, or "".
func (p *Page) Link(s string) string {
	n := find(p.root(), func(n *html.Node) bool { return n.Data == "a" && strings.Contains(text(n), s) })
	return attr(n, "href")
}

// LinkTo is the first link whose address contains s, or "".
func (p *Page) LinkTo(s string) string {
	n := find(p.root(), func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attr(n, "href"), s) })
	return attr(n, "href")
}

// Control is something of a form that has a name.
type Control struct {
	Kind    string // type of an input or button; select; textarea
	Name    string
	Value   string
	On      bool // checked, or for a select: something is selected
	Max     int  // the most characters that can be typed; 0 for no bound
	Options []string
}

// Form is a form of a page.
type Form struct {
	Action, Method string
	Multipart      bool
	Controls       []Control
}

// Forms are the forms of the page.
func (p *Page) Forms() []*Form {
	var out []*Form
	walk(p.root(), func(n *html.Node) {
		if n.Type != html.ElementNode || n.Data != "form" {
			return
		}
		f := &Form{Action: attr(n, "action"), Method: strings.ToUpper(attr(n, "method")), Multipart: attr(n, "enctype") == "multipart/form-data"}
		walk(n, func(c *html.Node) { f.add(c) })
		out = append(out, f)
	})
	return out
}

// Form is the first form whose action ends with suffix (query aside), or nil.
func (p *Page) Form(suffix string) *Form {
	for _, f := range p.Forms() {
		action, _, _ := strings.Cut(f.Action, "?")
		if strings.HasSuffix(action, suffix) {
			return f
		}
	}
	return nil
}

// Own is the form that posts back to the page itself, or nil.
func (p *Page) Own() *Form {
	for _, f := range p.Forms() {
		if action, _, _ := strings.Cut(f.Action, "?"); action == p.URL.Path && f.Method == http.MethodPost {
			return f
		}
	}
	return nil
}

func (f *Form) add(n *html.Node) {
	if n.Type != html.ElementNode || has(n, "disabled") {
		return
	}
	c := Control{Name: attr(n, "name"), Value: attr(n, "value")}
	switch n.Data {
	case "input":
		c.Kind = attr(n, "type")
		c.Max, _ = strconv.Atoi(attr(n, "maxlength")) // most have none
		c.On = has(n, "checked")
		if (c.Kind == "checkbox" || c.Kind == "radio") && !has(n, "value") {
			c.Value = "on"
		}
	case "button":
		c.Kind = "submit"
	case "textarea":
		c.Kind = "textarea"
		c.Max, _ = strconv.Atoi(attr(n, "maxlength"))
		c.Value = strings.TrimPrefix(raw(n), "\n")
	case "select":
		c.Kind = "select"
		walk(n, func(o *html.Node) {
			if o.Type != html.ElementNode || o.Data != "option" {
				return
			}
			c.Options = append(c.Options, attr(o, "value"))
			if has(o, "selected") || len(c.Options) == 1 {
				c.Value = attr(o, "value")
			}
		})
	default:
		return
	}
	if c.Name != "" || c.Kind == "submit" {
		f.Controls = append(f.Controls, c)
	}
}

// Values is what a browser would send if nobody typed anything and pressed
// the first button.
func (f *Form) Values() url.Values {
	v := url.Values{}
	pressed := false
	for _, c := range f.Controls {
		switch c.Kind {
		case "checkbox", "radio":
			if c.On {
				v.Add(c.Name, c.Value)
			}
		case "submit":
			if !pressed && c.Name != "" {
				v.Add(c.Name, c.Value)
			}
			pressed = true
		case "file", "button", "reset", "image":
		default:
			v.Add(c.Name, c.Value)
		}
	}
	return v
}

// Shown is the value that the form shows for a name; of boxes the checked one.
func (f *Form) Shown(name string) string {
	for _, c := range f.Controls {
		if c.Name == name && (c.On || c.Kind != "radio" && c.Kind != "checkbox") {
			return c.Value
		}
	}
	return ""
}

// Press leaves only the button of the given name and value among those sent.
func (f *Form) Press(v url.Values, name, value string) url.Values {
	for _, c := range f.Controls {
		if c.Kind == "submit" {
			v.Del(c.Name)
		}
	}
	v.Set(name, value)
	return v
}

// File is a file to be sent.
type File struct {
	Field, Name, Type string
	Data              []byte
}

// Send sends a form with values (see Form.Values) and files.
func (b *Browser) Send(f *Form, v url.Values, files ...File) (*Page, error) {
	if f == nil {
		return nil, fmt.Errorf("the page has no such form")
	}
	if f.Method == http.MethodGet {
		return b.Get(f.Action + "?" + v.Encode())
	}
	if !f.Multipart {
		return b.Post(f.Action, v)
	}
	contentType, body, err := Multipart(v, files...)
	if err != nil {
		return nil, err
	}
	return b.Do(http.MethodPost, f.Action, contentType, body)
}

// Multipart writes values and files as multipart/form-data.
func Multipart(v url.Values, files ...File) (contentType string, body []byte, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, values := range v {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				return "", nil, err
			}
		}
	}
	for _, file := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, file.Field, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(file.Name)))
		h.Set("Content-Type", file.Type)
		part, err := w.CreatePart(h)
		if err != nil {
			return "", nil, err
		}
		if _, err := part.Write(file.Data); err != nil {
			return "", nil, err
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	return w.FormDataContentType(), buf.Bytes(), nil
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n == nil {
		return
	}
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func find(n *html.Node, is func(*html.Node) bool) (found *html.Node) {
	if n == nil {
		return nil
	}
	if n.Type == html.ElementNode && is(n) {
		return n
	}
	for c := n.FirstChild; c != nil && found == nil; c = c.NextSibling {
		found = find(c, is)
	}
	return found
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func raw(n *html.Node) string {
	var b strings.Builder
	walk(n, func(c *html.Node) {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	})
	return b.String()
}

// text is what an element says, with a space where a block begins.
func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(c *html.Node) {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type == html.ElementNode && !slices.Contains(inline[:], c.Data):
			b.WriteByte(' ')
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

var inline = [...]string{"a", "abbr", "b", "em", "i", "strong"}
