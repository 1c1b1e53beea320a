package web

import (
	"context"
	"net/http"
	"time"
)

// SetCookie gives the browser a cookie that only we read: HttpOnly, SameSite
// Lax, for the whole host, and on HTTPS under the name "__Host-"+name, Secure.
// maxAge 0 makes it last until the browser closes.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, maxAge time.Duration) {
	secure := info(r.Context()).secure
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(secure, name), Value: value, Path: "/", MaxAge: int(maxAge / time.Second),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}

// ClearCookie takes a cookie of SetCookie away again.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	secure := info(r.Context()).secure
	http.SetCookie(w, &http.Cookie{Name: cookieName(secure, name), Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// Cookie is the value of a cookie of SetCookie, or "".
func Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(CookieName(r.Context(), name))
	if err != nil {
		return ""
	}
	return c.Value
}

// CookieName is the name under which SetCookie gives the browser a cookie.
func CookieName(ctx context.Context, name string) string {
	return cookieName(info(ctx).secure, name)
}

func cookieName(secure bool, name string) string {
	if secure {
		return "__Host-" + name
	}
	return name
}
