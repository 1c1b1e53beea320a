package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/submission"
	"leitportal/tests/whole/walker"
)

// sentCase is an application with evidence that was sent, and everything by
// which the tables could name it.
type sentCase struct {
	b                *walker.Browser
	id, code, number string
	names            []string // ids of submission, draft and file, and the number
	file             string
}

// keeping is a portal whose retention is tested.
type keeping struct {
	*App
	t     *testing.T
	clock *clock.Manual
	base  string
}

func (k *keeping) ask(sql string, args ...any) (s string) {
	k.t.Helper()
	if err := k.db.Read().QueryRow(k.t.Context(), sql, args...).Scan(&s); err != nil {
		k.t.Fatal(sql, err)
	}
	return s
}

func (k *keeping) do(sql string, args ...any) {
	k.t.Helper()
	if err := k.db.Write(k.t.Context(), func(ctx context.Context, tx db.Querier) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}); err != nil {
		k.t.Fatal(sql, err)
	}
}

// until waits for a count.
func (k *keeping) until(want, sql string, args ...any) {
	k.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if got := k.ask(sql, args...); got == want {
			return
		} else if time.Now().After(end) {
			k.t.Fatalf("%s gives %s, never %s", sql, got, want)
		}
	}
}

// apply sends an application with evidence, and lets the office write to its
// applicant.
func (k *keeping) apply() sentCase {
	k.t.Helper()
	c := sentCase{b: walker.New(k.base)}
	k.t.Cleanup(c.b.Close)
	p, err := c.b.Begin(walker.Service("paderborn"))
	if err == nil {
		a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
			"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
		p, err = c.b.Walk(p, a, 1, "", nil, walker.File{Field: "dogs/1.permit_file", Name: "erlaubnis.pdf", Type: "application/pdf", Data: []byte("%PDF-1.4 permit")})
	}
	for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
		p, err = c.b.Submit(p, "ada@weiss.example")
	}
	if err != nil || p.Number() == "" {
		k.t.Fatalf("not sent: %v %v", p, err)
	}
	c.code, c.number = p.Code(), p.Number()
	c.id = k.ask(`SELECT id FROM submissions WHERE number = $1`, c.number)
	draft := k.ask(`SELECT draft FROM submissions WHERE number = $1`, c.number)
	c.file = k.ask(`SELECT id FROM submission_files WHERE draft = $1`, draft)
	c.names = []string{c.id, draft, c.file, c.number}
	k.until("1", `SELECT count(*) FROM casework_cases WHERE id = $1`, c.id)
	k.until("1", `SELECT count(*) FROM ledger_leaves WHERE subject = $1 AND seq IS NOT NULL`, c.id)
	k.until("0", `SELECT count(*) FROM jobs`)
	for _, path := range []string{"/quittung.pdf", "/spaeter"} {
		if p, err := c.b.Get(walker.Service("paderborn") + path); err != nil || p.Status != http.StatusOK {
			k.t.Fatalf("%s: %v %v", path, p, err)
		}
	}
	if err := k.db.Write(k.t.Context(), func(ctx context.Context, tx db.Querier) error {
		sub, err := submission.Store{}.Submission(ctx, tx, paderborn, c.id)
		if err == nil {
			_, err = k.postbox.Put(ctx, tx, sub, submission.Notice, submission.MessageContent{Subject: "Bescheid"})
		}
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	return c
}

// decide is what the desk leaves behind by a notice, with its letter in a
// print run or ("") waiting for one.
func (k *keeping) decide(c sentCase, state, run string) {
	k.t.Helper()
	now, entry := clock.Micros(k.clock.Now()), k.ids.New()
	k.do(`UPDATE submissions SET state = 'decided', changed = $3 WHERE tenant = $1 AND id = $2`, paderborn, c.id, now)
	k.do(`UPDATE casework_cases SET state = $3, open = $4, changed = $5 WHERE tenant = $1 AND id = $2`, paderborn, c.id, state, state != "decided", now)
	k.do(`INSERT INTO casework_entries (tenant, case_id, id, kind, author, at, about) VALUES ($1, $2, $3, 'decision', '', $4, '')`, paderborn, c.id, entry, now)
	k.do(`INSERT INTO casework_letters (tenant, id, case_id, kind, at, run, sealed) VALUES ($1, $2, $3, 'assessment', $4, $5, $6)`, paderborn, entry, c.id, now, run, []byte("sealed"))
}

// tables lists where any value of any table has one of the names.
func (k *keeping) tables(names []string) (out []string) {
	k.t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if k.db.Kind() == db.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	var tables []string
	rows, err := k.db.Read().Query(k.t.Context(), list)
	for err == nil && rows.Next() {
		var name string
		err = rows.Scan(&name)
		tables = append(tables, name)
	}
	if err != nil || len(tables) < 20 {
		k.t.Fatal(tables, err)
	}
	rows.Close()
	for _, table := range tables {
		rows, err := k.db.Read().Query(k.t.Context(), `SELECT * FROM `+table)
		if err != nil {
			k.t.Fatal(err)
		}
		cols, err := rows.Columns()
		if err != nil {
			k.t.Fatal(err)
		}
		values, into := make([]any, len(cols)), make([]any, len(cols))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				k.t.Fatal(err)
			}
			for _, v := range values {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				for _, name := range names {
					if strings.Contains(fmt.Sprint(v), name) && !slices.Contains(out, table) {
						out = append(out, table)
					}
				}
			}
		}
		rows.Close()
	}
	slices.Sort(out)
	return out
}

func (k *keeping) files() (out []string) {
	for file, err := range k.blobs.IDs(k.t.Context()) {
		if err != nil {
			k.t.Fatal(err)
		}
		out = append(out, file)
	}
	return out
}

