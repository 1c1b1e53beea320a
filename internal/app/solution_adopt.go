package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
)

// maxPlan bounds a file of adoptions, in bytes.
const maxPlan = 8 << 20

type solutionTrustCmd struct {
	Key    string `arg:"" optional:"" help:"A publisher's public key, or a file with it; without one the trusted keys are listed."`
	Remove bool   `help:"Trust it no longer; what was taken stays."`
}

func (c solutionTrustCmd) Run(p *process) error {
	return p.first(func(a *App) error {
		if c.Key == "" {
			keys, err := a.adoptions.Trusted(p.ctx)
			for _, k := range keys {
				fmt.Fprintln(p.out, k)
			}
			return err
		}
		key := c.Key
		if b, err := os.ReadFile(key); err == nil {
			key = string(b)
		}
		key = strings.TrimSpace(key)
		if c.Remove {
			if err := a.adoptions.Distrust(p.ctx, staff.CommandLine, key); err != nil {
				return err
			}
			fmt.Fprintln(p.out, "No longer trusted.")
			return nil
		}
		if err := a.adoptions.Trust(p.ctx, staff.CommandLine, key); err != nil {
			return err
		}
		fmt.Fprintln(p.out, "Trusted: what it signs can be taken from now on.")
		return nil
	})
}

type solutionTakeCmd struct {
	Source  string `arg:"" help:"Where releases are published: a folder, or the address of one."`
	ID      string `arg:"" help:"The solution."`
	Version string `arg:"" optional:"" help:"The version; the newest by default."`
	Back    bool   `help:"Take it although a newer version is here."`
	HTTP    bool   `name:"insecure-http" help:"Take plain http from other machines, too."`
}

func (c solutionTakeCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		trusted, err := a.adoptions.Verifiers(p.ctx)
		if err != nil {
			return err
		}
		source, err := solution.OpenSource(c.Source, c.HTTP)
		if err != nil {
			return err
		}
		if c.Version == "" {
			if c.Version, err = newestIn(p.ctx, source, c.ID, trusted); err != nil {
				return err
			}
		}
		pkg, err := source.Fetch(p.ctx, c.ID, c.Version, trusted)
		if err != nil {
			return err
		}
		if err := a.adoptions.Take(p.ctx, staff.CommandLine, pkg, c.Back); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s is here, signed by %s. A running portal knows it within a second; it is offered where it is adopted.\n", pkg.Release.Name(), pkg.Release.Signer)
		return nil
	})
}

// newestIn is the newest version of a solution in a source; what no trusted key
// signed is refused when it is fetched.
func newestIn(ctx context.Context, source *solution.Source, id string, trusted note.Verifiers) (string, error) {
	releases, err := source.List(ctx, trusted)
	if err != nil {
		return "", err
	}
	newest := ""
	for _, r := range releases {
		if r.ID == id && (newest == "" || r.NotOlder(newest) == nil) {
			newest = r.Version
		}
	}
	if newest == "" {
		return "", fmt.Errorf("%s has no solution %q", source.Address(), id)
	}
	return newest, nil
}

// adoptionPlan is a file of adoptions: one solution for many municipalities.
type adoptionPlan struct {
	Solution string     `yaml:"solution"`
	Version  string     `yaml:"version"` // the newest by default
	From     clock.Date `yaml:"from"`    // today by default
	// Demo tells that the values are made up.
	Demo bool `yaml:"demo"`
	// ByLaws are those of all that stand under For, and under Towns without any
	// of their own.
	ByLaws []solution.ByLawValues `yaml:"bylaws"`
	// For names municipalities by slug or ARS, kreis:05774 for all of a Kreis,
	// all for all.
	For   []string        `yaml:"for"`
	Towns map[string]town `yaml:"towns"`
}

// town is what a plan says of one municipality.
type town struct {
	ByLaws []solution.ByLawValues `yaml:"bylaws"`
	From   clock.Date             `yaml:"from"`
}

