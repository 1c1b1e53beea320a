package ui

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"leitportal/internal/i18n"
	webassets "leitportal/web"
)

// Frame is what stands round every page of one site: the header, the footer
// and the language. It is put into the request's context by WithFrame and not
// changed afterwards.
type Frame struct {
	// Lang is the language of the page; the zero value is German.
	Lang i18n.Lang
	// Name is the authority or site, as in "Stadt Paderborn"; Note a short
	// line under it ("Serviceportal"), or "".
	Name, Note string
	// Monogram is one to three letters drawn as the site's mark; "" draws the
	// first letter of Name.
	Monogram string
	// Home is the address of the site's start page.
	Home string
	// Demo shows "Demonstrator, kein offizielles Portal" at the top.
	Demo bool
	// Theme is the URL of the tenant's style sheet, or "".
	Theme string
	// Assets holds style sheet, fonts and scripts; nil draws plain HTML.
	Assets *webassets.Set
	// Languages lists this page in each language it exists in.
	Languages []Language
	// Nav is the main navigation under the header; empty for none.
	Nav []Link
	// Account is "Mein Bereich" or the sign-in; zero for none.
	Account Link
	// User is the name of the signed-in employee (desk only), SignOut the
	// address its form posts to; "" for none.
	User, SignOut string
	// The footer's addresses; "" leaves an entry out.
	Imprint, Privacy, Accessibility, Feedback, Sources string
	// Footer holds further links of the site.
	Footer []Link
	// Attribution is shown small in the footer, one line each (data licences,
	// in German whatever the language of the page).
	Attribution []string
	// Version of the running program, shown in the footer.
	Version string
	// Desk marks the clerk's side: wide, dense, with keyboard help.
	Desk bool
	// Shortcuts are shown by "?" on desk pages, after the ones built in.
	Shortcuts []Shortcut
}

// Language is the present page in one language.
type Language struct {
	// Lang is the BCP 47 tag, Label the language's own name ("English").
	Lang, Label string
	Href        string
	Current     bool
}

// Shortcut is one key of the desk: Keys such as "j" or "g i", and what it
// does. A Link or Button with the same Key is followed when they are typed.
type Shortcut struct{ Keys, Text string }

// Link is a link in words.
type Link struct {
	Href, Text string
	// Current marks the page one is on.
	Current bool
	// Icon is the name of a quiet icon before the text, or "".
	Icon string
	// Key follows the link on desk pages when these keys are typed.
	Key string
	// Download asks the browser to save what the link leads to.
	Download bool
	// Lang is the language of Text, HrefLang that of what is behind the link;
	// "" is the page's.
	Lang, HrefLang i18n.Lang
}

// Layout is how main is divided.
type Layout int

// The layouts. LayoutReading is one column of 60 to 75 characters, with
// Page.Aside as a second one for facts; LayoutForm is a narrow column for one
// topic; LayoutWide uses the whole page, LayoutDesk the whole window.
const (
	LayoutReading Layout = iota
	LayoutForm
	LayoutWide
	LayoutDesk
)

