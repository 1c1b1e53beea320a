package submission

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
)

// What the form knows of a draft serves the next request, and none for which
// it may not be true: after a change, on another day, with other parameters, in
// another version. It is sealed.
func TestWhatIsKnownOfADraft(t *testing.T) {
	test := func(t *testing.T, address string) {
		ctx := t.Context()
		w := newWorld(t, dbtest.Open(t, address, rooms()))
		config := w.Config
		config.DB = dbtest.Open(t, address, nil)
		second := New(config) // as another process would have it
		r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
		_, tk := w.draft(t)
		look := func(change func(*desk)) *desk {
			t.Helper()
			ss, err := w.openTicket(ctx, paderborn, tk)
			if err != nil {
				t.Fatal(err)
			}
			d := w.desk(t, ss)
			if change != nil {
				change(d)
			}
			v, err := w.viewOfPage(r, d)
			if err != nil {
				t.Fatal(err)
			}
			if st, ok := v.Current(); !ok || st.Path != "privacy" {
				t.Fatalf("the draft begins at %q", st.Path)
			}
			v.Steps()
			w.know(d, v)
			return d
		}
		if d := look(nil); d.recalled != nil {
			t.Errorf("%v is known of a new draft", d.recalled)
		}
		d := look(nil)
		if len(d.recalled) < 5 {
			t.Fatal("nothing is known of a draft that was looked at")
		}
		if bytes.Contains(d.known, d.recalled) {
			t.Error("what is known is not sealed")
		}
		for what, change := range map[string]func(*desk){
			"another day":                 func(d *desk) { d.today = d.today.AddDays(1) },
			"other parameters":            func(d *desk) { d.offer.Set.Key += "x" },
			"another language":            func(d *desk) { d.t = w.texts.In(i18n.EN) },
			"another version of the form": func(d *desk) { v := *d.offer.Version; v.Digest += "x"; d.offer.Version = &v },
			"another draft":               func(d *desk) { d.session.id += "x" },
			"another revision":            func(d *desk) { d.session.rev++ },
			"another key":                 func(d *desk) { d.session.key[0]++ },
		} {
			look(nil)
			if d := look(change); d.recalled != nil {
				t.Errorf("%s: %v is recalled", what, d.recalled)
			}
		}
		for what, from := range map[string]*Service{"here": w.Service, "elsewhere": second} {
			look(nil)
			ss, err := from.openTicket(ctx, paderborn, tk)
			if err == nil {
				err = from.load(ctx, ss)
			}
			if err == nil {
				err = from.save(ctx, ss, keep, []write{{"proof", []byte(`{}`), ss.pages.at("proof").rev}}, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := look(nil); d.recalled != nil {
				t.Errorf("after a change %s %v is recalled", what, d.recalled)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, dbtest.Postgres(t)) })
}
