package submission

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/web"
)

func TestRefused(t *testing.T) {
	f := &form.Field{}
	f.Accept = []string{"application/pdf", "image/jpeg", "image/png"}
	pdf, jpg, png := "%PDF-1.4", "\xff\xd8\xff\xe0\x00\x10JFIF", "\x89PNG\r\n\x1a\n"
	const heic = "\x00\x00\x00\x18ftypheic0000"
	for _, c := range []struct{ name, head, say string }{ // say is part of the refusal; "" when it is taken
		{"a.pdf", pdf, ""},
		{"A.PDF", "\ufeff\n" + pdf, ""},
		{"a.jpeg", jpg, ""},
		{"a.JPG", jpg, ""},
		{"a.png", png, ""},
		{"a.pdf", "", "leer"},
		{"a.heic", heic, "Maximale Kompatibilität"},
		{"a.jpg", heic, "Bild konvertieren"},
		{"a.pdf", png, "PNG"},
		{"a.png.exe", png, "PNG"},
		{"pdf", pdf, "PDF"},
		{"a.pdf", "MZ\x90\x00", "PDF, JPG, PNG"},
		{"a.svg", "<svg onload=alert(1)>", "PDF, JPG, PNG"},
		{"a.pdf", strings.Repeat(" ", 2000) + pdf, "PDF, JPG, PNG"},
		{"a.gif", "GIF89a", "PDF, JPG, PNG"},
	} {
		for _, lang := range []i18n.Lang{i18n.DE, i18n.EN} {
			got := refused(Texts().In(lang), f, c.name, []byte(c.head))
			if (c.say == "") != (got == "") || lang == i18n.DE && !strings.Contains(got, c.say) {
				t.Errorf("%s of %.12q: %q, want %q", c.name, c.head, got, c.say)
			}
			if got != "" && !strings.Contains(got, c.name) {
				t.Errorf("%q does not name the file %s", got, c.name)
			}
		}
	}
}

