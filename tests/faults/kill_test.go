package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/ledger"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// journeys is how many people apply at once.
const journeys = 8

// kills is how often the portal is killed on each database.
func kills() int {
	switch {
	case os.Getenv("LEITPORTAL_SOAK") == "1":
		return 250
	case os.Getenv("LEITPORTAL_TEST_FULL") == "1":
		return 20
	}
	return 3
}

// kept is what one person was told is safe.
type kept struct {
	browser *walker.Browser
	pages   map[string]url.Values // by path: what was sent and taken
	number  string                // of the submission, once acknowledged
	sent    bool                  // "send" was pressed, perhaps without an answer
}

// The portal is killed again and again while people apply. Whatever was
// acknowledged, a page or a submission, is there at the end; nothing is there
// twice.
func TestKill(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("%d kills, seed %d", kills(), seed)
		random := rand.New(rand.NewPCG(seed, 1))
		portal := apptest.StartProcess(t, apptest.Options{DatabaseURL: databaseURL})
		makeKey(t, portal.URL)

		var over atomic.Bool
		var mu sync.Mutex
		var all []*kept
		var wg sync.WaitGroup
		var problems atomic.Int64
		for i := range journeys {
			wg.Go(func() {
				for n := 0; !over.Load(); n++ {
					k := &kept{browser: walker.New(portal.URL), pages: map[string]url.Values{}}
					err := apply(k, fmt.Sprintf("P%dN%d", i, n), &over)
					k.browser.Close()
					mu.Lock()
					all = append(all, k)
					mu.Unlock()
					if err != nil && problems.Add(1) < 10 {
						t.Errorf("journey %d of %d: %v", n, i, err)
					}
				}
			})
		}
		for range kills() {
			time.Sleep(time.Duration(50+random.IntN(900)) * time.Millisecond)
			portal.Kill()
			portal.Start()
		}
		time.Sleep(300 * time.Millisecond)
		over.Store(true)
		wg.Wait()

		pages, sent := 0, 0
		for _, k := range all {
			pages += len(k.pages)
			if k.number != "" {
				sent++
			}
			k.browser = again(k.browser)
			verify(t, k)
			k.browser.Close()
		}
		t.Logf("%d people, %d acknowledged pages, %d acknowledged submissions", len(all), pages, sent)
		if pages == 0 {
			t.Fatal("nobody got on; the test proves nothing")
		}
		if databaseURL == "" {
			databaseURL = "sqlite:" + portal.Data + "/leitportal.db"
		}
		ledgers(t, databaseURL, all)
	})
}

// again is a new window with the same cookies.
func again(b *walker.Browser) *walker.Browser {
	n := walker.New(b.Base)
	if u, err := url.Parse(b.Base); err == nil {
		n.Jar.SetCookies(u, b.Cookies())
	}
	return n
}

// makeKey lets the office get its key before the killing begins: making it
// takes longer than the portal lives between two kills.
func makeKey(t *testing.T, base string) {
	b := walker.New(base)
	defer b.Close()
	p, err := b.Begin(walker.Service("paderborn"))
	if err == nil {
		p, err = b.Walk(p, walker.Keeper(), 1, "", nil)
	}
	for end := time.Now().Add(60 * time.Second); err == nil; {
		if p, err = b.Submit(p, ""); err == nil && p.Number() != "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no office key: %s", p.Text())
		}
	}
	t.Fatal(err)
}

// errOver ends a journey when the test does.
var errOver = errors.New("over")

// apply walks one application to its submission, coming back after each
// interruption as a person would: by the cookie, with the page asked for again.
func apply(k *kept, name string, over *atomic.Bool) error {
	service := walker.Service("paderborn")
	a := walker.Keeper().With("keeper.first", "A"+name, "keeper.last", "L"+name, "dogs.name", "D"+name)
	saved := func(path string, sent url.Values) { k.pages[path] = sent }
	for tries := 0; tries < 400; tries++ {
		if over.Load() && k.number == "" && !k.sent {
			return nil
		}
		err := func() error {
			p, err := k.browser.Get(service + "/pruefen?weiter=1")
			if err != nil {
				return err
			}
			if p.Status == http.StatusOK && p.Path() == service {
				if len(k.pages) > 0 {
					return fmt.Errorf("the draft is gone with its %d acknowledged pages", len(k.pages))
				}
				if p, err = k.browser.Begin(service); err != nil {
					return err
				}
			}
			if strings.HasSuffix(p.Path(), "/status") && p.Number() != "" {
				k.number = p.Number()
				return nil
			}
			if p, err = k.browser.Walk(p, a, 1, "", saved); err != nil {
				return err
			}
			k.sent = true
			p, err = k.browser.Submit(p, "")
			if p != nil && p.First == http.StatusSeeOther && p.Number() != "" {
				k.number = p.Number()
			}
			return err
		}()
		var dead *url.Error
		switch {
		case k.number != "":
			return nil
		case errors.As(err, &dead), errors.Is(err, errOver), err != nil && (strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "reset")):
			time.Sleep(20 * time.Millisecond) // killed
		case err != nil && !strings.Contains(err.Error(), "answers 503"):
			return err
		}
	}
	return errors.New("never got through")
}

