package submission

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/seal"
	"leitportal/internal/web"
)

// session is an opened draft: the row, and the key that opens its answers.
type session struct {
	draft
	key     dataKey
	lookup  string // of the slot it was opened with
	account bool   // it was opened by an account, not by this browser
	at      moment // when it was opened or last saved
	rows    []row  // the pages, sealed; nil until fetch, unless they were at hand
	known   []byte // what its form knows of the draft, sealed; see Service.know
	// recalled is known, opened; nil where nothing is known of the draft as it
	// is stored now
	recalled []byte
	pages    pages // those of them that were opened
	bad      error // why one was not that answers are on, see answers
}

// page is one opened page of a draft.
type page struct {
	path string
	rev  int64
	json []byte
}

// pages are the opened pages of a draft, in no order.
type pages []page

// at is the page of a path, the zero page where it was not saved yet.
func (ps pages) at(path string) page {
	for i := range ps {
		if ps[i].path == path {
			return ps[i]
		}
	}
	return page{}
}

// set is the pages with p in the place of the one of its path.
func (ps pages) set(p page) pages {
	for i := range ps {
		if ps[i].path == p.path {
			ps[i] = p
			return ps
		}
	}
	return append(ps, p)
}

// all is the pages as the form engine decodes them.
func (ps pages) all(yield func(path string, json []byte) bool) {
	for i := range ps {
		if !yield(ps[i].path, ps[i].json) {
			return
		}
	}
}

// begin makes a draft and the ticket with which this browser opens it.
func (s *Service) begin(ctx context.Context, tenant, solution, version string, lang i18n.Lang, keep time.Duration) (ticket, error) {
	now := clock.FromMicros(clock.Micros(s.Clock.Now()))
	return s.beginDraft(ctx, draft{
		tenant: tenant, id: s.IDs.New(), solution: solution, version: version, lang: string(lang),
		state: open, created: now, updated: now, expire: now.Add(keep + grace),
	})
}

// beginDraft is begin of d. What belongs into the transaction is also.
func (s *Service) beginDraft(ctx context.Context, d draft, also ...func(context.Context, db.Querier) error) (ticket, error) {
	key, err := newDataKey(s.Rand)
	if err != nil {
		return ticket{}, err
	}
	t, first, err := s.newSlot(d.id, key)
	if err != nil {
		return ticket{}, err
	}
	at, err := s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.insertDraft(ctx, tx, d); err != nil {
			return err
		}
		if err := s.store.insertSlot(ctx, tx, d.tenant, d.id, first.lookup, "cookie", first.sealed, d.created); err != nil {
			return err
		}
		for _, do := range also {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return s.Offices.Prepare(ctx, tx, d.tenant)
	})
	if err == nil {
		d.slot = first.sealed
		s.shelf.put(at, d, first.lookup, []row{})
	}
	return t, err
}

// newSlot makes a ticket for a draft, and the slot it opens.
func (s *Service) newSlot(draft string, key dataKey) (ticket, slot, error) {
	t, err := newTicket(s.Rand, draft)
	if err != nil {
		return ticket{}, slot{}, err
	}
	by := t.secret.opener()
	sealed, err := by.close(s.Rand, draft, key)
	return t, slot{by.lookup, sealed}, err
}

// openTicket opens the draft of a cookie. A ticket that opens nothing is
// fail.NotFound, whatever is wrong with it.
func (s *Service) openTicket(ctx context.Context, tenant string, t ticket) (*session, error) {
	by := t.secret.opener()
	at := s.since(t.draft)
	x, sure, ok := s.shelf.get(at, tenant, t.draft, by.lookup)
	if ok && !sure {
		rev, err := s.store.revision(ctx, s.DB.Read(), tenant, t.draft)
		if err != nil {
			return nil, err
		}
		if ok = rev == x.draft.rev; ok {
			s.shelf.put(at, x.draft, by.lookup, x.rows)
		}
	}
	if !ok {
		d, err := s.store.draft(ctx, s.DB.Read(), tenant, t.draft, by.lookup)
		if err != nil {
			return nil, err
		}
		x = shelved{draft: d}
		s.shelf.put(at, d, by.lookup, nil)
	}
	ss, err := s.unlock(x.draft, by)
	if err == nil {
		ss.at, ss.rows, ss.known = at, x.rows, x.known
	}
	return ss, err
}

