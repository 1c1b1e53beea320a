package submission

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
)

// What one network address may do within an hour, and what is left of the
// disk, where Config says nothing
// else: enough for a library or a town hall, whose visitors share an address,
// and too little to fill a disk.
const (
	draftsPerHour  = 120
	uploadsPerHour = 250 // MB
	// diskReserve is what uploads leave free, in MB: room for some hundred
	// thousand saved pages, and for SQLite's log.
	diskReserve = 500
	// stretchesPerHour is how many passphrases are stretched for it: half a
	// minute of one core.
	stretchesPerHour = 120
)

// maxCookies is how many browsers have the key to one draft: each one that a
// resume code was typed into. The one that got it first is the first to lose
// it; its user types the code again.
const maxCookies = 10

// quota bounds how much of something each caller uses within an hour. Callers
// are named by web.ClientKey, which is not their address. It is safe for
// concurrent use and its memory is bounded; it knows what this process has
// seen since it was started.
type quota struct {
	clock clock.Clock
	most  int64
	mu    sync.Mutex
	spent map[string]spent
}

// spent is what a caller has used since until minus an hour.
type spent struct {
	n     int64
	until time.Time
}

// mostCallers bounds the memory of a quota to some 15 MB.
const mostCallers = 100_000

func newQuota(c clock.Clock, most int64) *quota {
	return &quota{clock: c, most: most, spent: map[string]spent{}}
}

// wait is how long the caller has to wait before it may use n more, 0 for not
// at all. The first use of an hour is always granted: a single upload may be
// larger than the quota.
func (q *quota) wait(caller string, n int64) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left(caller, n)
}

// take is wait, and use where there is nothing to wait for: of several at once
// no more get through than may.
func (q *quota) take(caller string, n int64) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait := q.left(caller, n)
	if wait == 0 {
		q.count(caller, n)
	}
	return wait
}

// more is take for something that has used own already: what nothing else has
// come before is always granted.
func (q *quota) more(caller string, own, n int64) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.spent[caller].n > own {
		if wait := q.left(caller, n); wait > 0 {
			return wait
		}
	}
	q.count(caller, n)
	return 0
}

// giveBack takes back what was counted for the caller.
func (q *quota) giveBack(caller string, n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s, ok := q.spent[caller]; ok {
		s.n = max(0, s.n-n)
		q.spent[caller] = s
	}
}

func (q *quota) left(caller string, n int64) time.Duration {
	s, now := q.spent[caller], q.clock.Now()
	if n <= 0 || s.n == 0 || s.n+n <= q.most || !now.Before(s.until) {
		return 0
	}
	return s.until.Sub(now)
}

// use counts n for the caller.
func (q *quota) use(caller string, n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count(caller, n)
}

func (q *quota) count(caller string, n int64) {
	now := q.clock.Now()
	s, ok := q.spent[caller]
	if !ok || !now.Before(s.until) {
		s = spent{until: now.Add(time.Hour)}
		for other := range q.spent { // any one: an attack from many addresses
			if len(q.spent) < mostCallers {
				break
			}
			delete(q.spent, other)
		}
	}
	s.n += n
	q.spent[caller] = s
}

// sweep forgets the callers whose hour is over.
func (q *quota) sweep() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	for caller, s := range q.spent {
		if !now.Before(s.until) {
			delete(q.spent, caller)
		}
	}
}

// limited says in words that a caller has to wait, and in the answer's
// heading how long.
func (s *Service) limited(w http.ResponseWriter, t i18n.Texts, what string, wait time.Duration) *ui.Alert {
	w.Header().Set("Retry-After", itoa(int((wait+time.Second-1)/time.Second)))
	// Rounded up to the minute that people read: before it, it would be too early.
	at := s.Clock.Now().Add(wait + time.Minute - 1)
	return &ui.Alert{
		Tone: ui.Warning, Focus: true, Title: t.T("submission.limit." + what + ".title"),
		Text: t.T("submission.limit."+what+".text", "time", i18n.FormatTime(at)),
	}
}

// uploadWait is how long the caller has to wait with one of these files, 0 for
// none.
func uploadWait(files []*upload) time.Duration {
	for _, u := range files {
		if u.wait > 0 {
			return u.wait
		}
	}
	return 0
}

// overLimit shows a page again whose files are more than the caller may
// upload now, with everything else that was typed; it tells whether it did.
func (s *Service) overLimit(w http.ResponseWriter, r *http.Request, d *desk, v *form.View, st form.Step, values url.Values, files []*upload) (bool, error) {
	wait := uploadWait(files)
	if wait == 0 {
		return false, nil
	}
	parsed := v.Parse(st, values)
	return true, s.showStep(w, r, d, shown{
		view: parsed.View, step: st, raw: parsed.Raw, json: parsed.JSON, status: http.StatusTooManyRequests,
		notice: s.limited(w, d.t, "uploads", wait),
	})
}
