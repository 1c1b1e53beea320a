package submission

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/seal"
)

// piece sends the bytes of content from at on, up to end, where the connection
// is lost unless that is the end of all.
func (w *world) piece(t testing.TB, ss *session, a *arrival, content []byte, at, end int64) (*arrival, *keeping, error) {
	t.Helper()
	now, k, err := w.resumedAt(t.Context(), ss, a.id, a.file, at)
	if err != nil {
		return nil, nil, err
	}
	r := io.Reader(bytes.NewReader(content[at:end]))
	if end < int64(len(content)) {
		r = io.MultiReader(r, iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	return now, k, w.takeIn(t.Context(), ss, now, k, bufio.NewReader(r))
}

// TestArrivalCut breaks an upload off at each chunk, beside it and within, and
// goes on: nothing is lost, and the file is the one that was sent.
func TestArrivalCut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		const chunk = seal.ChunkSize
		content := []byte("%PDF-1.4 <</Type /Page>>" + strings.Repeat("secret ", (3*chunk+chunk/2)/7))
		whole := int64(len(content))
		for _, cuts := range [][]int64{
			{1, 1023, chunk - 1, chunk, chunk + 1, chunk * 3 / 2, 2 * chunk, 2*chunk + 1, 3*chunk - 1, 3 * chunk, whole - 1},
			{chunk - 1, chunk, chunk, 2 * chunk},
			{chunk},
			{3 * chunk},
			{chunk / 2},
		} {
			a, err := w.announce(t.Context(), ss, arrivalPlan{Page: "x", Field: "file", Name: "a.pdf", Length: whole})
			if err != nil {
				t.Fatal(err)
			}
			at := int64(0)
			for _, cut := range cuts {
				now, k, err := w.piece(t, ss, a, content, at, cut)
				if !errors.Is(err, errCut) {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				if err := k.blob.Close(); err != nil {
					t.Fatal(err)
				}
				if now.done != cut {
					t.Fatalf("cut at %d, acknowledged are %d", cut, now.done)
				}
				if stored, err := w.arrivalOf(t.Context(), ss, a.id); err != nil || stored.done != cut {
					t.Fatalf("cut at %d, stored is %v, %v", cut, stored, err)
				}
				at = cut
			}
			// Completed once, and the portal goes down before the answers name it.
			for range 2 {
				_, k, err := w.piece(t, ss, a, content, at, whole)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := w.resumedAt(t.Context(), ss, a.id, a.file, at); !errors.Is(err, errBusy) {
					t.Errorf("two at once: %v", err)
				}
				u := &upload{name: "a.pdf"}
				f, _ := fileField(evidenceField(1_000_000), "file")
				if err := w.whole(t.Context(), d, f, u, k); err != nil || u.why != "" {
					t.Fatal(u.why, err)
				}
				if err := k.blob.Close(); err != nil {
					t.Fatal(err)
				}
				if got, err := w.readFile(t.Context(), u.file); err != nil || !bytes.Equal(got, content) || u.file.Size != whole {
					t.Fatalf("cut at %v: %d bytes come back, %v", cuts, len(got), err)
				}
			}
			if err := w.dropArrival(t.Context(), a.arrivalRow); err != nil {
				t.Fatal(err)
			}
		}
		w.holds(t, "after all were dropped")
	})
}

// TestArrivalChecks completes uploads in two pieces that no field takes.
func TestArrivalChecks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		f, _ := fileField(evidenceField(1_000_000), "file")
		jpg := string(photo(t))
		for _, c := range []struct{ name, content, why string }{
			{"a.exe", "MZ" + strings.Repeat("x", 3000), "können wir nicht lesen"},
			{"a.pdf", jpg, "JPG"},
			{"a.jpg", jpg[:len(jpg)-300], "beschädigt"},
			{"a.pdf", "%PDF-1.4" + strings.Repeat(" /Type/Page ", 300), "mehr als 2 Seiten"},
			{"a.jpg", jpg, ""},
		} {
			a, err := w.announce(t.Context(), ss, arrivalPlan{Field: "file", Name: c.name, Length: int64(len(c.content))})
			if err != nil {
				t.Fatal(err)
			}
			_, k, err := w.piece(t, ss, a, []byte(c.content), 0, 5)
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			if err := k.blob.Close(); err != nil {
				t.Fatal(err)
			}
			if _, k, err = w.piece(t, ss, a, []byte(c.content), 5, int64(len(c.content))); err != nil {
				t.Fatal(err)
			}
			u := &upload{name: c.name}
			if err := errors.Join(w.whole(t.Context(), d, f, u, k), k.blob.Close()); err != nil {
				t.Fatal(err)
			}
			if (c.why == "") != (u.why == "") || !strings.Contains(u.why, c.why) {
				t.Errorf("%s: %q, want %q", c.name, u.why, c.why)
			}
			if u.file.ID != "" {
				if got, err := w.readFile(t.Context(), u.file); err != nil || bytes.Contains(got, []byte("GPS")) {
					t.Errorf("a photograph tells where it was taken, %v", err)
				}
				if err := w.dropFiles(t.Context(), ss.tenant, ss.id, []string{u.file.ID}); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.dropArrival(t.Context(), a.arrivalRow); err != nil {
				t.Fatal(err)
			}
		}
		w.holds(t, "after all were dropped")
	})
}

