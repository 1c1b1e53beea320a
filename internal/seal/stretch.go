package seal

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"leitportal/internal/fail"
)

// Cost is what argon2id (RFC 9106) takes to make a key of what people choose.
type Cost struct {
	Memory uint32 // KiB
	Time   uint32 // passes
	Lanes  uint8
}

// UsualCost is OWASP's recommendation (Password Storage Cheat Sheet): 19 MiB,
// two passes, one lane; about 40 ms here.
func UsualCost() Cost { return Cost{Memory: 19 << 10, Time: 2, Lanes: 1} }

// What stored costs may ask for, so that a broken row cannot take the machine
// down.
const (
	MostMemory = 256 << 10 // KiB
	MostTime   = 16
)

// String is the costs as the PHC string format writes them: m=19456,t=2,p=1.
func (c Cost) String() string { return fmt.Sprintf("m=%d,t=%d,p=%d", c.Memory, c.Time, c.Lanes) }

// ParseCost reads what String writes; ok is false for anything else, and for
// more than MostMemory and MostTime.
func ParseCost(s string) (c Cost, ok bool) {
	n, err := fmt.Sscanf(s, "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Lanes)
	ok = n == 3 && err == nil && s == c.String() && c.Lanes >= 1 && c.Time >= 1 && c.Time <= MostTime &&
		c.Memory >= 8*uint32(c.Lanes) && c.Memory <= MostMemory
	return c, ok
}

// Stretch makes a key of size bytes of what somebody has chosen, by argon2id.
// However the letters of a password are composed, it is the same (NFC).
func (c Cost) Stretch(salt []byte, password string, size uint32) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Time, c.Memory, c.Lanes, size)
}

// Queue lets slow work through a few at a time: stretching takes memory and a
// core. It is safe for concurrent use.
type Queue struct {
	slots chan struct{}
	// Wait is the longest wait for a slot.
	Wait time.Duration
}

// NewQueue has so many slots, at least one, and waits for five seconds.
func NewQueue(slots int) *Queue {
	return &Queue{slots: make(chan struct{}, max(slots, 1)), Wait: 5 * time.Second}
}

// Enter waits for a slot; Leave gives it back. fail.Unavailable when none
// comes free in time.
func (q *Queue) Enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, q.Wait)
	defer cancel()
	select {
	case q.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fail.Newf(fail.Unavailable, "seal: too many passwords at once")
	}
}

// Leave gives the slot of an Enter back.
func (q *Queue) Leave() { <-q.slots }
