// Package scantest has a clamd for tests.
package scantest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// EICAR is the text that every scanner takes for malware, by agreement.
const EICAR = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// Signature is the name that the clamd here gives it.
const Signature = "Eicar-Test-Signature"

// Clamd is a clamd that speaks the real protocol and knows EICAR.
type Clamd struct {
	Address string // unix:/…
	// Answer replaces every verdict, where set; Most is its StreamMaxLength, 0
	// for none.
	Answer string
	Most   int

	path string
	mu   sync.Mutex
	l    net.Listener
}

// New makes a clamd that is away until Start.
func New(t testing.TB) *Clamd {
	t.Helper()
	dir, err := os.MkdirTemp("", "clamd") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	c := &Clamd{path: filepath.Join(dir, "ctl")}
	c.Address = "unix:" + c.path
	t.Cleanup(func() { c.Stop(); os.RemoveAll(dir) })
	return c
}

// Start lets it answer.
func (c *Clamd) Start(t testing.TB) {
	t.Helper()
	l, err := net.Listen("unix", c.path)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.l = l
	c.mu.Unlock()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
}

// Stop takes it away.
func (c *Clamd) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.l != nil {
		c.l.Close()
		c.l = nil
	}
}

func (c *Clamd) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	answer := "UNKNOWN COMMAND"
	switch command {
	case "zPING\x00":
		answer = "PONG"
	case "zINSTREAM\x00":
		if answer = c.verdict(r); answer == "" {
			return
		}
	}
	io.WriteString(conn, answer+"\x00")
}

func (c *Clamd) verdict(r io.Reader) string {
	var all []byte
	for {
		var length [4]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return ""
		}
		n := binary.BigEndian.Uint32(length[:])
		if n == 0 {
			break
		}
		if c.Most > 0 && len(all)+int(n) > c.Most {
			return "INSTREAM size limit exceeded. ERROR"
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(r, piece); err != nil {
			return ""
		}
		all = append(all, piece...)
	}
	switch {
	case c.Answer != "":
		return c.Answer
	case bytes.Contains(all, []byte(EICAR)):
		return "stream: " + Signature + " FOUND"
	}
	return "stream: OK"
}
