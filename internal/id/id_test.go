package id

import (
	"crypto/rand"
	"testing"
	"time"

	"leitportal/internal/clock"
)

func TestNewGrowsEvenWhenTheClockGoesBack(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC))
	s := NewSource(c, rand.Reader)
	last := ""
	for i := range 10_000 {
		if i == 5_000 {
			c.Advance(-time.Hour)
		}
		v := s.New()
		if !Valid(v) {
			t.Fatalf("%q is not valid", v)
		}
		if v <= last {
			t.Fatalf("%s does not follow %s", v, last)
		}
		last = v
	}
}

func TestValidRefuses(t *testing.T) {
	for _, s := range []string{"", "x", "0190a6f0-0000-4000-8000-000000000000", "0190A6F0-0000-7000-8000-000000000000", "0190a6f0-0000-7000-8000-0000000000000"} {
		if Valid(s) {
			t.Errorf("Valid(%q)", s)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 123_000_000, time.UTC)
	if got := Time(NewSource(clock.NewManual(at), rand.Reader).New()); !got.Equal(at) {
		t.Errorf("made at %s, read as %s", at, got)
	}
	if !Time("x").IsZero() || !Time("").IsZero() {
		t.Error("what is no id has a time")
	}
}
