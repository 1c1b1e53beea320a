package submission

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"leitportal/internal/fail"
	"leitportal/internal/seal"
)

// outcome is what a body holds, and whether it ends as it should: the parts
// that beside names, counted from 0, are read past multipart.
func outcome(body *multipart.Reader, open func(*multipart.Part) io.Reader, beside func(int) bool) string {
	var out strings.Builder
	for n := 0; ; n++ {
		part, err := body.NextRawPart()
		if err != nil {
			fmt.Fprintf(&out, "end %t", err == io.EOF)
			return out.String()
		}
		var r io.Reader = part
		if beside(n) {
			r = open(part)
		}
		b, err := io.ReadAll(r)
		fmt.Fprintf(&out, "%s %q %t\n", part.FormName(), b, err == nil)
	}
}

// FuzzParts reads bodies past multipart, and by it: nothing tells them apart.
func FuzzParts(f *testing.F) {
	const head = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\n"
	long := strings.Repeat("0123456789", bodyAtOnce/10)
	for _, content := range []string{
		"", "x", "\r\n", "--b", "--b--", "--b\r\n\r\n", "--bb\r\n--bbb", "\r\n--bb", "\n--b", "\n--b--", "\r\n--b", "x\r\n--b\r\n\r\n", "x\r\n--b-", "\r\n\r\n--b--\r\n",
		"\r\r\n--", "a\r", "a\r\n-", long, long[:len(long)-1] + "\r", long[:len(long)-2] + "\r\n-", long[:len(long)-66] + "\r\n--bb" + long,
	} {
		body := head + content + "\r\n" + head + "second\r\n--b--\r\n"
		f.Add([]byte(body), "b", uint8(1))
		f.Add([]byte(strings.ReplaceAll(body, "\r\n", "\n")), "b", uint8(3))
		f.Add([]byte(body[:len(head)+len(content)]), "b", uint8(0))
		f.Add([]byte("preamble\r\n"+body+"epilogue"), "b", uint8(6))
	}
	f.Add([]byte(strings.ReplaceAll(head, "form-data", "form-data; x=\"\r\n folded\"")+"x\r\n--b--"), "b", uint8(1))
	f.Add([]byte("--\r\nA: b\r\n\r\nx\r\n----"), "", uint8(1))
	f.Fuzz(func(t *testing.T, body []byte, boundary string, how uint8) {
		body = body[:min(len(body), 2*bodyAtOnce)]
		boundary = boundary[:min(len(boundary), maxBoundary)]
		var r io.Reader = bytes.NewReader(body)
		switch how % 3 {
		case 0:
			r = iotest.DataErrReader(r)
		case 1:
			r = iotest.HalfReader(r)
		case 2:
			r = iotest.OneByteReader(r)
		}
		b, err := newParts(r, boundary)
		if err != nil {
			t.Fatal(err)
		}
		beside := func(n int) bool { return how>>(2+n%6)&1 == 0 }
		got := outcome(b.Reader, func(p *multipart.Part) io.Reader { return &content{body: b, part: p} }, beside)
		want := outcome(multipart.NewReader(bytes.NewReader(body), boundary), nil, func(int) bool { return false })
		if got != want {
			t.Errorf("%.2000s\nis not, boundary %q,\n%.2000s", got, boundary, want)
		}
	})
}

func TestLongBoundary(t *testing.T) {
	if _, err := newParts(strings.NewReader(""), strings.Repeat("b", maxBoundary+1)); !fail.Is(err, fail.Invalid) {
		t.Errorf("a boundary that does not fit: %v", err)
	}
}

// TestDiskFull writes a file that the disk does not take whole.
func TestDiskFull(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		for _, room := range []int{0, 1, 3 * bodyAtOnce / 2, 2 * bodyAtOnce} {
			k, err := w.newFile(t.Context(), ss)
			if err != nil {
				t.Fatal(err)
			}
			k.seal = seal.NewWriter(w.Rand, k.key, fileAAD(k.id), &fullDisk{k.blob, room})
			if _, err = io.Copy(k, io.LimitReader(zeros{}, 4*bodyAtOnce)); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("with room for %d: %v", room, err)
			}
			if _, err := k.keep("a.pdf"); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("with room for %d it is kept: %v", room, err)
			}
			w.giveUp(t.Context(), ss, k)
		}
		w.holds(t, "after a full disk")
	})
}

// fullDisk has room for so many bytes.
type fullDisk struct {
	io.Writer
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.Writer.Write(p[:min(len(p), d.room)])
	d.room -= n
	if err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}
