package submission

import (
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

const phrase = "Lampe Fluß Kreide sieben"

// A code with a passphrase opens nothing without it, on no device; the
// browsers that have the key keep it, and it can be changed and taken away.
func TestPassphrase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		set := func(p string) {
			t.Helper()
			if err := w.setPassphrase(ctx, w.reopen(t, tk), p); err != nil {
				t.Fatal(err)
			}
		}
		opens := func(p string, want error) {
			t.Helper()
			other, _, err := w.openCode(ctx, code, p)
			if err != want || want == nil && other.key != ss.key {
				t.Errorf("%q gives %v, want %v", p, err, want)
			}
		}
		opens("", nil)
		set(phrase)
		if on, err := w.store.hasPassphrase(ctx, w.DB.Read(), paderborn, ss.id); err != nil || !on {
			t.Errorf("it has no passphrase: %v", err)
		}
		opens("", errNoPassphrase)
		opens("Lampe Fluß Kreide acht", errWrongPassphrase)
		opens(strings.Repeat("x", maxPassphrase+1), errWrongPassphrase)
		opens(phrase, nil)
		opens(strings.ReplaceAll(phrase, "ß", "ss"), errWrongPassphrase)
		if again, err := w.resumeCode(ctx, w.reopen(t, tk)); err != nil || again != code {
			t.Errorf("the code is now %s, %v", again, err)
		}
		set("Brücke über dem Meer")
		opens(phrase, errWrongPassphrase)
		opens("Bru\u0308cke u\u0308ber dem Meer", nil) // typed on another keyboard
		set("")
		opens("", nil)
		opens("a password manager filled this in", nil)

		// The slot of the passphrase without its costs, as an older release
		// would open it, opens nothing either.
		set(phrase)
		w.exec(t, `UPDATE submission_slots SET stretch = NULL`)
		if _, _, err := w.openCode(ctx, code, phrase); !fail.Is(err, fail.NotFound) {
			t.Errorf("without the stretching it gives %v", err)
		}
		w.exec(t, `UPDATE submission_slots SET stretch = 'm=1,t=1,p=1' WHERE kind = 'code'`)
		if _, _, err := w.openCode(ctx, code, phrase); err == nil || fail.Is(err, fail.NotFound) {
			t.Errorf("with broken costs it gives %v", err)
		}
	})
}

// From however many addresses: ten wrong passphrases, then nobody may try for
// a quarter of an hour, not even rightly.
func TestPassphraseGuesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _ := w.draft(t)
		if err := w.setPassphrase(ctx, ss, phrase); err != nil {
			t.Fatal(err)
		}
		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if _, _, err := w.openCode(ctx, code, "x"); err != errWrongPassphrase {
				t.Fatal(err)
			}
		}
		if _, _, err := w.openCode(ctx, code, phrase); !fail.Is(err, fail.Limited) {
			t.Errorf("the eleventh guess gives %v", err)
		}
		w.clock.Advance(15*time.Minute + time.Second)
		if _, _, err := w.openCode(ctx, code, phrase); err != nil {
			t.Errorf("a quarter of an hour later: %v", err)
		}
	})
}

// Stretching is bounded for each caller, whatever comes of it: who seals files
// of their own knows their passphrases.
func TestStretchesAreBounded(t *testing.T) {
	clk := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
	s := New(Config{Clock: clk})
	done := 0
	work := func() error { done++; return errDamaged }
	for range stretchesPerHour {
		if err := s.slowly(t.Context(), work); err != errDamaged {
			t.Fatal(err)
		}
	}
	if err := s.slowly(t.Context(), work); !fail.Is(err, fail.Limited) || done != stretchesPerHour {
		t.Errorf("after %d of them: %v", done, err)
	}
	clk.Advance(time.Hour)
	if err := s.slowly(t.Context(), work); err != errDamaged {
		t.Errorf("an hour later: %v", err)
	}
}

func TestPassphraseProblems(t *testing.T) {
	for chosen, want := range map[string]string{
		phrase: "", "äöüäöüäöüäßx": "", "": "submission.passphrase.short", "elf Zeichen": "submission.passphrase.short",
		"aaaaaaaaaaaaaaaaaaaa": "submission.passphrase.short", strings.Repeat("abcdef", 20): "submission.passphrase.long",
		"\xff\xfeabcdefghijklmn": "submission.passphrase.long",
	} {
		if got := passphraseProblem(chosen, chosen); got != want {
			t.Errorf("%.20q: %q, want %q", chosen, got, want)
		}
	}
	if got := passphraseProblem(phrase, phrase+" "); got != "submission.passphrase.again.differs" {
		t.Errorf("two different ones: %q", got)
	}
}
