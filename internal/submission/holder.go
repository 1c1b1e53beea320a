package submission

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/web"
)

// cookies is the Holder that a browser is. It has one key in use for each
// tenant and solution, and puts those aside that others have replaced.
type cookies struct {
	w http.ResponseWriter // nil to read only
	r *http.Request
}

var _ Holder = cookies{}

// mostAside is how many keys for one tenant and solution a browser puts aside.
// Of more it forgets the oldest: that draft is opened by its code.
const mostAside = 5

// cookie names the cookie of a solution's draft: one of each in use at a time,
// and never two tenants' in one. aside names that of those put aside.
func cookie(tenant, solution string) string { return inUse + tenant + "-" + solution }
func aside(tenant, solution string) string  { return putAside + tenant + "-" + solution }

const inUse, putAside = "antrag-", "weitere-"

// cookieAge is how long a browser keeps a ticket; the draft itself may end
// earlier.
const cookieAge = 180 * 24 * time.Hour

// Keep implements Holder.
func (c cookies) Keep(_ context.Context, k Kept) error {
	in, by := cookie(k.Tenant, k.Solution), aside(k.Tenant, k.Solution)
	mine, _ := parseTicket(k.Ticket)
	before := web.Cookie(c.r, by)
	var list []string
	for _, s := range append([]string{web.Cookie(c.r, in)}, strings.Split(before, "~")...) {
		if t, ok := parseTicket(s); ok && t.draft != mine.draft && len(list) < mostAside {
			list = append(list, s)
		}
	}
	web.SetCookie(c.w, c.r, in, k.Ticket, cookieAge)
	switch after := strings.Join(list, "~"); {
	case after == before:
	case after == "":
		web.ClearCookie(c.w, c.r, by)
	default:
		web.SetCookie(c.w, c.r, by, after, cookieAge)
	}
	return nil
}

// List implements Holder: the keys in use before those put aside.
func (c cookies) List(ctx context.Context) (out []Kept, err error) {
	for _, prefix := range []string{inUse, putAside} {
		for _, k := range c.r.Cookies() {
			name, ours := strings.CutPrefix(k.Name, web.CookieName(ctx, prefix))
			tenant, solution, ok := strings.Cut(name, "-")
			if !ours || !ok {
				continue
			}
			for _, ticket := range strings.Split(k.Value, "~") {
				out = append(out, Kept{tenant, solution, ticket})
			}
		}
	}
	return out, nil
}

// Open implements Holder.
func (c cookies) Open(_ context.Context, tenant, solution string) (Kept, bool, error) {
	v := web.Cookie(c.r, cookie(tenant, solution))
	return Kept{tenant, solution, v}, v != "", nil
}

// mostKept is how many keys of a browser are tried.
const mostKept = 40

// keptDraft is a draft that a browser has the key to.
type keptDraft struct {
	*session
	ticket string
	inUse  bool // not put aside
}

// kept lists the drafts that this browser opens, those in use first.
func (s *Service) kept(r *http.Request) (out []keptDraft, err error) {
	c := cookies{r: r}
	list, err := c.List(r.Context())
	if err != nil {
		return nil, err
	}
	for _, k := range list[:min(len(list), mostKept)] {
		t, ok := parseTicket(k.Ticket)
		if !ok {
			continue
		}
		ss, err := s.openTicket(r.Context(), k.Tenant, t)
		if fail.Is(err, fail.NotFound) || fail.Is(err, fail.Gone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ss.solution == k.Solution && !slices.ContainsFunc(out, func(x keptDraft) bool { return x.id == ss.id }) {
			out = append(out, keptDraft{ss, k.Ticket, k.Ticket == web.Cookie(r, cookie(k.Tenant, k.Solution))})
		}
	}
	return out, nil
}

// openFor opens the draft of a tenant and solution to which this browser has
// the key, or else the account of who is signed in; fail.NotFound where
// neither has one.
func (s *Service) openFor(r *http.Request, tenant, solution string) (*session, error) {
	ctx := r.Context()
	ss, err := s.openHeld(ctx, cookies{r: r}, tenant, solution)
	if s.Account == nil || !fail.Is(err, fail.NotFound) {
		return ss, err
	}
	if account := s.Account(r); account != nil {
		if ss, err = s.openHeld(ctx, account, tenant, solution); err == nil {
			ss.account = true
		}
	}
	return ss, err
}

// keepFor gives this browser the key of a draft, and the account of who is
// signed in one of its own.
func (s *Service) keepFor(w http.ResponseWriter, r *http.Request, tenant, solution string, t ticket) error {
	ctx := r.Context()
	if s.Account != nil {
		if account := s.Account(r); account != nil {
			ss, err := s.openTicket(ctx, tenant, t)
			if err == nil {
				err = s.keepWith(ctx, account, ss)
			}
			if err != nil {
				return err
			}
		}
	}
	return cookies{w, r}.Keep(ctx, Kept{tenant, solution, t.String()})
}

// openHeld opens the draft to which a holder has the key. A key that opens
// nothing is fail.NotFound, as is none.
func (s *Service) openHeld(ctx context.Context, h Holder, tenant, solution string) (*session, error) {
	k, ok, err := h.Open(ctx, tenant, solution)
	if err != nil {
		return nil, err
	}
	t, valid := parseTicket(k.Ticket)
	if !ok || !valid {
		return nil, fail.Newf(fail.NotFound, "submission: no key is held")
	}
	return s.openTicket(ctx, tenant, t)
}

// keepWith gives a holder a key of its own to an opened draft. Unlike those of
// browsers, it is not taken away by others.
func (s *Service) keepWith(ctx context.Context, h Holder, ss *session) error {
	t, sl, err := s.newSlot(ss.id, ss.key)
	if err != nil {
		return err
	}
	if _, err := s.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
		return s.store.insertSlot(ctx, tx, ss.tenant, ss.id, sl.lookup, "held", sl.sealed, s.Clock.Now())
	}); err != nil {
		return err
	}
	return h.Keep(ctx, Kept{ss.tenant, ss.solution, t.String()})
}