func (s *Service) unlock(d draft, by opener) (*session, error) {
	key, err := by.open(d.id, d.slot)
	if err != nil {
		return nil, fail.New(fail.NotFound, "", err)
	}
	if d.state == open && !s.Clock.Now().Before(d.expire) {
		return nil, fail.New(fail.Gone, "submission.error.expired", errors.New("draft has expired"))
	}
	return &session{draft: d, key: key, lookup: by.lookup}, nil
}

// What is wrong with a passphrase, where the code itself is right.
var (
	errNoPassphrase    = fail.New(fail.Invalid, "submission.resume.passphrase.missing", errors.New("submission: the code has a passphrase"))
	errWrongPassphrase = fail.New(fail.Invalid, "submission.resume.passphrase.wrong", errors.New("submission: wrong passphrase"))
)

// openCode opens the draft of a resume code on another device and gives that
// a ticket of its own. Where the code has a passphrase it opens nothing
// without: errNoPassphrase, errWrongPassphrase. Where it has none, the
// passphrase is not looked at.
func (s *Service) openCode(ctx context.Context, code, passphrase string) (*session, ticket, error) {
	by := secret(code).opener()
	d, err := s.store.draftByCode(ctx, s.DB.Read(), by.lookup)
	if err != nil {
		return nil, ticket{}, err
	}
	if d.stretch != "" {
		if by, err = s.stretched(ctx, code, passphrase, d.stretch); err != nil {
			return nil, ticket{}, err
		}
	}
	ss, err := s.unlock(d, by)
	if d.stretch != "" && fail.Is(err, fail.NotFound) {
		s.guesses.Fail("slot " + by.lookup)
		err = errWrongPassphrase
	}
	if err != nil {
		return nil, ticket{}, err
	}
	t, another, err := s.newSlot(d.id, ss.key)
	if err != nil {
		return nil, ticket{}, err
	}
	_, err = s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.insertSlot(ctx, tx, d.tenant, d.id, another.lookup, "cookie", another.sealed, s.Clock.Now()); err != nil {
			return err
		}
		return s.store.keepCookies(ctx, tx, d.tenant, d.id, another.lookup, maxCookies)
	})
	return ss, t, err
}

// stretched is the opener of a code with its passphrase. Who has found a code
// may guess at its passphrase no more often from many addresses than from one.
func (s *Service) stretched(ctx context.Context, code, passphrase, stored string) (opener, error) {
	cost, ok := seal.ParseCost(stored)
	switch {
	case !ok:
		return opener{}, errors.New("submission: a slot with unknown costs")
	case passphrase == "":
		return opener{}, errNoPassphrase
	case utf8.RuneCountInString(passphrase) > maxPassphrase:
		return opener{}, errWrongPassphrase
	}
	var by opener
	err := s.slowly(ctx, func() error {
		// Inside the queue: as many guesses may slip through as it has slots.
		if err := s.guesses.Allow("slot " + secret(code).opener().lookup); err != nil {
			return err
		}
		by = secret(code).with(passphrase, cost)
		return nil
	})
	return by, err
}

// slowly does work that is slow by design, the stretching of a passphrase: a
// few at a time, and so many within an hour for each caller, whether the
// passphrase was right or not. Nothing that waits for the caller belongs in it.
func (s *Service) slowly(ctx context.Context, work func() error) error {
	if s.stretches.take(web.ClientKey(ctx), 1) > 0 {
		return fail.New(fail.Limited, "submission.limit.passphrases", errors.New("submission: too many passphrases within an hour"))
	}
	if err := s.stretching.Enter(ctx); err != nil {
		return err
	}
	defer s.stretching.Leave()
	return work()
}

// setPassphrase makes the draft's code open it only together with a
// passphrase, or again without one, where that is "".
func (s *Service) setPassphrase(ctx context.Context, ss *session, passphrase string) error {
	code, err := s.resumeCode(ctx, ss)
	if err != nil {
		return err
	}
	by, stretch := secret(code).opener(), ""
	if passphrase != "" {
		cost := seal.UsualCost()
		if err := s.slowly(ctx, func() error {
			by, stretch = secret(code).with(passphrase, cost), cost.String()
			return nil
		}); err != nil {
			return err
		}
	}
	sealed, err := by.close(s.Rand, ss.id, ss.key)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
		return s.store.setPassphrase(ctx, tx, ss.tenant, ss.id, slot{by.lookup, sealed}, stretch)
	})
	return err
}

