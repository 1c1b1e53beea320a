package tenant

import (
	"fmt"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
)

// section is one part of a text page.
type section struct {
	title  string
	blocks []block
	rows   []ui.Row
	links  []ui.Link
}

// block is a paragraph, or a list when bullets is not nil.
type block struct {
	para    string
	bullets []string
}

// parseBlocks splits text at its lines: those that begin with "- " are
// points of a list, each other is a paragraph. Nothing in it is mark-up.
func parseBlocks(text string) []block {
	var out []block
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		point, isPoint := strings.CutPrefix(line, "- ")
		point = strings.TrimSpace(point)
		switch n := len(out); {
		case line == "":
		case !isPoint:
			out = append(out, block{para: line})
		case n > 0 && out[n-1].bullets != nil:
			out[n-1].bullets = append(out[n-1].bullets, point)
		default:
			out = append(out, block{bullets: []string{point}})
		}
	}
	return out
}

// rows builds a list of facts. A fact that is unknown is left out, or named
// as missing where the law asks for it.
type rows struct {
	t    i18n.Texts
	list []ui.Row
}

func (r *rows) add(key, value string, required bool) {
	if value == "" && required {
		value = r.t.T("tenant.missing")
	}
	if value != "" {
		r.list = append(r.list, ui.Row{Key: r.t.T("tenant.row." + key), Value: value})
	}
}

func (r *rows) address(t *Tenant) {
	row := ui.Row{Key: r.t.T("tenant.row.address"), Lines: t.Entered.Contact.Lines()}
	if t.Entered.Contact.Street == "" {
		row = ui.Row{Key: row.Key, Value: r.t.T("tenant.missing")}
	}
	r.list = append(r.list, row)
}

func imprint(t *Tenant, tx i18n.Texts) []section {
	c, r := t.Entered.Contact, &rows{t: tx}
	r.add("name", t.Name, true)
	r.address(t)
	r.add("representative", t.Entered.Representative, true)
	r.add("phone", c.Phone, true)
	r.add("mail", c.Mail, true)
	if c.Web != "" {
		r.list = append(r.list, ui.Row{Key: tx.T("tenant.row.web"), Value: c.Web, Href: c.Web})
	}
	r.add("supervisor", t.Entered.Supervisor, false)
	r.add("vat", t.Entered.VAT, false)
	return []section{
		{title: tx.T("tenant.imprint.provider"), rows: r.list},
		{title: tx.T("tenant.imprint.links"), blocks: parseBlocks(tx.T("tenant.imprint.links.text"))},
	}
}

func privacy(t *Tenant, tx i18n.Texts, days int) []section {
	r := &rows{t: tx}
	r.add("name", t.Name, true)
	r.address(t)
	r.add("phone", t.Entered.Contact.Phone, false)
	r.add("mail", t.Entered.Contact.Mail, true)
	officer := t.Entered.Officer
	if officer == "" {
		officer = tx.T("tenant.missing")
	}
	out := []section{
		{title: tx.T("tenant.privacy.responsible"), rows: r.list},
		{title: tx.T("tenant.privacy.officer"), blocks: parseBlocks(officer)},
	}
	for _, key := range []string{"visit", "cookies", "apply", "operator", "barrier", "rights", "complain"} {
		s := section{title: tx.T("tenant.privacy." + key), blocks: parseBlocks(tx.T("tenant.privacy."+key+".text", "days", days))}
		if key == "complain" {
			s.links = []ui.Link{{Href: "https://www.ldi.nrw.de", Text: tx.T("tenant.privacy.complain.link")}}
		}
		out = append(out, s)
	}
	if t.Entered.PrivacyText != "" {
		out = append(out, section{title: tx.T("tenant.privacy.more"), blocks: parseBlocks(t.Entered.PrivacyText)})
	}
	return out
}

// written is the day on which the words of the accessibility statement, and
// the self-assessment they rest on, were last changed.
func written() clock.Date { return clock.Date{Year: 2026, Month: time.November, Day: 22} }

