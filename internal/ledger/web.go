package ledger

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Routes are the page that checks receipts, and the log's public face for
// programs: /ledger/checkpoint (the newest published one),
// /ledger/checkpoint/{size}, and /ledger/key.
func (l *Ledger) Routes() []web.Route {
	p := page{l.Keys, Texts()}
	routes := []web.Route{
		{Site: web.Root, Pattern: "GET /ledger/checkpoint", Access: web.Public, Handle: l.checkpoint},
		{Site: web.Root, Pattern: "GET /ledger/checkpoint/{size}", Access: web.Public, Handle: l.checkpoint},
		{Site: web.Root, Pattern: "GET /ledger/key", Access: web.Public, Handle: l.key},
	}
	for _, site := range []web.Kind{web.State, web.Tenant} {
		routes = append(
			routes,
			web.Route{Site: site, Pattern: "GET /pruefen", Access: web.Public, Handle: p.form},
			web.Route{Site: site, Pattern: "POST /pruefen", Access: web.Public, Handle: p.verify, MaxBody: MaxFile + 64<<10},
		)
	}
	return routes
}

func (l *Ledger) checkpoint(w http.ResponseWriter, r *http.Request) error {
	size := int64(0)
	if s := r.PathValue("size"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 || s != strconv.FormatInt(n, 10) {
			return fail.Newf(fail.NotFound, "ledger: no such size")
		}
		size = n
	}
	c, err := published(r.Context(), l.DB.Read(), size)
	if size == 0 && fail.Is(err, fail.NotFound) {
		c.note, err = l.sign(0, emptyRoot()) // before the first submission
	}
	if err != nil {
		return err
	}
	age := "10"
	if size > 0 {
		age = "31536000, immutable" // a published checkpoint never changes
	}
	return plain(w, age, c.note)
}

func (l *Ledger) key(w http.ResponseWriter, _ *http.Request) error {
	all := ""
	for _, k := range l.Keys {
		all += k + "\n"
	}
	return plain(w, "3600", all)
}

func plain(w http.ResponseWriter, age, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age="+age)
	_, err := io.WriteString(w, text)
	return err
}

// page is /pruefen.
type page struct {
	keys  []string
	texts *i18n.Catalog
}

const fileField = "datei"

func (p page) form(w http.ResponseWriter, r *http.Request) error { return p.render(w, r, nil) }

func (p page) verify(w http.ResponseWriter, r *http.Request) error {
	data, err := upload(r)
	if err != nil {
		return err
	}
	v, err := VerifyFile(data, p.keys)
	if err != nil {
		return err
	}
	return p.render(w, r, &v)
}

// upload reads the file of the form, MaxFile+1 bytes at most, without keeping
// anything on disk. A body over the route's limit is read as a file over it.
func upload(r *http.Request) ([]byte, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fail.Newf(fail.Invalid, "ledger: not a form with a file: %w", err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		var data []byte
		if err == nil {
			if part.FormName() != fileField {
				continue
			}
			data, err = io.ReadAll(io.LimitReader(part, MaxFile+1))
		}
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return make([]byte, MaxFile+1), nil
		}
		if fail.Is(err, fail.Unavailable) {
			return nil, err
		}
		if err != nil {
			return nil, fail.Newf(fail.Invalid, "ledger: the upload broke off: %w", err)
		}
		return data, nil
	}
}

func (p page) render(w http.ResponseWriter, r *http.Request, v *Verdict) error {
	ctx := r.Context()
	t := p.texts.In(web.Lang(ctx))
	field := ui.Field{
		Kind: ui.KindFiles, Name: fileField, Required: true,
		Label: t.T("ledger.page.file"), Hint: t.T("ledger.page.hint", "mb", MaxFile>>20),
		Upload: ui.Upload{Accept: ".pdf,.json,application/pdf,application/json"},
	}
	status := http.StatusOK
	out := ui.Page{
		Title: t.T("ledger.page.title"), Lead: t.T("ledger.page.lead"), Description: t.T("ledger.page.lead"),
		Crumbs: []ui.Link{{Href: web.Link(ctx, "/"), Text: t.T("ledger.page.home")}},
	}
	var words *Words
	if v != nil {
		found := v.Words(t)
		switch {
		case v.Problem == Empty || v.Problem == TooLarge || v.Problem == NotAReceipt:
			// Nothing was checked: the question is asked again.
			status = http.StatusUnprocessableEntity
			if v.Problem == TooLarge {
				status = http.StatusRequestEntityTooLarge
			}
			field.Error = found.Title + " " + found.Text
			out.Problems = ui.Problems([]ui.Field{field})
		default:
			words = &found
			out.Title = t.T("ledger.page.result")
			out.Lead = ""
		}
	}
	out.Body = body(t, web.Link(ctx, "/pruefen"), field, v, words)
	return ui.Render(w, r, status, out)
}

// rows are the facts of a verdict for the page.
func (w Words) rows() []ui.Row {
	var out []ui.Row
	for _, f := range w.Facts {
		out = append(out, ui.Row{Key: f.Term, Value: f.Value})
	}
	return out
}