// leave takes away the slot of this browser; the code still opens the draft.
func (s *Service) leave(ctx context.Context, ss *session) error {
	_, err := s.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
		return s.store.deleteSlot(ctx, tx, ss.tenant, ss.id, ss.lookup)
	})
	return err
}

// resumeCode is the draft's code; the first call draws it.
func (s *Service) resumeCode(ctx context.Context, ss *session) (string, error) {
	if ss.code != nil {
		b, err := ss.key.open("code "+ss.id, ss.code)
		return string(b), err
	}
	c, err := s.drawCode(ss)
	if err != nil {
		return "", err
	}
	first := true
	_, err = s.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
		first, err = s.keepCode(ctx, tx, ss, c)
		return err
	})
	if err != nil {
		return "", err
	}
	if !first { // another window was quicker: its code counts
		d, err := s.store.draft(ctx, s.DB.Read(), ss.tenant, ss.id, ss.lookup)
		if err != nil {
			return "", err
		}
		ss.code = d.code
		return s.resumeCode(ctx, ss)
	}
	ss.code = c.kept
	ss.rev++
	return c.code, nil
}

// drawn is a resume code that is not stored yet.
type drawn struct {
	code string
	kept []byte // the code, sealed under the data key
	slot slot   // the data key, sealed by the code
}

func (s *Service) drawCode(ss *session) (c drawn, err error) {
	if c.code, err = newCode(s.Rand); err != nil {
		return c, err
	}
	if c.kept, err = ss.key.seal(s.Rand, "code "+ss.id, []byte(c.code)); err != nil {
		return c, err
	}
	by := secret(c.code).opener()
	c.slot.lookup = by.lookup
	c.slot.sealed, err = by.close(s.Rand, ss.id, ss.key)
	return c, err
}

// keepCode stores a code unless the draft has one, and tells whether it did.
func (s *Service) keepCode(ctx context.Context, tx changing, ss *session, c drawn) (bool, error) {
	first, err := s.store.setCode(ctx, tx, ss.tenant, ss.id, c.kept)
	if err != nil || !first {
		return false, err
	}
	return true, s.store.insertSlot(ctx, tx, ss.tenant, ss.id, c.slot.lookup, "code", c.slot.sealed, s.Clock.Now())
}

// fetch reads the pages of the draft, sealed.
func (s *Service) fetch(ctx context.Context, ss *session) error {
	if ss.rows != nil {
		return nil
	}
	rows, err := s.store.pages(ctx, s.DB.Read(), ss.tenant, ss.id)
	if err == nil {
		ss.rows = rows
		s.shelf.put(ss.at, ss.draft, ss.lookup, rows)
	}
	return err
}

// page opens one page of those that were fetched; the zero page is of a path
// that was not saved yet.
func (ss *session) page(path string) (page, error) {
	p := ss.pages.at(path)
	if p.rev > 0 || len(ss.pages) == len(ss.rows) {
		return p, nil
	}
	name := ss.key.row(path)
	i := slices.IndexFunc(ss.rows, func(r row) bool { return r.row == name })
	if i < 0 {
		return page{}, nil
	}
	p, _, err := ss.open(seal.NewOpener(ss.key), ss.rows[i], nil)
	if err == nil {
		ss.pages = append(ss.pages, p)
	}
	return p, err
}

// answers is page for the form engine, which goes on where one does not open:
// why is to be asked of bad before anything comes of it.
func (ss *session) answers(path string) ([]byte, error) {
	p, err := ss.page(path)
	if ss.bad == nil {
		ss.bad = err
	}
	return p.json, err
}

// open opens a row; its text is appended to plain.
func (ss *session) open(by seal.Opener, r row, plain []byte) (page, []byte, error) {
	from := len(plain)
	plain, err := by.Append(plain, appendPageAAD(nil, ss.id, r.row, r.rev), r.sealed)
	if err != nil {
		return page{}, nil, fmt.Errorf("submission: a page does not open: %w", err)
	}
	path, json, ok := bytes.Cut(plain[from:len(plain):len(plain)], []byte{'\n'})
	if !ok { // that it lies in its own row, the AAD has proved
		return page{}, nil, errors.New("submission: a page has no path")
	}
	return page{string(path), r.rev, json}, plain, nil
}

