package scan_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"leitportal/internal/fail"
	"leitportal/internal/scan"
	"leitportal/internal/scan/scantest"
)

func TestAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"unix:/run/clamav/clamd.ctl": true, "tcp:127.0.0.1:3310": true, "tcp:[::1]:3310": true,
		"": false, "unix:": false, "unix:clamd.ctl": false, "tcp:": false, "tcp::3310": false, "tcp:host": false, "http://x": false, "/run/clamd": false,
	} {
		if _, err := scan.New(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestVerdicts(t *testing.T) {
	d := scantest.New(t)
	c, err := scan.New(d.Address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scan(t.Context(), strings.NewReader("x")); !fail.Is(err, fail.Unavailable) || !fail.Is(c.Ping(t.Context()), fail.Unavailable) {
		t.Errorf("without clamd: %v", err)
	}
	d.Start(t)
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	long := strings.Repeat("x", 300_000)
	for text, want := range map[string]string{"": "", "Waldi": "", long: "", scantest.EICAR: scantest.Signature, long + scantest.EICAR: scantest.Signature} {
		if got, err := c.Scan(t.Context(), iotest.HalfReader(strings.NewReader(text))); got != want || err != nil {
			t.Errorf("%d bytes: %q %v, want %q", len(text), got, err, want)
		}
	}
	broken := errors.New("broken")
	if _, err := c.Scan(t.Context(), io.MultiReader(strings.NewReader(long), iotest.ErrReader(broken))); !errors.Is(err, broken) || fail.Is(err, fail.Unavailable) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := c.Scan(ctx, strings.NewReader("x")); err == nil {
		t.Errorf("after the end of its context: %q", got)
	}
	d.Most = 1000
	if got, err := c.Scan(t.Context(), strings.NewReader(long)); !fail.Is(err, fail.TooLarge) {
		t.Errorf("more than clamd takes: %q %v", got, err)
	}
	for _, answer := range []string{"stream: ERROR", "OK", "stream:  FOUND", "FOUND", strings.Repeat("x", 10_000), "stream: OK\nstream: X FOUND"} {
		d.Most, d.Answer = 0, answer
		if got, err := c.Scan(t.Context(), strings.NewReader("x")); !fail.Is(err, fail.Unavailable) || got != "" {
			t.Errorf("%.40q is a verdict: %q %v", answer, got, err)
		}
	}
}

// TestRealClamd asks a clamd that is there: LEITPORTAL_TEST_CLAMD is its
// address.
func TestRealClamd(t *testing.T) {
	address := os.Getenv("LEITPORTAL_TEST_CLAMD")
	if address == "" {
		t.Skip("LEITPORTAL_TEST_CLAMD names no clamd")
	}
	c, err := scan.New(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Scan(t.Context(), strings.NewReader("Waldi")); got != "" || err != nil {
		t.Errorf("a clean file: %q %v", got, err)
	}
	if got, err := c.Scan(t.Context(), strings.NewReader(scantest.EICAR)); !strings.Contains(strings.ToLower(got), "eicar") || err != nil {
		t.Errorf("EICAR: %q %v", got, err)
	}
}
