package submission

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/web"
)

// The portal goes down after a draft was erased and before its files were.
func TestFilesOfAnErasedDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		gone, _ := w.draft(t)
		stays, _ := w.draft(t)
		lost, err := w.keepFile(ctx, gone, "a.pdf", bytes.NewReader([]byte("%PDF-1.4")))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := w.keepFile(ctx, stays, "b.pdf", bytes.NewReader([]byte("%PDF-1.4")))
		if err != nil {
			t.Fatal(err)
		}
		w.exec(t, `DELETE FROM submission_drafts WHERE id = $1`, gone.id)
		if err := w.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Blobs.Get(ctx, lost.ID); !fail.Is(err, fail.NotFound) {
			t.Errorf("its file stays: %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_files`); n != 1 {
			t.Errorf("%d files are known", n)
		}
		if _, err := w.readFile(ctx, kept); err != nil {
			t.Errorf("the file of another draft: %v", err)
		}
	})
}

// A draft that cannot be read just now is not taken for none: a new one would
// take its place in the browser.
func TestADraftOutOfReachIsNotNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, tk := w.draft(t)
		d := w.desk(t, ss)
		request := func(value string) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r = r.WithContext(web.WithSite(r.Context(), web.Site{Kind: web.Tenant, Tenant: paderborn, Lang: i18n.DE}))
			r.AddCookie(&http.Cookie{Name: cookie(paderborn, "hundesteuer"), Value: value})
			return r
		}
		if got, err := w.held(request(tk.String()), d); err != nil || got == nil || got.id != ss.id {
			t.Errorf("held: %v, %v", got, err)
		}
		if got, err := w.held(request(ticket{ss.id, "x"}.String()), d); err != nil || got != nil {
			t.Errorf("a ticket that opens nothing: %v, %v", got, err)
		}
		if err := w.DB.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := w.held(request(tk.String()), d); err == nil {
			t.Errorf("with the database away: %v", got)
		}
	})
}
