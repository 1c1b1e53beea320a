package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode"

	"leitportal/internal/fail"
)

const (
	dialPatience = 5 * time.Second
	patience     = 3 * time.Minute // for one file, from the first byte to the verdict
	maxAnswer    = 4096
	pieceSize    = 128 << 10
)

// tooLong is what clamd answers beyond StreamMaxLength.
const tooLong = "INSTREAM size limit exceeded. ERROR"

// Clamd is a scanner at an address. It is safe for concurrent use; each file
// gets a connection of its own.
type Clamd struct {
	network, address string
}

// New returns the scanner at "unix:/path" or "tcp:host:port", without asking
// whether it is there.
func New(address string) (*Clamd, error) {
	network, rest, ok := strings.Cut(address, ":")
	switch {
	case ok && network == "unix" && strings.HasPrefix(rest, "/"):
		return &Clamd{network, rest}, nil
	case ok && network == "tcp":
		if host, port, err := net.SplitHostPort(rest); err == nil && host != "" && port != "" {
			return &Clamd{network, rest}, nil
		}
	}
	return nil, fmt.Errorf("%q is not unix:/path or tcp:host:port", address)
}

// Ping asks whether the scanner answers; fail.Unavailable when not.
func (c *Clamd) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "PING", func(io.Writer) error { return nil })
	if err == nil && answer != "PONG" {
		err = fail.Newf(fail.Unavailable, "scan: clamd answers %.100q to a ping", answer)
	}
	return err
}

// Scan sends what r gives and answers the name of the malware found, "" for
// none. It is of kind fail.Unavailable when there is no verdict, for clamd is
// away or busy, and fail.TooLarge when it takes no file of this length
// (StreamMaxLength). An error of r is answered as it is.
func (c *Clamd) Scan(ctx context.Context, r io.Reader) (malware string, err error) {
	answer, err := c.ask(ctx, "INSTREAM", func(w io.Writer) error { return stream(w, r) })
	if err != nil {
		return "", err
	}
	verdict, ok := strings.CutPrefix(answer, "stream: ")
	if ok && verdict == "OK" {
		return "", nil
	}
	if name, found := strings.CutSuffix(verdict, " FOUND"); ok && found && name != "" && !strings.ContainsFunc(name, unicode.IsControl) {
		return name, nil
	}
	kind := fail.Unavailable
	if answer == tooLong {
		kind = fail.TooLarge
	}
	return "", fail.Newf(kind, "scan: clamd answers %.200q", answer)
}

// source marks an error of what is scanned.
type source struct{ error }

// stream sends r as INSTREAM has it: pieces, each after its length, and at last
// a length of 0.
func stream(w io.Writer, r io.Reader) error {
	piece := make([]byte, 4+pieceSize)
	for {
		n, err := io.ReadFull(r, piece[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return source{err}
		}
		binary.BigEndian.PutUint32(piece, uint32(n))
		if _, err := w.Write(piece[:4+n]); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// ask sends a command and answers what comes back.
func (c *Clamd) ask(ctx context.Context, command string, send func(io.Writer) error) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{Timeout: dialPatience}).DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", fail.New(fail.Unavailable, "", fmt.Errorf("scan: clamd: %w", err))
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer func() { stop(); conn.Close() }()
	_, sent := io.WriteString(conn, "z"+command+"\x00")
	if sent == nil {
		sent = send(conn)
	}
	var broken source
	if errors.As(sent, &broken) {
		return "", broken.error
	}
	// Also when it stopped listening: it says why before it hangs up.
	answer, err := bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString(0)
	if err != nil {
		return "", fail.New(fail.Unavailable, "", fmt.Errorf("scan: clamd: %w", errors.Join(sent, err, context.Cause(ctx))))
	}
	return strings.TrimSpace(strings.TrimSuffix(answer, "\x00")), nil
}
