package main

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/tests/apptest"
)

// TestMain lets the test binary be the bare handler, as main does.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		fatal(bare(os.Args[2]))
		return
	}
	os.Exit(m.Run())
}

// TestQuick makes every measurement for a second: everything answers what it
// should, on both databases. Bars do not count, for other tests run beside it.
func TestQuick(t *testing.T) {
	var out strings.Builder
	o := options{binary: apptest.Binary(t), solutions: "solutions", quick: true, database: os.Getenv("LEITPORTAL_TEST_POSTGRES")}
	if _, err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	want := []string{"SQLite", "bare net/http handler", "service page", "form page (7 pages in turn)", "form page, p99", "dog tax: form page (13 pages in turn)", "search page over HTTP", "whole journeys (20 requests each)", "dog tax: whole journeys (32 requests each)", "memory after it", "sealed and synced", "memory for it", "first page after start", "memory idle", "POST of a page, 1000 fields, 300 rules", "engine step", "render of a page", "compile all", "PostgreSQL"}
	for _, w := range want {
		if !strings.Contains(out.String(), w) {
			t.Errorf("the table lacks %q", w)
		}
	}
}

func TestTable(t *testing.T) {
	took := []time.Duration{time.Millisecond, 2 * time.Millisecond, 30 * time.Millisecond}
	f := figures{requests: 3, rounds: 1, took: took, elapsed: time.Second, driver: time.Second / 2, server: 3 * time.Second / 2}
	x := table{title: "Test", bytes: 10}
	x.add(row{what: "bare", figure: rate(f), figures: f})
	x.add(row{what: "slow", figure: rate(f), figures: f, bar: "≥ 50 % of bare", ratio: 0.25})
	x.add(row{what: "small", figure: mega(90_500_000), bar: "≤ 200 MB", ratio: 0.45, ok: true})
	var out strings.Builder
	x.print(&out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, words := range [][]string{
		{"Test", "10 bytes"},
		nil,
		{"driver CPU", "server CPU"},
		{"bare", "3 requests/s", "2.00 ms", "30.00 ms", "50 %", "150 %", "666667 µs"},
		{"slow", "≥ 50 % of bare", "25 %", "MISS"},
		{"small", "90 MB", "45 %", "ok"},
	} {
		for _, w := range words {
			if !strings.Contains(lines[i], w) {
				t.Errorf("line %q lacks %q", lines[i], w)
			}
		}
	}
	if n := x.missed(); n != 1 {
		t.Errorf("missed() = %d", n)
	}
}

func TestBest(t *testing.T) {
	got := best("BenchmarkA-2   \t1\t 900 ns/op\t 2.5 peak-MB\t 7 allocs/op\nBenchmarkA-2 1 800 ns/op 3 peak-MB 6 allocs/op\nBenchmarkA-2 1 850 ns/op\nok x 1s\n", "BenchmarkA")
	if want := map[string]float64{"ns/op": 800, "peak-MB": 3, "allocs/op": 6}; !reflect.DeepEqual(got, want) {
		t.Errorf("best is %v, want %v", got, want)
	}
	if got := best("PASS\n", "BenchmarkA"); len(got) != 0 {
		t.Errorf("nothing was measured, but there is %v", got)
	}
}

func TestQueriesAreDistinctAndTheSame(t *testing.T) {
	c, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	qs := queries(c, a, distinctQueries)
	seen := map[string]bool{}
	for _, q := range qs {
		if seen[q] || strings.TrimSpace(q) == "" {
			t.Errorf("query %q", q)
		}
		seen[q] = true
	}
	if len(qs) != distinctQueries || !reflect.DeepEqual(qs, queries(c, a, distinctQueries)) {
		t.Errorf("%d queries, or others the second time", len(qs))
	}
}

func TestFill(t *testing.T) {
	w := newWalker(nil, dogTax())
	f := form{action: "/a", method: "post", controls: []control{
		{kind: "hidden", name: "_rev", value: "2"},
		{kind: "text", name: "dogs/12.name"},
		{kind: "radio", name: "dogs/12.sex", value: "female"},
		{kind: "radio", name: "dogs/12.sex", value: "male"},
		{kind: "text", name: "unknown", value: "kept"},
		{kind: "submit", name: "_list", value: "add"},
		{kind: "submit", name: "_list", value: "next"},
	}}
	want := url.Values{"_rev": {"2"}, "dogs/12.name": {"Rex"}, "dogs/12.sex": {"male"}, "unknown": {"kept"}, "_list": {"next"}}
	if got := w.fill(&f, "next"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestBrowser answers requests with prepared bytes.
func TestBrowser(t *testing.T) {
	answers := []string{
		"HTTP/1.1 303 See Other\r\nLocation: /b\r\nSet-Cookie: k=v; Path=/; Max-Age=5\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: k=; Path=/; Max-Age=0\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
		"SSH-2.0-x\r\n",
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked := make(chan string, len(answers))
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for _, a := range answers {
			head := ""
			for !strings.HasSuffix(head, "\r\n\r\n") {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				head += line
			}
			asked <- head
			fmt.Fprint(conn, a)
		}
	}()
	b, err := newBrowser(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if err := b.get("/a"); err != nil {
		t.Fatal(err)
	}
	if err := b.want(200, "abcde"); err != nil || b.path != "/b" {
		t.Errorf("after the redirect: %s %v", b.path, err)
	}
	if <-asked; !strings.Contains(<-asked, "Cookie: k=v\r\n") {
		t.Error("the cookie was not sent")
	}
	if err := b.get("/c"); err != nil || string(b.body) != "ok" {
		t.Errorf("third answer: %q %v", b.body, err)
	}
	if strings.Contains(<-asked, "Cookie") {
		t.Error("the cookie was not dropped")
	}
	if err := b.want(200, "nothing"); err == nil {
		t.Error("want found what is not there")
	}
	if err := b.get("/d"); err == nil {
		t.Error("an answer in another protocol was taken")
	}
}

func TestOpenJobs(t *testing.T) {
	n := openJobs("# HELP x\nleitportal_jobs{kind=\"a\",state=\"open\"} 3\nleitportal_jobs{kind=\"b\",state=\"dead\"} 9\nleitportal_jobs{kind=\"c\",state=\"open\"} 1e+01\n")
	if n != 13 {
		t.Errorf("openJobs = %v", n)
	}
}

// TestCalm: a measurement is made again while the host takes the cores, and the
// one that was disturbed least is kept, not the best.
func TestCalm(t *testing.T) {
	for _, c := range []struct {
		name   string
		stolen []float64 // of 100 ticks, in each try
		kept   int
		taken  float64
	}{
		{"at once", []float64{1}, 0, 0.01},
		{"the second is quiet", []float64{20, 0}, 1, 0},
		{"none is", []float64{20, 5, 9}, 1, 0.05},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now coreTime
			asked, tries := 0, 0
			kept, taken, err := calm(len(c.stolen), func() (coreTime, error) {
				if asked++; asked%2 == 0 {
					now.stolen, now.total = now.stolen+c.stolen[tries-1], now.total+100
				}
				return now, nil
			}, func() (int, error) { tries++; return tries - 1, nil })
			if err != nil || kept != c.kept || taken != c.taken || tries != len(c.stolen) {
				t.Errorf("kept %d with %v after %d tries (%v), want %d with %v after %d", kept, taken, tries, err, c.kept, c.taken, len(c.stolen))
			}
		})
	}
	if _, err := stolen(); err != nil {
		t.Error(err)
	}
}
