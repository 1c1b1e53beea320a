package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml"

	"leitportal/internal/clock"
	"leitportal/internal/progress"
)

type progressCmd struct {
	Export   progressExportCmd   `cmd:"" help:"Print the self-reports of all municipalities (CSV)."`
	Import   progressImportCmd   `cmd:"" help:"Take self-reports from a file as export prints it; without --apply only say what would change."`
	Projects progressProjectsCmd `cmd:"" help:"Enter the cooperation projects of the OZG laboratories from a file (YAML), in place of all; without --apply only check it."`
}

type progressExportCmd struct{}

func (progressExportCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		f, err := a.board.Figures(p.ctx)
		if err != nil {
			return err
		}
		return f.WriteReports(p.out, a.catalog)
	})
}

type progressImportCmd struct {
	File  string `arg:"" help:"The self-reports (CSV)." type:"path"`
	Apply bool   `help:"Store them; without it nothing is changed."`
}

func (c progressImportCmd) Run(p *process) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return p.with(func(a *App) error {
		list, err := progress.ReadReports(file, a.catalog, a.isTown, clock.Today(a.clock))
		if err != nil {
			return fmt.Errorf("%s: nothing was taken:\n%w", c.File, err)
		}
		changes, err := a.board.TakeReports(p.ctx, list, !c.Apply)
		if err != nil {
			return err
		}
		for _, r := range changes {
			if t, err := a.tenants.ByID(r.Tenant); err == nil {
				fmt.Fprintf(p.out, "%s  %s  %s\n", r.Tenant, r.OZG, t.Name)
			}
		}
		if c.Apply {
			fmt.Fprintf(p.out, "%d of %d self-reports were new or changed and are stored.\n", len(changes), len(list))
		} else {
			fmt.Fprintf(p.out, "%d of %d self-reports are new or changed; nothing is stored yet: say --apply.\n", len(changes), len(list))
		}
		return nil
	})
}

// isTown tells the ARS of a municipality.
func (a *App) isTown(ars string) bool { _, err := a.tenants.ByID(ars); return err == nil }

type progressProjectsCmd struct {
	File  string `arg:"" help:"The projects: a list with id, title, topic, lead and participants (ARS), state (planned, running, done), link, demo." type:"path"`
	Apply bool   `help:"Store them; without it nothing is changed."`
}

// maxProjectsFile bounds a file of projects, in bytes.
const maxProjectsFile = 4 << 20

func (c progressProjectsCmd) Run(p *process) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxProjectsFile+1))
	if err != nil {
		return err
	}
	if len(b) > maxProjectsFile {
		return fmt.Errorf("%s is larger than %d bytes", c.File, maxProjectsFile)
	}
	var list []progress.Project
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return p.with(func(a *App) error {
		if err := progress.CheckProjects(list, a.isTown); err != nil {
			return fmt.Errorf("%s: nothing was taken: %w", c.File, err)
		}
		if !c.Apply {
			fmt.Fprintf(p.out, "%d projects are in order; nothing is stored yet: say --apply.\n", len(list))
			return nil
		}
		if err := a.board.TakeProjects(p.ctx, list); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%d projects are stored in place of those before.\n", len(list))
		return nil
	})
}
