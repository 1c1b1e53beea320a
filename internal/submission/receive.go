package submission

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/media"
	"leitportal/internal/web"
)

// qualities are those at which a photograph is drawn anew, until it is not
// larger than it came.
var qualities = [...]int{88, 75, 60}

// drawPatience is how long a picture waits for the memory to be drawn in.
const drawPatience = 30 * time.Second

// fileField is the field of a name among those that take files.
func fileField(fields []form.Field, name string) (*form.Field, bool) {
	i := slices.IndexFunc(fields, func(f form.Field) bool { return f.Name == name && f.Widget == form.WidgetFile })
	if i < 0 {
		return nil, false
	}
	return &fields[i], true
}

// receive takes the files of a page for the draft, as they come: each goes to
// the disk sealed, piece by piece, and what its field does not take is
// refused as soon as that shows.
func (s *Service) receive(ctx context.Context, d *desk, fields []form.Field) (takes func(string) bool, take taker) {
	taken := map[string]int{}
	takes = func(name string) bool { _, ok := fileField(fields, name); return ok }
	take = func(name, file string, r io.Reader) (*upload, error) {
		f, _ := fileField(fields, name)
		u := &upload{field: name, name: file}
		if len(f.Files)+taken[name] >= f.MaxFiles {
			u.why = d.t.T("submission.upload.many", "max", f.MaxFiles)
			return u, nil
		}
		if u.wait = s.uploads.wait(web.ClientKey(ctx), 1); u.wait > 0 {
			return u, nil
		}
		err := s.take(ctx, d, f, u, r)
		if u.file.ID != "" {
			taken[name]++
		}
		return u, err
	}
	return takes, take
}

// take keeps one file for a field, or says in u why not.
func (s *Service) take(ctx context.Context, d *desk, f *form.Field, u *upload, r io.Reader) error {
	head := make([]byte, media.HeadSize)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if u.why = refused(d.t, f, u.name, head[:n]); u.why != "" {
		return nil
	}
	k, err := s.newFile(ctx, d.session)
	if err != nil {
		return s.stopped(d, u, nil, err)
	}
	defer s.giveUp(ctx, d.session, k)
	_, err = io.Copy(k, io.LimitReader(io.MultiReader(bytes.NewReader(head[:n]), r), f.MaxBytes+1))
	if err == nil && k.size > f.MaxBytes {
		u.why = d.t.T("submission.upload.large", "name", u.name, "max", size(d.t.Lang(), f.MaxBytes))
		return nil
	}
	if err == nil {
		err = s.whole(ctx, d, f, u, k)
	}
	return s.stopped(d, u, k, err)
}

// stopped says in u why a file was not taken, where err is such a reason.
func (s *Service) stopped(d *desk, u *upload, k *keeping, err error) error {
	switch {
	case errors.Is(err, errWait):
		u.wait = k.wait
		return nil
	case errors.Is(err, errFull):
		s.Log.Error("the disk has no room to spare; a file was refused", "reserve", s.reserve)
		u.why, u.full = d.t.T("submission.upload.full", "name", u.name), true
		return nil
	}
	return err
}

// whole is the end of every upload, whatever way it came: the file is kept,
// and looked at once more from its first byte to its last.
func (s *Service) whole(ctx context.Context, d *desk, f *form.Field, u *upload, k *keeping) error {
	file, err := k.keep(u.name)
	if err != nil {
		return err
	}
	u.why = refused(d.t, f, u.name, k.head)
	if k.pages != nil && u.why == "" {
		k.pages.End()
		if k.pages.N > f.MaxPages {
			u.why = d.t.T("submission.upload.pages", "name", u.name, "max", f.MaxPages)
		}
	}
	return s.finish(ctx, d, f, u, file)
}

