package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	// The driver under the name "pgx", to make and drop schemas.
	_ "github.com/jackc/pgx/v5/stdlib"
)

// bareCommand is the argument with which this program is the bare handler.
const bareCommand = "serve-bare"

// bare is the child process: a net/http server that writes the page in the
// named file at every address, and syncs what is posted to the same disk, and
// nothing else. It prints its address, and
// ends with its standard input, that is with its parent.
func bare(file string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if err := keepBody(filepath.Dir(file), r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page) // the reader has gone away; there is nobody to tell
	}))
}

// process is a server under test.
type process struct {
	*exec.Cmd
	host    string
	started time.Time
	errors  bytes.Buffer
}

// startBare starts the bare handler with a page.
func startBare(file string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{Cmd: exec.Command(self, bareCommand, file)}
	p.Stderr = &p.errors
	if _, err := p.StdinPipe(); err != nil { // held open until we end
		return nil, err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	if _, err := fmt.Fscanln(out, &p.host); err != nil {
		p.stop()
		return nil, fmt.Errorf("the bare handler did not start: %w\n%s", err, &p.errors)
	}
	return p, nil
}

// startPortal starts the binary with the demo world, on data and a database
// address ("" for SQLite in the data folder), with these settings (KEY=value)
// and no others, and waits until it is ready.
func startPortal(binary, data, database string, settings ...string) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{host: l.Addr().String()}
	l.Close()
	p.Cmd = exec.Command(binary, "demo", "--listen", p.host, "--data", data, "--log-level", "error",
		"--drafts-per-hour", "1000000000", "--uploads-per-hour", "1000000000") // the whole crowd comes from one address
	for _, kv := range os.Environ() { // no settings but ours
		if !strings.HasPrefix(kv, "LEITPORTAL_") && !strings.HasPrefix(kv, "DATABASE_URL=") && !strings.HasPrefix(kv, "PORT=") {
			p.Env = append(p.Env, kv)
		}
	}
	p.Env = append(append(p.Env, "DATABASE_URL="+database), settings...)
	p.Stderr = &p.errors
	p.started = time.Now()
	if err := p.Start(); err != nil {
		return nil, err
	}
	if err := p.wait("/readyz", "ready"); err != nil {
		p.stop()
		return nil, fmt.Errorf("%w\n%s", err, &p.errors)
	}
	return p, nil
}

// wait asks for a page until it is there.
func (p *process) wait(path, text string) error {
	for time.Since(p.started) < patience {
		b, err := newBrowser(p.host)
		if err != nil {
			time.Sleep(2 * time.Millisecond)
			continue
		}
		err = b.get(path)
		if err == nil {
			err = b.want(200, text)
		}
		b.close()
		if err == nil {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return fmt.Errorf("the portal did not get ready")
}

func (p *process) pid() int { return p.Process.Pid }

// stop ends the process as systemd does.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM) // it may have ended already
	_ = p.Wait()                          // ended by a signal is no success, and no failure here
}

// without runs fn while the process stands still.
func (p *process) without(fn func() error) error {
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := fn()
	return errors.Join(err, p.Process.Signal(syscall.SIGCONT))
}

// quiet waits until the work behind the pages is done: keys made, submissions
// handed over, receipts written. It gives up after most.
func (p *process) quiet(most time.Duration) error {
	b, err := newBrowser(p.host)
	if err != nil {
		return err
	}
	defer b.close()
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err := b.get("/metrics"); err != nil {
			return err
		}
		if err := b.want(200, "go_goroutines"); err != nil {
			return err
		}
		if openJobs(string(b.body)) == 0 {
			return nil
		}
	}
	return nil
}

// openJobs sums up the jobs that are to be done yet.
func openJobs(metrics string) float64 {
	var n float64
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "leitportal_jobs{") && strings.Contains(line, `state="open"`) {
			v, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(strings.TrimSpace(line), ' '):]), 64)
			if err == nil {
				n += v
			}
		}
	}
	return n
}

// schema makes an empty schema on a PostgreSQL server, and answers the address
// under which the portal finds it and what takes it away again.
func schema(ctx context.Context, server string) (address string, drop func() error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, fmt.Errorf("-database is not an address like postgres://…")
	}
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	name := "load_" + strings.ToLower(rand.Text())
	if _, err := pool.ExecContext(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", nil, err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), func() error {
		defer pool.Close()
		_, err := pool.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+name+" CASCADE")
		return err
	}, nil
}
