package web

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

//go:embed texts
var texts embed.FS

// Texts is web's own words: what each kind of error says to a person.
func Texts() *i18n.Catalog { return catalogue() }

var catalogue = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(texts) })

// methodError is a path asked for with a method it does not take.
type methodError struct{}

func (*methodError) Error() string { return "method not allowed" }

// Status is the HTTP status that answers err.
func Status(err error) int {
	var method *methodError
	if errors.As(err, &method) {
		return http.StatusMethodNotAllowed
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable
	}
	switch fail.KindOf(err) {
	case fail.NotFound:
		return http.StatusNotFound
	case fail.Invalid:
		return http.StatusUnprocessableEntity
	case fail.Conflict:
		return http.StatusConflict
	case fail.Forbidden:
		return http.StatusForbidden
	case fail.SignIn:
		return http.StatusUnauthorized
	case fail.Limited:
		return http.StatusTooManyRequests
	case fail.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fail.Gone:
		return http.StatusGone
	case fail.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// TextKeys are the keys, in Texts or in the catalogue of a room, of the title
// and the explanation that a person reads for err.
func TextKeys(err error) (title, text string) {
	kind := ""
	switch Status(err) {
	case http.StatusNotFound:
		kind = "notfound"
	case http.StatusMethodNotAllowed:
		kind = "method"
	case http.StatusUnprocessableEntity:
		kind = "invalid"
	case http.StatusConflict:
		kind = "conflict"
	case http.StatusForbidden:
		kind = "forbidden"
	case http.StatusUnauthorized:
		kind = "signin"
	case http.StatusTooManyRequests:
		kind = "limited"
	case http.StatusRequestEntityTooLarge:
		kind = "toolarge"
	case http.StatusGone:
		kind = "gone"
	case http.StatusServiceUnavailable:
		kind = "unavailable"
	default:
		kind = "internal"
	}
	title, text = "web.error."+kind+".title", "web.error."+kind+".text"
	var e *fail.Error
	if errors.As(err, &e) && e.Public != "" {
		text = e.Public
	}
	return title, text
}

// answerError answers a request whose handler failed, and returns the error
// as it is to be logged.
func (rt *Router) answerError(w *recorder, r *http.Request, q *request, err error) error {
	if w.status != 0 { // too late for another answer
		return err
	}
	status := Status(err)
	h := w.Header()
	h.Del("Etag")
	h.Del("Content-Length")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	if status == http.StatusUnauthorized && q.site.Kind == Desk && rt.SignInPath != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && !wantsJSON(r) {
		back := r.URL.Path
		if r.URL.RawQuery != "" {
			back += "?" + r.URL.RawQuery
		}
		h.Set("Location", DeskLink(r.Context(), rt.SignInPath)+"?weiter="+url.QueryEscape(back))
		w.WriteHeader(http.StatusSeeOther)
		return nil
	}
	if wantsJSON(r) || rt.ErrorPage == nil || q.site.Kind == Root {
		rt.problem(w, r, q, status, err)
		return err
	}
	if pageErr := rt.ErrorPage(w, r, status, err); pageErr != nil {
		err = errors.Join(err, pageErr)
		if w.status == 0 {
			rt.problem(w, r, q, status, err)
		}
	}
	return err
}

// problem answers with application/problem+json (RFC 9457).
func (rt *Router) problem(w http.ResponseWriter, r *http.Request, q *request, status int, err error) {
	title, text := TextKeys(err)
	t := Texts().In(q.site.Lang)
	if !t.Has(text) {
		_, text = TextKeys(&fail.Error{Kind: fail.KindOf(err)})
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "about:blank", "status": status, "title": t.T(title), "detail": t.T(text), "instance": "urn:uuid:" + q.id,
	})
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
