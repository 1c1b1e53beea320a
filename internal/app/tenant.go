package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"leitportal/internal/i18n"
	"leitportal/internal/tenant"
)

type tenantCmd struct {
	Show tenantShowCmd `cmd:"" help:"Print what was entered for a municipality, as YAML that set takes."`
	Set  tenantSetCmd  `cmd:"" help:"Enter the settings of a municipality from a file (YAML); they replace what was entered before."`
	Said tenantSaidCmd `cmd:"" name:"messages" help:"Print the messages about barriers, newest first, as YAML."`
}

type tenantShowCmd struct {
	Tenant string `arg:"" help:"Municipality, as slug or ARS."`
}

func (c tenantShowCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		b, err := settingsYAML(t.Entered)
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	})
}

type tenantSetCmd struct {
	Tenant string `arg:"" help:"Municipality, as slug or ARS."`
	File   string `arg:"" help:"The settings; - reads standard input." type:"path"`
}

func (c tenantSetCmd) Run(p *process) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	s, err := parseSettings(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return p.first(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		err = a.tenants.Update(p.ctx, t.ID, s, t.Revision)
		var invalid *tenant.InvalidError
		if errors.As(err, &invalid) {
			words := tenant.Texts().In(i18n.EN)
			for _, x := range invalid.Problems {
				fmt.Fprintf(p.err, "%s: %s\n", x.Field, x.In(words))
			}
			return exitCode(1)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "The settings of %s are saved; a running portal shows them within a second.\n", t.Name)
		return nil
	})
}

type tenantSaidCmd struct {
	Tenant string `arg:"" optional:"" help:"Municipality, as slug or ARS; none for the portal's own site, which has no desk to read them at."`
}

func (c tenantSaidCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		id := tenant.StateID
		if c.Tenant != "" {
			t, err := a.town(c.Tenant)
			if err != nil {
				return err
			}
			id = t.ID
		}
		list, err := tenant.Store{}.Feedback(p.ctx, a.db.Read(), id, 1000)
		if err != nil {
			return err
		}
		type said struct {
			At      time.Time `yaml:"at"`
			Page    string    `yaml:"page,omitempty"`
			Message string    `yaml:"message"`
			ReplyTo string    `yaml:"reply_to,omitempty"`
		}
		out := make([]said, len(list))
		for i, f := range list {
			out[i] = said{f.At, f.Page, f.Message, f.ReplyTo}
		}
		b, err := yaml.Marshal(out)
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	})
}

// weekdays are the days as a file names them.
func weekdays() map[string]time.Weekday {
	out := map[string]time.Weekday{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		out[strings.ToLower(d.String())] = d
	}
	return out
}

// parseSettings reads settings written as YAML, keys as in package tenant
// (postal_code, privacy_text); an unknown key is an error.
func parseSettings(b []byte) (tenant.Settings, error) {
	var s tenant.Settings
	var raw map[string]any
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return s, err
	}
	if hours, ok := raw["hours"].([]any); ok {
		for _, h := range hours {
			span, _ := h.(map[string]any)
			if day, ok := span["day"].(string); ok {
				n, known := weekdays()[strings.ToLower(day)]
				if !known {
					return s, fmt.Errorf("hours: %q is no day; write monday, tuesday, …", day)
				}
				span["day"] = int(n)
			}
		}
	}
	j, err := json.Marshal(raw)
	if err != nil {
		return s, err
	}
	dec := json.NewDecoder(bytes.NewReader(j))
	dec.DisallowUnknownFields()
	err = dec.Decode(&s)
	return s, err
}

// settingsYAML writes settings as parseSettings reads them.
func settingsYAML(s tenant.Settings) ([]byte, error) {
	j, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var raw map[string]any
	if err := json.Unmarshal(j, &raw); err != nil {
		return nil, err
	}
	if hours, ok := raw["hours"].([]any); ok {
		for _, h := range hours {
			span := h.(map[string]any)
			span["day"] = strings.ToLower(time.Weekday(int(span["day"].(float64))).String())
		}
	}
	return yaml.Marshal(raw)
}
