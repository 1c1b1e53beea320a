package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/job"
	"leitportal/internal/ledger"
	"leitportal/internal/service"
	"leitportal/internal/solution"
	"leitportal/solutions"
	webassets "leitportal/web"
)

type doctorCmd struct{}

// Run looks at everything the portal needs and says in words what is wrong.
// It exits 1 when something is.
func (doctorCmd) Run(p *process) error {
	sick := false
	say := func(what string, err error, mend string) bool {
		if err == nil {
			fmt.Fprintf(p.out, "ok  %s\n", what)
			return true
		}
		sick = true
		fmt.Fprintf(p.out, "!!  %s: %v\n    %s\n", what, err, mend)
		return false
	}
	say("configuration", p.cfg.check(), "Change the setting named; leitportal serve --help lists them all.")
	say("data folder "+p.cfg.Data, writable(p.cfg), "Create it, or give its owner the right to write: chown or --data.")
	if _, err := webassets.Load(); true {
		say("style sheet, fonts and scripts", err, "Build the program with make build.")
	}
	say("master key "+p.cfg.masterKeyFile(), keyFile(p.cfg.masterKeyFile()), "Only the portal's own user may read it: chmod 600. If it is lost, nothing sealed can be opened again: restore it from your back-up.")
	if dir := p.cfg.Solutions; dir != "" {
		found, err := addedSolutions(dir, clock.Today(clock.System()))
		for _, line := range found {
			fmt.Fprintln(p.out, "--  "+line)
		}
		say("solutions in "+dir, err, "Mend the files named; docs/handbook/solutions.md says what belongs into them. The portal does not start with a solution that is wrong.")
	}
	err := p.first(func(a *App) error {
		say("database ("+string(a.db.Kind())+")", a.db.Ping(p.ctx), "")
		say("ledger", ledgerWhole(p, a), "Do not change the database by hand. Restore the last back-up and keep the damaged one for inspection.")
		counts, err := job.Counts(p.ctx, a.db.Read())
		if err == nil {
			err = deadJobs(counts)
		}
		say("background work", err, "The reasons are in the log; see docs/handbook/operators.md, dead jobs.")
		n, since, err := a.delivery.Waiting(p.ctx)
		if err == nil && n > 0 && a.clock.Now().Sub(since) > 15*time.Minute {
			err = fmt.Errorf("%d submissions wait for an office, the oldest for %s", n, a.clock.Now().Sub(since).Round(time.Minute))
		}
		say("hand-over to the offices", err, "Start the portal (leitportal serve), which hands over; if it runs, look at its log.")
		if scanner, err := p.cfg.scanner(); err == nil && scanner != nil {
			err := scanner.Ping(p.ctx)
			n, since, countErr := a.submission.Unscanned(p.ctx)
			if err == nil {
				err = countErr
			}
			if age := a.clock.Now().Sub(since); err == nil && n > 0 && age > 15*time.Minute {
				err = fmt.Errorf("%d files wait to be looked at, the first for %s", n, age.Round(time.Minute))
			}
			say("virus scanner "+p.cfg.Clamd, err, "Start clamd (systemctl status clamav-daemon) and let the portal reach its socket; until then files wait and applications with them cannot be sent.")
		} else {
			fmt.Fprintln(p.out, "--  no --clamd: uploaded files are not looked at for viruses")
		}
		if m := a.submission.Map; m != nil {
			_, err := m.Picture(p.ctx, m.Whole())
			say("map "+p.cfg.MapURL, err, "Look at --map-url, --map-layers and --map-version, and whether the portal may reach the server; until then places are words and numbers.")
		}
		if p.cfg.SMTP == "" {
			fmt.Fprintf(p.out, "--  mail: no --smtp, so notifications are written to %s\n", p.cfg.path("mail"))
		}
		if !p.cfg.secure() && !p.cfg.loopback() {
			fmt.Fprintln(p.out, "--  no https:// in --public-url: cookies are not marked secure and HSTS is not sent")
		}
		return nil
	})
	say("start", err, "The portal cannot start with this; the line above says why.")
	if sick {
		return exitCode(1)
	}
	return nil
}

// addedSolutions tries what is in the folder of --solutions: everything is
// read, beside the solutions in the binary; the forms compile; they open with
// every municipality's parameters; and the services are those of the OZG
// catalogue. found says in lines what is there, as far as it could be read.
func addedSolutions(dir string, today clock.Date) (found []string, err error) {
	folder, err := solution.Folder(dir)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := fs.Stat(folder, e.Name()+"/solution.yaml"); e.IsDir() && err != nil {
			found = append(found, e.Name()+" has no solution.yaml and is left out")
		}
	}
	added, err := solution.Load(folder)
	if err != nil {
		return found, err
	}
	services, err := service.Load()
	if err != nil {
		return found, err
	}
	errs := []error{}
	if len(added.Solutions()) == 0 {
		errs = append(errs, errors.New("there is none: each is a folder with a solution.yaml"))
	}
	forms := newPrograms(added)
	for _, v := range added.Solutions() {
		for _, o := range added.Versions(v.ID) {
			found = append(found, fmt.Sprintf("%s %s, digest %s", o.ID, o.Manifest.Version, o.Digest))
		}
		found = append(found, fmt.Sprintf("%s, different sets of parameters: %d", v.ID, len(added.Sets(v.ID))))
		errs = append(errs, forms.try(v.ID, today))
		for _, s := range v.Services {
			if _, known := services.ByID(s.OZG); !known {
				errs = append(errs, fmt.Errorf("%s: the OZG catalogue has no service %s", v.ID, s.OZG))
			}
		}
	}
	_, err = solution.Load(solutions.Files(), folder)
	return found, errors.Join(append(errs, err)...)
}

func writable(c Config) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(c.Data, ".doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func keyFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // made at the first start
	}
	if err == nil && info.Mode().Perm()&0o027 != 0 {
		err = fmt.Errorf("others can read it (%s)", info.Mode().Perm())
	}
	return err
}

func ledgerWhole(p *process, a *App) error {
	r, err := ledger.Check(p.ctx, a.db.Read())
	if err == nil && len(r.Problems) > 0 {
		err = fmt.Errorf("%d problems, the first: %s", len(r.Problems), r.Problems[0])
	}
	return err
}

func deadJobs(counts []job.Count) error {
	for _, c := range counts {
		if c.Dead > 0 {
			return fmt.Errorf("%d jobs of kind %s were given up", c.Dead, c.Kind)
		}
	}
	return nil
}
