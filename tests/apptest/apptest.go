// Package apptest starts the portal for whole-program tests: the same program
// that main runs, on a free port, on data of its own; in this process, or as a
// process of its own that a test can kill.
package apptest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"leitportal/internal/app"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/submission"
)

// Options change how a portal is started.
type Options struct {
	// DatabaseURL in place of SQLite in the data folder.
	DatabaseURL string
	// Data in place of a temporary folder.
	Data string
	// Demo seeds the demo world.
	Demo bool
	// Adopted offers only what was adopted, in place of everything everywhere.
	Adopted bool
	// DraftsPerHour and UploadsPerHour (megabytes) bound one address; 0 for
	// what a test never reaches, since all its browsers have the same.
	DraftsPerHour, UploadsPerHour int
	// DiskReserve is how many megabytes uploads leave free; 0 for 1.
	DiskReserve int
	// Solutions is a folder of further solutions.
	Solutions string
	// Clamd is the address of a virus scanner.
	Clamd string
	// Map is the address of a map server (WMS).
	Map string
	// Account is the second holder of keys to drafts.
	Account func(r *http.Request) submission.Holder
	// Program is the file that a process runs; "" for Binary.
	Program string
	// Log gets the portal's log; nil discards it.
	Log io.Writer
}

// boundless is more than any test begins or uploads.
const boundless = 1_000_000

// Portal is a running portal.
type Portal struct {
	URL  string // http://127.0.0.1:port
	Data string
}

// Start runs a portal in this process until the test ends.
func Start(t testing.TB, o Options) *Portal {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Portal{URL: "http://" + l.Addr().String(), Data: o.Data}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, app.Config{
		Listen: l.Addr().String(), Data: o.Data, DatabaseURL: o.DatabaseURL, MailFrom: "portal@localhost", Demo: o.Demo, OfferAll: !o.Adopted, Solutions: o.Solutions, Account: o.Account, Clamd: o.Clamd,
		MapURL: o.Map, MapLayers: "town,names", MapCredit: "© Vermessungsamt Musterland",
		DraftsPerHour: cmp.Or(o.DraftsPerHour, boundless), UploadsPerHour: cmp.Or(o.UploadsPerHour, boundless), DiskReserve: cmp.Or(o.DiskReserve, 1),
	}, p.URL, slog.New(slog.NewTextHandler(o.Log, nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the portal ended with: %v", err)
		}
		a.Close()
	})
	return p
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "leitportal-bin-*")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "leitportal")
	cmd := exec.Command("go", "build", "-o", file, "leitportal/cmd/leitportal")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return file, nil
})

// Binary is the program, built once per test process.
func Binary(t testing.TB) string {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Process is a portal in a process of its own.
type Process struct {
	Portal
	// Program is the file that Start runs: Binary, if it was not changed.
	Program string

	t    testing.TB
	args []string
	addr string
	env  []string
	cmd  *exec.Cmd
	out  *bytes.Buffer
}

// StartProcess starts the program ("demo" or "serve") and waits until it is
// ready. It is stopped when the test ends.
func StartProcess(t testing.TB, o Options) *Process {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	p := &Process{Portal: Portal{URL: "http://" + addr, Data: o.Data}, Program: o.Program, t: t, addr: addr}
	if p.Program == "" {
		p.Program = Binary(t)
	}
	p.args = []string{
		"--listen", addr, "--data", o.Data, "--drafts-per-hour", strconv.Itoa(cmp.Or(o.DraftsPerHour, boundless)),
		"--uploads-per-hour", strconv.Itoa(cmp.Or(o.UploadsPerHour, boundless)), "serve",
	}
	if o.Demo {
		p.args[len(p.args)-1] = "demo"
	}
	// In the environment an older version passes over what it does not know.
	p.env = append(cleanEnv(), "DATABASE_URL="+o.DatabaseURL, "LEITPORTAL_DISK_RESERVE="+strconv.Itoa(cmp.Or(o.DiskReserve, 1)), "LEITPORTAL_OFFER_ALL="+strconv.FormatBool(!o.Adopted))
	p.Start()
	t.Cleanup(func() { p.Stop() })
	return p
}

// cleanEnv is the environment without settings of the portal.
func cleanEnv() []string {
	var out []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "LEITPORTAL_") && !strings.HasPrefix(kv, "DATABASE_URL=") && !strings.HasPrefix(kv, "PORT=") {
			out = append(out, kv)
		}
	}
	return out
}

// Start starts the process again after Kill or Stop, on the same data and
// address, and waits until it is ready.
func (p *Process) Start() {
	p.t.Helper()
	p.out = &bytes.Buffer{}
	p.cmd = exec.Command(p.Program, p.args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.out, p.out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r, err := http.Get(p.URL + "/readyz")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	p.Kill()
	p.t.Fatalf("the portal did not get ready:\n%s", p.out)
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill ends the process with SIGKILL and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	_ = p.cmd.Wait()
}

// Stop asks the process to end, as systemd does, and answers what it printed.
func (p *Process) Stop() string {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	return p.out.String()
}

// Databases runs fn once on SQLite and once on PostgreSQL, with the database
// address to use ("" for SQLite in the data folder). PostgreSQL is left out
// where LEITPORTAL_TEST_POSTGRES is not set; in CI that fails.
func Databases(t *testing.T, fn func(t *testing.T, databaseURL string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, "") })
	t.Run("postgres", func(t *testing.T) { fn(t, dbtest.Postgres(t)) })
}
