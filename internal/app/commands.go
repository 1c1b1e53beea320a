package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/i18n"
	"leitportal/internal/job"
	"leitportal/internal/ledger"
	"leitportal/internal/staff"
	"leitportal/internal/tenant"
)

type verifyCmd struct {
	Key  []string `help:"Trusted key; may be given several times. Without one, those of LEITPORTAL_LEDGER_KEYS, else those in the data folder." placeholder:"KEY"`
	Lang string   `help:"Language of the verdict (${enum})." enum:"de,en" default:"de"`
	File string   `arg:"" help:"The receipt: PDF or JSON." type:"path"`
}

func (c verifyCmd) Run(p *process) error {
	args := []string{"--lang", c.Lang}
	for _, k := range c.Key {
		args = append(args, "--key", k)
	}
	status := ledger.VerifyCommand(append(args, c.File), ledger.Command{
		Getenv: func(name string) string { return p.env[name] }, DataDir: p.cfg.Data, Lang: i18n.Lang(c.Lang), Out: p.out, Err: p.err,
	})
	if status != 0 {
		return exitCode(status)
	}
	return nil
}

// with opens the portal for a command, without serving. It makes none: in the
// wrong folder there would soon be a second one, with keys of its own.
func (p *process) with(do func(a *App) error) error {
	if _, err := os.Stat(p.cfg.masterKeyFile()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no portal has been started here: there is no %s; name its data folder with --data or LEITPORTAL_DATA", p.cfg.masterKeyFile())
	}
	return p.first(do)
}

// first is with for what may come before a portal's first start: the data are
// made where there are none.
func (p *process) first(do func(a *App) error) error {
	publicURL := p.cfg.PublicURL
	if publicURL == "" {
		publicURL = "http://" + p.cfg.Listen
	}
	a, err := New(p.ctx, p.cfg, strings.TrimSuffix(publicURL, "/"), p.log)
	if err != nil {
		return err
	}
	defer a.Close()
	return do(a)
}

// town finds a tenant by slug or ARS.
func (a *App) town(name string) (*tenant.Tenant, error) { return townIn(a.tenants, name) }

func townIn(d *tenant.Directory, name string) (*tenant.Tenant, error) {
	if t, err := d.ByID(name); err == nil {
		return t, nil
	}
	t, err := d.BySlug(name)
	if err != nil {
		return nil, fmt.Errorf("there is no municipality %q; use its slug (paderborn) or ARS (057740032032)", name)
	}
	return t, nil
}

func (p *process) signIn(t *tenant.Tenant) string {
	base := p.cfg.PublicURL
	if base == "" {
		base = "http://" + p.cfg.Listen
	}
	u, err := url.JoinPath(base, t.Base(), "amt/anmelden")
	if err != nil {
		return t.Base() + "/amt/anmelden"
	}
	return u
}

type staffCmd struct {
	Add   staffAddCmd   `cmd:"" help:"Add an employee and print the initial password."`
	Reset staffResetCmd `cmd:"" help:"Replace password and second factor of an employee by an initial password."`
	Code  staffCodeCmd  `cmd:"" help:"Print the present code of a demo login's second factor."`
}

type staffAddCmd struct {
	Tenant string   `arg:"" help:"Municipality, as slug or ARS."`
	Login  string   `arg:"" help:"Login name, in the form of an e-mail address."`
	Name   string   `help:"Name as shown to colleagues." required:""`
	Unit   string   `help:"Unit in which they work." required:""`
	Roles  []string `help:"Roles: clerk, lead, admin, auditor, editor." default:"admin"`
}

func (c staffAddCmd) Run(p *process) error {
	return p.first(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		d := staff.Details{Login: c.Login, Name: c.Name, Unit: c.Unit}
		d.Roles = append(d.Roles, c.Roles...)
		return staff.StaffAdd(p.ctx, a.staff, p.out, t.ID, p.signIn(t), d)
	})
}

type staffResetCmd struct {
	Tenant string `arg:"" help:"Municipality, as slug or ARS."`
	Login  string `arg:"" help:"Login name."`
}

func (c staffResetCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		return staff.StaffReset(p.ctx, a.staff, p.out, t.ID, p.signIn(t), c.Login)
	})
}

type staffCodeCmd struct {
	Tenant string `arg:"" help:"Municipality, as slug or ARS."`
	Login  string `arg:"" help:"Login name of a demo login."`
}