// Page is one page inside the Frame.
type Page struct {
	// Title names the page: it is the title element and the h1. TitleLang is
	// its language, "" the page's.
	Title     string
	TitleLang i18n.Lang
	// OwnHeading says that Body draws the h1 itself.
	OwnHeading bool
	// Preline is a short line above the h1 ("Schritt 3 von 7"), Lead a larger
	// sentence under it.
	Preline, Lead string
	// Crumbs lead here, from the start page on; the page itself is added.
	Crumbs []Link
	// Back is a link above the heading in place of crumbs (form pages).
	Back   Link
	Layout Layout
	// Problems become the error summary: first in main, with the focus, and
	// the title begins with "Fehler:".
	Problems []Problem
	// Mark is shown above all else on every page of what is not what it looks
	// like (a rehearsal); nil for none.
	Mark *Alert
	// Notice is shown above the heading (saved, changed, failed); nil for none.
	Notice *Alert
	// Body is the page; Aside the second column (first on a phone when
	// AsideFirst).
	Body, Aside templ.Component
	AsideFirst  bool
	// Hero is drawn on a tinted ground over the whole width, above Body, with
	// the h1 inside it (start pages).
	Hero templ.Component
	// Lang is the language of the page where it is not the frame's: a further
	// one (i18n.Lang.Further), in which the frame's own words are not there.
	// Texts may be marked then (i18n.AsGerman).
	Lang i18n.Lang
	// Languages are those the page is there in; nil: the frame's.
	Languages []Language
	// Switch is the form whose typed values go along when another language is
	// chosen; "" for none: then a language is a link. Enter is what the Enter key
	// sends in it.
	Switch string
	Enter  Hidden
	// NoIndex keeps search engines away; every page of a draft sets it.
	NoIndex bool
	// Description is for search engines.
	Description string
	// StructuredData is written as JSON-LD (schema.org), nil for none.
	StructuredData any
}

type frameKey struct{}

// framed is a Frame with what is looked up once per request.
type framed struct {
	Frame
	t i18n.Texts
}

// WithFrame returns ctx with the frame in it, for every page drawn under it.
func WithFrame(ctx context.Context, f Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, newFramed(f))
}

// FrameOf is the frame that WithFrame put into ctx, or a plain one.
func FrameOf(ctx context.Context) Frame { return frameOf(ctx).Frame }

func newFramed(f Frame) *framed {
	if f.Lang == "" {
		f.Lang = i18n.DE
	}
	if f.Home == "" {
		f.Home = "/"
	}
	if f.Name == "" {
		f.Name = "Leitportal"
	}
	return &framed{f, texts().On(f.Lang)}
}

// in is the frame of a page in another language: its words are German there.
func (f *framed) in(lang i18n.Lang) *framed {
	g := f.Frame
	g.Lang, g.Note, g.Account.Text = lang, i18n.AsGerman(g.Note), i18n.AsGerman(g.Account.Text)
	g.Nav, g.Footer, g.Attribution = slices.Clone(g.Nav), slices.Clone(g.Footer), slices.Clone(g.Attribution)
	for _, links := range [][]Link{g.Nav, g.Footer} {
		for i := range links {
			links[i].Text = i18n.AsGerman(links[i].Text)
		}
	}
	for i, line := range g.Attribution {
		g.Attribution[i] = i18n.AsGerman(line)
	}
	return newFramed(g)
}

var plainFrame = sync.OnceValue(func() *framed { return newFramed(Frame{}) })

func frameOf(ctx context.Context) *framed {
	if f, ok := ctx.Value(frameKey{}).(*framed); ok {
		return f
	}
	return plainFrame()
}

// tr is the frame's text for one of this package's own keys.
func tr(ctx context.Context, key string, kv ...any) string { return frameOf(ctx).t.T(key, kv...) }

// htmlType is shared by all answers; nothing appends to it.
var htmlType = []string{"text/html; charset=utf-8"}

// Render writes p inside the frame of r's context as text/html with the given
// status and a Content-Length. Nothing is written when drawing fails, so the
// caller may still answer with an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, p Page) error {
	if f := frameOf(r.Context()); p.Lang.Further() && p.Lang != f.Lang {
		r = r.WithContext(context.WithValue(r.Context(), frameKey{}, f.in(p.Lang)))
	}
	return RenderComponent(w, r, status, page(p))
}

// RenderComponent writes c alone, without a frame, as Render does.
func RenderComponent(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	p, err := newPen(r.Context())
	if err != nil {
		return err
	}
	defer p.release()
	if p.put(c); p.err != nil {
		return p.err
	}
	p.b = spoken(p.b, p.f.Lang)
	h := w.Header()
	h["Content-Type"] = htmlType
	h["Content-Length"] = []string{strconv.Itoa(len(p.b))}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err = w.Write(p.b)
	return err
}
