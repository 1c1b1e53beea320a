package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/form"
	"leitportal/internal/form/paper"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
	"leitportal/internal/place"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
	webassets "leitportal/web"
)

type formPDFCmd struct {
	Dir    string `arg:"" help:"A solution's folder, or the bare files of a form." type:"existingdir"`
	Out    string `short:"o" help:"The file to write." required:"" placeholder:"FILE"`
	Tenant string `help:"Municipality whose parameters count and to which the form goes, as slug." placeholder:"SLUG"`
	Lang   string `help:"Language (${enum})." enum:"de,en" default:"de"`
}

// Run prints the form empty.
func (c formPDFCmd) Run(p *process) error {
	now := clock.System().Now()
	f, err := oneForm(c.Dir, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	to, ars := paper.Sender{Title: f.about.Title, Version: cmp.Or(f.about.Version, "0.0.0"), Created: now}, ""
	if c.Tenant != "" {
		t, err := p.authority(c.Tenant)
		if err != nil {
			return err
		}
		ars, to.Authority, to.Address = t.ID, t.Name, letterTo(t.Entered.Contact)
	}
	b, err := f.printed(c.Dir, ars, i18n.Lang(c.Lang), to)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, b, 0o644)
}

// authority is a tenant with what was entered for it, where there is a database
// in which something may have been. Nothing is made or brought up to date: an
// author prints beside an operator's data, if there are any.
func (p *process) authority(name string) (*tenant.Tenant, error) {
	atlas, err := place.Load()
	if err != nil {
		return nil, err
	}
	bare, err := tenant.NewBareDirectory(atlas)
	if err != nil {
		return nil, err
	}
	file := strings.TrimPrefix(p.cfg.database(), "sqlite:")
	if _, err := os.Stat(file); !strings.HasPrefix(file, "postgres") && errors.Is(err, fs.ErrNotExist) {
		return townIn(bare, name)
	}
	d, err := db.Open(p.ctx, p.cfg.database())
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entered, err := tenant.NewDirectory(p.ctx, atlas, d, clock.System(), p.log)
	if err != nil {
		return nil, fmt.Errorf("what was entered for %s cannot be read from the database; start the portal with it once, or name another --data: %w", name, err)
	}
	return townIn(entered, name)
}

// letterTo is an authority's address, nothing where it was not entered.
func letterTo(c tenant.Contact) []string {
	if c.Street == "" || c.Town == "" {
		return nil
	}
	return []string{c.Street, strings.TrimSpace(c.PostalCode + " " + c.Town)}
}

// printed is the form as a PDF to fill in by hand, with the parameters of the
// authority ars, or those of whoever says nothing.
func (f ownForm) printed(dir, ars string, lang i18n.Lang, to paper.Sender) ([]byte, error) {
	env := form.Env{Today: f.Today, Lang: lang}
	if f.about.Version != "" {
		files, err := asSolution(dir)
		if err != nil {
			return nil, err
		}
		catalog, err := solution.Load(files)
		if err != nil {
			return nil, err
		}
		offer, err := catalog.General(f.about.Solution, f.Today)
		if ars != "" {
			offer, err = catalog.Offer(ars, f.about.Solution, f.Today)
		}
		if err != nil {
			return nil, err
		}
		to.Title, to.Office = offer.Version.Title.In(lang), offer.Set.Text("office_name", lang)
		if env.Params, err = f.program.Params(offer.Set.Values(lang)); err != nil {
			return nil, err
		}
	}
	var fonts *pdf.Fonts
	switch assets, err := webassets.Load(); {
	case err == nil:
		if fonts, err = loadFonts(assets); err != nil {
			return nil, err
		}
	case !errors.Is(err, webassets.ErrMissing):
		return nil, err
	}
	return paper.Print(f.program, env, to, fonts), nil
}
