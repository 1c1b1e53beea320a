package faults

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// The portal is killed in the middle of an upload. What it had acknowledged is
// there; the upload goes on behind it, and the page names the file once.
func TestKillInAnUpload(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.StartProcess(t, apptest.Options{DatabaseURL: databaseURL})
		b := walker.New(portal.URL)
		defer b.Close()
		service, field := walker.Service("paderborn"), "dogs/1.permit_file"
		a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
			"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
		p, err := b.Begin(service)
		if err == nil {
			_, err = b.Walk(p, a, 1, "/dog-law/1", nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		send := func(want int, method, path string, body io.Reader, headings ...string) http.Header {
			t.Helper()
			answer, words, err := b.Tus(method, path, body, headings...)
			if err != nil || answer.StatusCode != want {
				t.Fatalf("%s %s: %v %v %s", method, path, answer, err, words)
			}
			return answer.Header
		}
		content := bytes.Repeat([]byte("%PDF-1.4 secret "), 450_000) // 7.2 MB
		one := send(http.StatusCreated, "POST", service+"/hochladen/seite/dog-law/1", nil,
			"Upload-Length", strconv.Itoa(len(content)), "Upload-Metadata", walker.TusMetadata(field, "a.pdf")).Get("Location")
		at := 1_500_000
		send(http.StatusNoContent, "PATCH", one, bytes.NewReader(content[:at]), "Upload-Offset", "0")
		for _, upTo := range []int{2_000_000, 7_000_000} {
			if err := b.TusCut(one, at, content[at:upTo], len(content)-at); err != nil {
				t.Fatal(err)
			}
			portal.Kill()
			portal.Start()
			now, err := strconv.Atoi(send(http.StatusOK, "HEAD", one, nil).Get("Upload-Offset"))
			if err != nil || now < at || now > upTo {
				t.Fatalf("after %d bytes and %d acknowledged there are %d, %v", upTo, at, now, err)
			}
			at = now
		}
		send(http.StatusNoContent, "PATCH", one, bytes.NewReader(content[at:]), "Upload-Offset", strconv.Itoa(at))
		page, err := b.Get(service + "/seite/dog-law/1")
		if err != nil || bytes.Count(page.Body, []byte(`name="_remove"`)) != 1 || !page.Has("7,2 MB") {
			t.Fatalf("the page does not name the file: %v %s", err, page.Text())
		}
	})
}
