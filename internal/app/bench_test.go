package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Where a request's time goes: go test ./internal/app -run '^$' -bench Page
// -cpuprofile. What counts is measured by make bench, over the network.

// guest is an applicant without a network between.
type guest struct {
	b      testing.TB
	h      http.Handler
	from   string // network address; each journey has its own, for drafts are limited
	cookie string
}

// answers are the pages of the dog tax, as one posts them.
func answers() [][2]string {
	page := func(path string, kv ...string) [2]string {
		v := url.Values{"_rev": {"0"}, "_go": {"next"}}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return [2]string{path, v.Encode()}
	}
	return [][2]string{
		page("privacy"),
		page("keeper-kind", "keeper.company", "no", "keeper.joint", "no"),
		page("keeper", "keeper.first", "Ada", "keeper.last", "Weiß", "keeper.birth:day", "29", "keeper.birth:month", "2", "keeper.birth:year", "1980"),
		page("address", "address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort", "address.moved_in:day", "1", "address.moved_in:month", "5", "address.moved_in:year", "2010"),
		page("contact"),
		page("dog/1", "dogs/1.name", "Rex", "dogs/1.breed", "labrador_retriever", "dogs/1.sex", "male", "dogs/1.found", "no"),
		page("dog-origin/1", "dogs/1.birth:day", "1", "dogs/1.birth:month", "5", "dogs/1.birth:year", "2018", "dogs/1.estimated", "exact", "dogs/1.since:day", "1", "dogs/1.since:month", "1", "dogs/1.since:year", "2026", "dogs/1.origin", "breeder"),
		page("dog-relief/1", "dogs/1.assistance", "no", "dogs/1.watch", "no"),
		page("dogs", "_list", "next"),
		page("others", "others.has", "no"),
		page("relief", "relief.social", "no"),
		page("payment", "payment.mandate", "no"),
		page("declarations", "declarations.correct", "yes", "declarations.changes", "yes"),
	}
}

const dogTax = "/paderborn/antrag/hundesteuer"

func (g *guest) do(method, path, body string, status int) {
	g.b.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if g.from != "" {
		r.RemoteAddr = g.from
	}
	if g.cookie != "" {
		r.Header.Set("Cookie", g.cookie)
	}
	w := httptest.NewRecorder()
	g.h.ServeHTTP(w, r)
	if c := w.Header().Get("Set-Cookie"); c != "" {
		g.cookie, _, _ = strings.Cut(c, ";")
	}
	if w.Code != status {
		g.b.Fatalf("%s %s answers %d, want %d", method, path, w.Code, status)
	}
}

func (g *guest) fillIn(look bool) {
	g.cookie = ""
	g.do("GET", dogTax, "", 200)
	g.do("POST", dogTax, "", 303)
	for _, p := range answers() {
		if look {
			g.do("GET", dogTax+"/seite/"+p[0], "", 200)
		}
		g.do("POST", dogTax+"/seite/"+p[0], p[1], 303)
	}
}

func serving(b *testing.B) http.Handler {
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, Config{OfferAll: true, Listen: "127.0.0.1:0", Data: b.TempDir(), MailFrom: "portal@localhost"}, "http://127.0.0.1", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.jobs.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-done
		a.Close()
	})
	return a.router
}

func BenchmarkFormPage(b *testing.B) {
	g := &guest{b: b, h: serving(b)}
	g.fillIn(false)
	pages := answers()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		g.do("GET", dogTax+"/seite/"+pages[i%len(pages)][0], "", 200)
		i++
	}
}

func BenchmarkJourney(b *testing.B) {
	h := serving(b)
	(&guest{b: b, h: h}).fillIn(false)
	time.Sleep(5 * time.Second) // the office's key is being made
	b.ReportAllocs()
	b.SetParallelism(8)
	b.ResetTimer()
	var n atomic.Uint32
	b.RunParallel(func(pb *testing.PB) {
		g := &guest{b: b, h: h}
		for pb.Next() {
			i := n.Add(1)
			g.from = fmt.Sprintf("10.%d.%d.%d:4000", i>>16&255, i>>8&255, i&255)
			g.fillIn(true)
			g.do("GET", dogTax+"/pruefen", "", 200)
			g.do("POST", dogTax+"/pruefen", "", 303)
			g.do("GET", dogTax+"/status", "", 200)
		}
	})
}
