package apptest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Line stands between a portal and its database, and can be cut.
type Line struct {
	// URL is the address of the database by way of the line.
	URL string

	mu   sync.Mutex
	away bool
	open map[net.Conn]bool
}

// NewLine is a line to a PostgreSQL database that lasts as long as the test.
func NewLine(t testing.TB, databaseURL string) *Line {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	to := u.Host
	u.Host = here.Addr().String()
	l := &Line{URL: u.String(), open: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := here.Accept()
			if err != nil {
				return
			}
			go l.serve(c, to)
		}
	}()
	return l
}

func (l *Line) serve(c net.Conn, to string) {
	defer c.Close()
	l.mu.Lock()
	away := l.away
	l.mu.Unlock()
	if away {
		return
	}
	up, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer up.Close()
	l.mu.Lock()
	l.open[c], l.open[up] = true, true
	l.mu.Unlock()
	go func() {
		_, _ = io.Copy(up, c) // ends when either side does
		up.Close()
	}()
	_, _ = io.Copy(c, up) // ends when either side does
	l.mu.Lock()
	delete(l.open, c)
	delete(l.open, up)
	l.mu.Unlock()
}

// Cut takes the database away, or brings it back.
func (l *Line) Cut(away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = away
	for c := range l.open {
		c.Close()
	}
}
