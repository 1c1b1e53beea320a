package submission

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"leitportal/internal/fail"
	"leitportal/internal/scan"
	"leitportal/internal/scan/scantest"
	"leitportal/internal/ui"
)

// TestScan takes files while the scanner is there, away, and there again.
func TestScan(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		clamd := scantest.New(t)
		scanner, err := scan.New(clamd.Address)
		if err != nil {
			t.Fatal(err)
		}
		w.Scanner = scanner
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		ctx := t.Context()
		send := func(text string) *upload {
			t.Helper()
			files, err := w.sendFiles(t, d, 1_000_000, [2]string{"a.pdf", "%PDF-1.4 " + text})
			if err != nil {
				t.Fatal(err)
			}
			return files[0]
		}
		clamd.Start(t)
		good, bad := send("good"), send(scantest.EICAR)
		if good.why != "" || !strings.Contains(bad.why, "Schadsoftware") || strings.Contains(bad.why, scantest.Signature) {
			t.Fatalf("%q %q", good.why, bad.why)
		}
		w.holds(t, "after malware", good.file)

		clamd.Stop()
		later, worse := send("later"), send("worse "+scantest.EICAR)
		if later.why != "" || worse.why != "" {
			t.Fatalf("without a scanner: %q %q", later.why, worse.why)
		}
		if n, since, err := w.Unscanned(ctx); n != 2 || !since.Equal(w.clock.Now()) || err != nil {
			t.Errorf("%d files wait since %s, %v", n, since, err)
		}
		fields := []ui.Field{{Upload: ui.Upload{Files: []ui.File{{RemoveValue: "x " + good.file.ID}, {RemoveValue: "x " + later.file.ID}, {RemoveValue: "x " + worse.file.ID}}}}}
		note := func() (out []string) {
			if err := w.noteStates(ctx, d, fields); err != nil {
				t.Fatal(err)
			}
			for _, f := range fields[0].Upload.Files {
				out = append(out, f.Note+f.Error)
			}
			return out
		}
		if got := note(); got[0] != "" || !strings.Contains(got[1], "geprüft") || !strings.Contains(got[2], "geprüft") {
			t.Errorf("notes: %q", got)
		}
		if err := w.lookedAt(ctx, d, []string{good.file.ID, later.file.ID}); !errors.Is(err, errWaiting) {
			t.Errorf("sending with a file that waits: %v", err)
		}
		if err := w.Rescan(ctx); !fail.Is(err, fail.Unavailable) {
			t.Errorf("looking again: %v", err)
		}

		clamd.Start(t)
		if err := w.lookedAt(ctx, d, []string{good.file.ID, later.file.ID}); err != nil {
			t.Errorf("sending when it is there again: %v", err)
		}
		if err := w.Rescan(ctx); err != nil {
			t.Error(err)
		}
		if err := w.lookedAt(ctx, d, []string{good.file.ID, worse.file.ID}); !errors.Is(err, errInfected) {
			t.Errorf("sending malware: %v", err)
		}
		if _, err := w.readFile(ctx, worse.file); !fail.Is(err, fail.NotFound) {
			t.Errorf("malware is still there: %v", err)
		}
		if got := note(); !strings.Contains(got[2], "gelöscht") {
			t.Errorf("notes: %q", got)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_files WHERE sealed IS NOT NULL`); n != 0 {
			t.Errorf("%d keys stay with the portal", n)
		}
		if n, _, err := w.Unscanned(ctx); n != 0 || err != nil {
			t.Errorf("%d files wait, %v", n, err)
		}
	})
}

// TestScanGivesUp: what the scanner never looks at is refused at once and holds
// nothing up, one that is away is asked once for a page, and who goes while it
// is asked leaves nothing behind.
func TestScanGivesUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		clamd := scantest.New(t)
		scanner, err := scan.New(clamd.Address)
		if err != nil {
			t.Fatal(err)
		}
		asked := &counted{Scanner: scanner}
		w.Scanner = asked
		ss, _ := w.draft(t)
		send := func(ctx context.Context, texts ...string) ([]*upload, error) {
			var files [][2]string
			for _, text := range texts {
				files = append(files, [2]string{"a.pdf", "%PDF-1.4 " + text})
			}
			return w.sendFilesIn(ctx, t, w.desk(t, ss), 1_000_000, files...)
		}
		long := strings.Repeat("long ", 1000)
		waiting, err := send(t.Context(), long, "short", "shorter")
		if err != nil || asked.n != 1 {
			t.Fatalf("asked %d times: %v", asked.n, err)
		}
		clamd.Most = 1000
		clamd.Start(t)
		refused, err := send(t.Context(), long)
		if err != nil || !strings.Contains(refused[0].why, "zu groß") || refused[0].file.ID != "" {
			t.Errorf("a file that is too long for it: %+v %v", refused, err)
		}
		if err := w.Rescan(t.Context()); err != nil {
			t.Error(err)
		}
		if n, _, err := w.Unscanned(t.Context()); n != 1 || err != nil {
			t.Errorf("behind a file that is too long %d wait, %v", n-1, err)
		}
		ctx, leave := context.WithCancel(t.Context())
		asked.before = leave
		if files, err := send(ctx, "gone"); err == nil {
			t.Errorf("nobody waits for %+v", files)
		}
		w.holds(t, "after somebody left", waiting[0].file, waiting[1].file, waiting[2].file)
	})
}

// counted is a scanner whose questions are counted.
type counted struct {
	Scanner
	n      int
	before func()
}

func (c *counted) Scan(ctx context.Context, r io.Reader) (string, error) {
	c.n++
	if c.before != nil {
		c.before()
	}
	return c.Scanner.Scan(ctx, r)
}

// TestScanNeedsNobody: where no scanner is configured any more, what waited
// goes on.
func TestScanNeedsNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		clamd := scantest.New(t)
		scanner, _ := scan.New(clamd.Address)
		w.Scanner = scanner
		ss, _ := w.draft(t)
		files, err := w.sendFiles(t, w.desk(t, ss), 1_000_000, [2]string{"a.pdf", "%PDF-1.4"})
		if err != nil || files[0].file.ID == "" {
			t.Fatal(files, err)
		}
		w.Scanner = nil
		if err := w.Rescan(t.Context()); err != nil {
			t.Error(err)
		}
		if n, _, _ := w.Unscanned(t.Context()); n != 0 {
			t.Errorf("%d files wait for nobody", n)
		}
	})
}
