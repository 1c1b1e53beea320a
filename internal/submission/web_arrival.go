package submission

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Uploads in pieces speak tus 1.0.0, the resumable upload protocol
// (https://tus.io/protocols/resumable-upload, 2016-03-25): its core, and the
// extensions creation, termination and expiration.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,termination,expiration"
	tusPiece      = "application/offset+octet-stream"
)

// uploadRoutes are the addresses of uploads in pieces; at is how the room makes
// a route.
func (s *Service) uploadRoutes(at func(pattern string, access web.Access, h web.Handler) web.Route) []web.Route {
	const begin, one = "/antrag/{solution}/hochladen/seite/{path...}", "/antrag/{solution}/hochladen/{upload}"
	piece := func(r web.Route) web.Route { r.MaxBody, r.Streams = maxUpload, true; return r }
	return []web.Route{
		at("OPTIONS "+begin, web.Public, s.tusOptions),
		at("POST "+begin, web.Applicant, tus(s.announced)),
		at("HEAD "+one, web.Applicant, tus(s.asked)),
		piece(at("PATCH "+one, web.Applicant, tus(s.pieceCame))),
		at("DELETE "+one, web.Applicant, tus(s.cancelled)),
		piece(at("POST "+one, web.Applicant, tus(s.overridden))),
	}
}

// tus refuses other versions of the protocol, and answers what a draft's pages
// would answer by sending elsewhere.
func tus(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Tus-Resumable", tusVersion)
		if r.Header.Get("Tus-Resumable") != tusVersion {
			w.Header().Set("Tus-Version", tusVersion)
			return say(w, http.StatusPreconditionFailed, "")
		}
		err := h(w, r)
		var to elsewhere
		if errors.As(err, &to) {
			return fail.New(fail.NotFound, "", err)
		}
		return err
	}
}

// say answers with a status and words that the script puts beside the field.
func say(w http.ResponseWriter, status int, words string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := io.WriteString(w, words)
	return err
}

