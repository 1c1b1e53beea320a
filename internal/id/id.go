// Package id makes the identifiers of everything the portal stores: UUIDs of
// version 7 (RFC 9562, section 5.7), whose text order is their order in time.
package id

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"sync"
	"time"

	"leitportal/internal/clock"
)

// Source makes identifiers. It is safe for concurrent use.
type Source struct {
	clock clock.Clock
	mu    sync.Mutex
	rand  io.Reader
	last  uint64 // milliseconds<<12 | sequence of the newest id
}

// NewSource returns a source that takes the time from c and randomness from
// r (crypto/rand.Reader outside tests).
func NewSource(c clock.Clock, r io.Reader) *Source { return &Source{clock: c, rand: r} }

// New returns a fresh UUIDv7 in its usual text form (36 characters, lower
// case). Ids of one source grow strictly, even within a millisecond or when
// the clock goes back. It panics when the source of randomness fails: an
// identifier that could be guessed must never be handed out.
func (s *Source) New() string {
	var b [16]byte
	s.mu.Lock()
	_, err := io.ReadFull(s.rand, b[8:])
	next := uint64(s.clock.Now().UnixMilli()) << 12
	if next <= s.last {
		next = s.last + 1
	}
	s.last = next
	s.mu.Unlock()
	if err != nil {
		panic("id: no randomness: " + err.Error())
	}
	binary.BigEndian.PutUint64(b[:8], next>>12<<16|0x7000|next&0xfff)
	b[8] = b[8]&0x3f | 0x80
	return format(b)
}

func format(b [16]byte) string {
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], b[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], b[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], b[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], b[10:16])
	return string(out[:])
}

// Valid tells whether s has the form that New gives.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		case 14:
			if c != '7' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// Time is when s was made, to the millisecond; the zero time where s is not of
// the form that New gives.
func Time(s string) time.Time {
	var b [8]byte
	if !Valid(s) {
		return time.Time{}
	}
	if _, err := hex.Decode(b[2:], []byte(strings.Replace(s[:13], "-", "", 1))); err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))).UTC()
}
