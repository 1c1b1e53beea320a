package form

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func rawOf(rows map[string][]byte) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for path, b := range rows {
		out[path] = b
	}
	return out
}

// What the form itself has written fits whole.
func TestFitTakesItsOwn(t *testing.T) {
	p := load(t)
	want := filled(t, p).Answers()
	got, unfit, err := p.Fit(rawOf(want.Rows()))
	if err != nil || len(unfit) > 0 || !bytes.Equal(got.JSON(), want.JSON()) {
		t.Errorf("%v, %v\n got %s\nwant %s", unfit, err, got.JSON(), want.JSON())
	}
}

// Of another version's answers only that is left out, and named, which has no
// place any more.
func TestFitAnotherVersion(t *testing.T) {
	now := load(t)
	before := filled(t, now)
	for _, c := range []struct {
		name   string
		change map[string]json.RawMessage // rows as the other version wrote them; nil: none
		unfit  []string
		have   map[string]Value // answers that are there
	}{
		{"a page of another name", map[string]json.RawMessage{
			"zahlung": nil, "konto": json.RawMessage(`{"zahlung.iban":"DE89370400440532013000","zahlung.lastschrift":true,"zahlung.inhaber":"Ada"}`),
		}, []string{"konto zahlung.inhaber"}, map[string]Value{"zahlung.iban": "DE89370400440532013000"}},
		{"other values", map[string]json.RawMessage{
			"halter": json.RawMessage(`{"halter.art":"verein","halter.nachname":"Weiß","halter.geburt":1980}`),
		}, []string{"halter halter.art", "halter halter.geburt"}, map[string]Value{"halter.nachname": "Weiß"}},
		{"a list that is another group", map[string]json.RawMessage{
			"hunde": json.RawMessage(`{"tiere":{"ids":[1,2],"next":3,"done":true}}`),
		}, []string{"hund-nachweis/2 hunde.pruefung", "hund/2 hunde.chip", "hund/2 hunde.gehalten_seit", "hund/2 hunde.name", "hund/2 hunde.rasse"}, map[string]Value{"hunde/1.name": "Rex"}},
		{"instances of what is asked once", map[string]json.RawMessage{
			"weitere": nil, "weitere/1": json.RawMessage(`{"weitere.anzahl":3}`), "hund": json.RawMessage(`{"hunde.name":"Rex"}`), "x/y": json.RawMessage(`{"erklaerung":true}`),
		}, []string{"hund hunde.name", "weitere/1 weitere.anzahl", "x/y erklaerung"}, map[string]Value{"hunde/2.name": "Bella"}},
		{"files", map[string]json.RawMessage{
			"hund-nachweis/2": json.RawMessage(`{"hunde.nachweis":[{"id":"x"}],"hunde.pruefung":true}`),
		}, nil, map[string]Value{"hunde/2.pruefung": true, "hunde/2.nachweis": nil}},
	} {
		rows := rawOf(before.Answers().Rows())
		for path, row := range c.change {
			if rows[path] = row; row == nil {
				delete(rows, path)
			}
		}
		a, unfit, err := now.Fit(rows)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, u := range unfit {
			got = append(got, u.Page+" "+u.Field)
		}
		if !slices.Equal(got, c.unfit) {
			t.Errorf("%s: left out are %q, want %q", c.name, got, c.unfit)
		}
		for path, want := range c.have {
			if v := a.Value(path); v != want {
				t.Errorf("%s: %s is %v, want %v", c.name, path, v, want)
			}
		}
		if v := a.Value("halter.anschrift.strasse"); v != "Am Bogen" {
			t.Errorf("%s: the street is %v", c.name, v)
		}
		if back, err := now.DecodeJSON(a.JSON()); err != nil || !bytes.Equal(back.JSON(), a.JSON()) {
			t.Errorf("%s: what was taken cannot be read again: %v", c.name, err)
		}
	}
	for _, bad := range []string{`[1]`, `null`, `{`} {
		if _, _, err := now.Fit(map[string]json.RawMessage{"halter": json.RawMessage(bad)}); err == nil {
			t.Errorf("the row %s is taken", bad)
		}
	}
}

// A list that may be shorter now keeps its first entries.
func TestFitShorterList(t *testing.T) {
	long := load(t)
	rows := rawOf(filled(t, long).Answers().Rows())
	d, err := Load(example(t, "schema.yaml", "repeat: {min: 1, max: 20,", "repeat: {min: 1, max: 1,"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{Params: params()})
	if err != nil {
		t.Fatal(err)
	}
	a, unfit, err := p.Fit(rows)
	if err != nil || !slices.Equal(a.Instances("hunde"), []int{1}) || len(unfit) != 5 || !strings.HasSuffix(unfit[0].Page, "/2") {
		t.Errorf("%v, %v, %v", a.Instances("hunde"), unfit, err)
	}
}