// finish turns a file that has arrived whole into what the answers name: a
// picture is drawn anew. What is refused, by now or earlier, is erased.
func (s *Service) finish(ctx context.Context, d *desk, f *form.Field, u *upload, file form.File) (err error) {
	defer func() {
		if u.file.ID != file.ID {
			err = errors.Join(err, s.dropFiles(context.WithoutCancel(ctx), d.session.tenant, d.id, []string{file.ID}))
		}
	}()
	if u.why != "" {
		return nil
	}
	if !media.Drawn(file.Type) {
		u.file = file
		return s.look(ctx, d, u)
	}
	drawn, err := s.redraw(ctx, d.session, file)
	switch {
	case errors.Is(err, media.ErrHuge):
		u.why = d.t.T("submission.upload.pixels", "name", u.name)
	case errors.Is(err, media.ErrBroken):
		u.why = d.t.T("submission.upload.damaged", "name", u.name)
	case err != nil:
		return err
	case drawn.Size > f.MaxBytes:
		u.why = d.t.T("submission.upload.large", "name", u.name, "max", size(d.t.Lang(), f.MaxBytes))
		return s.dropFiles(ctx, d.session.tenant, d.id, []string{drawn.ID})
	default:
		u.file = drawn
		if err := s.look(ctx, d, u); err != nil || u.file.ID == "" {
			return errors.Join(err, s.dropFiles(context.WithoutCancel(ctx), d.session.tenant, d.id, []string{drawn.ID}))
		}
	}
	return nil
}

// redraw draws a picture anew, upright and without what the camera wrote into
// it, as another file of the draft.
func (s *Service) redraw(ctx context.Context, ss *session, f form.File) (out form.File, err error) {
	r, err := OpenFile(ctx, s.Blobs, f)
	if err != nil {
		return out, err
	}
	h, err := media.ReadHeader(r, f.Type)
	r.Close()
	if err != nil {
		return out, err
	}
	patience, cancel := context.WithTimeout(ctx, drawPatience)
	defer cancel()
	if err := s.drawing.Acquire(patience, h.Memory); err != nil {
		return out, fail.Newf(fail.Unavailable, "submission: too many pictures arrive at once")
	}
	defer s.drawing.Release(h.Memory)
	for i, quality := range qualities {
		if out, err = s.redrawAt(ctx, ss, f, h, quality); err != nil {
			return out, err
		}
		if out.Size <= f.Size || f.Type == media.PNG || i == len(qualities)-1 {
			break
		}
		if err := s.dropFiles(ctx, ss.tenant, ss.id, []string{out.ID}); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s *Service) redrawAt(ctx context.Context, ss *session, f form.File, h media.Header, quality int) (form.File, error) {
	r, err := OpenFile(ctx, s.Blobs, f)
	if err != nil {
		return form.File{}, err
	}
	defer r.Close()
	k, err := s.newFile(ctx, ss)
	if err != nil {
		return form.File{}, err
	}
	defer s.giveUp(ctx, ss, k)
	k.charge = func(int64, int64) time.Duration { return 0 } // it was counted as it came
	if err := h.Redraw(k, r, f.Type, quality); err != nil {
		return form.File{}, err
	}
	return k.keep(f.Name)
}

// refused says in words why a field does not take a file of this name and
// beginning, or "" when it does.
func refused(t i18n.Texts, f *form.Field, name string, head []byte) string {
	if len(head) == 0 {
		return t.T("submission.upload.empty", "name", name)
	}
	typ := media.Sniff(head)
	if !slices.Contains(f.Accept, typ) {
		if typ == media.HEIC {
			return t.T("submission.upload.heic", "name", name)
		}
		var names []string
		for _, a := range f.Accept {
			names = append(names, typeName(a))
		}
		return t.T("submission.upload.type", "name", name, "types", strings.Join(names, ", "))
	}
	list := media.Endings(typ)
	if len(list) > 0 && !slices.ContainsFunc(list, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) }) {
		return t.T("submission.upload.ending", "name", name, "found", typeName(typ))
	}
	return ""
}

// forget erases the files of a page that no answer came to name.
func (s *Service) forget(ctx context.Context, d *desk, files []*upload) {
	for _, u := range files {
		if u.file.ID == "" || u.named {
			continue
		}
		s.uploads.giveBack(web.ClientKey(ctx), u.file.Size)
		if err := s.dropFiles(context.WithoutCancel(ctx), d.session.tenant, d.id, []string{u.file.ID}); err != nil {
			s.Log.Warn("a file that was not taken stays for now", "error", err)
		}
	}
}
