package submission

import (
	"context"
	"net/http"

	"leitportal/internal/fail"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// discard asks whether a correction that was begun is to be thrown away.
func (s *Service) discard(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, correcting)
	if err != nil {
		return or(w, r, err)
	}
	ctx := r.Context()
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: d.t.T("submission.discard.title"), Lead: d.t.T("submission.discard.lead"), Layout: ui.LayoutForm, NoIndex: true, Mark: d.mark(),
		Crumbs: s.crumbs(ctx, d), Back: ui.Link{Href: web.Link(ctx, d.path("/status")), Text: d.t.T("submission.message.back")},
		Body: discardPage(d.t, web.Link(ctx, d.path("/verwerfen")), web.Link(ctx, d.path("/pruefen"))),
	})
}

// discarded throws a correction away. Where another window has changed or sent
// it meanwhile nothing happens: the question is asked again, or the status
// page shows what was sent.
func (s *Service) discarded(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, correcting)
	if err != nil {
		return or(w, r, err)
	}
	switch err := s.dropCorrection(r.Context(), d.draft); {
	case fail.Is(err, fail.Conflict):
		return web.SeeOther(w, r, d.path("/verwerfen"))
	case err != nil:
		return err
	}
	return web.SeeOther(w, r, d.path("/status"))
}

// dropCorrection makes a draft what it was before it was reopened: its pages
// and the files that came with them go, and what was sent stays. fail.Conflict
// when it is no more as it was read.
func (s *Service) dropCorrection(ctx context.Context, d draft) error {
	if _, err := s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.setState(ctx, tx, d, submitted, s.Clock.Now(), d.expire); err != nil {
			return err
		}
		return s.store.deletePages(ctx, tx, d.tenant, d.id)
	}); err != nil {
		return err
	}
	s.tidy(ctx, d.tenant, d.id)
	return nil
}