// load opens all pages of the draft.
func (s *Service) load(ctx context.Context, ss *session) error {
	if err := s.fetch(ctx, ss); err != nil {
		return err
	}
	size := 0
	for i := range ss.rows {
		size += len(ss.rows[i].sealed)
	}
	opener := seal.NewOpener(ss.key)
	ss.pages = make(pages, 0, len(ss.rows)+1)
	plain := make([]byte, 0, size)
	for _, r := range ss.rows {
		var p page
		var err error
		if p, plain, err = ss.open(opener, r, plain); err != nil {
			return err
		}
		ss.pages = append(ss.pages, p)
	}
	return nil
}

// grace is how much longer than promised a draft is kept at most: so not every
// page moves the end, which is indexed.
const grace = time.Hour

// write is one page to be saved: its path, what it holds, and the revision it
// was made from (0 for a page not stored yet).
type write struct {
	path string
	json []byte
	from int64
}

// save stores pages and removes others, in one transaction with the draft's
// revision; when it returns nil they are on disk. It fails with fail.Conflict
// when a page was saved from another window meanwhile. What else belongs into
// the transaction is also.
func (s *Service) save(ctx context.Context, ss *session, keep time.Duration, writes []write, remove []string, also ...func(context.Context, db.Querier) error) error {
	rows := make([]row, len(writes))
	for i, p := range writes {
		r := row{row: ss.key.row(p.path), rev: p.from + 1}
		plain := make([]byte, 0, len(p.path)+1+len(p.json))
		plain = append(append(append(plain, p.path...), '\n'), p.json...)
		var err error
		if r.sealed, err = ss.key.seal(s.Rand, string(appendPageAAD(nil, ss.id, r.row, r.rev)), plain); err != nil {
			return err
		}
		rows[i] = r
	}
	gone := make([]string, len(remove))
	for i, path := range remove {
		gone[i] = ss.key.row(path)
	}
	now := s.Clock.Now()
	expire := ss.expire
	if ss.state == open && !ss.test && expire.Before(now.Add(keep)) {
		expire = clock.FromMicros(clock.Micros(now.Add(keep + grace)))
	}
	var rev int64
	at, err := s.change(ctx, ss.id, func(ctx context.Context, tx changing) (err error) {
		if rev, err = s.store.touch(ctx, tx, ss.tenant, ss.id, ss.rev, now); err != nil {
			return err
		}
		if expire.After(ss.expire) {
			if err := s.store.keepUntil(ctx, tx, ss.tenant, ss.id, expire); err != nil {
				return err
			}
		}
		for _, r := range rows {
			if err := s.store.savePage(ctx, tx, ss.tenant, ss.id, r); err != nil {
				return err
			}
		}
		for _, name := range gone {
			if err := s.store.deletePage(ctx, tx, ss.tenant, ss.id, name); err != nil {
				return err
			}
		}
		for _, do := range also {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	ss.rows, ss.known, ss.recalled = merged(ss.rows, rows, gone), nil, nil
	ss.at = at
	ss.updated = clock.FromMicros(clock.Micros(now))
	ss.expire = expire
	// Who was overtaken stays at the revision he has seen, for he has not seen
	// what came since: this and all he saves later is not laid down.
	if rev == ss.rev+1 {
		ss.rev = rev
		s.shelf.put(ss.at, ss.draft, ss.lookup, ss.rows)
	}
	for i, p := range writes {
		ss.pages = ss.pages.set(page{p.path, rows[i].rev, p.json})
	}
	ss.pages = slices.DeleteFunc(ss.pages, func(p page) bool { return slices.Contains(remove, p.path) })
	return nil
}

// never is later than any draft expires.
func never() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// erase destroys a draft that was not submitted and expires by due, with its
// files.
func (s *Service) erase(ctx context.Context, tenant, draft string, due time.Time) error {
	var files []string
	if _, err := s.change(ctx, draft, func(ctx context.Context, tx changing) (err error) {
		files, err = s.store.erase(ctx, tx, tenant, draft, due)
		return err
	}); err != nil {
		return err
	}
	return s.dropFiles(ctx, tenant, draft, files)
}
