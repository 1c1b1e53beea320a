package submission

import (
	"context"
	"strings"
	"testing"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/job"
	"leitportal/internal/mail"
)

// letters is a mail.Sender that keeps what it is given.
type letters struct {
	sent []mail.Message
	err  error
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	if l.err == nil {
		l.sent = append(l.sent, m)
	}
	return l.err
}

// One reminder in the last week, to who asked for it; it says neither who nor
// what nor the code, and then the address is gone.
func TestReminder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, post := t.Context(), &letters{}
		w.Mail = post
		ss, tk := w.draft(t)
		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		silent, _ := w.draft(t)
		given := func() {
			t.Helper()
			if err := w.setReminder(ctx, w.reopen(t, tk), "kim@example.org"); err != nil {
				t.Fatal(err)
			}
		}
		given()
		var wrapped string
		if err := w.DB.Read().QueryRow(ctx, `SELECT remind FROM submission_drafts WHERE id = '`+ss.id+`'`).Scan(&wrapped); err != nil || strings.Contains(wrapped, "kim") {
			t.Errorf("the address lies open: %q, %v", wrapped, err)
		}
		run := func() error {
			return w.sendReminder(ctx, job.Job{ID: "1", Tenant: paderborn, Payload: []byte(ss.id)})
		}
		waiting := func() int { return w.count(t, `SELECT count(*) FROM jobs WHERE kind = '`+JobRemind+`'`) }
		w.night(t)
		if err := run(); err != nil || waiting() != 0 || len(post.sent) != 0 {
			t.Fatalf("reminded on the first day: %d jobs, %v, %v", waiting(), post.sent, err)
		}
		w.clock.Advance(keep - remindBefore + grace)
		w.night(t)
		w.night(t)
		if waiting() != 1 {
			t.Fatalf("%d jobs wait for one reminder", waiting())
		}
		post.err = fail.Newf(fail.Unavailable, "the server is away")
		if err := run(); err == nil || w.reopen(t, tk).remind == nil {
			t.Errorf("not sent, it is forgotten: %v", err)
		}
		post.err = nil
		for range 2 {
			if err := run(); err != nil {
				t.Fatal(err)
			}
		}
		if len(post.sent) != 1 || post.sent[0].To != "kim@example.org" || w.reopen(t, tk).remind != nil {
			t.Fatalf("sent: %+v", post.sent)
		}
		text := post.sent[0].Subject + post.sent[0].Text
		for _, no := range []string{"kim", "{", "Hund", "hundesteuer", ss.id, code, code[:4]} {
			if strings.Contains(text, no) {
				t.Errorf("the mail says %q: %s", no, text)
			}
		}
		if !strings.Contains(text, "/paderborn/fortsetzen") || !strings.Contains(text, "24. November 2026") {
			t.Errorf("the mail does not say where or when: %s", text)
		}

		// Who goes on is not reminded of the old day; who has sent, never.
		given()
		if err := w.save(ctx, w.reopen(t, tk), keep, []write{{"keeper", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := run(); err != nil || len(post.sent) != 1 || w.reopen(t, tk).remind == nil {
			t.Errorf("reminded although the day has moved: %v, %v", post.sent, err)
		}
		d := w.desk(t, w.reopen(t, tk))
		if err := w.send(ctx, d, d.program.Empty(), ""); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(keep)
		if err := run(); err != nil || len(post.sent) != 1 || w.count(t, `SELECT count(*) FROM submission_drafts WHERE remind IS NOT NULL`) != 0 {
			t.Errorf("sent, and reminded: %v, %v", post.sent, err)
		}
		if err := w.erase(ctx, paderborn, silent.id, never()); err != nil {
			t.Fatal(err)
		}
		if err := w.sendReminder(ctx, job.Job{Tenant: paderborn, Payload: []byte(silent.id)}); err != nil {
			t.Errorf("a reminder of an erased draft: %v", err)
		}
	})
}

// After a change of the master key the address is wrapped by the new one, and
// the reminder still finds it.
func TestReminderIsRewrapped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, post := t.Context(), &letters{}
		w.Mail = post
		ss, tk := w.draft(t)
		if err := w.setReminder(ctx, ss, "kim@example.org"); err != nil {
			t.Fatal(err)
		}
		before := string(w.reopen(t, tk).remind)
		old := w.Master
		var err error
		if w.Master, err = old.Rotate(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if n, err := w.Rewrap(ctx); err != nil || n != want {
				t.Fatalf("%d wrapped anew, want %d: %v", n, want, err)
			}
		}
		after := w.reopen(t, tk).remind
		if string(after) == before {
			t.Error("it lies there as before")
		}
		if _, err := old.Unwrap(remindPurpose(paderborn, ss.id), after); err == nil {
			t.Error("the old key still opens it")
		}
		w.clock.Advance(keep)
		if err := w.sendReminder(ctx, job.Job{ID: "1", Tenant: paderborn, Payload: []byte(ss.id)}); err != nil || len(post.sent) != 1 || post.sent[0].To != "kim@example.org" {
			t.Errorf("sent: %+v, %v", post.sent, err)
		}
	})
}

