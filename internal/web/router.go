package web

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
)

// Config is what a Router needs. The zero value of an optional field is safe.
type Config struct {
	Routes   []Route
	Resolver Resolver
	// Authenticate tells who is signed in at the tenant's desk; nil, nil for
	// nobody. It is called on Signed routes only.
	Authenticate func(r *http.Request) (*Principal, error)
	// SignInPath is the desk's page for signing in, "/anmelden".
	SignInPath string
	// ErrorPage writes the page for an error in the look of the site.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, err error) error
	// Around, where given, may enrich the context of every page request
	// (the frame of the tenant).
	Around func(r *http.Request) context.Context
	// PublicURL is the address of the State's site ("https://portal.example"),
	// used for links that leave a tenant's own host.
	PublicURL string
	// Secure: the portal is reached by HTTPS; cookies and HSTS follow it.
	Secure bool
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []*net.IPNet
	// ProbeToken opens Probe routes to callers that are not on loopback, as
	// "Authorization: Bearer …"; empty closes them to all others.
	ProbeToken string
	Clock      clock.Clock
	IDs        *id.Source
	Rand       io.Reader
	Log        *slog.Logger
	Metrics    *Metrics // may be nil
}

// Router is the portal's http.Handler.
type Router struct {
	Config
	muxes    [4]*http.ServeMux // with a last resort, see unmatched
	strict   [4]*http.ServeMux // without
	roots    map[string]bool   // first segments of the Root mux
	csrf     *http.CrossOriginProtection
	inFlight atomic.Int64
	key      [32]byte            // of ClientKey
	arriving *semaphore.Weighted // memory, in bytes, for files that are being read
	// Header values shared by all answers; nothing appends to them.
	csp, hsts, nosniff, sameOrigin []string
}

// NewRouter checks the routes and builds the router. A route without a
// handler or without an access is an error.
func NewRouter(c Config) (*Router, error) {
	rt := &Router{
		Config: c,
		csrf:   http.NewCrossOriginProtection(),
		csp:    []string{csp},
		hsts:   []string{"max-age=31536000; includeSubDomains"},

		nosniff:    []string{"nosniff"},
		sameOrigin: []string{"same-origin"},
		arriving:   semaphore.NewWeighted(maxArriving),
	}
	if _, err := io.ReadFull(c.Rand, rt.key[:]); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	rt.roots = map[string]bool{}
	for k := range rt.muxes {
		rt.muxes[k], rt.strict[k] = http.NewServeMux(), http.NewServeMux()
		rt.muxes[k].HandleFunc("/", rt.unmatched(Kind(k)))
	}
	for _, r := range c.Routes {
		if r.Handle == nil || r.Access == "" {
			return nil, fmt.Errorf("web: route %s %q lacks a handler or an access", r.Site, r.Pattern)
		}
		h := rt.serve(r)
		rt.muxes[r.Site].Handle(r.Pattern, h)
		rt.strict[r.Site].Handle(r.Pattern, h)
		if r.Site == Root {
			_, p, _ := strings.Cut(r.Pattern, "/")
			first, _ := segment(p)
			rt.roots[first] = true
		}
	}
	return rt, nil
}

// csp allows our own files only; data: images are KERN's icons.
const csp = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// InFlight is how many requests are being answered now.
func (rt *Router) InFlight() int { return int(rt.inFlight.Load()) }

// ServeHTTP implements http.Handler.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := rt.Clock.Now()
	rt.inFlight.Add(1)
	defer rt.inFlight.Add(-1)

	q := &request{id: rt.IDs.New(), stateURL: rt.PublicURL, secure: rt.Secure, caller: func() string { return rt.clientKey(r) }}
	rec := &recorder{ResponseWriter: w}
	rt.headers(rec.Header(), q)
	err := rt.route(rec, r, q)
	if err != nil {
		err = rt.answerError(rec, r, q, err)
	}
	rt.report(r, q, rec, rt.Clock.Now().Sub(start), err)
}