// verify compares what one person was told with what they find.
func verify(t *testing.T, k *kept) {
	service := walker.Service("paderborn")
	if len(k.pages) == 0 && k.number == "" {
		return
	}
	status, err := k.browser.Get(service + "/status")
	if err != nil {
		t.Error(err)
		return
	}
	isSent := strings.HasSuffix(status.Path(), "/status") && status.Number() != ""
	if k.number != "" && status.Number() != k.number {
		t.Errorf("the acknowledged submission %s is lost: %s (%d)", k.number, status.Path(), status.Status)
		return
	}
	if isSent && !k.sent {
		t.Errorf("%s was sent though nobody pressed the button", status.Number())
	}
	for path, sent := range k.pages {
		if isSent {
			for _, name := range []string{"keeper.first", "keeper.last"} {
				if want := sent.Get(name); want != "" && !status.Has(want) {
					t.Errorf("%s: the answer %s = %q is lost", status.Number(), name, want)
				}
			}
			continue
		}
		p, err := k.browser.Get(path)
		if err != nil || p.Status != http.StatusOK || p.Path() != path {
			t.Errorf("the acknowledged page %s is lost: %v %v", path, p, err)
			continue
		}
		f := p.Own()
		for name := range sent {
			if strings.HasPrefix(name, "_") || strings.Contains(name, ":") {
				continue
			}
			if got := f.Shown(name); got != sent.Get(name) {
				t.Errorf("%s shows %s = %q, acknowledged was %q", path, name, got, sent.Get(name))
			}
		}
	}
}

// ledgers looks at the database itself: nothing doubled, the numbers without
// gaps, the log whole, and every submission acknowledged by the desk.
func ledgers(t *testing.T, databaseURL string, all []*kept) {
	ctx := context.Background()
	d, err := db.Open(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	count := func(sql string) (n int) {
		if err := d.Read().QueryRow(ctx, sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	total := count(`SELECT count(*) FROM submissions`)
	for what, sql := range map[string]string{
		"drafts of submissions":    `SELECT count(DISTINCT draft) FROM submissions`,
		"numbers":                  `SELECT count(DISTINCT number) FROM submissions`,
		"the counter":              `SELECT n FROM submission_counters`,
		"hand-overs":               `SELECT count(*) FROM delivery_handovers`,
		"revisions":                `SELECT count(*) FROM submission_revisions`,
		"sent drafts":              `SELECT count(*) FROM submission_drafts WHERE state = 'submitted'`,
		"events of their receipts": `SELECT count(*) FROM submission_events WHERE kind = 'received'`,
	} {
		if n := count(sql); n != total {
			t.Errorf("%d submissions, but %s: %d", total, what, n)
		}
	}
	numbers := map[string]bool{}
	for _, k := range all {
		if k.number != "" && numbers[k.number] {
			t.Errorf("two people have the number %s", k.number)
		}
		numbers[k.number] = true
	}
	// What is not acknowledged yet has a job that will see to it; in the full
	// run we wait for that as long as it goes on. (A job that the kill cut off
	// is taken up again when its lease of a minute has run out.)
	patience := 2 * time.Second
	full := kills() > 3
	if full {
		patience = 2 * time.Minute
	}
	left := total + 1
	for end := time.Now().Add(patience); left > 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		now := count(`SELECT count(*) FROM delivery_handovers WHERE state <> 'acknowledged'`)
		if full && now < left {
			end = time.Now().Add(patience)
		}
		left = now
	}
	if full && left > 0 {
		t.Errorf("%d of %d submissions were never acknowledged by the desk", left, total)
	}
	// at one moment, for the portal goes on meanwhile
	if n := count(`SELECT (SELECT count(*) FROM delivery_handovers WHERE state <> 'acknowledged')
		- (SELECT count(*) FROM jobs WHERE kind = 'delivery.handover' AND dead_at = 0)`); n > 0 {
		t.Errorf("%d submissions wait for the desk, and no jobs see to them", n)
	}
	t.Logf("%d submissions, %d of them still on the way to the desk", total, left)
	if n := count(`SELECT count(*) FROM casework_cases`); n > total || n < total-left {
		t.Errorf("%d submissions, %d of them on the way, became %d cases", total, left, n)
	}
	report, err := ledger.Check(ctx, d.Read())
	for end := time.Now().Add(10 * time.Second); err == nil && report.Waiting > 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		report, err = ledger.Check(ctx, d.Read())
	}
	if err != nil || len(report.Problems) > 0 || int(report.Size) != total {
		t.Errorf("the log has %d leaves for %d submissions; %v %v", report.Size, total, report.Problems, err)
	}
}
