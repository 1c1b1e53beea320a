package faults

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // cuts connections

	"leitportal/internal/db/dbtest"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// typed fills in the keeper's page at which the browser is to be.
func typed(t *testing.T, b *walker.Browser, last string) (*walker.Form, url.Values) {
	t.Helper()
	p, err := b.Get(walker.Service("paderborn") + "/seite/keeper")
	if err != nil || p.Own() == nil {
		t.Fatalf("no page to fill in: %v %v", p, err)
	}
	v := walker.Keeper().With("keeper.last", last).Fill(p.Own())
	return p.Own(), v
}

// notSaved wants a page that says at its top, with focus, that nothing was
// saved, and still holds what was typed; pressing again must save it once the
// storage is back.
func notSaved(t *testing.T, p *walker.Page, err error, last string) *walker.Page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != http.StatusServiceUnavailable {
		t.Fatalf("a page that cannot be saved answers %d: %s", p.Status, p.Text())
	}
	if p.Focused() == "" {
		t.Error("the alert does not take the focus")
	}
	f := p.Own()
	if f == nil || f.Shown("keeper.last") != last || f.Shown("keeper.first") != "Ada" {
		t.Fatalf("what was typed is gone: %s", p.Text())
	}
	for _, word := range []string{"sql", "SQL", "pgx", "disk", "panic", "connect"} {
		if p.Has(word) {
			t.Errorf("the page shows our inside: %s", p.Text())
		}
	}
	return p
}

// The database goes away in the middle of an application, and comes back.
func TestDatabaseGoesAway(t *testing.T) {
	line := apptest.NewLine(t, dbtest.Postgres(t))
	portal := apptest.StartProcess(t, apptest.Options{DatabaseURL: line.URL})
	b := walker.New(portal.URL)
	defer b.Close()
	p, err := b.Begin(walker.Service("paderborn"))
	if err == nil {
		_, err = b.Walk(p, walker.Keeper(), 1, "/contact", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, v := typed(t, b, "Wolkenbruch")
	line.Cut(true)
	p, err = b.Send(f, v)
	p = notSaved(t, p, err, "Wolkenbruch")
	if r, err := b.Get("/healthz"); err != nil || r.Status != http.StatusOK {
		t.Errorf("the portal itself is not well: %v %v", r, err)
	}
	if r, err := b.Get("/readyz"); err != nil || r.Status != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %v %v", r, err)
	}
	if r, err := b.Get("/paderborn/"); err != nil || r.Status != http.StatusOK {
		t.Errorf("the town's page needs the database: %v %v", r, err)
	}
	line.Cut(false)
	again := p.Own()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if p, err = b.Send(again, again.Values()); err == nil && p.First == http.StatusSeeOther {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the database is back, but the page is not saved: %v %v", p, err)
		}
	}
	if f, _ := typed(t, b, "x"); f.Shown("keeper.last") != "Wolkenbruch" {
		t.Errorf("saved is %q", f.Shown("keeper.last"))
	}
}

// Connections that the server has cut while they lay idle are not noticed by
// the applicant.
func TestConnectionsCut(t *testing.T) {
	address := dbtest.Postgres(t)
	named, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := named.Query()
	q.Set("application_name", "cut-"+t.Name())
	named.RawQuery = q.Encode()
	portal := apptest.StartProcess(t, apptest.Options{DatabaseURL: named.String()})
	b := walker.New(portal.URL)
	defer b.Close()
	p, err := b.Begin(walker.Service("paderborn"))
	if err == nil {
		_, err = b.Walk(p, walker.Keeper(), 1, "/contact", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, "cut-"+t.Name()); err != nil {
		t.Fatal(err)
	}
	// Each idle connection may fail once at most; nothing may be lost by it.
	for range 20 {
		p, err := b.Get(walker.Service("paderborn") + "/seite/keeper")
		if err == nil && p.Status == http.StatusOK && p.Own().Shown("keeper.last") == "Weiß" {
			return
		}
	}
	t.Error("the portal does not recover from cut connections")
}

// The disk is full: a page is not saved, and says so; once there is room
// again, it is.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	portal := apptest.StartProcess(t, apptest.Options{Data: dir, Program: onSmallDisk(t, dir)})
	t.Cleanup(func() { portal.Stop() })
	b := walker.New(portal.URL)
	defer b.Close()
	p, err := b.Begin(walker.Service("paderborn"))
	if err == nil {
		_, err = b.Walk(p, walker.Keeper(), 1, "/contact", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join("/proc", strconv.Itoa(portal.Pid()), "root", dir, "ballast") // as the portal sees it
	file, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); ; {
		if _, err := file.Write(block); err != nil {
			break
		}
	}
	file.Close()
	// There may be room left in the files that the database has.
	full := false
	name := ""
	for i := 0; i < 3000 && !full; i++ {
		name = "Voll" + strings.Repeat("x", i%60)
		f, v := typed(t, b, name)
		if p, err = b.Send(f, v); err != nil {
			t.Fatal(err)
		}
		full = p.First != http.StatusSeeOther
	}
	if !full {
		t.Fatal("the disk never got full")
	}
	p = notSaved(t, p, err, name)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	f := p.Own()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if p, err = b.Send(f, f.Values()); err == nil && p.First == http.StatusSeeOther {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("there is room again, but the page is not saved: %v %v", p, err)
		}
	}
	if f, _ := typed(t, b, "x"); f.Shown("keeper.last") != name {
		t.Errorf("saved is %q", f.Shown("keeper.last"))
	}
}

// onSmallDisk is a program that runs the portal in a mount namespace of its
// own, for which nobody has to be root, where dir has room for 24 MB.
func onSmallDisk(t *testing.T, dir string) string {
	t.Helper()
	own := "unshare --mount"
	if os.Getuid() != 0 {
		own = "unshare --mount --user --map-root-user"
	}
	mounted := own + ` sh -c 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"' '` + dir + `' `
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", mounted+"true").CombinedOutput(); err != nil {
		missing := t.Skipf
		if os.Getenv("CI") == "true" {
			missing = t.Fatalf
		}
		missing("no small file system can be mounted here (%s): %v %s", own, err, out)
	}
	program := filepath.Join(t.TempDir(), "leitportal")
	script := "#!/bin/sh\nexec " + mounted + "'" + apptest.Binary(t) + `' "$@"` + "\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return program
}