func (rt *Router) headers(h http.Header, q *request) {
	h["Content-Security-Policy"] = rt.csp
	h["X-Content-Type-Options"] = rt.nosniff
	h["Referrer-Policy"] = rt.sameOrigin
	h["Cross-Origin-Opener-Policy"] = rt.sameOrigin
	h["Cross-Origin-Resource-Policy"] = rt.sameOrigin
	h["X-Request-Id"] = []string{q.id}
	if rt.Secure {
		h["Strict-Transport-Security"] = rt.hsts
	}
}

// route finds the site and runs its mux.
func (rt *Router) route(w *recorder, r *http.Request, q *request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	p := r.URL.Path
	q.site.Lang = i18n.DE
	if !printable(p) {
		q.site.Kind, q.path = State, "/"
		return fail.Newf(fail.NotFound, "path is not printable text")
	}
	if clean := cleanPath(p); clean != p {
		q.path = clean
		return rt.redirect(w, r, clean)
	}
	first, rest := segment(p)
	if rt.roots[first] {
		if _, pattern := rt.strict[Root].Handler(r); pattern != "" {
			q.path = p
			return rt.dispatch(w, r, q, Root, p)
		}
	}
	switch lang := i18n.Lang(first); {
	case lang == i18n.DE:
		return rt.redirect(w, r, "/"+strings.TrimPrefix(rest, "/"))
	case lang.Portal(), lang.Further():
		q.site.Lang = lang
		if rest == "" {
			return rt.redirect(w, r, "/"+first+"/")
		}
		p = rest
	}
	q.path = p
	first, rest = segment(p)
	tenant, base, ok := rt.Resolver.Resolve(hostname(r.Host), first)
	if !ok {
		q.site.Kind = State
		return rt.dispatch(w, r, q, State, p)
	}
	q.site.Kind, q.site.Tenant, q.site.Base = Tenant, tenant, base
	if base != "" {
		if rest == "" {
			return rt.redirect(w, r, r.URL.Path+"/")
		}
		p = rest
	}
	if first, rest = segment(p); first == "amt" {
		q.site.Kind = Desk
		if rest == "" {
			return rt.redirect(w, r, r.URL.Path+"/")
		}
		p = rest
	}
	return rt.dispatch(w, r, q, q.site.Kind, p)
}

func (rt *Router) dispatch(w *recorder, r *http.Request, q *request, k Kind, p string) error {
	r2 := r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
	if p != r.URL.Path {
		u := *r.URL
		u.Path, u.RawPath = p, ""
		r2.URL = &u
	}
	*r = *r2 // the error page and the report see the same request
	if rt.Around != nil && k != Root {
		*r = *r.WithContext(rt.Around(r))
	}
	rt.muxes[k].ServeHTTP(w, r)
	return w.err
}

// unmatched answers a path that no route has, or not with this method.
func (rt *Router) unmatched(k Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := w.(*recorder)
		probe := &discard{header: http.Header{}}
		rt.strict[k].ServeHTTP(probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header()["Allow"] = probe.header["Allow"]
			rec.err = &methodError{}
			return
		}
		rec.err = fail.Newf(fail.NotFound, "no route")
	}
}

// serve is the chain around a route's handler. Its error travels to route in
// the recorder, for ServeMux knows none.
func (rt *Router) serve(route Route) http.Handler {
	roles, signed := route.Access.roles()
	limit := route.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := w.(*recorder)
		q := info(r.Context())
		q.pattern = route.Pattern
		if q.site.Lang.Further() && !route.Further {
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				rec.Header().Set("Location", InLang(r, i18n.DE))
				rec.WriteHeader(http.StatusFound)
				return
			}
			q.site.Lang = i18n.DE
		}
		if r.Body != nil && r.Body != http.NoBody {
			if r.ContentLength > limit {
				rec.Header().Set("Connection", "close")
				rec.err = fail.Newf(fail.TooLarge, "body of %d bytes", r.ContentLength)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			if limit > defaultMaxBody { // it takes files
				r.Body = &steady{ReadCloser: r.Body, control: http.NewResponseController(w), start: clock.System().Now()}
			}
			if limit > defaultMaxBody && !route.Streams {
				m := &metered{ReadCloser: r.Body, ctx: r.Context(), room: rt.arriving, patience: arrivalPatience, most: cmp.Or(route.Holds, limit)}
				defer m.release()
				r.Body = m
			}
		}
		if err := rt.csrf.Check(r); err != nil {
			rec.err = fail.New(fail.Forbidden, "web.error.csrf", err)
			return
		}
		if signed {
			NoStore(rec)
			if rec.err = rt.authorize(r, q, roles); rec.err != nil {
				return
			}
		}
		if route.Access == Probe && !rt.probe(r) {
			rec.err = fail.Newf(fail.NotFound, "probe refused")
			return
		}
		rec.err = route.Handle(w, r)
	})
}