func TestFileName(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\Users\x\a.pdf`: "a.pdf", `..\..\a.pdf`: "a.pdf", "": "Datei", ".": "Datei", "/": "Datei",
		"..": "Datei", "a\x00b\x1b.pdf": "ab.pdf", "a\u202efdp.exe": "afdp.exe", "\u2066a\u2069.pdf": "a.pdf", "a\u061cb.pdf": "ab.pdf",
		"a\xff.pdf": "a.pdf", " a .pdf ": "a .pdf", "u\u0308.pdf": "ü.pdf", long + ".pdf": strings.Repeat("ä", 116) + ".pdf",
		"a\u200b\u200d.pdf": "a.pdf", "\ufeffa.pdf": "a.pdf", "a\u2028b.pdf": "ab.pdf",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%.40q becomes %.60q, want %.60q", in, got, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("../a\u202e.pdf")
	f.Add(`\\x\` + strings.Repeat("a.", 200))
	f.Fuzz(func(t *testing.T, s string) {
		got := fileName(s)
		if got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 1000 || strings.ContainsAny(got, `/\`) || got == ".." {
			t.Errorf("%q becomes %q", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%q keeps %U", s, r)
			}
		}
	})
}

// request is a POST as the route hands it on.
func request(contentType string, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	return r
}

func TestPosted(t *testing.T) {
	takes := func(field string) bool { return field == "file" }
	part := func(disposition, body string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + body + "\r\n"
	}
	const multi = "multipart/form-data; boundary=b"
	big := strings.Repeat("x", maxFields+1)
	for name, c := range map[string]struct {
		typ, body string
		status    int // 0: taken
		files     int
	}{
		"plain":                    {"application/x-www-form-urlencoded", "a=1&a=2", 0, 0},
		"plain, too large":         {"application/x-www-form-urlencoded", "a=" + big, 413, 0},
		"plain, broken":            {"application/x-www-form-urlencoded", "a=%zz", 422, 0},
		"nothing":                  {"", "", 0, 0},
		"parts":                    {multi, part(`name="a"`, "1") + part(`name="file"; filename="x.pdf"`, "data") + "--b--", 0, 1},
		"no file chosen":           {multi, part(`name="file"; filename=""`, "") + "--b--", 0, 0},
		"a file too large":         {multi, part(`name="file"; filename="x.pdf"`, strings.Repeat("x", 1001)) + "--b--", 0, 1},
		"a file where none belong": {multi, part(`name="a"; filename="x.pdf"`, "data") + "--b--", 0, 0},
		"values too large":         {multi, part(`name="a"`, big) + "--b--", 413, 0},
		"many values too large":    {multi, part(`name="a"`, big[:maxFields/2]) + part(`name="b"`, big[:maxFields/2+2]) + "--b--", 413, 0},
		"large where none belongs": {multi, part(`name="a"; filename="x"`, big) + part(`name="b"`, "1") + "--b--", 0, 0},
		"too many parts":           {multi, strings.Repeat(part(`name="a"`, ""), maxParts+1) + "--b--", 413, 0},
		"cut off":                  {multi, part(`name="a"`, "1"), 422, 0},
		"cut off in a file":        {multi, part(`name="file"; filename="x.pdf"`, "data")[:70], 422, 0},
		"no boundary":              {"multipart/form-data", "x", 422, 0},
		"another boundary":         {"multipart/form-data; boundary=c", part(`name="a"`, "1"), 422, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v, files, err := posted(request(c.typ, []byte(c.body)), takes, inMemory(1000))
			if c.status != 0 {
				if err == nil || web.Status(err) != c.status {
					t.Fatalf("got %v (%d), want %d", err, web.Status(err), c.status)
				}
				return
			}
			if err != nil || len(files) != c.files {
				t.Fatalf("got %v, %d files, %v", v, len(files), err)
			}
			for _, f := range files {
				if len(f.data) > 1001 {
					t.Errorf("%d bytes of a file are read", len(f.data))
				}
			}
		})
	}
}

// A file of 200 MB is read to its end, at the cost of what is kept of it: what
// stands behind it on the page arrives, so that nothing typed is lost.
func TestPostedHearsOut(t *testing.T) {
	var m runtime.MemStats
	for name, x := range map[string]struct {
		takes bool
		most  uint64 // bytes allocated on the way
	}{"taken": {true, 4 << 20}, "of no field": {false, 4 << 20}} {
		body := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4 "),
			io.LimitReader(zeros{}, 200<<20), strings.NewReader("\r\n--b\r\nContent-Disposition: form-data; name=\"why\"\r\n\r\nbehind\r\n--b--\r\n"))
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		runtime.ReadMemStats(&m)
		before := m.TotalAlloc
		values, _, err := posted(r, func(string) bool { return x.takes }, inMemory(100_000))
		runtime.ReadMemStats(&m)
		if err != nil || values.Get("why") != "behind" {
			t.Errorf("%s: %v, %v", name, values, err)
		}
		if took := m.TotalAlloc - before; took > x.most {
			t.Errorf("%s: reading it takes %d bytes", name, took)
		}
	}
}

func FuzzPosted(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\nx\r\n--b--"))
	f.Add("application/x-www-form-urlencoded", []byte("a=%"))
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		_, files, err := posted(request(typ, body), func(string) bool { return true }, inMemory(100))
		var tooLarge *http.MaxBytesError
		if err != nil && !fail.Is(err, fail.Invalid) && !fail.Is(err, fail.TooLarge) && !errors.As(err, &tooLarge) {
			t.Errorf("a broken body is our fault: %v", err)
		}
		for _, u := range files {
			if len(u.data) > 101 || u.name == "" {
				t.Errorf("kept %d bytes of %q", len(u.data), u.name)
			}
		}
	})
}

func TestUnpack(t *testing.T) {
	pdf, json, err := unpack(pack([]byte("pdf"), []byte("json")))
	if err != nil || string(pdf) != "pdf" || string(json) != "json" {
		t.Fatal(pdf, json, err)
	}
	for _, b := range [][]byte{nil, {0, 0, 0}, {0, 0, 0, 9, 1}, {255, 255, 255, 255, 1}} {
		if _, _, err := unpack(b); err == nil {
			t.Errorf("% x is unpacked", b)
		}
	}
}

func TestRoutesHaveAccess(t *testing.T) {
	for _, r := range New(Config{}).Routes() {
		if r.Access == "" || r.Handle == nil {
			t.Errorf("%s lacks access or handler", r.Pattern)
		}
		if sends := strings.HasPrefix(r.Pattern, "POST ") || strings.HasPrefix(r.Pattern, "PATCH "); r.MaxBody > 0 && !sends {
			t.Errorf("%s takes a large body", r.Pattern)
		}
	}
}
