package forms

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/internal/submission"
	"leitportal/tests/whole/walker"
)

// Walk fills the application in as planned, page by page, without scripts, and
// answers its check page. What a page does not offer is an error.
func (w *Way) Walk(b *walker.Browser) (*walker.Page, error) {
	p, err := b.Begin(w.Form.Service())
	if err != nil {
		return p, err
	}
	for i, st := range w.Steps {
		if want := w.Form.Service() + "/seite/" + st.Path; p.Path() != want || p.Status != http.StatusOK {
			return p, fmt.Errorf("step %d is %s (%d), planned was %s", i+1, p.Path(), p.Status, want)
		}
		if p, err = w.step(b, p, st); err != nil {
			return p, fmt.Errorf("step %d, %s: %w", i+1, st.Path, err)
		}
	}
	if !strings.HasSuffix(p.Path(), "/pruefen") {
		return p, fmt.Errorf("after the last step comes %s", p.Path())
	}
	return p, nil
}

// step answers one page and goes on.
func (w *Way) step(b *walker.Browser, p *walker.Page, st prove.Filled) (*walker.Page, error) {
	f := p.Own()
	if f == nil {
		return p, fmt.Errorf("the page has no form")
	}
	if st.Button != "" {
		return taken(b.Send(f, f.Press(f.Values(), "_list", st.Button)))
	}
	v, err := w.fill(f, st)
	if err != nil {
		return p, err
	}
	// What hangs on a list too long for a page is looked up first.
	for _, c := range f.Controls {
		if c.Kind != "submit" || c.Name != "_find" || v.Get(c.Value) == "" {
			continue
		}
		if p, err = w.find(b, f, v, c.Value); err != nil {
			return p, err
		}
		f = p.Own()
	}
	var rest []walker.File
	for name := range st.Files {
		for i, file := range w.Evidence[name] {
			sent := walker.File{Field: name, Name: file.Name, Type: file.Type, Data: file.Data}
			if !slices.ContainsFunc(f.Controls, func(c walker.Control) bool { return c.Kind == "file" && c.Name == name }) {
				return p, fmt.Errorf("the page takes no file %d for %s", i+1, name)
			}
			if i > 0 { // with the page
				rest = append(rest, sent)
				continue
			}
			if p, err = b.Send(f, f.Press(v, "_upload", name), sent); err != nil {
				return p, err
			}
			if p.Status != http.StatusOK || !p.Has(file.Name) {
				return p, fmt.Errorf("%s is not taken for %s: %d: %s", file.Name, name, p.Status, p.Text())
			}
			f = p.Own()
			v.Del("_upload")
			v.Set("_rev", f.Shown("_rev"))
		}
	}
	return taken(b.Send(f, f.Press(v, "_go", "next"), rest...))
}

// taken makes an error of a page that was not taken.
func taken(p *walker.Page, err error) (*walker.Page, error) {
	if err == nil && p.First != http.StatusSeeOther {
		err = fmt.Errorf("the page is not taken: %d: %s", p.First, p.Text())
	}
	return p, err
}

// fill is the form as typed: what is planned, and all else empty.
func (w *Way) fill(f *walker.Form, st prove.Filled) (url.Values, error) {
	v := f.Values()
	offered := map[string][]walker.Control{}
	for _, c := range f.Controls {
		offered[c.Name] = append(offered[c.Name], c)
		switch {
		case c.Kind == "radio", c.Kind == "checkbox":
			v.Del(c.Name)
		case c.Kind != "hidden" && v.Has(c.Name):
			v.Set(c.Name, "")
		}
	}
	for name, typed := range st.Posted {
		controls := offered[name]
		if len(controls) == 0 {
			return nil, fmt.Errorf("the page does not ask for %s", name)
		}
		for _, s := range typed {
			if !slices.ContainsFunc(controls, func(c walker.Control) bool { return takes(c, s) }) {
				return nil, fmt.Errorf("the page does not offer %q for %s: %+v", s, name, controls)
			}
		}
		v[name] = typed
	}
	return v, nil
}

// takes tells whether somebody can enter s into a control.
func takes(c walker.Control, s string) bool {
	switch c.Kind {
	case "radio", "checkbox":
		return c.Value == s
	case "select":
		return slices.Contains(c.Options, s)
	case "hidden", "submit", "file":
		return false
	}
	return c.Max == 0 || len([]rune(s)) <= c.Max
}

// find looks an entry up whose code is planned, as somebody does who types all
// of its name but the last letter, and chooses it in v among what is found.
// Where that finds too much, the whole name must do.
func (w *Way) find(b *walker.Browser, f *walker.Form, v url.Values, name string) (*walker.Page, error) {
	code := v.Get(name)
	label := []rune(w.Label(name, code))
	if len(label) == 0 {
		return nil, fmt.Errorf("%s has no entry %s", name, code)
	}
	v.Set(name, string(label[:max(1, len(label)-1)]))
	p, err := b.Send(f, f.Press(v, "_find", name))
	if err != nil {
		return p, err
	}
	v.Del("_find")
	if f = p.Own(); f == nil || p.Status != http.StatusOK {
		return p, fmt.Errorf("the search for %s answers %d: %s", name, p.Status, p.Text())
	}
	if slices.ContainsFunc(f.Controls, func(c walker.Control) bool { return c.Name == name+":code" && c.Value == code }) {
		v.Set(name+":code", code)
	} else {
		v.Set(name, string(label))
	}
	return p, nil
}

