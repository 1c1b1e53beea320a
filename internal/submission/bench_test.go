package submission

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/form"
	"leitportal/internal/form/formtest"
	"leitportal/internal/i18n"
)

// unseen is a response that nobody reads.
type unseen struct{ header http.Header }

func (u unseen) Header() http.Header         { return u.header }
func (u unseen) Write(b []byte) (int, error) { return len(b), nil }
func (u unseen) WriteHeader(int)             {}

func benchWorld(b *testing.B) *world {
	b.Helper()
	d, err := db.Open(b.Context(), "sqlite:"+b.TempDir()+"/test.db")
	if err == nil {
		err = d.Migrate(b.Context(), rooms())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return newWorld(b, d)
}

// BenchmarkReceive takes a file of 64 MB from a page to the disk.
func BenchmarkReceive(b *testing.B) {
	w := benchWorld(b)
	ss, _ := w.draft(b)
	d := w.desk(b, ss)
	file := bytes.Repeat([]byte("what a stranger sends "), 64<<20/22)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		body := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4 "), bytes.NewReader(file), strings.NewReader("\r\n--b--\r\n"))
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		takes, take := w.receive(b.Context(), d, evidenceField(1<<30))
		_, files, err := posted(r, takes, take)
		if err != nil || files[0].file.Size != int64(len(file))+9 {
			b.Fatal(files, err)
		}
		w.forget(b.Context(), d, files)
	}
}

// BenchmarkStep draws a page of 20 filled-in fields of ten kinds, from the
// answers to the last byte of HTML. Bar: 80 µs and 800 allocations.
func BenchmarkStep(b *testing.B) {
	w := benchWorld(b)
	ss, _ := w.draft(b)
	at := w.desk(b, ss)
	def, err := form.Load(formtest.Wide(10))
	if err == nil {
		at.program, err = form.Compile(def, form.Options{})
	}
	if err != nil {
		b.Fatal(err)
	}
	v := at.program.Open(at.program.Empty(), form.Env{Today: at.today, Lang: i18n.DE})
	for n := range 10 {
		st, err := v.Step(formtest.Page(n))
		if err != nil {
			b.Fatal(err)
		}
		v = v.Parse(st, formtest.Posted(n)).View
	}
	st, err := v.Step(formtest.Page(4))
	if err != nil {
		b.Fatal(err)
	}
	r, to := httptest.NewRequest(http.MethodGet, "/", nil), unseen{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.showStep(to, r, at, shown{view: v, step: st, status: http.StatusOK}); err != nil {
			b.Fatal(err)
		}
	}
}