// steps are what a plan asks for, in the order of the ARS.
func (a *App) steps(plan adoptionPlan) ([]solution.Step, error) {
	v, err := a.solutions.Solution(plan.Solution)
	if plan.Version != "" {
		v, err = a.solutions.Version(plan.Solution, plan.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("there is no solution %q in version %q here: %w", plan.Solution, cmp.Or(plan.Version, "(newest)"), err)
	}
	var general *solution.Parameters
	if len(plan.ByLaws) > 0 {
		if general, err = solution.NewParameters(v, plan.ByLaws, plan.Demo); err != nil {
			return nil, fmt.Errorf("bylaws: %w", err)
		}
	}
	steps := map[string]solution.Step{}
	for _, name := range plan.For {
		towns, err := a.townsOf(name)
		if err != nil {
			return nil, err
		}
		for _, id := range towns {
			steps[id] = solution.Step{Tenant: id, Parameters: general, From: plan.From}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Towns)) {
		t, err := a.town(name)
		if err != nil {
			return nil, err
		}
		own, step := plan.Towns[name], solution.Step{Tenant: t.ID, Parameters: general, From: plan.From}
		if len(own.ByLaws) > 0 {
			if step.Parameters, err = solution.NewParameters(v, own.ByLaws, plan.Demo); err != nil {
				return nil, fmt.Errorf("towns: %s: %w", name, err)
			}
		}
		if !own.From.IsZero() {
			step.From = own.From
		}
		steps[t.ID] = step
	}
	if len(steps) == 0 {
		return nil, errors.New("the file names no municipality, neither under for nor under towns")
	}
	out := make([]solution.Step, 0, len(steps))
	for _, id := range slices.Sorted(maps.Keys(steps)) {
		x := steps[id]
		if x.Solution, x.Version = v.ID, v.Manifest.Version; x.From.IsZero() {
			x.From = clock.Today(a.clock)
		}
		if x.Parameters == nil {
			return nil, fmt.Errorf("%s has no by-laws, neither of its own nor for all", id)
		}
		out = append(out, x)
	}
	return out, nil
}

// townsOf are the tenants that a plan names.
func (a *App) townsOf(name string) ([]string, error) {
	district, ofDistrict := strings.CutPrefix(name, "kreis:")
	if name != "all" && !ofDistrict {
		t, err := a.town(name)
		if err != nil {
			return nil, err
		}
		return []string{t.ID}, nil
	}
	if !ofDistrict {
		district = "" // of all
	} else if len(district) != 5 || strings.Trim(district, "0123456789") != "" {
		return nil, fmt.Errorf("%s: a Kreis is named by its key of five digits, as in kreis:05774", name)
	}
	var out []string
	for _, t := range a.tenants.All() {
		if strings.HasPrefix(t.ID, district) {
			out = append(out, t.ID)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no municipality lies there", name)
	}
	return out, nil
}

func readPlan(b []byte) (adoptionPlan, error) {
	var plan adoptionPlan
	if len(b) > maxPlan {
		return plan, fmt.Errorf("the file is larger than %d MB", maxPlan>>20)
	}
	err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&plan)
	return plan, err
}

type solutionAdoptCmd struct {
	File   string `arg:"" help:"Who adopts which solution with which by-laws (YAML, see the handbook); - reads standard input."`
	DryRun bool   `help:"Say what would become of it, and do nothing."`
}

func (c solutionAdoptCmd) Run(p *process) error {
	plan, err := planIn(p, c.File)
	if err != nil {
		return err
	}
	return p.first(func(a *App) error { return a.adopt(p, plan, c.DryRun) })
}

// planIn reads the plan of a file, or of standard input.
func planIn(p *process, file string) (adoptionPlan, error) {
	var b []byte
	var err error
	if file == "-" {
		b, err = io.ReadAll(io.LimitReader(p.in, maxPlan+1))
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return adoptionPlan{}, err
	}
	plan, err := readPlan(b)
	if err != nil {
		return plan, fmt.Errorf("%s: %w", file, err)
	}
	return plan, nil
}

// adopt does what a plan asks for, all of it or nothing, and says so.
func (a *App) adopt(p *process, plan adoptionPlan, dry bool) error {
	steps, err := a.steps(plan)
	if err != nil {
		return err
	}
	return a.apply(p, steps, dry)
}

func (a *App) apply(p *process, steps []solution.Step, dry bool) error {
	outcomes, err := a.adoptions.Apply(p.ctx, staff.CommandLine, steps, dry)
	if err != nil {
		return fmt.Errorf("nothing was done: %w", err)
	}
	words := map[string]string{solution.StepNew: "new", solution.StepChange: "changes", solution.StepSame: "as it is"}
	count := map[string]int{}
	for i, x := range steps {
		t, err := a.tenants.ByID(x.Tenant)
		if err != nil {
			return err
		}
		count[outcomes[i]]++
		fmt.Fprintf(p.out, "%s  %-40s  %s %s from %s: %s\n", x.Tenant, t.Name, x.Solution, x.Version, x.From, words[outcomes[i]])
	}
	done := "Done"
	if dry {
		done = "Would be done"
	}
	fmt.Fprintf(p.out, "%s: %d new, %d changed, %d as they are.\n", done, count[solution.StepNew], count[solution.StepChange], count[solution.StepSame])
	return nil
}

// adopted is what a command names: a municipality's solution.
type adopted struct {
	Tenant   string `arg:"" help:"Municipality, as slug or ARS."`
	Solution string `arg:"" help:"The solution."`
}

// find is the adoption of a command.
func (c adopted) find(p *process, a *App) (solution.Adoption, error) {
	t, err := a.town(c.Tenant)
	if err != nil {
		return solution.Adoption{}, err
	}
	got, err := a.adoptions.Get(p.ctx, t.ID, c.Solution)
	if err != nil {
		return got, fmt.Errorf("%s has not adopted %s: %w", t.Name, c.Solution, err)
	}
	return got, nil
}

type solutionSetCmd struct {
	adopted `embed:""`
	File    string     `arg:"" help:"The by-laws (YAML, as a parameter file); - reads standard input."`
	From    clock.Date `help:"Day from which they apply; today by default." placeholder:"DAY"`
}

func (c solutionSetCmd) Run(p *process) error {
	plan, err := planIn(p, c.File)
	if err != nil {
		return err
	}
	return p.with(func(a *App) error {
		had, err := c.find(p, a)
		if err != nil {
			return err
		}
		return a.adopt(p, adoptionPlan{
			Solution: c.Solution, Version: had.Version, From: c.From, Demo: plan.Demo, ByLaws: plan.ByLaws, For: []string{had.Tenant},
		}, false)
	})
}

type solutionShowCmd struct {
	adopted `embed:""`
}

// Run prints what applies today, as set takes it.
func (c solutionShowCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		had, err := c.find(p, a)
		if err != nil {
			return err
		}
		now, ok := had.InForce(clock.Today(a.clock))
		fmt.Fprintf(p.out, "# %s %s: %s", had.Solution, cmp.Or(now.Version, had.Version), had.State)
		if since := had.Since(); !since.IsZero() {
			fmt.Fprintf(p.out, ", first released for %s", since)
		}
		fmt.Fprintln(p.out)
		for _, e := range had.Coming(clock.Today(a.clock)) {
			fmt.Fprintf(p.out, "# to come: %s from %s, %s\n", e.Version, e.From, e.State)
		}
		if !ok {
			return nil
		}
		b, err := yaml.JSONToYAML(now.Parameters.JSON())
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	})
}

