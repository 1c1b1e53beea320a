package app

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/tests/whole/walker"
)

// The clock goes back and forth under people, in the night when the clocks
// change: sending goes on, a clock set back loses nothing, and one that jumps
// ahead ends drafts with words.
func TestClockChanges(t *testing.T) {
	clk := clock.NewManual(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC))
	a := start(t, clk)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	base := "http://" + l.Addr().String()
	service := walker.Service("paderborn")

	moment := regexp.MustCompile(`Oktober 2026, \d\d:\d\d Uhr( \(MES?Z\))?`)
	received := map[string]bool{}
	for _, at := range []time.Time{clk.Now(), clk.Now().Add(time.Hour), clk.Now().Add(-30 * time.Minute)} {
		clk.Set(at)
		b := walker.New(base)
		defer b.Close()
		p, err := b.Begin(service)
		if err == nil {
			p, err = b.Walk(p, walker.Keeper(), 1, "", nil)
		}
		for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
			p, err = b.Submit(p, "")
		}
		if err != nil || p.Number() == "" {
			t.Fatalf("%v: %v %v", at, p, err)
		}
		received[moment.FindString(p.Text())] = true
	}
	if len(received) < 3 {
		t.Errorf("moments of receipt are shown as %v", received)
	}

	b := walker.New(base)
	defer b.Close()
	p, err := b.Begin(service)
	if err == nil {
		_, err = b.Walk(p, walker.Keeper(), 1, "/contact", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	clk.Advance(-48 * time.Hour) // set back while the draft is open
	if p, err = b.Get(service + "/seite/address"); err != nil || p.Own() == nil {
		t.Fatal(p, err)
	}
	v := p.Own().Values()
	v.Set("address.street", "Neue Straße")
	if p, err = b.Send(p.Own(), v); err != nil || p.First != http.StatusSeeOther {
		t.Fatalf("with the clock set back a page is not saved: %v %v", p, err)
	}
	clk.Advance(10 * 365 * 24 * time.Hour)
	if p, err = b.Get(service + "/seite/address"); err != nil || p.Status != http.StatusGone {
		t.Errorf("ten years later the draft gives %v %v", p, err)
	}
}
