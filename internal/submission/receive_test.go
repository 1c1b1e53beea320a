package submission

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/seal"
)

// evidenceField is a field for files of at most most bytes.
func evidenceField(most int64) []form.Field {
	var f form.Field
	f.Name, f.Widget, f.MaxFiles, f.MaxPages, f.MaxBytes = "file", form.WidgetFile, 3, 2, most
	f.Accept = []string{"application/pdf", "image/jpeg", "image/png"}
	return []form.Field{f}
}

// photo is a JPEG of a phone held upright, with the place where it was taken.
func photo(t testing.TB) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 400, 200))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	img.SetGray(0, 0, color.Gray{})
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00GPS 51.7189 8.7575"
	return slices.Concat(out.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, []byte(exif), out.Bytes()[2:])
}

func (w *world) sendFiles(t testing.TB, d *desk, most int64, files ...[2]string) ([]*upload, error) {
	t.Helper()
	return w.sendFilesIn(t.Context(), t, d, most, files...)
}

func (w *world) sendFilesIn(ctx context.Context, t testing.TB, d *desk, most int64, files ...[2]string) ([]*upload, error) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for _, f := range files {
		part, err := m.CreateFormFile("file", f[0])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, f[1])
	}
	m.Close()
	takes, take := w.receive(ctx, d, evidenceField(most))
	r := httptest.NewRequestWithContext(ctx, "POST", "/", iotest.HalfReader(&body))
	r.Header.Set("Content-Type", m.FormDataContentType())
	_, got, err := posted(r, takes, take)
	return got, err
}

// TestReceive takes files as they come, and leaves nothing of those it refuses.
func TestReceive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		pdf := "%PDF-1.4 <</Type /Page>>" + strings.Repeat("secret ", 30_000)
		jpg := string(photo(t))
		files, err := w.sendFiles(t, d, 1_000_000,
			[2]string{"a.pdf", pdf}, [2]string{"b.exe", "MZ\x90"}, [2]string{"c.pdf", "%PDF-1.4" + strings.Repeat("x", 1_000_000)},
			[2]string{"d.pdf", "%PDF" + strings.Repeat("-/Type/Page ", 3)}, [2]string{"e.jpg", jpg}, [2]string{"f.jpg", jpg[:len(jpg)-300]},
			[2]string{"g.pdf", pdf}, [2]string{"h.pdf", pdf})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"", "können wir nicht lesen", "größer als 1\u00a0MB", "mehr als 2 Seiten", "", "beschädigt", "", "Mehr als 3 Dateien"}
		for i, u := range files {
			if (want[i] == "") != (u.why == "") || !strings.Contains(u.why, want[i]) || (u.why == "") != (u.file.ID != "") {
				t.Errorf("%s: %q, want %q", u.name, u.why, want[i])
			}
		}
		w.holds(t, "after a page of files", files[0].file, files[4].file, files[6].file)
		if got, err := w.readFile(t.Context(), files[0].file); err != nil || string(got) != pdf {
			t.Errorf("a PDF is not as it came: %v", err)
		}
		got, err := w.readFile(t.Context(), files[4].file)
		if err != nil || bytes.Contains(got, []byte("GPS")) || bytes.Contains(got, []byte("Exif")) {
			t.Errorf("a photograph tells where it was taken, %v", err)
		}
		img, err := jpeg.DecodeConfig(bytes.NewReader(got))
		if err != nil || img.Width != 200 || img.Height != 400 || files[4].file.Size != int64(len(got)) {
			t.Errorf("the photograph is %d × %d, %d bytes of %d, %v", img.Width, img.Height, len(got), files[4].file.Size, err)
		}
		files[0].named = true
		w.forget(t.Context(), d, files)
		w.holds(t, "after the answers did not come to name them", files[0].file)
	})
}

// TestUploadCutOff breaks an upload off at each chunk: what has arrived is no
// file, and is gone.
func TestUploadCutOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		whole := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4 " + strings.Repeat("secret ", 4*seal.ChunkSize/7)
		for at := 100; at < len(whole); at += seal.ChunkSize / 2 {
			takes, take := w.receive(t.Context(), d, evidenceField(1_000_000))
			_, files, err := posted(request("multipart/form-data; boundary=b", []byte(whole[:at])), takes, take)
			if !fail.Is(err, fail.Invalid) || len(files) != 0 {
				t.Fatalf("cut off at %d: %d files, %v", at, len(files), err)
			}
		}
		w.holds(t, "after uploads that broke off")
	})
}

// TestFileCutOnDisk cuts a stored file at each chunk.
func TestFileCutOnDisk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		f, err := w.keepFile(t.Context(), ss, "a.pdf", strings.NewReader(strings.Repeat("secret ", 3*seal.ChunkSize/7)))
		if err != nil {
			t.Fatal(err)
		}
		path := w.blobPath(t, f.ID)
		sealed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(sealed); at += (seal.ChunkSize + 28) / 2 {
			if err := os.WriteFile(path, sealed[:at], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := w.readFile(t.Context(), f); !errors.Is(err, seal.ErrOpen) {
				t.Errorf("cut at %d of %d: %v", at, len(sealed), err)
			}
		}
	})
}

// TestReceiveMemory takes four files of 16 MB at once and looks at the heap on
// the way.
func TestReceiveMemory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const at, most, bytes = 4, 8 << 20, 16 << 20
		heap := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		var all, here sync.WaitGroup
		var files [at][]*upload
		var errs [at]error
		before, now := heap(), uint64(0)
		look := sync.OnceFunc(func() { now = heap() })
		here.Add(at)
		for i := range at {
			ss, _ := w.draft(t)
			d := w.desk(t, ss)
			body := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4 "),
				io.LimitReader(zeros{}, bytes), watch(func() { here.Done(); here.Wait(); look() }), strings.NewReader("\r\n--b--\r\n"))
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			takes, take := w.receive(t.Context(), d, evidenceField(100<<20))
			all.Go(func() { _, files[i], errs[i] = posted(r, takes, take) })
		}
		all.Wait()
		for i := range at {
			if errs[i] != nil || len(files[i]) != 1 || files[i][0].file.Size != bytes+9 {
				t.Fatal(files[i], errs[i])
			}
		}
		if now > before+most {
			t.Errorf("four files of 16 MB take %d bytes of memory", now-before)
		}
	})
}

// watch calls f once on the way, and gives nothing.
type watch func()

func (f watch) Read([]byte) (int, error) { f(); return 0, io.EOF }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestReceiveWithinTheHour stops a file in its middle, and gives back what was
// counted for it.
func TestReceiveWithinTheHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.uploads.most = 5_000_000
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		big := "%PDF-1.4 " + strings.Repeat("x", 4_000_000)
		files, err := w.sendFiles(t, d, 100<<20, [2]string{"a.pdf", big}, [2]string{"b.pdf", big}, [2]string{"c.pdf", "%PDF-1.4"})
		if err != nil {
			t.Fatal(err)
		}
		if files[0].wait != 0 || files[1].wait == 0 || files[1].file.ID != "" || files[2].wait != 0 || uploadWait(files) != files[1].wait {
			t.Errorf("waits %s, %s, %s", files[0].wait, files[1].wait, files[2].wait)
		}
		w.holds(t, "after a file that was too much", files[0].file, files[2].file)
		other, _ := w.draft(t)
		w.uploads.most = 1_000_000
		w.clock.Advance(2 * 3600e9)
		if files, err := w.sendFiles(t, w.desk(t, other), 100<<20, [2]string{"a.pdf", big}); err != nil || files[0].wait != 0 {
			t.Errorf("the first file of an hour: %v %v", files, err)
		}
	})
}
