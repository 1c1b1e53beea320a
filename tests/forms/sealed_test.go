package forms

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"reflect"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/delivery"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/seal"
	"leitportal/internal/submission"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// office opens what was sealed to Town's office, as its desk does: with the
// private key that the portal keeps under its master key.
type office struct {
	db   *db.DB
	keys *delivery.Service
}

func openOffice(t *testing.T, portal *apptest.Portal) *office {
	t.Helper()
	d, err := db.Open(context.Background(), "sqlite:"+filepath.Join(portal.Data, "leitportal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	master, err := seal.LoadMaster(filepath.Join(portal.Data, "master.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &office{d, delivery.New(delivery.Config{DB: d, Master: master})}
}

// payload is what was sealed as the case of a number.
func (o *office) payload(t *testing.T, number string) submission.Payload {
	t.Helper()
	ctx := context.Background()
	var kid string
	var jwe []byte
	if err := o.db.Read().QueryRow(ctx, `SELECT r.kid, r.jwe FROM submission_revisions r
		JOIN submissions s ON s.tenant = r.tenant AND s.id = r.submission WHERE s.tenant = $1 AND s.number = $2`, ars, number).Scan(&kid, &jwe); err != nil {
		t.Fatal(number, err)
	}
	plain, err := o.keys.Open(ctx, ars, kid, jwe)
	if err != nil {
		t.Fatal(number, err)
	}
	p, err := submission.DecodePayload(plain)
	if err != nil {
		t.Fatal(number, err)
	}
	return p
}

// sealed holds what was sealed against what the check page showed, and each
// value of it against what was planned.
func (o *office) sealed(t *testing.T, w *Way, check *walker.Page, number string) {
	t.Helper()
	p := o.payload(t, number)
	answers, err := w.Form.program.Decode(p.Rows())
	if err != nil {
		t.Fatal(err)
	}
	params, err := w.Form.program.Params(w.Form.params)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, cards(w.Form.program.Open(answers, form.Env{Params: params, Today: p.Today, Lang: i18n.DE})), check)
	want := maps.Clone(p.Answers)
	for page, row := range w.sent.Answers().Rows() {
		if got := values(t, want[page]); !reflect.DeepEqual(got, values(t, row)) {
			t.Errorf("%s: sealed is %s, answered was %s", page, want[page], row)
		}
		delete(want, page)
	}
	if len(want) > 0 {
		t.Errorf("sealed and never answered: %v", want)
	}
}

// values are those of a row. Of a file, name and type: photographs are drawn
// anew, and where it is kept is not the applicant's answer.
func values(t *testing.T, row []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(row, &v); err != nil {
		t.Fatalf("%s: %v", row, err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["sha256"] != nil {
				for _, key := range []string{"id", "key", "size", "sha256"} {
					delete(v, key)
				}
			}
			for _, inner := range v {
				strip(inner)
			}
		case []any:
			for _, inner := range v {
				strip(inner)
			}
		}
	}
	strip(v)
	return v
}