// TestArrivalEnds: uploads that nobody goes on with are erased, as are those
// of a draft that is, and the oldest of too many.
func TestArrivalEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _ := w.draft(t)
		begin := func() *arrival {
			t.Helper()
			a, err := w.announce(ctx, ss, arrivalPlan{Page: "p", Field: "file", Name: "a.pdf", Length: 1000})
			if err != nil {
				t.Fatal(err)
			}
			_, k, err := w.piece(t, ss, a, make([]byte, 1000), 0, 500)
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			if err := k.blob.Close(); err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := begin()
		other, _ := w.draft(t)
		if _, err := w.arrivalOf(ctx, other, a.id); !fail.Is(err, fail.NotFound) {
			t.Errorf("another draft's upload: %v", err)
		}
		if list, err := w.unfinished(ctx, ss, "p"); err != nil || len(list["file"]) != 1 || list["file"][0].done != 500 {
			t.Errorf("unfinished: %v, %v", list, err)
		}
		w.clock.Advance(arrivalLife - time.Second)
		if err := w.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.arrivalOf(ctx, ss, a.id); err != nil {
			t.Errorf("too early: %v", err)
		}
		w.clock.Advance(2 * time.Second)
		if _, err := w.arrivalOf(ctx, ss, a.id); !fail.Is(err, fail.Gone) {
			t.Errorf("too late: %v", err)
		}
		if err := w.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		w.holds(t, "after a day")
		first := begin()
		for range maxArrivals {
			w.clock.Advance(time.Second)
			a = begin()
		}
		if _, err := w.arrivalOf(ctx, ss, first.id); !fail.Is(err, fail.NotFound) {
			t.Errorf("the oldest of too many: %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_files`); n != 2*maxArrivals {
			t.Errorf("%d rows", n)
		}
		if err := w.erase(ctx, ss.tenant, ss.id, never()); err != nil {
			t.Fatal(err)
		}
		w.holds(t, "after the draft was erased")
		if _, _, err := w.piece(t, ss, a, make([]byte, 1000), 500, 1000); !fail.Is(err, fail.NotFound) {
			t.Errorf("goes on after that: %v", err)
		}
	})
}

// TestArrivalLost: the folder has lost what the table promises.
func TestArrivalLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		a, err := w.announce(t.Context(), ss, arrivalPlan{Field: "file", Name: "a.pdf", Length: 300_000})
		if err != nil {
			t.Fatal(err)
		}
		_, k, err := w.piece(t, ss, a, make([]byte, 300_000), 0, 200_000)
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if err := errors.Join(k.blob.Close(), w.Blobs.Delete(t.Context(), a.file)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.resumedAt(t.Context(), ss, a.id, a.file, 200_000); !fail.Is(err, fail.NotFound) {
			t.Errorf("%v", err)
		}
	})
}

// TestDiskReserve refuses in words what would fill the disk.
func TestDiskReserve(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		w.reserve = 1 << 62
		files, err := w.sendFiles(t, w.desk(t, ss), 1_000_000, [2]string{"a.pdf", "%PDF-1.4"})
		if err != nil || !files[0].full || !strings.Contains(files[0].why, "Speicher ist fast voll") {
			t.Fatal(files, err)
		}
		w.holds(t, "after it was refused")
		if _, err := w.keepFile(t.Context(), ss, "a.pdf", strings.NewReader("%PDF-1.4")); !fail.Is(err, fail.Unavailable) {
			t.Errorf("a file of a draft: %v", err)
		}
	})
}

// TestStopped: who sends an upload again ends who sent it before.
func TestStopped(t *testing.T) {
	var as arrivals
	stopped := make(chan struct{})
	leave, err := as.enter(t.Context(), "a", func() { close(stopped) })
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-stopped; leave() }()
	again, err := as.enter(t.Context(), "a", func() {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := as.enter(ctx, "a", func() {}); !errors.Is(err, errBusy) {
		t.Errorf("who does not end: %v", err)
	}
	again()
	if len(as.by) != 0 {
		t.Errorf("%d are left", len(as.by))
	}
}

func TestParseMetadata(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "  ": 0, "filename YS5wZGY=,field eA==": 2, "filename YS5wZGY=, empty": 2, "empty ": 1,
		"filename": 1, "a YQ==,a YQ==": -1, "a b c": -1, "a YQ": -1, "a Y\nQ==": -1, ",": -1, " YQ==": 1, "\u00e4 YQ==": -1,
		"a " + strings.Repeat("YWFh", 2000): -1, strings.Repeat("a,", 20): -1,
	} {
		got, err := parseMetadata(in)
		if (want < 0) != (err != nil) || err == nil && len(got) != want {
			t.Errorf("%.30q: %v, %v", in, got, err)
		}
	}
}

func FuzzParseMetadata(f *testing.F) {
	for _, s := range []string{"filename d29ybGQucGRm,is_confidential", "a YQ==,a YQ==", "field ZG9ncy8xLnBlcm1pdF9maWxl,filename Li4vLi4vYQ0KU2V0LUNvb2tpZTogeA==", "x \x00", ",,,", "a  YQ=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMetadata(s)
		if err != nil {
			if !fail.Is(err, fail.Invalid) {
				t.Error(err)
			}
			return
		}
		total := 0
		for k, v := range m {
			total += len(k) + len(v)
			if k == "" || strings.ContainsAny(k, " ,\r\n\x00") {
				t.Errorf("key %q", k)
			}
			if n := fileName(v); n == "" || strings.ContainsAny(n, "\r\n/\\") {
				t.Errorf("name %q", n)
			}
		}
		if total > len(s) {
			t.Errorf("%d bytes of %d", total, len(s))
		}
	})
}

func TestByteCount(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "12": 12, "": -1, "-1": -1, "+1": -1, " 1": -1, "1.0": -1, "1e3": -1, "9999999999999999999": -1, "999999999999999999": 999999999999999999} {
		if got, ok := byteCount(in); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %d, %v", in, got, ok)
		}
	}
}
