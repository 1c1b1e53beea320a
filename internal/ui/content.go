package ui

import "github.com/a-h/templ"

// Heading is a heading of level 2.
func Heading(text string) templ.Component {
	return drawn(func(p *pen) { p.raw(`<h2 class="lp-h2">`).text(text).raw("</h2>") })
}

// Subheading is a heading of level 3.
func Subheading(text string) templ.Component {
	return drawn(func(p *pen) { p.raw(`<h3 class="lp-h3">`).text(text).raw("</h3>") })
}

// Title is the h1 of a page that draws its own (Page.OwnHeading or Hero),
// with a line above and a lead below where not "".
func Title(preline, text, lead string) templ.Component {
	return drawn(func(p *pen) {
		p.preline(preline)
		p.raw(`<h1 class="lp-h1">`).text(text).raw("</h1>")
		p.lead(lead)
	})
}

func (p *pen) preline(s string) {
	if s != "" {
		p.raw(`<p class="lp-preline">`).text(s).raw("</p>")
	}
}

func (p *pen) lead(s string) {
	if s != "" {
		p.raw(`<p class="lp-lead">`).text(s).raw("</p>")
	}
}

// Text is one paragraph.
func Text(text string) templ.Component {
	return drawn(func(p *pen) { p.raw(`<p class="lp-p">`).text(text).raw("</p>") })
}

// Small is small print.
func Small(text string) templ.Component {
	return drawn(func(p *pen) { p.raw(`<p class="lp-small">`).text(text).raw("</p>") })
}

// Remark is small print that ends in a link.
func Remark(text string, link Link) templ.Component {
	return drawn(func(p *pen) { p.raw(`<p class="lp-small">`).text(text).raw(" ").link(&link).raw("</p>") })
}

// Bullets is a list of plain lines.
func Bullets(lines []string) templ.Component {
	return drawn(func(p *pen) {
		p.raw(`<ul class="lp-bullets">`)
		for _, s := range lines {
			p.raw("<li>").text(s).raw("</li>")
		}
		p.raw("</ul>")
	})
}

// Numbered is a list of plain steps.
func Numbered(lines []string) templ.Component {
	return drawn(func(p *pen) {
		p.raw(`<ol class="lp-numbered">`)
		for _, s := range lines {
			p.raw("<li><span>").text(s).raw("</span></li>")
		}
		p.raw("</ol>")
	})
}

// Section is a titled part of a page; id may be "".
func Section(id, title string) templ.Component {
	return drawn(func(p *pen) {
		p.raw(`<section class="lp-section"`).attrIf("id", id).raw(`><h2 class="lp-h2">`).text(title).raw("</h2>").
			children().raw("</section>")
	})
}

// Prose sets a room's own <p>, <ul>, <ol>, <h2>, <h3>, <a>, <strong> in type.
func Prose() templ.Component { return box("lp-prose") }

// Box is a quiet frame round a part of a page.
func Box() templ.Component { return box("lp-box") }

// Columns puts its children side by side where there is room.
func Columns() templ.Component { return box("lp-columns") }

// Stack puts its children one below the other with even space.
func Stack() templ.Component { return box("lp-stack") }

// Buttons is the row of a form's buttons, the primary one first.
func Buttons() templ.Component { return box("lp-buttons") }

// box is a div round the children.
func box(class markup) templ.Component {
	return drawn(func(p *pen) { p.raw(`<div class="`).raw(class).raw(`">`).children().raw("</div>") })
}

// Details is a part that opens on demand.
func Details(summary string, open bool) templ.Component {
	return drawn(func(p *pen) {
		p.raw(`<details class="lp-details"`).flag(open, "open").raw("><summary>").icon("chevron").raw("<span>").text(summary).
			raw(`</span></summary><div class="lp-details__body">`).children().raw("</div></details>")
	})
}

// Form is a form round its children.
func Form(m FormModel) templ.Component {
	return drawn(func(p *pen) {
		p.raw(`<form class="lp-form"`).url("action", m.Action).attr("method", methodOf(&m)).
			flag(m.Multipart, `enctype="multipart/form-data"`).attrIf("id", m.ID).attrIf("aria-label", m.Label).
			raw(` novalidate accept-charset="utf-8">`)
		for _, h := range m.Hidden {
			p.hidden(h.Name, h.Value).raw(" ")
		}
		if m.Default.Name != "" {
			p.raw(`<button class="kern-sr-only" type="submit"`).attr("name", m.Default.Name).attr("value", m.Default.Value).
				raw(` tabindex="-1" aria-hidden="true"></button>`)
		}
		p.children().raw("</form>")
	})
}

func (b Button) draw(p *pen) { p.button(&b) }

func (p *pen) button(b *Button) {
	if b.Href != "" {
		p.raw(`<a class="`).raw(buttonClass(b)).raw(`"`).url("href", b.Href).attrIf("aria-label", b.Label).
			attrIf("data-key", b.Key).flag(b.Download, "download").raw(">").
			icon(b.Icon).raw(`<span class="kern-label">`).text(b.Text).raw("</span></a>")
		return
	}
	p.raw(`<button class="`).raw(buttonClass(b)).raw(`" type="submit"`)
	if b.Name != "" {
		p.attr("name", b.Name).attr("value", b.Value)
	}
	if b.Action != "" {
		p.url("formaction", b.Action)
	}
	p.attrIf("form", b.Form).attrIf("aria-label", b.Label).flag(b.Disabled, "disabled").flag(b.Focus, "autofocus").
		attrIf("data-key", b.Key).raw(">").
		icon(b.Icon).raw(`<span class="kern-label">`).text(b.Text).raw("</span></button>")
}

