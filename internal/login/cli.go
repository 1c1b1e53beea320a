package login

import (
	"context"
	"errors"
	"fmt"
	"io"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/staff"
)

// SeedDemo gives the demo login its password and a second factor, as if it
// had been set up; TOTPCode gives the codes. It does nothing where a second
// factor exists already, and refuses members that are not marked as demo.
func (s *Service) SeedDemo(ctx context.Context, tenant, login, password string) error {
	m, c, err := s.demo(ctx, tenant, login)
	if err != nil || c.Enrolled {
		return err
	}
	if err := s.hasher.Enter(ctx); err != nil {
		return err
	}
	hash, err := s.hasher.hash(password)
	s.hasher.Leave()
	if err != nil {
		return err
	}
	secret, err := s.newSecret(m)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.reset(ctx, tx, tenant, m.ID, "", s.Clock.Now()); err != nil {
			return err
		}
		if _, err := s.store.setPassword(ctx, tx, tenant, m.ID, "", hash); err != nil {
			return err
		}
		if _, err := s.store.offerSecret(ctx, tx, tenant, m.ID, secret); err != nil {
			return err
		}
		_, err := s.store.enrol(ctx, tx, tenant, m.ID, secret, 0)
		return err
	})
}

func (s *Service) demo(ctx context.Context, tenant, login string) (staff.Member, credential, error) {
	m, err := s.members.ByLogin(ctx, s.DB.Read(), tenant, staff.NormalLogin(login))
	if err != nil {
		return m, credential{}, fmt.Errorf("the tenant %s has no member with this login name: %w", tenant, err)
	}
	if !m.Demo {
		return m, credential{}, fail.Newf(fail.Forbidden, "this is not a demo login; its code is in the member's own app alone")
	}
	c, err := s.store.credential(ctx, s.DB.Read(), tenant, m.ID)
	return m, c, err
}

// TOTPCode is the command "staff code": it prints a code that a demo login
// can use now, and refuses for every other (fail.Forbidden). A code is
// accepted once: where the present one was used, the next is given, which is
// accepted already; past that, the error says how long to wait.
func (s *Service) TOTPCode(ctx context.Context, out io.Writer, tenant, login string) error {
	m, c, err := s.demo(ctx, tenant, login)
	if err != nil {
		return err
	}
	if !c.Enrolled {
		return fail.New(fail.Conflict, "", errors.New("this login has no second factor yet: sign in and set it up"))
	}
	secret, err := s.Master.Unwrap(secretPurpose(m.Tenant, m.ID), c.Secret)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	step := max(stepAt(now), c.Step+1)
	if step > stepAt(now)+1 {
		return fail.Newf(fail.Limited, "the codes of this half minute are used; try again in %d seconds", stepSeconds-now.Unix()%stepSeconds)
	}
	code, err := codeAt(secret, step)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, code)
	return err
}
