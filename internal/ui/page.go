package ui

import (
	"github.com/a-h/templ"

	"leitportal/internal/i18n"
)

// page is the whole document.
func page(doc Page) templ.Component { return drawn(func(p *pen) { p.document(&doc) }) }

func (p *pen) document(doc *Page) {
	f := p.f
	p.raw(`<!doctype html><html`).attr("lang", string(f.Lang)).flag(p.rtl(), `dir="rtl"`).
		raw(`><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>`).
		text(documentTitle(doc, f)).raw("</title>")
	p.links(doc)
	p.raw("</head><body").flag(doc.Layout == LayoutDesk, `class="lp-desk"`).
		raw(`><a class="lp-skip" href="#inhalt">`).say("ui.page.skip").raw("</a>")
	p.header(doc)
	if doc.Back.Href != "" {
		p.raw(`<nav class="lp-crumbs lp-width"`).attr("aria-label", p.tr("ui.page.back")).
			raw(`><a class="lp-back kern-link kern-link--no-visited-state"`).url("href", doc.Back.Href).raw(">").
			icon("arrow-left").text(doc.Back.Text).raw("</a></nav>")
	} else if len(doc.Crumbs) > 0 {
		p.crumbs(doc)
	}
	p.raw(`<main id="inhalt" tabindex="-1">`)
	if doc.Hero != nil {
		p.raw(`<div class="lp-hero"><div class="lp-width">`).put(doc.Hero).raw("</div></div>")
	}
	p.mainBody(doc)
	p.raw("</main>")
	p.footer()
	if f.Desk {
		p.shortcutHelp()
	}
	p.raw("</body></html>")
}

// links is the part of the head after the title.
func (p *pen) links(doc *Page) {
	f := p.f
	if doc.Description != "" {
		p.raw(`<meta name="description"`).attr("content", doc.Description).raw(">")
	}
	if doc.NoIndex {
		p.raw(`<meta name="robots" content="noindex">`)
	}
	if css := f.Assets.Href("app.css"); css != "" {
		for _, font := range [...]string{"FiraSans-Regular.woff2", "FiraSans-SemiBold.woff2"} { // of the first lines
			p.raw(`<link rel="preload" as="font" type="font/woff2" crossorigin`).url("href", f.Assets.Href(font)).raw(">")
		}
		p.raw(`<link rel="stylesheet"`).url("href", css).raw(">")
	}
	if f.Theme != "" {
		p.raw(`<link rel="stylesheet"`).url("href", f.Theme).raw(">")
	}
	p.raw(`<link rel="icon" href="data:,">`)
	p.script("app.js")
	if f.Desk {
		p.script("desk.js")
	}
	if doc.StructuredData != nil {
		p.put(templ.JSONScript("", doc.StructuredData).WithType("application/ld+json"))
	}
}

func (p *pen) script(name string) {
	if js := p.f.Assets.Href(name); js != "" {
		p.raw("<script defer").attr("src", js).raw("></script>")
	}
}

func (p *pen) mainBody(doc *Page) {
	p.raw(`<div class="`).raw(mainClass(doc.Layout)).raw(`">`)
	heading := !doc.OwnHeading && doc.Hero == nil
	if len(doc.Problems) > 0 || doc.Notice != nil || doc.Mark != nil || heading {
		p.raw(`<div class="lp-intro">`)
		if doc.Mark != nil {
			doc.Mark.draw(p)
		}
		p.errorSummary(doc.Problems)
		if doc.Notice != nil {
			doc.Notice.draw(p)
		}
		if heading {
			p.preline(doc.Preline)
			p.raw(` <h1 class="lp-h1"`).lang("lang", doc.TitleLang).raw(">").text(doc.Title).raw("</h1>")
			p.lead(doc.Lead)
		}
		if p.f.Lang.Further() {
			p.raw(`<p class="lp-small">`).say("ui.page.partly").raw("</p>")
		}
		p.raw("</div>")
	}
	if doc.AsideFirst {
		p.aside(doc.Aside)
	}
	p.raw(`<div class="lp-body">`).put(doc.Body).raw("</div>")
	if !doc.AsideFirst {
		p.aside(doc.Aside)
	}
	p.raw("</div>")
}

