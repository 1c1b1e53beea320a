package service

import (
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
)

// lineStyle says how the lines of a text are set.
type lineStyle int

const (
	paragraphs lineStyle = iota
	bullets
	numbered
)

// most is how many acts and legal bases a page lists: a few services have
// hundreds, and a page must stay small.
const most = 60

func lawLinks(laws []Law) []ui.Link {
	out := make([]ui.Link, len(laws))
	for i, l := range laws {
		out[i] = ui.Link{Href: l.Href, Text: l.Name, Lang: i18n.DE, HrefLang: i18n.DE}
	}
	return out
}
