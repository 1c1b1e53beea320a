package submission

import (
	"net/http"

	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// A form may be there in further languages than the portal. Its pages then
// have the form's words in that language and the portal's own in German, each
// marked as what it is. What the portal writes (receipts, mails, files to take
// along) is in one of its own languages.

// spoken answers a page that is asked for in a language the form does not
// have: it is there in German.
func (s *Service) spoken(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		lang := web.Lang(r.Context())
		if lang.Further() && r.Method != http.MethodPost {
			if d, err := s.offered(r); err == nil && !d.program.Speaks(lang) {
				w.Header().Set("Location", web.InLang(r, i18n.DE))
				w.WriteHeader(http.StatusFound)
				return nil
			}
		}
		return h(w, r)
	}
}

// render draws a page of an application in its language, and offers the
// others that the form has.
func (s *Service) render(w http.ResponseWriter, r *http.Request, d *desk, status int, p ui.Page) error {
	p.Lang, p.Mark = d.t.Lang(), d.mark()
	for _, lang := range append(i18n.Langs(), i18n.Further()...) {
		if lang.Portal() || d.program.Speaks(lang) {
			p.Languages = append(p.Languages, ui.Language{
				Lang: string(lang), Label: lang.Name(), Href: web.InLang(r, lang), Current: lang == p.Lang,
			})
		}
	}
	return ui.Render(w, r, status, p)
}

// word is a text of the solution in the language of the page: in a further
// one under its key in the form's texts (solution.Manifest.German).
func (d *desk) word(key string, w solution.Words) string {
	lang := d.t.Lang()
	if !lang.Further() {
		return w.In(lang)
	}
	if s := d.program.Word(lang, key); s != "" {
		return s
	}
	return i18n.AsGerman(w.DE)
}

// own marks a text of the form for a place within one of the portal's.
func own(t i18n.Texts, s string) string { return i18n.AsOwn(t.Lang(), s) }