func accessibility(t *Tenant, tx i18n.Texts, feedback string) []section {
	part := func(key string, links ...ui.Link) section {
		return section{title: tx.T("tenant.access." + key), blocks: parseBlocks(tx.T("tenant.access."+key+".text", "written", i18n.FormatDate(tx.Lang(), written()))), links: links}
	}
	gaps, date := part("gaps"), part("date")
	gaps.blocks = append(gaps.blocks, parseBlocks(t.Entered.Barriers)...)
	if d := t.Entered.AccessReviewed; !d.IsZero() {
		date.blocks = append(date.blocks, block{para: tx.T("tenant.access.reviewed.text", "reviewed", i18n.FormatDate(tx.Lang(), d))})
	}
	return []section{
		part("basis"), part("state"), gaps, date,
		part("report", ui.Link{Href: feedback, Text: tx.T("tenant.access.report.link")}),
		part("ombuds",
			ui.Link{Href: "https://www.lbbp.nrw.de/ombudsstelle", Text: tx.T("tenant.access.ombuds.link")},
			ui.Link{Href: "mailto:ombudsstelle-barrierefreie-it@mags.nrw.de", Text: "ombudsstelle-barrierefreie-it@mags.nrw.de"}),
		part("monitor", ui.Link{Href: "https://www.mags.nrw/ueberwachungsstelle-barrierefreie-informationstechnik", Text: tx.T("tenant.access.monitor.link")}),
	}
}

// Attribution is owed wherever facts about places are shown, one line each
// (docs/sources.md). The lines are names and the same in every language.
func Attribution() []string {
	return []string{
		"© Statistisches Bundesamt (Destatis)",
		"© GeoBasis-DE / BKG 2017 (Daten verändert)",
		"GeoNames, CC BY 4.0",
	}
}

func sources(tx i18n.Texts) []section {
	owed := Attribution()
	text := func(key string) []block { return parseBlocks(tx.T("tenant.sources." + key + ".text")) }
	return []section{
		{
			title: tx.T("tenant.sources.places"), blocks: append(text("places"), block{para: owed[0]}),
			links: []ui.Link{{Href: "https://www.govdata.de/dl-de/by-2-0", Text: "dl-de/by-2-0"}},
		},
		{
			title: tx.T("tenant.sources.geo"), blocks: []block{{para: owed[1]}},
			links: []ui.Link{{Href: "https://www.bkg.bund.de", Text: "bkg.bund.de"}},
		},
		{
			title: tx.T("tenant.sources.postal"), blocks: append(text("postal"), block{para: owed[2]}),
			links: []ui.Link{{Href: "https://www.geonames.org", Text: "geonames.org"}, {Href: "https://creativecommons.org/licenses/by/4.0/deed.de", Text: "CC BY 4.0"}},
		},
		{title: tx.T("tenant.sources.services"), blocks: text("services")},
		{title: tx.T("tenant.sources.design"), blocks: text("design")},
	}
}

// Card is the authority's contact card in the language of tx, for the page of
// a service and for letters; ok is false when nothing was entered. Holidays
// are not known to it.
func (t *Tenant) Card(tx i18n.Lang, now time.Time) (card ui.Contact, ok bool) {
	e := t.Entered
	if e.Contact == (Contact{}) && len(e.Hours) == 0 {
		return ui.Contact{}, false
	}
	w := Texts().In(tx)
	card = ui.Contact{Name: e.Contact.Office, Lines: e.Contact.Lines(), Phone: e.Contact.Phone, Mail: e.Contact.Mail, Access: e.Contact.Access, Demo: e.Demo}
	if card.Name == "" {
		card.Name = t.Name
	}
	if e.Contact.Web != "" {
		_, host, _ := strings.Cut(e.Contact.Web, "://")
		card.Web = ui.Link{Href: e.Contact.Web, Text: strings.TrimSuffix(host, "/")}
	}
	today, open, known := t.Today(now)
	for _, d := range t.Week() {
		h := ui.Hours{Day: w.T(fmt.Sprintf("tenant.day.%d", int(d.Weekday))), Times: w.T("tenant.contact.closed"), Today: d.Weekday == today.Weekday}
		var spans []string
		for _, s := range d.Spans {
			spans = append(spans, w.T("tenant.contact.until", "from", s.From, "to", s.To))
		}
		if len(spans) > 0 {
			h.Times = strings.Join(spans, ", ")
		}
		card.Hours = append(card.Hours, h)
	}
	switch {
	case known && open:
		card.Today = w.T("tenant.contact.open")
	case known:
		card.Today = w.T("tenant.contact.shut")
	}
	return card, true
}
