package browser

import (
	"testing"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// TestWalk walks the way of one application, from the start page to the
// notice: with scripts, without them, and in English. On no page of it anything
// is cut off or must be scrolled sideways.
func TestWalk(t *testing.T) {
	full(t)
	t.Parallel()
	portal := apptest.Start(t, apptest.Options{Demo: true})
	browser := launch(t)
	for name, j := range map[string]journey{
		"scripts":   {town: paderborn, lang: i18n.DE, login: "sachbearbeitung", scripts: true, look: func(b *tab, _, _ string) { b.t.Helper(); b.narrow() }},
		"noscripts": {town: paderborn, lang: i18n.DE, login: "vertretung"},
		"english":   {town: aachen, lang: i18n.EN, login: "sachbearbeitung", scripts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j.portal, j.browser = portal, browser
			j.begin(t).walk()
		})
	}
}
