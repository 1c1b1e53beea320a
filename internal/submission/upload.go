package submission

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

// Bounds of one posted page.
const (
	maxUpload = 48 << 20 // all files of a page together, and what is round them
	maxFields = 256 << 10
	maxParts  = 600
)

// upload is a file as it came from the browser.
type upload struct {
	field string // answer path
	name  string
	data  []byte
	cut   bool // larger than allowed; data is not complete
}

// posted reads a page as it was sent: the values, and the files where it has
// any. limit gives the most bytes of a file for a field, 0 for a field that
// takes none.
func posted(r *http.Request, limit func(field string) int64) (url.Values, []upload, error) {
	typ, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if typ != "multipart/form-data" {
		r.Body = http.MaxBytesReader(nil, r.Body, maxFields) // the route's bound is that of files
		if err := r.ParseForm(); err != nil {
			return nil, nil, badBody(err)
		}
		return r.PostForm, nil, nil
	}
	var files []upload
	values := url.Values{}
	left := int64(maxFields)
	body := multipart.NewReader(r.Body, params["boundary"])
	for n := 0; ; n++ {
		part, err := body.NextPart()
		if err == io.EOF { // as it is: wrapped, it is a body that was cut off
			return values, files, nil
		}
		if err != nil {
			return nil, nil, badBody(err)
		}
		if n == maxParts {
			return nil, nil, fail.Newf(fail.TooLarge, "submission: more than %d parts", maxParts)
		}
		name := part.FormName()
		most := limit(name)
		if part.FileName() == "" || most == 0 {
			b, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return nil, nil, badBody(err)
			}
			if left -= int64(len(b)); left < 0 {
				return nil, nil, fail.Newf(fail.TooLarge, "submission: values of more than %d bytes", maxFields)
			}
			if part.FileName() == "" && !isEmptyFile(part) {
				values.Add(name, string(b))
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return nil, nil, badBody(err)
		}
		u := upload{field: name, name: fileName(part.FileName()), data: b}
		if int64(len(b)) > most {
			u.data, u.cut = nil, true
			if _, err := io.Copy(io.Discard, part); err != nil {
				return nil, nil, badBody(err)
			}
		}
		files = append(files, u)
	}
}

// isEmptyFile tells a file control in which nothing was chosen.
func isEmptyFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, ok := params["filename"]
	return ok
}

// badBody keeps the kind of a body that is too large, or that finds no memory;
// any other broken body is the sender's.
func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || fail.Is(err, fail.Unavailable) {
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

// sniff tells the media type of evidence by its content: PDF, JPEG, PNG, or
// what it looks like otherwise.
func sniff(b []byte) string {
	if i := bytes.Index(b[:min(len(b), 1024)], []byte("%PDF-")); i >= 0 {
		return "application/pdf"
	}
	if len(b) > 12 && string(b[4:8]) == "ftyp" && strings.HasPrefix(string(b[8:12]), "hei") || len(b) > 12 && string(b[4:12]) == "ftypmif1" {
		return "image/heic"
	}
	typ, _, _ := strings.Cut(http.DetectContentType(b), ";")
	return typ
}

// endings are the file name endings that go with a type.
func endings(typ string) []string {
	switch typ {
	case "application/pdf":
		return []string{".pdf"}
	case "image/jpeg":
		return []string{".jpg", ".jpeg", ".jpe", ".jfif"}
	case "image/png":
		return []string{".png"}
	}
	return nil
}

// typeName is a media type in a word people know.
func typeName(typ string) string {
	switch typ {
	case "application/pdf":
		return "PDF"
	case "image/jpeg":
		return "JPG"
	case "image/png":
		return "PNG"
	case "image/heic":
		return "HEIC"
	}
	return typ
}

// refuse says in words why a file is not taken, or "" when it is.
func (u upload) refuse(t i18n.Texts, accept []string, most int64) string {
	if u.cut {
		return t.T("submission.upload.large", "name", u.name, "max", size(t.Lang(), most))
	}
	if len(u.data) == 0 {
		return t.T("submission.upload.empty", "name", u.name)
	}
	typ := sniff(u.data)
	var names []string
	ok := false
	for _, a := range accept {
		names = append(names, typeName(a))
		ok = ok || a == typ
	}
	if !ok {
		return t.T("submission.upload.type", "name", u.name, "types", strings.Join(names, ", "))
	}
	for _, e := range endings(typ) {
		if strings.HasSuffix(strings.ToLower(u.name), e) {
			return ""
		}
	}
	return t.T("submission.upload.ending", "name", u.name, "found", typeName(typ))
}

// size is a number of bytes in words: "5 MB", "120 kB".
func size(lang i18n.Lang, n int64) string {
	if n < 1_000_000 {
		return i18n.Number(lang, (n+999)/1000) + " kB"
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
	return s + " MB"
}

// sortFiles divides the files of a draft into those that the pruned answers
// name, which are sent, and the rest.
func (s *Service) sortFiles(ctx context.Context, d *desk, answers *form.Answers) (sent, rest []string, err error) {
	if !d.program.TakesFiles() {
		return nil, nil, nil
	}
	all, err := s.store.files(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if len(all) > 0 {
		named := answers.JSON()
		for _, id := range all {
			if bytes.Contains(named, []byte(id)) {
				sent = append(sent, id)
			} else {
				rest = append(rest, id)
			}
		}
	}
	return sent, rest, err
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
