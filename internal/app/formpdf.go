package app

import (
	"cmp"
	"errors"
	"os"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/paper"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
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
	to, ars := paper.Sender{Title: f.about.Title, Version: cmp.Or(f.about.Version, "0.0.0"), Created: now}, anywhere
	if c.Tenant != "" {
		err = p.with(func(a *App) error {
			t, err := a.town(c.Tenant)
			if err == nil {
				ars = t.ID
				to.Authority, to.Address = t.Name, letterTo(t.Entered.Contact)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	b, err := f.printed(c.Dir, ars, i18n.Lang(c.Lang), to)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, b, 0o644)
}

// letterTo is an authority's address, nothing where it was not entered.
func letterTo(c tenant.Contact) []string {
	if c.Street == "" || c.Town == "" {
		return nil
	}
	return []string{c.Street, strings.TrimSpace(c.PostalCode + " " + c.Town)}
}

// printed is the form as a PDF to fill in by hand, with the parameters of the
// authority ars.
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
		offer, err := catalog.Offer(ars, f.about.Solution, f.Today)
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
