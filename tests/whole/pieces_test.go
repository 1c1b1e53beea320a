package whole

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// keeperOfRottweiler walks to the page that asks for the permit.
func keeperOfRottweiler() walker.Answers {
	return walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
}

// pieces speaks tus 1.0.0 as the browser b.
type pieces struct {
	t testing.TB
	b *walker.Browser
}

const begin, permitField = service + "/hochladen/seite/dog-law/1", "dogs/1.permit_file"

func (p pieces) do(method, path string, body io.Reader, headings ...string) (*http.Response, string) {
	p.t.Helper()
	answer, words, err := p.b.Tus(method, path, body, headings...)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer, words
}

// want is do for an answer of a status.
func (p pieces) want(status int, method, path string, body io.Reader, headings ...string) (http.Header, string) {
	p.t.Helper()
	answer, words := p.do(method, path, body, headings...)
	if answer.StatusCode != status || status != http.StatusNotFound && answer.Header.Get("Tus-Resumable") != "1.0.0" || answer.Header.Get("Cache-Control") != "no-store" {
		p.t.Fatalf("%s %s %v: %d %v, want %d: %s", method, path, headings, answer.StatusCode, answer.Header, status, words)
	}
	return answer.Header, words
}

// announce begins an upload and answers its path.
func (p pieces) announce(field, name string, length int) string {
	p.t.Helper()
	h, _ := p.want(http.StatusCreated, "POST", begin, nil, "Upload-Length", strconv.Itoa(length), "Upload-Metadata", walker.TusMetadata(field, name))
	if h.Get("Upload-Expires") == "" || !strings.HasPrefix(h.Get("Location"), service+"/hochladen/") {
		p.t.Fatalf("created: %v", h)
	}
	return h.Get("Location")
}

// offset is how much of an upload the portal has.
func (p pieces) offset(path string) int {
	p.t.Helper()
	h, _ := p.want(http.StatusOK, "HEAD", path, nil)
	n, err := strconv.Atoi(h.Get("Upload-Offset"))
	if err != nil {
		p.t.Fatalf("%v", h)
	}
	return n
}

// cut sends a piece of which only the first bytes arrive.
func (p pieces) cut(path string, at int, arrive []byte, announced int) {
	p.t.Helper()
	if err := p.b.TusCut(path, at, arrive, announced); err != nil {
		p.t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// An upload goes on after lost connections, and the office gets the file that
// was sent.
func TestUploadInPieces(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		b := open(t, portal)
		walk(t, b, keeperOfRottweiler(), 1, "/dog-law/1")
		p := pieces{t, b}
		content := bytes.Repeat([]byte("%PDF-1.4 Brimborium "), 20_000) // 400 kB, six chunks and a bit
		one := p.announce(permitField, "../Erlaubnis\r\n.pdf", len(content))
		if n := p.offset(one); n != 0 {
			t.Fatalf("%d bytes of nothing", n)
		}
		at := 0
		for _, upTo := range []int{1000, 65_536, 65_537, 200_000} {
			p.cut(one, at, content[at:upTo], len(content)-at)
			if n := p.offset(one); n < at || n > upTo {
				t.Fatalf("cut at %d: %d bytes are acknowledged", upTo, n)
			} else {
				at = n
			}
		}
		h, _ := p.want(http.StatusNoContent, "PATCH", one, bytes.NewReader(content[at:210_000]), "Upload-Offset", itoa(at))
		if h.Get("Upload-Offset") != "210000" || h.Get("Upload-Expires") == "" {
			t.Fatalf("a piece: %v", h)
		}
		h, _ = p.want(http.StatusNoContent, "POST", one, bytes.NewReader(content[210_000:]), "Upload-Offset", "210000",
			"X-HTTP-Method-Override", "PATCH", "Content-Type", "application/offset+octet-stream")
		if h.Get("Upload-Offset") != itoa(len(content)) {
			t.Fatalf("the last piece: %v", h)
		}
		if n := p.offset(one); n != len(content) {
			t.Fatalf("complete: %d", n)
		}
		// Its answer was lost, and it is sent once more.
		p.want(http.StatusNoContent, "PATCH", one, nil, "Upload-Offset", itoa(len(content)))
		page := get(t, b, service+"/seite/dog-law/1")
		if !page.Has("Erlaubnis.pdf") || strings.Count(string(page.Body), "Erlaubnis.pdf") == 0 || page.Has("../") {
			t.Fatalf("the page does not name the file: %s", page.Text())
		}
		check, err := b.Walk(page, keeperOfRottweiler(), 1, "", nil)
		must(t, check, err)
		number := submit(t, b, check, "").Number()
		desk := signIn(t, portal, databaseURL, clerk)
		file := get(t, desk, openCase(t, desk, number).LinkTo("/datei/"))
		if file.Status != http.StatusOK || !bytes.Equal(file.Body, content) {
			t.Fatalf("the office has %d bytes of %d", len(file.Body), len(content))
		}
	})
}

