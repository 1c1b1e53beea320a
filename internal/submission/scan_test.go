package submission

import (
	"errors"
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