type solutionUsersCmd struct {
	Tenant string `arg:"" optional:"" help:"Municipality, as slug or ARS; all by default."`
}

// Run lists adoptions.
func (c solutionUsersCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		towns, n := a.tenants.All(), 0
		if c.Tenant != "" {
			t, err := a.town(c.Tenant)
			if err != nil {
				return err
			}
			towns = append(towns[:0:0], t)
		}
		for _, t := range towns {
			list, err := a.adoptions.Of(p.ctx, t.ID)
			if err != nil {
				return err
			}
			for _, x := range list {
				fmt.Fprintf(p.out, "%s  %-40s  %s %s  %s  %s\n", t.ID, t.Name, x.Solution, x.Version, x.State, x.Since())
				n++
			}
		}
		fmt.Fprintf(p.out, "%d adoptions\n", n)
		return nil
	})
}

type solutionDiffCmd struct {
	adopted `embed:""`
	Version string `arg:"" optional:"" help:"The version to compare with; the newest here by default."`
}

func (c solutionDiffCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		u, err := a.upgrade(p, c.adopted, c.Version)
		if err != nil {
			return err
		}
		printUpgrade(p.out, u)
		return nil
	})
}

// upgrade is what it takes a municipality to go to a version ("" for the
// newest) from the one in force, or being prepared.
func (a *App) upgrade(p *process, c adopted, version string) (solution.Upgrade, error) {
	had, err := c.find(p, a)
	if err != nil {
		return solution.Upgrade{}, err
	}
	was, params := had.Version, had.Parameters
	if now, ok := had.InForce(clock.Today(a.clock)); ok {
		was, params = now.Version, now.Parameters
	}
	if params == nil {
		return solution.Upgrade{}, errors.New("no values were entered yet: nothing has to be carried over")
	}
	from, err := a.solutions.Version(c.Solution, was)
	if err != nil {
		return solution.Upgrade{}, err
	}
	to, err := a.solutions.Solution(c.Solution)
	if version != "" {
		to, err = a.solutions.Version(c.Solution, version)
	}
	if err != nil {
		return solution.Upgrade{}, err
	}
	return solution.NewUpgrade(from, to, params), nil
}