func (p *pen) aside(c templ.Component) {
	if c != nil {
		p.raw(`<aside class="lp-aside"`).attr("aria-label", p.tr("ui.page.aside")).raw(">").put(c).raw("</aside>")
	}
}

func (p *pen) header(doc *Page) {
	f := p.f
	p.raw(`<header class="lp-header">`)
	if f.Demo {
		p.raw(`<div class="kern-kopfzeile"><div class="lp-width kern-kopfzeile__content">`).icon("info").
			raw(`<span class="kern-kopfzeile__label">`).say("ui.page.demo").raw("</span></div></div>")
	}
	p.raw(`<div class="lp-masthead lp-width"><a class="lp-brand"`).url("href", f.Home).raw(">")
	p.monogram(monogramText(f.Monogram, f.Name))
	p.raw(`<span class="lp-brand__text"><span class="lp-brand__name">`).text(f.Name).raw("</span> ")
	if f.Note != "" {
		p.raw(`<span class="lp-brand__note">`).text(f.Note).raw("</span>")
	}
	p.raw("</span></a> ")
	languages := f.Languages
	if doc.Languages != nil {
		languages = doc.Languages
	}
	if len(languages) > 1 || f.Account.Href != "" || f.User != "" {
		p.tools(doc, languages)
	}
	p.raw("</div>")
	if len(f.Nav) > 0 {
		p.raw(`<nav class="lp-nav"`).attr("aria-label", p.tr("ui.page.nav")).raw(`><ul class="lp-width lp-nav__list">`)
		for i := range f.Nav {
			l := &f.Nav[i]
			p.raw(`<li><a class="lp-nav__link"`).url("href", l.Href).flag(l.Current, `aria-current="page"`).
				attrIf("data-key", l.Key).raw(">").text(l.Text).raw("</a></li>")
		}
		p.raw("</ul></nav>")
	}
	p.raw("</header>")
}

// tools are at the right of the header: languages, account, sign-out.
func (p *pen) tools(doc *Page, languages []Language) {
	f := p.f
	p.raw(`<div class="lp-tools">`)
	if len(languages) > 1 {
		p.raw("<nav").attr("aria-label", p.tr("ui.page.language")).raw(">")
		if doc.Switch != "" { // the first button of a form is what Enter presses
			p.raw(`<button class="kern-sr-only" type="submit"`).attr("form", doc.Switch).attr("name", doc.Enter.Name).attr("value", doc.Enter.Value).
				raw(` tabindex="-1" aria-hidden="true"></button>`)
		}
		p.raw(`<ul class="lp-languages">`)
		for i := range languages {
			l := &languages[i]
			switch {
			case l.Current:
				p.raw(`<li><span class="lp-tool lp-tool--current"`).attr("lang", l.Lang).
					raw(` aria-current="true">`).text(l.Label).raw("</span></li>")
			case doc.Switch != "":
				p.raw(`<li><button class="lp-tool lp-tool--button" type="submit"`).attr("form", doc.Switch).url("formaction", l.Href).
					attr("name", SwitchName).attr("value", l.Lang).attr("lang", l.Lang).raw(">").text(l.Label).raw("</button></li>")
			default:
				p.raw(`<li><a class="lp-tool"`).url("href", l.Href).attr("lang", l.Lang).attr("hreflang", l.Lang).
					raw(">").text(l.Label).raw("</a></li>")
			}
		}
		p.raw("</ul></nav>")
	}
	if f.Account.Href != "" {
		p.raw(`<a class="lp-tool lp-tool--account"`).url("href", f.Account.Href).flag(f.Account.Current, `aria-current="page"`).
			raw(">").icon("person").text(f.Account.Text).raw("</a> ")
	}
	if f.User != "" {
		p.raw(`<span class="lp-tool lp-tool--user">`).icon("person").text(f.User).raw("</span> ")
		if f.SignOut != "" {
			p.raw(`<form method="post"`).url("action", f.SignOut).
				raw(`><button class="lp-tool lp-tool--button" type="submit">`).say("ui.page.signout").raw("</button></form>")
		}
	}
	p.raw("</div>")
}

