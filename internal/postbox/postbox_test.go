package postbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/seal"
	"leitportal/internal/submission"
)

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
)

func TestMessages(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clk := clock.NewManual(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC))
		p := New(clk, id.NewSource(clk, rand.Reader))
		private, public, err := seal.NewRecipient(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sub := submission.Submission{Tenant: paderborn, ID: "01900000-0000-7000-8000-000000000001", Recipient: public}
		write := func(do func(ctx context.Context, tx db.Querier) error) error { return d.Write(ctx, do) }
		put := func(kind submission.MessageKind, subject string) (id string) {
			t.Helper()
			if err := write(func(ctx context.Context, tx db.Querier) (err error) {
				id, err = p.Put(ctx, tx, sub, kind, submission.MessageContent{Subject: subject})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		question := put(submission.Question, "Frage")
		clk.Advance(time.Minute)
		notice := put(submission.Notice, "Bescheid")

		list, err := p.List(ctx, d.Read(), paderborn, sub.ID)
		if err != nil || len(list) != 2 || list[0].ID != notice || list[1].ID != question {
			t.Fatalf("the messages are %+v, %v", list, err)
		}
		plain, err := seal.OpenWith(private, submission.MessageInfo, []byte(sub.ID+" "+notice), list[0].Sealed)
		var c submission.MessageContent
		if err != nil || json.Unmarshal(plain, &c) != nil || c.Subject != "Bescheid" {
			t.Errorf("the message opens as %q, %v", plain, err)
		}
		if _, err := seal.OpenWith(private, submission.MessageInfo, []byte(sub.ID+" "+question), list[0].Sealed); err == nil {
			t.Error("a message opens in another's place")
		}
		if list, err := p.List(ctx, d.Read(), aachen, sub.ID); err != nil || len(list) != 0 {
			t.Errorf("another town lists %v, %v", list, err)
		}

		done := func(tenant, message string) error {
			return write(func(ctx context.Context, tx db.Querier) error { return p.MarkDone(ctx, tx, tenant, sub.ID, message) })
		}
		for what, err := range map[string]error{"a notice": done(paderborn, notice), "another town's": done(aachen, question), "no such": done(paderborn, sub.ID)} {
			if !fail.Is(err, fail.Conflict) {
				t.Errorf("%s is answered: %v", what, err)
			}
		}
		if err := done(paderborn, question); err != nil {
			t.Fatal(err)
		}
		if err := done(paderborn, question); !fail.Is(err, fail.Conflict) {
			t.Errorf("a question is answered twice: %v", err)
		}
		if err := write(func(ctx context.Context, tx db.Querier) error { return p.MarkRead(ctx, tx, aachen, sub.ID, notice) }); err != nil {
			t.Fatal(err)
		}
		if list, _ = p.List(ctx, d.Read(), paderborn, sub.ID); list[0].Read || !list[1].Read || !list[1].Done {
			t.Errorf("read and done are %+v", list)
		}
		if err := write(func(ctx context.Context, tx db.Querier) error { return p.MarkRead(ctx, tx, paderborn, sub.ID, notice) }); err != nil {
			t.Fatal(err)
		}
		if list, _ = p.List(ctx, d.Read(), paderborn, sub.ID); !list[0].Read || list[0].Done {
			t.Errorf("a message that was read is %+v", list[0])
		}
		sub.Recipient = nil
		if err := write(func(ctx context.Context, tx db.Querier) error {
			_, err := p.Put(ctx, tx, sub, submission.Info, submission.MessageContent{})
			return err
		}); !fail.Is(err, fail.Conflict) {
			t.Errorf("a message to nobody: %v", err)
		}
	})
}
