package submission

import (
	"context"
	"net/http"
	"strings"

	"leitportal/internal/fail"
	"leitportal/internal/web"
)

// cookies is the Holder that a browser is.
type cookies struct {
	w http.ResponseWriter // nil to read only
	r *http.Request
}

var _ Holder = cookies{}

// Keep implements Holder.
func (c cookies) Keep(_ context.Context, k Kept) error {
	web.SetCookie(c.w, c.r, cookie(k.Tenant, k.Solution), k.Ticket, cookieAge)
	return nil
}

// List implements Holder.
func (c cookies) List(ctx context.Context) (out []Kept, err error) {
	for _, k := range c.r.Cookies() {
		name, ours := strings.CutPrefix(k.Name, web.CookieName(ctx, "antrag-"))
		if tenant, solution, ok := strings.Cut(name, "-"); ours && ok {
			out = append(out, Kept{tenant, solution, k.Value})
		}
	}
	return out, nil
}

// Open implements Holder.
func (c cookies) Open(_ context.Context, tenant, solution string) (Kept, bool, error) {
	v := web.Cookie(c.r, cookie(tenant, solution))
	return Kept{tenant, solution, v}, v != "", nil
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