func (rt *Router) authorize(r *http.Request, q *request, roles []string) error {
	if rt.Authenticate == nil {
		return fail.Newf(fail.SignIn, "no authentication configured")
	}
	p, err := rt.Authenticate(r)
	if err != nil {
		return err
	}
	if p == nil || p.Tenant != q.site.Tenant {
		return fail.Newf(fail.SignIn, "nobody of this tenant is signed in")
	}
	q.principal = p
	if !p.Has(roles...) {
		return fail.Newf(fail.Forbidden, "role missing")
	}
	return nil
}

func (rt *Router) probe(r *http.Request) bool {
	if rt.ProbeToken != "" && hmac.Equal([]byte(r.Header.Get("Authorization")), []byte("Bearer "+rt.ProbeToken)) {
		return true
	}
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false // through a proxy, so from anywhere, whatever we know of it
	}
	ip := net.ParseIP(rt.clientIP(r))
	return ip != nil && ip.IsLoopback()
}

func (rt *Router) redirect(w http.ResponseWriter, r *http.Request, to string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return fail.Newf(fail.NotFound, "path is not clean")
	}
	to = escaped(to)
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusMovedPermanently)
	return nil
}

func (rt *Router) clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if len(rt.TrustedProxies) == 0 || !rt.trusted(host) {
		return host
	}
	// The rightmost address that is not one of our proxies is the caller.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if net.ParseIP(hop) == nil {
			break
		}
		host = hop
		if !rt.trusted(hop) {
			break
		}
	}
	return host
}

func (rt *Router) trusted(host string) bool {
	ip := net.ParseIP(host)
	for _, n := range rt.TrustedProxies {
		if ip != nil && n.Contains(ip) {
			return true
		}
	}
	return false
}

// network is an address as one caller has it: whoever is given an address of
// IPv6 is given 2^64 of them.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

func (rt *Router) clientKey(r *http.Request) string {
	mac := hmac.New(sha256.New, rt.key[:])
	io.WriteString(mac, network(rt.clientIP(r)))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// report writes the one event of a request.
func (rt *Router) report(r *http.Request, q *request, rec *recorder, took time.Duration, err error) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	rt.Metrics.observe(q, r.Method, status, took)
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	}
	ctx := r.Context()
	if !rt.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", q.id),
		slog.String("site", q.site.Kind.String()),
		slog.String("method", r.Method),
		slog.String("route", q.pattern),
		slog.Int("status", status),
		slog.Duration("took", took),
		slog.Int64("bytes", rec.bytes),
	}
	if q.site.Tenant != "" {
		attrs = append(attrs, slog.String("tenant", q.site.Tenant))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	rt.Log.LogAttrs(ctx, level, "request", attrs...)
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// printable tells whether a path is UTF-8 without control characters. No
// address of ours has any; browsers take tabs out of addresses, so that
// "/\t/host" would lead to another site, and PostgreSQL refuses such text.
func printable(p string) bool {
	return utf8.ValidString(p) && !strings.ContainsFunc(p, unicode.IsControl)
}

// escaped is a path as it stands in an address.
func escaped(p string) string { return (&url.URL{Path: p}).EscapedPath() }

// cleanPath is path.Clean that keeps a trailing slash.
func cleanPath(p string) string {
	if p == "" || p[0] != '/' {
		p = "/" + p
	}
	c := path.Clean(strings.ReplaceAll(p, "\\", "/"))
	if c != "/" && strings.HasSuffix(p, "/") {
		c += "/"
	}
	return c
}
