package casework

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"leitportal/internal/fail"
	"leitportal/internal/submission"
)

// shown are the types of evidence that a browser may show; everything else
// is only saved.
func shown(typ string) bool { return typ == "image/jpeg" || typ == "image/png" }

// file shows or saves an evidence file. It came from a stranger: it runs
// nothing, and is never taken for anything but its type.
func (s *Service) file(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	rd, err := s.open(ctx, c, c.Revision, d.t.Lang())
	if err != nil {
		return err
	}
	f, ok := rd.file(r.PathValue("file"))
	if !ok {
		return fail.Newf(fail.NotFound, "casework: the answers name no such file")
	}
	if err := s.looked(ctx, d, c, "case.file"); err != nil {
		return err
	}
	plain, err := submission.OpenFile(ctx, s.Blobs, f)
	if err != nil {
		return err
	}
	defer plain.Close()
	typ, how := "application/octet-stream", "attachment"
	switch {
	case shown(f.Type):
		typ, how = f.Type, "inline"
	case f.Type == "application/pdf":
		typ = f.Type
	}
	return send(w, typ, how, f.Name, f.Size, plain)
}

// sendBytes is send of what is whole in memory.
func sendBytes(w http.ResponseWriter, typ, how, name string, data []byte) error {
	return send(w, typ, how, name, int64(len(data)), bytes.NewReader(data))
}

// send answers with a file that must not do anything in our name.
// What cannot be opened to its end is cut off, and the browser says so.
func send(w http.ResponseWriter, typ, how, name string, size int64, data io.Reader) error {
	first := bufio.NewReaderSize(data, 64<<10)
	if _, err := first.Peek(1); err != nil && err != io.EOF { // while it can still be said on a page
		return err
	}
	h := w.Header()
	h.Set("Content-Type", typ)
	h.Set("Content-Disposition", how+"; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	_, err := io.Copy(w, first)
	return err
}

// letterFile is a notice as it was sent.
func (s *Service) letterFile(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	l, err := s.store.Letter(ctx, s.DB.Read(), c.Tenant, c.ID, r.PathValue("letter"))
	if err != nil {
		return err
	}
	if err := s.looked(ctx, d, c, "case.letter"); err != nil {
		return err
	}
	file, err := s.unseal(c, "letter "+l.ID, l.Sealed)
	if err != nil {
		return err
	}
	return sendBytes(w, "application/pdf", "attachment", c.Number+"-"+l.Kind+".pdf", file)
}
