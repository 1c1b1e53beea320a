package submission

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/seal"
	"leitportal/internal/ui"
)

// Scanner looks at files for malware; scan.Clamd does.
type Scanner interface {
	// Scan reads r and answers the name of what was found, "" for nothing; it
	// is of kind fail.Unavailable when there is no verdict now, fail.TooLarge
	// when there never is one for a file of this length.
	Scan(ctx context.Context, r io.Reader) (malware string, err error)
}

// Errors of sending with files that nobody has looked at.
var (
	errWaiting  = errors.New("submission: a file waits to be looked at for malware")
	errInfected = errors.New("submission: a file was malware")
)

// rescanEvery is how often files that wait are looked at.
const rescanEvery = 20 * time.Second

// look has a file that has just arrived looked at. Where there is no verdict
// now, it waits for one; its key is wrapped by the master key until then. A
// scanner that is away is not asked for every file of a page.
func (s *Service) look(ctx context.Context, d *desk, u *upload) (err error) {
	if s.Scanner == nil || u.file.ID == "" {
		return nil
	}
	defer func() {
		if err != nil { // who sends it again sends it whole
			u.file = form.File{}
		}
	}()
	key, err := base64.RawURLEncoding.DecodeString(u.file.Key)
	if err != nil {
		return err
	}
	malware, err := "", d.unseen
	if err == nil {
		malware, err = s.scan(ctx, u.file.ID, key)
	}
	switch {
	case fail.Is(err, fail.Unavailable):
		d.unseen = err
		s.Log.Warn("a file waits for the virus scanner", "error", err)
		wrapped, err := s.Master.Wrap(scanPurpose(d.session.tenant, u.file.ID), key)
		if err != nil {
			return err
		}
		return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return s.store.setWaiting(ctx, tx, d.session.tenant, d.id, u.file.ID, wrapped)
		})
	case fail.Is(err, fail.TooLarge):
		s.Log.Error("the virus scanner takes no file of this length; it is refused", "bytes", u.file.Size, "error", err)
		u.why, u.file = d.t.T("submission.upload.unscanned", "name", u.name), form.File{}
		return nil
	case err != nil:
		return err
	case malware != "":
		s.Log.Warn("malware in an upload; it is refused", "malware", malware)
		u.why, u.file = d.t.T("submission.upload.infected", "name", u.name), form.File{}
	}
	return nil
}

func scanPurpose(tenant, file string) string { return "scan " + tenant + " " + file }

func (s *Service) scan(ctx context.Context, file string, key []byte) (malware string, err error) {
	if s.Scanner == nil { // the operator has decided that nothing is looked at
		return "", nil
	}
	sealed, err := s.Blobs.Get(ctx, file)
	if err != nil {
		return "", err
	}
	defer sealed.Close()
	r, err := seal.NewReader([32]byte(key), fileAAD(file), sealed)
	if err != nil {
		return "", err
	}
	return s.Scanner.Scan(ctx, r)
}

// Rescan looks at all files that wait, until one finds no verdict.
func (s *Service) Rescan(ctx context.Context) error {
	const batch = 100
	after := ""
	for {
		files, err := s.store.waitingFiles(ctx, s.DB.Read(), after, batch)
		if err != nil {
			return err
		}
		for _, f := range files {
			err := s.rescan(ctx, f)
			if fail.Is(err, fail.Unavailable) || ctx.Err() != nil {
				return err
			}
			if err != nil { // it holds nothing else up
				s.Log.Error("a file cannot be looked at for malware", "error", err)
			}
			after = f.id
		}
		if len(files) < batch {
			return nil
		}
	}
}

func (s *Service) rescan(ctx context.Context, f waitingFile) error {
	key, err := s.Master.Unwrap(scanPurpose(f.tenant, f.id), f.key)
	if err != nil || len(key) != 32 {
		return errors.Join(err, fail.Newf(fail.Invalid, "submission: the key of a waiting file"))
	}
	malware, err := s.scan(ctx, f.id, key)
	if fail.Is(err, fail.NotFound) { // erased meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	state := ""
	if malware != "" {
		s.Log.Warn("malware in an upload; it is erased", "malware", malware)
		state = infected
		if err := s.Blobs.Delete(ctx, f.id); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return s.store.setLookedAt(ctx, tx, f.tenant, f.draft, f.id, state)
	})
}

// rescanning looks, until ctx ends, at files that wait.
func (s *Service) rescanning(ctx context.Context) {
	for {
		if err := s.Rescan(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("files still wait for the virus scanner", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rescanEvery):
		}
	}
}

// Unscanned is how many files wait to be looked at for malware, and since when
// the first of them does.
func (s *Service) Unscanned(ctx context.Context) (n int, since time.Time, err error) {
	return s.store.countWaiting(ctx, s.DB.Read())
}

// lookedAt is errWaiting or errInfected where one of the files may not be sent.
// What waits is looked at once more.
func (s *Service) lookedAt(ctx context.Context, d *desk, files []string) error {
	states, err := s.store.states(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil || len(states) == 0 {
		return err
	}
	for _, id := range files {
		if states[id] == waiting {
			f, failed := s.store.waitingFile(ctx, s.DB.Read(), d.tenant.ID, d.id, id)
			if failed == nil {
				failed = s.rescan(ctx, f)
			}
			if failed != nil && !fail.Is(failed, fail.NotFound) {
				s.Log.Warn("files still wait for the virus scanner", "error", failed)
				break
			}
		}
	}
	if states, err = s.store.states(ctx, s.DB.Read(), d.tenant.ID, d.id); err != nil {
		return err
	}
	for _, id := range files {
		switch states[id] {
		case infected:
			return errInfected
		case waiting:
			err = errWaiting
		}
	}
	return err
}

// unsendable says in words why nothing was sent, nil for another error.
func (s *Service) unsendable(w http.ResponseWriter, d *desk, err error) *ui.Alert {
	switch {
	case errors.Is(err, errWaiting):
		w.Header().Set("Retry-After", itoa(int(rescanEvery/time.Second)))
		return &ui.Alert{Tone: ui.Warning, Focus: true, Title: d.t.T("submission.scan.waiting.title"), Text: d.t.T("submission.scan.waiting.text")}
	case errors.Is(err, errInfected):
		return &ui.Alert{Tone: ui.Danger, Focus: true, Title: d.t.T("submission.scan.infected.title"), Text: d.t.T("submission.scan.infected.text")}
	}
	return nil
}

// noteStates says beside each file what is the matter with it.
func (s *Service) noteStates(ctx context.Context, d *desk, fields []ui.Field) error {
	any := false
	for i := range fields {
		any = any || len(fields[i].Upload.Files) > 0
	}
	if !any {
		return nil
	}
	states, err := s.store.states(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil || len(states) == 0 {
		return err
	}
	for i := range fields {
		for j := range fields[i].Upload.Files {
			f := &fields[i].Upload.Files[j]
			_, id, _ := strings.Cut(f.RemoveValue, " ")
			switch states[id] {
			case waiting:
				f.Note = d.t.T("submission.scan.waiting.note")
			case infected:
				f.Error = d.t.T("submission.scan.infected.note")
			}
		}
	}
	return nil
}
