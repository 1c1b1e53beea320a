package submission

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/media"
)

// Bounds of one posted page.
const (
	// maxUpload is the most bytes of a page with files, whatever its fields
	// allow.
	maxUpload = 8 << 30
	maxFields = 256 << 10
	maxParts  = 600
	// maxRefused is the most bytes of refused files that are read to their end,
	// and dropped: a browser that is still sending hears no answer, only that the
	// connection broke. Who sends more than this sees that.
	maxRefused = 1 << 30
)

// upload is a file as it came from the browser.
type upload struct {
	field string // answer path
	name  string
	file  form.File     // as it is kept; without an id where it was refused
	why   string        // in words, where it was refused
	wait  time.Duration // how long the sender has to wait with it
	full  bool          // why: the disk has no room to spare
	data  []byte        // where nothing keeps it
	named bool          // the answers name it: it is not erased any more
}

// taker takes a file of a field as it comes. It need not read r to its end.
type taker func(field, name string, r io.Reader) (*upload, error)

// posted reads a page as it was sent: the values, and the files where it has
// any, which take gets one after another. takes tells whether a field takes
// files. After an error, too, the files are what was taken until then.
func posted(r *http.Request, takes func(field string) bool, take taker) (url.Values, []*upload, error) {
	typ, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if typ != "multipart/form-data" {
		r.Body = http.MaxBytesReader(nil, r.Body, maxFields) // the route's bound is that of files
		if err := r.ParseForm(); err != nil {
			return nil, nil, badBody(err)
		}
		return r.PostForm, nil, nil
	}
	var files []*upload
	values := url.Values{}
	left, refused := int64(maxFields), int64(maxRefused)
	body, err := newParts(r.Body, params["boundary"])
	if err != nil {
		return nil, nil, err
	}
	for n := 0; ; n++ {
		part, err := body.NextRawPart()
		if err == io.EOF { // as it is: wrapped, it is a body that was cut off
			return values, files, nil
		}
		if err != nil {
			return nil, files, badBody(err)
		}
		if n == maxParts {
			return nil, files, fail.Newf(fail.TooLarge, "submission: more than %d parts", maxParts)
		}
		name := part.FormName()
		if part.FileName() == "" {
			b, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return nil, files, badBody(err)
			}
			if left -= int64(len(b)); left < 0 {
				return nil, files, fail.Newf(fail.TooLarge, "submission: values of more than %d bytes", maxFields)
			}
			if !isEmptyFile(part) {
				values.Add(name, string(b))
			}
			continue
		}
		file := &content{body: body, part: part}
		if takes(name) {
			u, err := take(name, fileName(part.FileName()), sender{file})
			if err != nil {
				return nil, files, err
			}
			files = append(files, u)
		}
		rest, err := io.Copy(io.Discard, io.LimitReader(file, refused+1))
		if err != nil {
			return nil, files, badBody(err)
		}
		if refused -= rest; refused < 0 {
			return nil, files, fail.Newf(fail.TooLarge, "submission: refused files of more than %d bytes", maxRefused)
		}
	}
}

// sender reads what somebody sends: that it breaks off is not our fault.
type sender struct{ r io.Reader }

func (s sender) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = badBody(err)
	}
	return n, err
}

// inMemory is a taker for files of at most most bytes that are not kept.
func inMemory(most int64) taker {
	return func(field, name string, r io.Reader) (*upload, error) {
		b, err := io.ReadAll(io.LimitReader(r, most+1)) // one more tells that it is too long
		return &upload{field: field, name: name, data: b}, err
	}
}

// noFiles takes none.
func noFiles(string) bool { return false }

// isEmptyFile tells a file control in which nothing was chosen.
func isEmptyFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, ok := params["filename"]
	return ok
}

// badBody keeps errors that have a kind, and those of a body that is too large;
// any other broken body is the sender's.
func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || fail.KindOf(err) != fail.Internal {
		return err
	}
	return fail.New(fail.Invalid, "", err)
}

// fileName is a name as it may be stored and shown: the last part of a path,
// without control and direction marks, at most 120 characters.
func fileName(s string) string {
	s = clean(path.Base(strings.ReplaceAll(s, `\`, "/")), 1000)
	ext := path.Ext(s)
	if r := []rune(s); len(r) > 120 && len(ext) < 20 {
		s = string(r[:120-utf8.RuneCountInString(ext)]) + ext
	}
	if s == "" || s == "." || s == ".." || s == "/" {
		return "Datei"
	}
	return s
}

// clean is typed text without control characters and direction marks, NFC, at
// most max bytes.
func clean(s string, max int) string {
	if len(s) > max {
		s = s[:max]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == utf8.RuneError:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return norm.NFC.String(strings.TrimSpace(s))
}

// typeName is a media type in a word people know.
func typeName(typ string) string {
	switch typ {
	case media.PDF:
		return "PDF"
	case media.JPEG:
		return "JPG"
	case media.PNG:
		return "PNG"
	case media.HEIC:
		return "HEIC"
	}
	return typ
}

// size is a number of bytes in words: "5 MB", "120 kB".
func size(lang i18n.Lang, n int64) string {
	if n < 1_000_000 {
		return i18n.Number(lang, (n+999)/1000) + "\u00a0kB"
	}
	tenths := (n + 50_000) / 100_000
	s := i18n.Number(lang, tenths/10)
	if tenths%10 != 0 {
		point := ","
		if lang == i18n.EN {
			point = "."
		}
		s += point + string(rune('0'+tenths%10))
	}
	return s + "\u00a0MB"
}

// named is the files of the draft that the pruned answers name, and so go to
// the office; errWaiting or errInfected where one of them may not.
func (s *Service) named(ctx context.Context, d *desk, answers *form.Answers) ([]string, error) {
	files := answers.Files()
	if len(files) == 0 {
		return nil, nil
	}
	ids, err := s.store.files(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return !slices.ContainsFunc(files, func(f form.File) bool { return f.ID == id })
	})
	return ids, s.lookedAt(ctx, d, ids)
}

// dropFiles erases files that were not sent.
func (s *Service) dropFiles(ctx context.Context, tenant, draft string, ids []string) error {
	for _, id := range ids {
		if err := s.Blobs.Delete(ctx, id); err != nil {
			return err
		}
		if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return s.store.deleteFile(ctx, tx, tenant, draft, id)
		}); err != nil {
			return err
		}
	}
	return nil
}