func (s *Service) tusOptions(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Max-Size", strconv.FormatInt(maxUpload, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// overridden takes a POST for the method that it names, from who cannot send
// that. GET does not get here: a method that changes nothing by itself is not
// looked at for who sends it.
func (s *Service) overridden(w http.ResponseWriter, r *http.Request) error {
	switch r.Header.Get("X-HTTP-Method-Override") {
	case http.MethodPatch:
		return s.pieceCame(w, r)
	case http.MethodDelete:
		return s.cancelled(w, r)
	case http.MethodHead:
		return s.asked(w, r)
	}
	return say(w, http.StatusBadRequest, "")
}

// fileStep is a page of the draft, with its field of a name that takes files;
// fail.NotFound where there is none (any more).
func (s *Service) fileStep(r *http.Request, page, field string) (d *desk, v *form.View, st form.Step, f *form.Field, err error) {
	if d, err = s.opened(r, open, correcting); err != nil {
		return
	}
	if v, err = s.view(r, d); err != nil {
		return
	}
	if st, err = v.Step(page); err != nil || !st.Reachable() {
		return d, v, st, nil, fail.Newf(fail.NotFound, "submission: no such page")
	}
	f, ok := fileField(v.Fields(st, nil, nil), field)
	if !ok {
		return d, v, st, nil, fail.Newf(fail.NotFound, "submission: no such field")
	}
	return d, v, st, f, nil
}

// inPieces lets the script of a page upload in pieces, and go on with what is
// not finished.
func (s *Service) inPieces(ctx context.Context, d *desk, st form.Step, fields []ui.Field) error {
	if !slices.ContainsFunc(fields, func(f ui.Field) bool { return f.Kind == ui.KindFiles }) {
		return nil
	}
	unfinished, err := s.unfinished(ctx, d.session, st.Path)
	if err != nil {
		return err
	}
	for i := range fields {
		if fields[i].Kind != ui.KindFiles {
			continue
		}
		u := &fields[i].Upload
		u.Begin = web.Link(ctx, d.path("/hochladen/seite/"+st.Path))
		for _, a := range unfinished[fields[i].Name] {
			if a.done > 0 {
				u.Unfinished = append(u.Unfinished, ui.Unfinished{
					Name: a.Name, Modified: a.Modified, Size: a.Length, Done: a.done, Href: web.Link(ctx, d.path("/hochladen/"+a.id)),
				})
			}
		}
	}
	return nil
}

// announced begins an upload.
func (s *Service) announced(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	meta := strings.Join(r.Header.Values("Upload-Metadata"), ",")
	m, err := parseMetadata(meta)
	length, ok := byteCount(r.Header.Get("Upload-Length"))
	if err != nil || !ok || len(m["modified"]) > 20 {
		return say(w, http.StatusBadRequest, "")
	}
	d, _, st, f, err := s.fileStep(r, r.PathValue("path"), m["field"])
	if err != nil {
		return err
	}
	name := fileName(m["filename"])
	switch {
	case length == 0:
		return say(w, http.StatusUnprocessableEntity, d.t.T("submission.upload.empty", "name", name))
	case length > f.MaxBytes:
		return say(w, http.StatusRequestEntityTooLarge, d.t.T("submission.upload.large", "name", name, "max", size(d.t.Lang(), f.MaxBytes)))
	case len(f.Files) >= f.MaxFiles:
		return say(w, http.StatusUnprocessableEntity, d.t.T("submission.upload.many", "max", f.MaxFiles))
	}
	if wait := s.uploads.wait(web.ClientKey(ctx), 1); wait > 0 {
		return say(w, http.StatusTooManyRequests, s.limited(w, d.t, "uploads", wait).Text)
	}
	if err := s.room(length)(); errors.Is(err, errFull) {
		u := &upload{name: name}
		if err := s.stopped(d, u, nil, err); err != nil {
			return err
		}
		return say(w, http.StatusInsufficientStorage, u.why)
	} else if err != nil {
		return err
	}
	a, err := s.announce(ctx, d.session, arrivalPlan{Page: st.Path, Field: f.Name, Name: name, Modified: m["modified"], Length: length, Metadata: meta})
	if err != nil {
		return err
	}
	w.Header().Set("Location", web.Link(ctx, d.path("/hochladen/"+a.id)))
	a.heads(w)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// heads says when the upload ends.
func (a *arrival) heads(w http.ResponseWriter) {
	w.Header().Set("Upload-Expires", a.expires().UTC().Format(http.TimeFormat))
}

// byteCount reads a number of bytes, digits alone.
func byteCount(s string) (int64, bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// asked says how much of an upload is on the disk. Who is still sending it has
// lost his connection: he is ended first, and what he has sent counts.
func (s *Service) asked(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return err
	}
	id := r.PathValue("upload")
	if _, err = s.arrivalOf(ctx, d.session, id); err != nil { // it is the caller's to stop
		return err
	}
	_ = s.arriving.calm(ctx, id) // where its file is being taken, what counts is what was acknowledged
	a, err := s.arrivalOf(ctx, d.session, id)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(a.done, 10))
	if a.state == arrived {
		a.Length = a.done
	} else {
		a.heads(w)
	}
	h.Set("Upload-Length", strconv.FormatInt(a.Length, 10))
	if a.Metadata != "" {
		h.Set("Upload-Metadata", a.Metadata)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// cancelled erases an upload. One whose file was taken is forgotten: the file
// is removed on its page.
func (s *Service) cancelled(w http.ResponseWriter, r *http.Request) error {
	ctx := context.WithoutCancel(r.Context())
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return err
	}
	id := r.PathValue("upload")
	if _, err := s.arrivalOf(ctx, d.session, id); err != nil {
		return err
	}
	leave, err := s.arriving.enter(ctx, id, func() {})
	if err != nil {
		return say(w, http.StatusLocked, "")
	}
	defer leave()
	a, err := s.arrivalOf(ctx, d.session, id)
	if err != nil {
		return err
	}
	if err := s.dropArrival(ctx, a.arrivalRow); err != nil {
		return err
	}
	if a.state == arriving {
		s.giveBack(ctx, a.done)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pieceCame takes a piece of an upload; the last one completes the file.
func (s *Service) pieceCame(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Content-Type") != tusPiece {
		return say(w, http.StatusUnsupportedMediaType, "")
	}
	at, ok := byteCount(r.Header.Get("Upload-Offset"))
	if !ok {
		return say(w, http.StatusBadRequest, "")
	}
	// What has come is kept, though the connection is lost.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	body := &patient{r: r.Body, control: http.NewResponseController(w), end: clock.System().Now().Add(longestPiece)}
	// Who is refused hears why when he has sent everything.
	defer io.Copy(io.Discard, io.LimitReader(body, maxRefused))
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return err
	}
	u, a, err := s.takePiece(r, d, r.PathValue("upload"), at, body)
	switch {
	case errors.Is(err, errElsewhere):
		return say(w, http.StatusConflict, "")
	case errors.Is(err, errBusy):
		return say(w, http.StatusLocked, "")
	case errors.Is(err, errTooLong):
		return say(w, http.StatusRequestEntityTooLarge, d.t.T("submission.upload.length", "name", u.name))
	case errors.Is(err, errCut):
		return fail.New(fail.Invalid, "", err)
	case err != nil:
		return err
	case u.wait > 0:
		return say(w, http.StatusTooManyRequests, s.limited(w, d.t, "uploads", u.wait).Text)
	case u.full:
		return say(w, http.StatusInsufficientStorage, u.why)
	case u.why != "":
		return say(w, http.StatusUnprocessableEntity, u.why)
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(a.done, 10))
	if a.done < a.Length {
		a.heads(w)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// takePiece takes a piece that begins at byte at. u says what is the matter
// with the file, where it is refused; it is erased then, unless it may come
// later.
func (s *Service) takePiece(r *http.Request, d *desk, id string, at int64, body *patient) (u *upload, a *arrival, err error) {
	ctx := r.Context()
	if a, err = s.arrivalOf(ctx, d.session, id); err != nil {
		return nil, nil, err
	}
	u = &upload{field: a.Field, name: a.Name}
	leave, err := s.arriving.enter(ctx, id, body.stop)
	if err != nil {
		return u, a, err
	}
	defer leave()
	if a, err = s.arrivalOf(ctx, d.session, id); err != nil { // as who sent until now has left it
		return u, nil, err
	}
	if a.state == arrived || a.done != at {
		if a.state == arrived && a.done == at { // the answer to its last piece was lost
			a.Length = a.done
			return u, a, nil
		}
		return u, a, errElsewhere
	}
	if r.ContentLength > a.Length-at {
		return u, a, errTooLong
	}
	_, _, _, f, err := s.fileStep(r, a.Page, a.Field)
	if err != nil {
		return u, a, err
	}
	from := bufio.NewReaderSize(body, 256<<10)
	counted := a.done
	drop := func() error {
		s.giveBack(ctx, counted)
		return s.dropArrival(ctx, a.arrivalRow)
	}
	if u.why = early(d, f, a, from); u.why != "" {
		return u, a, drop()
	}
	a, k, err := s.resumedAt(ctx, d.session, id, a.file, at)
	if fail.Is(err, fail.NotFound) && a != nil { // the folder has lost it
		return u, a, errors.Join(err, drop())
	}
	if err != nil {
		return u, a, err
	}
	defer func() { err = errors.Join(err, k.blob.Close()) }()
	err = s.takeIn(ctx, d.session, a, k, from)
	if err == nil && k.size == a.Length {
		err = s.whole(ctx, d, f, u, k)
	}
	err = s.stopped(d, u, k, err)
	if err != nil || u.wait > 0 || u.full || k.size < a.Length {
		s.giveBack(ctx, k.charged-a.done)
		return u, a, err
	}
	counted = k.charged
	if u.why == "" {
		err = s.nameFile(r, a, u)
	}
	switch {
	case u.why != "":
		err = errors.Join(err, drop())
	case err == nil:
		a.done = a.Length
	case u.file.ID != a.file: // the upload goes on, and makes another
		s.forget(ctx, d, []*upload{u})
	}
	return u, a, err
}

// nameFile has the answers name the file of an upload, and ends the upload in the
// same moment. Another window, or another file, may be quicker a few times.
func (s *Service) nameFile(r *http.Request, a *arrival, u *upload) error {
	for try := 1; ; try++ {
		d, v, st, f, err := s.fileStep(r, a.Page, a.Field)
		if err != nil {
			return err
		}
		if len(f.Files) >= f.MaxFiles {
			u.why = d.t.T("submission.upload.many", "max", f.MaxFiles)
			s.forget(r.Context(), d, []*upload{u})
			return nil
		}
		end := a.arrivalRow
		end.done = a.Length
		_, _, err = s.takeFiles(r, d, v, st, url.Values{}, []*upload{u}, func(ctx context.Context, tx db.Querier) error {
			return s.store.endArrival(ctx, tx, end)
		})
		if err == nil || !fail.Is(err, fail.Conflict) || try == 5 {
			return err
		}
	}
}

// A piece may take longestPiece, and no pause longer than longestPause: the
// browser then goes on with another.
const (
	longestPiece = time.Hour
	longestPause = 30 * time.Second
)

// patient is the body of a piece: it ends after too long a pause, and when it
// is stopped.
type patient struct {
	r       io.Reader
	control *http.ResponseController
	end     time.Time // by the kernel's clock, as that of a connection

	mu      sync.Mutex
	stopped bool
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.wait(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

func (p *patient) wait() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return errCut
	}
	at := clock.System().Now().Add(longestPause)
	if p.end.Before(at) {
		at = p.end
	}
	_ = p.control.SetReadDeadline(at) // what has no connection has no end either
	_ = p.control.SetWriteDeadline(at.Add(10 * time.Minute))
	return nil
}

// stop ends the body at once, for whom another request replaces.
func (p *patient) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	_ = p.control.SetReadDeadline(time.Unix(1, 0))
}
