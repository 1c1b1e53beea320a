package job

import (
	"context"
	"embed"
	"errors"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leitportal/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "job", FS: migrations} }

// New is a job to be enqueued.
type New struct {
	Kind   string // names the handler
	Tenant string // whose job it is; "" for the whole portal
	// Payload is what the handler needs, at best an id; personal data only
	// as ciphertext.
	Payload []byte
	// NotBefore is when it may begin; the zero time, at once. Jobs begin in
	// the order of NotBefore, so pass the clock's now for first come, first
	// served.
	NotBefore time.Time
	// Unique, unless "", makes it one with an open job of the same kind,
	// tenant and Unique: that one takes over the payload, and if it is
	// running at the moment, it runs again afterwards.
	Unique string
}

// Job is a job under way.
type Job struct {
	ID      string
	Kind    string
	Tenant  string
	Payload []byte
	Attempt int // 1 for the first
	lease   string
}

// Handler does a job. It is idempotent, and returns nil when the job is done;
// after an error it is called again, later and later, and after Permanent or
// the last attempt the job is a dead letter. The context ends when the lease
// is lost or the process has to stop.
type Handler func(ctx context.Context, j Job) error

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks err as one that no further attempt can mend.
func Permanent(err error) error { return permanent{err} }

// DeadLetter is a job that was given up.
type DeadLetter struct {
	ID, Kind, Tenant string
	Attempts         int
	DeadAt           time.Time
	Reason           string // the last error
}

// Count is how many jobs of a kind there are.
type Count struct {
	Kind string
	Open int // waiting or running
	Dead int
}

// backoff is how long to wait after the given failed attempt (from 1): base,
// doubled with each attempt, at most limit, less up to a half. What is taken
// off follows from the job's random id, so that jobs that failed together do
// not come back together.
func backoff(base, limit time.Duration, id string, attempt int) time.Duration {
	d := limit
	if shift := attempt - 1; shift < 30 && base < limit>>shift {
		d = base << shift
	}
	h := fnv.New64a()
	h.Write([]byte(id + "/" + strconv.Itoa(attempt)))
	return d - time.Duration(float64(d)/2*float64(h.Sum64()>>11)/(1<<53))
}

// reason is err's text as kept with the job: at most 500 bytes of UTF-8.
func reason(err error) string {
	s := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "�")
	if len(s) > 500 {
		s = s[:497]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
		s += "…"
	}
	return s
}

var errLost = errors.New("job: the lease was lost; another process has the job")