func (p *pen) monogram(letters string) {
	p.raw(`<svg class="lp-monogram" width="44" height="44" viewBox="0 0 44 44" aria-hidden="true" focusable="false"><path class="lp-monogram__ground" d="M4 3h36a1 1 0 0 1 1 1v20c0 9-7.5 14.6-19 17.6C10.500 38.600 3 33 3 24V4a1 1 0 0 1 1-1z"></path> <text class="lp-monogram__text" x="22" y="22" text-anchor="middle" dominant-baseline="central"`).
		attr("font-size", monogramSize(letters)).raw(` font-weight="600">`).text(letters).raw("</text></svg>")
}

func (p *pen) crumbs(doc *Page) {
	p.raw(`<nav class="lp-crumbs lp-width"`).attr("aria-label", p.tr("ui.page.crumbs")).raw(`><ol class="lp-crumbs__list">`)
	for i := range doc.Crumbs {
		p.raw("<li>").anchor(doc.Crumbs[i].Href, doc.Crumbs[i].Text).raw("</li>")
	}
	p.raw(`<li aria-current="page"`).lang("lang", doc.TitleLang).raw(">").text(doc.Title).raw("</li></ol></nav>")
}

func (p *pen) footer() {
	f := p.f
	p.raw(`<footer class="lp-footer"><div class="lp-width"><div class="lp-footer__top"><p class="lp-footer__name">`).text(f.Name).
		raw(`</p><ul class="lp-footer__links">`)
	p.footerLink(f.Imprint, p.tr("ui.footer.imprint"))
	p.footerLink(f.Privacy, p.tr("ui.footer.privacy"))
	p.footerLink(f.Accessibility, p.tr("ui.footer.accessibility"))
	p.footerLink(f.Feedback, p.tr("ui.footer.feedback"))
	p.footerLink(f.Sources, p.tr("ui.footer.sources"))
	for i := range f.Footer {
		p.footerLink(f.Footer[i].Href, f.Footer[i].Text)
	}
	p.raw(`</ul></div><div class="lp-footer__small"><p>`).say("ui.footer.unofficial").raw("</p>")
	for _, line := range f.Attribution {
		p.raw("<p").lang("lang", i18n.DE).raw(">").text(line).raw("</p>")
	}
	if f.Version != "" {
		p.raw("<p>").say("ui.footer.version", "version", f.Version).raw("</p>")
	}
	p.raw("</div></div></footer>")
}

func (p *pen) footerLink(href, text string) {
	if href != "" {
		p.raw(`<li><a class="lp-footer__link"`).url("href", href).raw(">").text(text).raw("</a></li>")
	}
}

func (p *pen) shortcutHelp() {
	p.raw(`<dialog class="lp-dialog" id="lp-shortcuts" aria-labelledby="lp-shortcuts-title"><h2 class="lp-h2" id="lp-shortcuts-title">`).
		say("ui.desk.shortcuts").raw(`</h2><dl class="lp-keys">`)
	for _, s := range deskKeys(p.f) {
		p.raw("<div><dt><kbd>").text(s.Keys).raw("</kbd></dt><dd>").text(s.Text).raw("</dd></div>")
	}
	p.raw(`</dl><form method="dialog"><button class="kern-btn kern-btn--secondary" type="submit"><span class="kern-label">`).
		say("ui.desk.close").raw("</span></button></form></dialog>")
}

func (p *pen) errorSummary(problems []Problem) {
	if len(problems) == 0 {
		return
	}
	p.raw(`<div class="lp-errors" role="alert" tabindex="-1" autofocus data-focus><h2 class="lp-errors__title">`).icon("alert").
		text(p.f.t.N("ui.errors.title", len(problems))).raw(`</h2><ul class="lp-errors__list">`)
	for _, x := range problems {
		p.raw("<li>")
		if x.Field != "" {
			p.raw(`<a class="lp-errors__link"`).url("href", "#"+x.Field).raw(">").text(x.Text).raw("</a>")
		} else {
			p.text(x.Text)
		}
		p.raw("</li>")
	}
	p.raw("</ul></div>")
}
