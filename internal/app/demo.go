package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/staff"
	"leitportal/internal/tenant"
)

type demoCmd struct{}

func (demoCmd) Run(p *process) error {
	p.cfg.Demo, p.cfg.OfferAll = true, true
	if p.cfg.LogLevel == "info" {
		p.cfg.LogLevel = "warn" // people read what is printed here
		p.log = logger(p.cfg, p.err)
	}
	return serve(p)
}

// demoPassword is public: the demo world listens on this machine only, and
// its logins need a second factor all the same.
const demoPassword = "Leitportal-Demo-2026"

// demoTowns are the towns whose desks have demo logins. Addresses end in
// .example, and the settings say that they are made up.
var demoTowns = [...]string{"paderborn", "aachen"}

// demoMember is one login of a demo town.
type demoMember struct {
	login, name string
	roles       []staff.Role
}

func demoMembers(slug string) []demoMember {
	return []demoMember{
		{"sachbearbeitung@" + slug + ".example", "Demo Sachbearbeitung", []staff.Role{staff.Clerk}},
		{"vertretung@" + slug + ".example", "Demo Vertretung", []staff.Role{staff.Clerk, staff.Lead}},
		{"leitung@" + slug + ".example", "Demo Leitung", []staff.Role{staff.Lead, staff.Admin}},
		{"redaktion@" + slug + ".example", "Demo Redaktion", []staff.Role{staff.Editor}},
		{"revision@" + slug + ".example", "Demo Revision", []staff.Role{staff.Auditor}},
	}
}

// seedDemo makes the demo world, through what the rooms offer; what is there
// already stays.
func (a *App) seedDemo(ctx context.Context) error {
	for _, slug := range demoTowns {
		town, err := a.tenants.BySlug(slug)
		if err != nil {
			return err
		}
		for _, m := range demoMembers(slug) {
			_, err := staff.Store{}.ByLogin(ctx, a.db.Read(), town.ID, m.login)
			if fail.Is(err, fail.NotFound) {
				_, _, err = a.staff.Add(ctx, town.ID, staff.CommandLine, staff.Details{Login: m.login, Name: m.name, Unit: "Steueramt", Roles: m.roles, Demo: true})
			}
			if err != nil {
				return err
			}
			if err := a.login.SeedDemo(ctx, town.ID, m.login, demoPassword); err != nil {
				return err
			}
		}
		if town.Revision == 0 {
			if err := a.tenants.Update(ctx, town.ID, demoSettings(town), 0); err != nil && !fail.Is(err, fail.Conflict) {
				return err
			}
		}
	}
	return nil
}

// demoSettings are made up, and marked so.
func demoSettings(t *tenant.Tenant) tenant.Settings {
	s := tenant.Settings{
		Demo:    true,
		Contact: tenant.Contact{Office: "Bürgerservice", Street: "Beispielweg 1", PostalCode: firstOf(t.Place.PostalCodes()), Town: t.Place.Name, Mail: "buergerservice@" + t.Slug + ".example"},
		Officer: "datenschutz@" + t.Slug + ".example",
	}
	for day := time.Monday; day <= time.Friday; day++ {
		s.Hours = append(s.Hours, tenant.Hours{Day: day, From: "08:30", To: "12:00"})
	}
	s.Hours = append(s.Hours, tenant.Hours{Day: time.Thursday, From: "14:00", To: "17:30"})
	return s
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// printDemo tells a newcomer where to go.
func (a *App) printDemo(w io.Writer, url string) {
	program, err := os.Executable()
	if err != nil {
		program = "leitportal"
	}
	fmt.Fprintf(w, `
Leitportal %s – Demonstrator, kein offizielles Portal

  Start:       %s/          English: %s/en/
  Paderborn:   %s/paderborn/
  Aachen:      %s/aachen/
  Hund anmelden in Paderborn:  %s/paderborn/antrag/hundesteuer

  Schreibtisch der Sachbearbeitung:  %s/paderborn/amt/   (und %s/aachen/amt/)
    Anmeldename   %s
    Passwort      %s
    Zweiter Faktor (in einem zweiten Fenster):
      %s --data %q staff code paderborn %s

  Daten: %s     Beenden: Strg+C

`, Version, url, url, url, url, url, url, url, demoMembers("paderborn")[0].login, demoPassword, program, a.cfg.Data, demoMembers("paderborn")[0].login, a.cfg.Data)
	for _, m := range demoMembers("paderborn")[1:] {
		fmt.Fprintf(w, "  Weitere Demo-Anmeldung: %s (%s)\n", m.login, strings.Join(m.roles, ", "))
	}
	fmt.Fprintln(w)
}