// changingMind is a sender during whose work another address is given.
type changingMind struct {
	letters
	meanwhile func()
}

func (c *changingMind) Send(ctx context.Context, m mail.Message) error {
	c.meanwhile()
	return c.letters.Send(ctx, m)
}

// Who gives another address while the reminder goes to the first is reminded
// there, too; and what a release before this one left behind with a draft that
// was sent is gone after the night.
func TestReminderAddresses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		give := func(email string) {
			t.Helper()
			if err := w.setReminder(ctx, w.reopen(t, tk), email); err != nil {
				t.Fatal(err)
			}
		}
		give("old@example.org")
		w.clock.Advance(keep)
		post := &changingMind{meanwhile: func() { give("kim@example.org") }}
		w.Mail = post
		for range 2 {
			if err := w.sendReminder(ctx, job.Job{ID: "1", Tenant: paderborn, Payload: []byte(ss.id)}); err != nil {
				t.Fatal(err)
			}
			post.meanwhile = func() {}
		}
		if len(post.sent) != 2 || post.sent[0].To != "old@example.org" || post.sent[1].To != "kim@example.org" || w.reopen(t, tk).remind != nil {
			t.Errorf("sent: %+v", post.sent)
		}
		give("kim@example.org")
		w.exec(t, `UPDATE submission_drafts SET state = 'submitted'`)
		w.night(t)
		if n := w.count(t, `SELECT count(*) FROM submission_drafts WHERE remind IS NOT NULL`); n != 0 {
			t.Error("the address outlives the sending")
		}
	})
}

// drawer is a second Holder: what an account will be, in memory.
type drawer map[[2]string]Kept

func (d drawer) Keep(_ context.Context, k Kept) error {
	d[[2]string{k.Tenant, k.Solution}] = k
	return nil
}

func (d drawer) List(context.Context) (out []Kept, err error) {
	for _, k := range d {
		out = append(out, k)
	}
	return out, nil
}

func (d drawer) Open(_ context.Context, tenant, solution string) (Kept, bool, error) {
	k, ok := d[[2]string{tenant, solution}]
	return k, ok, nil
}

// Whoever holds a key opens the draft: a second holder is as good as the
// browser, goes on where it stopped, and stays when browsers come and go.
func TestHolders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		account := drawer{}
		if _, err := w.openHeld(ctx, account, paderborn, "hundesteuer"); !fail.Is(err, fail.NotFound) {
			t.Errorf("an empty holder gives %v", err)
		}
		if err := w.keepWith(ctx, account, ss); err != nil {
			t.Fatal(err)
		}
		list, err := account.List(ctx)
		if err != nil || len(list) != 1 || list[0].Tenant != paderborn || list[0].Solution != "hundesteuer" || list[0].Ticket == tk.String() {
			t.Fatalf("it holds %+v, %v", list, err)
		}
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{"a":1}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		for range maxCookies + 1 { // browsers come
			w.clock.Advance(time.Minute)
			if _, _, err := w.openCode(ctx, code, ""); err != nil {
				t.Fatal(err)
			}
		}
		held, err := w.openHeld(ctx, account, paderborn, "hundesteuer")
		if err != nil || held.key != ss.key {
			t.Fatalf("the account opens %v, %v", held, err)
		}
		if err := w.load(ctx, held); err != nil || string(held.pages.at("keeper").json) != `{"a":1}` {
			t.Errorf("it has not what the browser saved: %v", err)
		}
		if err := w.save(ctx, held, keep, []write{{"keeper", []byte(`{"a":2}`), 1}}, nil); err != nil {
			t.Fatal(err)
		}
		other, _, err := w.openCode(ctx, code, "")
		if err == nil {
			err = w.load(ctx, other)
		}
		if err != nil || string(other.pages.at("keeper").json) != `{"a":2}` {
			t.Errorf("the code has not what the account saved: %v", err)
		}
		if _, err := w.openHeld(ctx, drawer{{paderborn, "hundesteuer"}: {Ticket: "rubbish"}}, paderborn, "hundesteuer"); !fail.Is(err, fail.NotFound) {
			t.Errorf("rubbish opens as %v", err)
		}
		if err := w.leave(ctx, held); err != nil {
			t.Fatal(err)
		}
		if _, err := w.openHeld(ctx, account, paderborn, "hundesteuer"); !fail.Is(err, fail.NotFound) {
			t.Errorf("after leaving it gives %v", err)
		}
	})
}