// night sets the clock and tidies up.
func (k *keeping) night(at string) {
	k.t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err == nil {
		k.clock.Set(now)
		err = k.submission.Night(k.t.Context())
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// Ten full years after the year in which a case was closed nothing of it is
// left in any room but its leaf in the log, and until then all of it is. What
// has something open is not erased.
func TestRetention(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			cfg := Config{OfferAll: true, Listen: "127.0.0.1:0", Data: t.TempDir(), MailFrom: "portal@localhost"}
			if kind == "postgres" {
				cfg.DatabaseURL = dbtest.Postgres(t)
			}
			clk := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			k := &keeping{t: t, clock: clk, base: "http://" + l.Addr().String()}
			if k.App, err = newAt(t.Context(), cfg, k.base, slog.New(slog.DiscardHandler), clk); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(k.Close)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- k.Serve(ctx, l) }()
			defer func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}()

			back, decided, crossed, unprinted := k.apply(), k.apply(), k.apply(), k.apply()
			status, err := back.b.Get(walker.Service("paderborn") + "/status")
			if err != nil {
				t.Fatal(err)
			}
			f := status.Form("/zurueckziehen")
			if _, err := back.b.Send(f, f.Values()); err != nil {
				t.Fatal(err)
			}
			k.until("withdrawn", `SELECT state FROM casework_cases WHERE id = $1`, back.id)
			k.do(`UPDATE casework_cases SET state = 'closed', open = $2 WHERE id = $1`, back.id, false)
			run := k.ids.New()
			k.do(`INSERT INTO casework_runs (tenant, id, n, author, at, letters) VALUES ($1, $2, 1, '', $3, 1)`, paderborn, run, clock.Micros(clk.Now()))
			k.decide(decided, "decided", run)
			k.decide(crossed, "answered", run) // a correction came in after the decision
			k.decide(unprinted, "decided", "")
			all := []sentCase{back, decided, crossed, unprinted}

			k.night("2036-12-31T22:59:59Z") // New Year's Eve in Germany
			for _, c := range all {
				want := []string{"audit_entries", "casework_cases", "casework_entries", "casework_letters", "delivery_handovers", "ledger_leaves", "postbox_messages", "submission_drafts", "submission_events", "submission_files", "submission_receipts", "submission_revisions", "submission_slots", "submissions"}
				if c.id == back.id { // no notice
					want = slices.DeleteFunc(want, func(s string) bool { return s == "casework_letters" })
				}
				if got := k.tables(c.names); !slices.Equal(got, want) {
					t.Errorf("before the term %s is in %v, want %v", c.number, got, want)
				}
				if !slices.Contains(k.files(), c.file) {
					t.Errorf("before the term the file of %s is gone", c.number)
				}
			}
			if p, err := back.b.Get(walker.Service("paderborn") + "/status"); err != nil || !p.Has(back.number) {
				t.Errorf("before the term the applicant sees %v, %v", p, err)
			}

			k.night("2036-12-31T23:00:00Z")
			for _, c := range []sentCase{back, decided} {
				if got := k.tables(c.names); !slices.Equal(got, []string{"ledger_leaves"}) {
					t.Errorf("after the term %s is in %v", c.number, got)
				}
				if p, err := c.b.Get(walker.Service("paderborn") + "/status"); err != nil || p.Has(c.number) {
					t.Errorf("after the term the applicant sees %v, %v", p, err)
				}
			}
			for _, c := range []sentCase{crossed, unprinted} {
				if got := k.tables(c.names); len(got) < 14 || !slices.Contains(k.files(), c.file) {
					t.Errorf("%s has something open, and is left in %v only", c.number, got)
				}
			}
			if len(k.files()) != 2 {
				t.Errorf("%d files are left of two cases", len(k.files()))
			}
			p, err := back.b.Get("/fortsetzen")
			if err == nil {
				v := p.Own().Values()
				v.Set("code", back.code)
				p, err = back.b.Send(p.Own(), v)
			}
			if err != nil || p.Status != http.StatusUnprocessableEntity {
				t.Errorf("the code of an erased case: %v, %v", p, err)
			}
			if n := k.ask(`SELECT cases FROM submission_erased WHERE tenant = $1 AND solution = 'hundesteuer' AND year = 2037`, paderborn); n != "2" {
				t.Errorf("%s cases are counted", n)
			}

			// The letter goes to print late: its years begin then.
			late := k.ids.New()
			k.do(`INSERT INTO casework_runs (tenant, id, n, author, at, letters) VALUES ($1, $2, 2, '', $3, 1)`, paderborn, late, clock.Micros(clk.Now()))
			k.do(`UPDATE casework_letters SET run = $1 WHERE run = ''`, late)
			k.do(`UPDATE casework_cases SET state = 'decided', open = $2, changed = $3 WHERE id = $1`, crossed.id, false, clock.Micros(clk.Now()))
			k.night("2047-12-31T22:59:59Z")
			if len(k.files()) != 2 {
				t.Error("erased before its term, which began late")
			}
			k.night("2047-12-31T23:00:00Z")
			for _, c := range all {
				if got := k.tables(c.names); !slices.Equal(got, []string{"ledger_leaves"}) {
					t.Errorf("in the end %s is in %v", c.number, got)
				}
			}
			if left := k.files(); len(left) > 0 {
				t.Errorf("%d files are left of nothing", len(left))
			}
			for _, table := range []string{"audit_entries WHERE subject NOT IN (SELECT id FROM staff_members)", "casework_cases", "casework_entries", "casework_letters", "postbox_messages", "submission_slots", "submission_pages", "submission_receipts"} {
				if n := k.ask(`SELECT count(*) FROM ` + table); n != "0" {
					t.Errorf("%s rows are left in %s", n, table)
				}
			}
		})
	}
}
