package web

import (
	"context"
	"net/http"
	"strings"

	"leitportal/internal/i18n"
)

// Kind is a kind of site, each with its own addresses.
type Kind int

// The kinds of site.
const (
	Root   Kind = iota // /healthz, /assets: no language, no tenant
	State              // the Land's own site
	Tenant             // a tenant's site, by slug or host name
	Desk               // a tenant's desk, below /amt
)

func (k Kind) String() string { return [...]string{"root", "state", "tenant", "desk"}[k] }

// Site says where a request has arrived.
type Site struct {
	Kind   Kind
	Tenant string    // the tenant's id (ARS, 12 digits), "" on the State's site and Root
	Base   string    // path of the tenant's site, "/paderborn"; "" on its own host and on the State's site
	Lang   i18n.Lang // the language asked for
}

// Resolver finds the tenant of a host name or of a first path segment (its
// slug). On a tenant's own host it answers base "" whatever the segment.
type Resolver interface {
	Resolve(host, segment string) (tenant, base string, ok bool)
}

// Principal is a signed-in member of a tenant's staff.
type Principal struct {
	ID     string // id of the employee
	Tenant string // the tenant they work for (ARS)
	Name   string // as shown to colleagues
	Roles  []string
}

// Has tells whether the principal has one of the roles; with none asked for,
// every principal does.
func (p *Principal) Has(roles ...string) bool {
	for _, want := range roles {
		for _, r := range p.Roles {
			if r == want {
				return true
			}
		}
	}
	return len(roles) == 0
}

// request is what web knows of a request; one value in the context.
type request struct {
	site      Site
	principal *Principal
	id        string
	path      string // as the browser asked for it, language taken off
	pattern   string // route, for log and metrics
	stateURL  string
	secure    bool
	caller    func() string // see ClientKey
}

type requestKey struct{}

func info(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{site: Site{Kind: State, Lang: i18n.DE}}
}

// WithSite returns a context in which SiteOf answers s, for pages that are
// rendered outside a request and for tests.
func WithSite(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{site: s})
}

// WithPrincipal returns a context in which PrincipalOf answers p; for tests.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	q := *info(ctx)
	q.principal = p
	return context.WithValue(ctx, requestKey{}, &q)
}

// SiteOf is the site a request has arrived at.
func SiteOf(ctx context.Context) Site { return info(ctx).site }

// Lang is the language of the request.
func Lang(ctx context.Context) i18n.Lang { return info(ctx).site.Lang }

// PrincipalOf is who is signed in, or nil. It is only known on routes whose
// Access is Signed.
func PrincipalOf(ctx context.Context) *Principal { return info(ctx).principal }

// RequestID is the id under which the request is logged.
func RequestID(ctx context.Context) string { return info(ctx).id }

// ClientKey names the caller's network address (of IPv6, its network of 64
// bits) for counting failed guesses and what a caller uses;
// it is not the address itself and changes with every start of the portal.
func ClientKey(ctx context.Context) string {
	if q := info(ctx); q.caller != nil {
		return q.caller()
	}
	return ""
}

// NoStore keeps an answer out of every cache, the browser's too.
func NoStore(w http.ResponseWriter) { w.Header()["Cache-Control"] = noStore }

// noStore is shared by all answers; nothing appends to it.
var noStore = []string{"no-store"}

// Link is the address of path ("/leistungen") on the site and in the language
// of the request.
func Link(ctx context.Context, path string) string {
	s := info(ctx).site
	if s.Kind == Desk {
		return prefix(s) + "/amt" + path
	}
	return prefix(s) + path
}

// TenantLink is Link for the tenant's public site, from its desk too.
func TenantLink(ctx context.Context, path string) string { return prefix(info(ctx).site) + path }

// DeskLink is Link for the tenant's desk.
func DeskLink(ctx context.Context, path string) string {
	return prefix(info(ctx).site) + "/amt" + path
}

// StateLink is the address of path on the State's site in the language of the
// request.
func StateLink(ctx context.Context, path string) string {
	q := info(ctx)
	base := ""
	if q.site.Tenant != "" && q.site.Base == "" {
		base = q.stateURL // leave the tenant's own host
	}
	return base + langPrefix(q.site.Lang) + path
}

// SiteLink is the address of path on the site whose base is given
// ("/paderborn") in the language of the request.
func SiteLink(ctx context.Context, base, path string) string {
	return langPrefix(info(ctx).site.Lang) + base + path
}

// InLang is the address of the page of r in another language.
func InLang(r *http.Request, lang i18n.Lang) string {
	q := info(r.Context())
	s := langPrefix(lang) + escaped(q.path)
	if r.URL.RawQuery != "" && r.Method == http.MethodGet {
		s += "?" + r.URL.RawQuery
	}
	return s
}

// SeeOther answers a POST by sending the browser to path on the same site.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Location", Link(r.Context(), path))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func prefix(s Site) string { return langPrefix(s.Lang) + s.Base }

func langPrefix(lang i18n.Lang) string {
	if lang == i18n.DE || lang == "" {
		return ""
	}
	return "/" + string(lang)
}

// segment splits "/a/b" into "a" and "/b".
func segment(path string) (first, rest string) {
	path = strings.TrimPrefix(path, "/")
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}