func printUpgrade(w io.Writer, u solution.Upgrade) {
	fmt.Fprintf(w, "%s: %s to %s\n", u.To.ID, u.From.Manifest.Version, u.To.Manifest.Version)
	if len(u.Changes) == 0 && len(u.Open) == 0 {
		fmt.Fprintln(w, "nothing to do")
	}
	for _, x := range u.Changes {
		fmt.Fprintf(w, "  %-14s %s", x.Kind, x.Name)
		switch {
		case x.From != "" && x.To != "":
			fmt.Fprintf(w, ": %s, then %s", x.From, x.To)
		case x.From+x.To != "":
			fmt.Fprintf(w, ": %s", x.From+x.To)
		}
		fmt.Fprintln(w)
	}
	for _, x := range u.Open {
		fmt.Fprintf(w, "  to be decided  %s", x.Name)
		if x.From != "" {
			fmt.Fprintf(w, " (now %s, which the new version does not take)", x.From)
		}
		fmt.Fprintln(w)
	}
}

type solutionUpgradeCmd struct {
	adopted `embed:""`
	Version string     `arg:"" optional:"" help:"The version; the newest here by default."`
	From    clock.Date `help:"Day from which it applies; today by default." placeholder:"DAY"`
	DryRun  bool       `help:"Say what would become of it, and do nothing."`
}

func (c solutionUpgradeCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		u, err := a.upgrade(p, c.adopted, c.Version)
		if err != nil {
			return err
		}
		printUpgrade(p.out, u)
		if len(u.Open) > 0 {
			return errors.New("the version needs decisions: enter them with leitportal solution adopt, or at the desk")
		}
		demo := false
		if had, err := c.find(p, a); err == nil && had.Parameters != nil {
			demo = had.Parameters.Demo
		}
		return a.adopt(p, adoptionPlan{
			Solution: c.Solution, Version: u.To.Manifest.Version, From: c.From, Demo: demo, ByLaws: u.ByLaws, For: []string{c.Tenant},
		}, c.DryRun)
	})
}

type solutionRollbackCmd struct {
	adopted `embed:""`
}

func (c solutionRollbackCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		had, err := c.find(p, a)
		if err != nil {
			return err
		}
		if err := a.adoptions.RollBack(p.ctx, staff.CommandLine, had.Tenant, c.Solution, had.Rev); err != nil {
			return err
		}
		if had, err = c.find(p, a); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s is back at version %s, as it was before. Drafts that were begun with the other version are finished with it.\n", c.Solution, had.Version)
		return nil
	})
}

type solutionRetireCmd struct {
	adopted `embed:""`
	From    clock.Date `help:"First day on which nothing new is taken; today by default." placeholder:"DAY"`
}

func (c solutionRetireCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		had, err := c.find(p, a)
		if err != nil {
			return err
		}
		if c.From.IsZero() {
			c.From = clock.Today(a.clock)
		}
		if err := a.adoptions.Retire(p.ctx, staff.CommandLine, had.Tenant, c.Solution, had.Rev, c.From); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s takes nothing new from %s on. What was begun goes on.\n", c.Solution, c.From)
		return nil
	})
}