// What is wrong gets the status of the protocol, and words where a person can
// mend it; nothing is left of it.
func TestUploadInPiecesRefused(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := open(t, portal)
	walk(t, b, keeperOfRottweiler(), 1, "/dog-law/1")
	p := pieces{t, b}
	for name, c := range map[string]struct {
		status   int
		headings []string
		say      string
	}{
		"no version":          {412, []string{"Tus-Resumable", "", "Upload-Length", "5"}, ""},
		"another version":     {412, []string{"Tus-Resumable", "0.2.2", "Upload-Length", "5"}, ""},
		"no length":           {400, []string{"Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, ""},
		"a negative length":   {400, []string{"Upload-Length", "-5", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, ""},
		"a huge length":       {413, []string{"Upload-Length", "999999999999999999", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, "größer als 10\u00a0MB"},
		"an endless length":   {400, []string{"Upload-Length", "99999999999999999999999", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, ""},
		"a bit too long":      {413, []string{"Upload-Length", "10000001", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, "größer als 10\u00a0MB"},
		"empty":               {422, []string{"Upload-Length", "0", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, "leer"},
		"deferred":            {400, []string{"Upload-Defer-Length", "1", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, ""},
		"broken metadata":     {400, []string{"Upload-Length", "5", "Upload-Metadata", "field !!!"}, ""},
		"endless metadata":    {400, []string{"Upload-Length", "5", "Upload-Metadata", strings.Repeat("a YQ==,", 800)}, ""},
		"no field":            {404, []string{"Upload-Length", "5"}, ""},
		"another kind":        {404, []string{"Upload-Length", "5", "Upload-Metadata", walker.TusMetadata("dogs/1.permit", "a.pdf")}, ""},
		"a field of no page":  {404, []string{"Upload-Length", "5", "Upload-Metadata", walker.TusMetadata("relief.social_file", "a.pdf")}, ""},
		"from another origin": {403, []string{"Upload-Length", "5", "Sec-Fetch-Site", "cross-site", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer, words := pieces{t, b}.do("POST", begin, nil, c.headings...)
			if answer.StatusCode != c.status || !strings.Contains(words, c.say) || answer.Header.Get("Location") != "" {
				t.Errorf("%d %s", answer.StatusCode, words)
			}
			if c.status == 412 && answer.Header.Get("Tus-Version") != "1.0.0" {
				t.Errorf("%v", answer.Header)
			}
		})
	}
	if answer, _ := p.do("OPTIONS", begin, nil, "Tus-Resumable", ""); answer.StatusCode != 204 || answer.Header.Get("Tus-Version") != "1.0.0" || answer.Header.Get("Tus-Extension") != "creation,termination,expiration" {
		t.Errorf("OPTIONS: %d %v", answer.StatusCode, answer.Header)
	}

	one := p.announce(permitField, "a.pdf", 2000)
	content := bytes.Repeat([]byte("%PDF-1.4 "), 300)[:2000]
	p.want(http.StatusNoContent, "PATCH", one, bytes.NewReader(content[:1500]), "Upload-Offset", "0")
	for name, c := range map[string]struct {
		status   int
		body     io.Reader
		headings []string
	}{
		"another type":       {415, nil, []string{"Content-Type", "application/octet-stream", "Upload-Offset", "1500"}},
		"no offset":          {400, nil, nil},
		"before the end":     {409, bytes.NewReader(content[:5]), []string{"Upload-Offset", "0"}},
		"behind it":          {409, bytes.NewReader(content[:5]), []string{"Upload-Offset", "1501"}},
		"over-long":          {413, bytes.NewReader(content[:501]), []string{"Upload-Offset", "1500"}},
		"over-long, chunked": {413, io.MultiReader(bytes.NewReader(content[:501])), []string{"Upload-Offset", "1500"}},
		"another version":    {412, nil, []string{"Tus-Resumable", "2.0.0", "Upload-Offset", "1500"}},
		"another origin":     {403, bytes.NewReader(content[:500]), []string{"Sec-Fetch-Site", "cross-site", "Upload-Offset", "1500"}},
	} {
		if answer, words := p.do("PATCH", one, c.body, c.headings...); answer.StatusCode != c.status {
			t.Errorf("%s: %d %s", name, answer.StatusCode, words)
		}
		if n := p.offset(one); n != 1500 {
			t.Errorf("%s: %d bytes are acknowledged", name, n)
		}
	}
	p.want(http.StatusBadRequest, "POST", one, nil, "X-HTTP-Method-Override", "GET")

	// Another person's draft, another town, another service: not there.
	other := open(t, portal)
	walk(t, other, keeperOfRottweiler(), 1, "/dog-law/1")
	nobody := open(t, portal)
	for _, method := range []string{"HEAD", "PATCH", "DELETE"} {
		pieces{t, other}.want(http.StatusNotFound, method, one, nil, "Upload-Offset", "1500")
		pieces{t, nobody}.want(http.StatusNotFound, method, one, nil, "Upload-Offset", "1500")
		p.want(http.StatusNotFound, method, strings.Replace(one, "paderborn", "aachen", 1), nil, "Upload-Offset", "1500")
		p.want(http.StatusNotFound, method, service+"/hochladen/x", nil, "Upload-Offset", "1500")
	}
	pieces{t, nobody}.want(http.StatusNotFound, "POST", begin, nil, "Upload-Length", "5", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf"))

	// Two at once: one of them is taken, once.
	statuses := make([]int, 4)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			answer, _ := p.do("PATCH", one, bytes.NewReader(content[1500:]), "Upload-Offset", "1500")
			statuses[i] = answer.StatusCode
		})
	}
	wg.Wait()
	if n := p.offset(one); n != 2000 {
		t.Errorf("two at once, %v: %d bytes", statuses, n)
	}
	page := get(t, b, service+"/seite/dog-law/1")
	if n := strings.Count(string(page.Body), `name="_remove"`); n != 1 {
		t.Errorf("two at once, %v: %d files", statuses, n)
	}

	// By its first bytes, in words.
	two := p.announce(permitField, "b.pdf", 5000)
	if _, words := p.want(http.StatusUnprocessableEntity, "PATCH", two, strings.NewReader("MZ"+strings.Repeat("x", 2000)), "Upload-Offset", "0"); !strings.Contains(words, "b.pdf") || !strings.Contains(words, "PDF, JPG, PNG") {
		t.Errorf("another type: %s", words)
	}
	p.want(http.StatusNotFound, "HEAD", two, nil)
	three := p.announce(permitField, "c.pdf", 5000)
	p.want(http.StatusNoContent, "DELETE", three, nil)
	p.want(http.StatusNotFound, "PATCH", three, nil, "Upload-Offset", "0")

	// As many as the field takes.
	for _, name := range []string{"d.pdf", "e.pdf"} {
		p.want(http.StatusNoContent, "PATCH", p.announce(permitField, name, 9), strings.NewReader("%PDF-1.4 "), "Upload-Offset", "0")
	}
	if _, words := p.want(http.StatusUnprocessableEntity, "POST", begin, nil, "Upload-Length", "5", "Upload-Metadata", walker.TusMetadata(permitField, "f.pdf")); !strings.Contains(words, "Mehr als 3 Dateien") {
		t.Errorf("a fourth: %s", words)
	}
}

// Before the disk is full an upload is refused in words, and answers are still
// saved.
func TestUploadDiskReserve(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true, DiskReserve: 1 << 40})
	b := open(t, portal)
	walk(t, b, keeperOfRottweiler(), 1, "/dog-law/1")
	_, words := pieces{t, b}.want(http.StatusInsufficientStorage, "POST", begin, nil, "Upload-Length", "5", "Upload-Metadata", walker.TusMetadata(permitField, "a.pdf"))
	if !strings.Contains(words, "Speicher ist fast voll") {
		t.Error(words)
	}
	f := get(t, b, service+"/seite/dog-law/1").Own()
	p, err := b.Send(f, f.Press(keeperOfRottweiler().Fill(f), "_upload", permitField), walker.File{Field: permitField, Name: "a.pdf", Type: "application/pdf", Data: pdf("")})
	must(t, p, err)
	if p.Status != http.StatusInsufficientStorage || !strings.Contains(p.ErrorBeside(permitField), "Speicher ist fast voll") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if _, err := b.Walk(get(t, b, service+"/seite/dog-law/1"), keeperOfRottweiler(), 1, "", nil); err != nil {
		t.Fatalf("without the file: %v", err)
	}
}