func (c staffCodeCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		return a.login.TOTPCode(p.ctx, p.out, t.ID, c.Login)
	})
}

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Make a new master key and wrap everything under it anew. Stop the portal first."`
	Office keysOfficeCmd `cmd:"" help:"Make a new key for a municipality's office; the older ones stay."`
	Ledger keysLedgerCmd `cmd:"" help:"Make a new key for receipts and checkpoints; the older ones stay valid."`
}

type keysRotateCmd struct{}

func (keysRotateCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		next, err := a.master.Rotate()
		if err != nil {
			return err
		}
		// Saved before anything is wrapped under it: it still opens the old.
		if err := next.Save(p.cfg.masterKeyFile()); err != nil {
			return err
		}
		return p.rewrap()
	})
}

// rewrap opens the portal with the new master key and wraps everything anew.
func (p *process) rewrap() error {
	return p.with(func(a *App) error {
		offices, err := a.delivery.Rewrap(p.ctx)
		if err != nil {
			return err
		}
		if err := ledger.Rewrap(p.ctx, a.db, a.master); err != nil {
			return err
		}
		factors, err := a.login.Rewrap(p.ctx)
		if err != nil {
			return err
		}
		cases, err := a.casework.Rewrap(p.ctx)
		if err != nil {
			return err
		}
		addresses, err := a.submission.Rewrap(p.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "New master key in %s.\nWrapped anew: %d office keys, the ledger's keys, %d second factors, %d case keys, %d e-mail addresses.\nBack the file up, apart from the data.\n",
			p.cfg.masterKeyFile(), offices, factors, cases, addresses)
		return nil
	})
}

type keysOfficeCmd struct {
	Tenant string `arg:"" help:"Municipality, as slug or ARS."`
}

func (c keysOfficeCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		if err := a.delivery.RotateKey(p.ctx, t.ID); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s has a new office key; submissions are sealed to it from now on.\n", t.Name)
		return nil
	})
}

type keysLedgerCmd struct{}

func (keysLedgerCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		if err := ledger.RotateKey(p.ctx, a.db, a.master, a.clock, a.rand, portalName); err != nil {
			return err
		}
		_, keys, err := ledger.OpenKeys(p.ctx, a.db, a.master, a.clock, a.rand, portalName)
		if err != nil {
			return err
		}
		if err := ledger.SaveKeys(p.cfg.Data, keys); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "New key, used from the portal's next start on. Publish it:\n  %s\n", keys[0])
		return nil
	})
}

type ledgerCmd struct {
	Check ledgerCheckCmd `cmd:"" help:"Recompute the log from its leaves and compare."`
	Key   ledgerKeyCmd   `cmd:"" help:"Print the keys by which receipts are verified."`
}

type ledgerCheckCmd struct{}

func (ledgerCheckCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		r, err := ledger.Check(p.ctx, a.db.Read())
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%d leaves, %d waiting\n", r.Size, r.Waiting)
		for _, problem := range r.Problems {
			fmt.Fprintln(p.out, "!!", problem)
		}
		if len(r.Problems) > 0 {
			return exitCode(1)
		}
		fmt.Fprintln(p.out, "the log is whole")
		return nil
	})
}

type ledgerKeyCmd struct{}

func (ledgerKeyCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		for _, k := range a.ledgerKeys {
			fmt.Fprintln(p.out, k)
		}
		return nil
	})
}

type jobsCmd struct {
	Dead   jobsDeadCmd   `cmd:"" help:"List the jobs that were given up, with the reason."`
	Revive jobsReviveCmd `cmd:"" help:"Try a job again that was given up."`
}

type jobsDeadCmd struct{}

func (jobsDeadCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		dead, err := job.Dead(p.ctx, a.db.Read(), 100)
		if err != nil {
			return err
		}
		for _, d := range dead {
			fmt.Fprintf(p.out, "%s  %s  tenant %s  given up %s after %d attempts\n    %s\n", d.ID, d.Kind, d.Tenant, d.DeadAt.Format(time.RFC3339), d.Attempts, d.Reason)
		}
		fmt.Fprintf(p.out, "%d jobs\n", len(dead))
		return nil
	})
}

type jobsReviveCmd struct {
	ID []string `arg:"" help:"Ids of the jobs, as jobs dead lists them."`
}

func (c jobsReviveCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		for _, id := range c.ID {
			err := a.db.Write(p.ctx, func(ctx context.Context, tx db.Querier) error { return job.Revive(ctx, tx, id) })
			if err != nil {
				return fmt.Errorf("job %s: %w", id, err)
			}
			fmt.Fprintf(p.out, "%s will be tried again.\n", id)
		}
		return nil
	})
}