// Sent sends the application from its check page and answers the status page.
func Sent(b *walker.Browser, check *walker.Page) (*walker.Page, error) {
	p := check
	for range 20 { // the office's key may still be in the making
		var err error
		if p, err = b.Submit(p, ""); err != nil {
			return p, err
		}
		if p.Status != http.StatusServiceUnavailable {
			break
		}
	}
	if p.First != http.StatusSeeOther || !strings.HasSuffix(p.Path(), "/status") || p.Number() == "" {
		return p, fmt.Errorf("sending led to %s (%d): %s", p.Path(), p.Status, p.Text())
	}
	return p, nil
}

// Receipt waits for the receipt on the status page and answers it, as PDF with
// the JSON in it. One that is not genuine is an error.
func Receipt(b *walker.Browser, status *walker.Page) ([]byte, error) {
	p, link := status, ""
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if link = p.LinkTo("quittung.pdf"); link != "" {
			break
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s has no receipt: %s", p.Path(), p.Text())
		}
		var err error
		if p, err = b.Get(p.Path()); err != nil {
			return nil, err
		}
	}
	keys, err := b.Get("/ledger/key")
	if err != nil {
		return nil, err
	}
	file, err := b.Get(link)
	if err != nil {
		return nil, err
	}
	verdict, err := ledger.VerifyFile(file.Body, strings.Fields(string(keys.Body)))
	if err != nil || !verdict.Genuine || verdict.Receipt == nil || verdict.Receipt.Case != status.Number() {
		return nil, fmt.Errorf("the receipt of %s (%d bytes) is not genuine: %+v, %v", status.Number(), len(file.Body), verdict, err)
	}
	return file.Body, nil
}

// Card is a part of the answers as a page shows them.
type Card struct {
	Title string
	Rows  [][2]string // question and answer
}

// Answers are those that the application sends, in words.
func (w *Way) Answers() []Card { return cards(w.sent) }

// cards are answers as pages show them.
func cards(v *form.View) []Card {
	none := submission.Texts().In(i18n.DE).T("submission.check.none")
	var out []Card
	for _, sec := range v.Review() {
		for _, block := range sec.Blocks {
			c := Card{Title: fold(block.Title)}
			if block.Label != "" {
				c.Title = fold(sec.Title + ": " + block.Label)
			}
			for _, a := range block.Answers {
				c.Rows = append(c.Rows, [2]string{fold(a.Label), fold(cmp.Or(a.Text, none))})
			}
			out = append(out, c)
		}
	}
	return out
}

// Sends tells whether an answer to the control of a name is sent.
func (w *Way) Sends(name string) bool {
	path, _, _ := strings.Cut(name, ":")
	return w.sent.Answers().Value(path) != nil
}

// Typed are the texts typed on the way that are sent.
func (w *Way) Typed() []string {
	var out []string
	for _, st := range w.Steps {
		for name, typed := range st.Posted {
			if free(w.Form.fields[form.SchemaPath(name)].Kind) && w.sent.Answers().Value(name) != nil {
				out = append(out, fold(typed[0]))
			}
		}
	}
	return out
}

// Differ tells the first difference between the answers that a page shows and
// those that were given, "" where there is none.
func Differ(got, given []Card) string {
	for i := range max(len(got), len(given)) {
		one, other := at(got, i), at(given, i)
		if !reflect.DeepEqual(one, other) {
			return fmt.Sprintf("%d cards are shown, %d were given; the first to differ shows\n%+v\ngiven was\n%+v", len(got), len(given), one, other)
		}
	}
	return ""
}

func at(list []Card, i int) *Card {
	if i >= len(list) {
		return nil
	}
	return &list[i]
}

// Cards are the answers that a page shows.
func Cards(page []byte) ([]Card, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	var out []Card
	var in func(n *html.Node, inside bool)
	in = func(n *html.Node, inside bool) {
		if n.Type == html.ElementNode {
			switch {
			case n.Data == "section" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "class" && strings.HasPrefix(a.Val, "lp-summary") }):
				out, inside = append(out, Card{}), true
			case inside && (n.Data == "h2" || n.Data == "h3"):
				out[len(out)-1].Title = text(n)
			case inside && n.Data == "dt":
				c := &out[len(out)-1]
				c.Rows = append(c.Rows, [2]string{text(n), ""})
			case inside && n.Data == "dd":
				c := &out[len(out)-1]
				c.Rows[len(c.Rows)-1][1] = text(n.FirstChild) // the link to change it stands behind
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			in(c, inside)
		}
	}
	in(doc, false)
	return out, nil
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return fold(b.String())
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