// Links is a list of links.
func Links(links []Link) templ.Component { return drawn(func(p *pen) { p.linkList(links) }) }

func (p *pen) linkList(links []Link) {
	p.raw(`<ul class="lp-links">`)
	for i := range links {
		p.raw("<li>").link(&links[i]).raw("</li>")
	}
	p.raw("</ul>")
}

func (l Link) draw(p *pen) { p.link(&l) }

func (p *pen) link(l *Link) *pen {
	return p.raw(`<a class="kern-link kern-link--no-visited-state"`).url("href", l.Href).
		flag(l.Current, `aria-current="page"`).attrIf("data-key", l.Key).flag(l.Download, "download").
		lang("lang", l.Lang).lang("hreflang", l.HrefLang).raw(">").
		icon(l.Icon).text(l.Text).raw("</a>")
}

// anchor is a link with nothing but its words.
func (p *pen) anchor(href, text string) *pen {
	return p.raw(`<a class="kern-link kern-link--no-visited-state"`).url("href", href).raw(">").text(text).raw("</a>")
}

func (a Alert) draw(p *pen) {
	p.raw(`<div class="`).raw(alertClass(a.Tone)).raw(`"`).flag(a.Focus, `role="alert" tabindex="-1" autofocus data-focus`).
		raw(`><div class="kern-alert__header">`).icon(toneIcon(a.Tone)).
		raw(`<p class="kern-title"><span class="kern-sr-only">`).say(toneWord(a.Tone)).raw(" </span> ").text(a.Title).raw("</p></div>")
	if a.Text != "" || a.Body != nil || len(a.Links) > 0 {
		p.raw(`<div class="kern-alert__body">`)
		if a.Text != "" {
			p.raw(`<p class="kern-body">`).text(a.Text).raw("</p>")
		}
		p.put(a.Body)
		if len(a.Links) > 0 {
			p.linkList(a.Links)
		}
		p.raw("</div>")
	}
	p.raw("</div>")
}

func (b Badge) draw(p *pen) {
	p.raw(`<span class="`).raw(badgeClass(b.Tone)).raw(`">`).icon(toneIcon(b.Tone)).
		raw(`<span class="kern-label">`).text(b.Text).raw("</span></span>")
}

// Tasks is a list of tasks with their states, each a page of its own.
func Tasks(steps []Step) templ.Component {
	return drawn(func(p *pen) { p.raw(`<ol class="lp-steps lp-steps--tasks">`).steps(steps).raw("</ol>") })
}

func (s Saved) draw(p *pen) {
	p.raw(`<div class="lp-saved"><p class="lp-saved__state">`)
	if s.At != "" {
		p.icon("check").raw(" ").say("ui.saved.at", "time", s.At)
	} else {
		p.say("ui.saved.not")
	}
	p.raw("</p>")
	if s.Later != "" {
		p.anchor(s.Later, p.tr("ui.saved.later"))
	}
	p.raw("</div>")
}

// Facts is a list of terms and their values.
func Facts(rows []Row) templ.Component { return drawn(func(p *pen) { p.facts(rows) }) }

func (p *pen) facts(rows []Row) {
	p.raw(`<dl class="lp-facts">`)
	for i := range rows {
		p.fact(&rows[i])
	}
	p.raw("</dl>")
}

func (p *pen) fact(r *Row) {
	p.raw(`<div class="lp-facts__row"><dt>`).text(r.Key).raw(`</dt><dd><div class="lp-facts__value">`)
	switch {
	case r.Body != nil:
		p.put(r.Body)
	case r.Href != "":
		p.anchor(r.Href, r.Value).raw(" ")
	case r.Value != "":
		p.raw("<span>").value(r.Value).raw("</span> ")
	}
	for _, line := range r.Lines {
		p.raw(`<span class="lp-facts__line">`).value(line).raw("</span> ")
	}
	if r.Mark != nil {
		r.Mark.draw(p)
	}
	p.raw("</div>")
	if r.Change != "" {
		p.raw(`<a class="kern-link kern-link--no-visited-state lp-change"`).url("href", r.Change).raw(">").say("ui.change").
			raw(`<span class="kern-sr-only">: `).text(r.Key).raw("</span></a>")
	}
	p.raw("</dd></div>")
}

func (c SummaryCard) draw(p *pen) {
	p.raw("<section").class("lp-summary", c.Error != "", "lp-summary--error").raw(`><div class="lp-summary__head">`)
	if level(c.Level, 2) == 2 {
		p.raw(`<h2 class="lp-h3">`).text(c.Title).raw("</h2>")
	} else {
		p.raw(`<h3 class="lp-h3">`).text(c.Title).raw("</h3>")
	}
	if c.Change != "" {
		p.raw(`<a class="kern-link kern-link--no-visited-state lp-change"`).url("href", c.Change).raw(">").icon("edit").say("ui.change").
			raw(` <span class="kern-sr-only">: `).text(c.Title).raw("</span></a>")
	}
	p.raw("</div>")
	if c.Error != "" {
		p.raw(`<p class="lp-summary__error">`).icon("alert").raw("<span>").text(c.Error).raw("</span></p>")
	}
	if len(c.Rows) > 0 {
		p.facts(c.Rows)
	}
	p.raw("</section>")
}
