package form

import (
	"bytes"
	"maps"
	"net/url"
	"reflect"
	"testing"
	"unicode/utf8"

	"leitportal/internal/i18n"
)

func FuzzParse(f *testing.F) {
	f.Add("halter", "halter.art=person&halter.nachname=Wei%C3%9F&halter.geburt:day=29&halter.geburt:month=2&halter.geburt:year=1980")
	f.Add("hund/1", "hunde/1.chip=276098102334455&hunde/1.masse.gewicht=1,5")
	f.Add("weitere", "weitere.merkmale=zwinger&weitere.merkmale=%ff&weitere.kaufpreis=1.234,5&x=y")
	f.Add("zahlung", "zahlung.lastschrift=yes&zahlung.iban=DE")
	p := load(f)
	start := filled(f, p)
	f.Fuzz(func(t *testing.T, path, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		st, err := start.Step(path)
		if err != nil {
			return
		}
		out := start.Parse(st, form)
		for _, pr := range out.Problems {
			if pr.Text == "" || !utf8.ValidString(pr.Text) || pr.Page != path {
				t.Fatalf("unfit problem %+v", pr)
			}
		}
		out.View.Fields(st, out.Raw, out.Problems)
		if len(out.Problems) > 0 {
			return
		}
		a := out.View.Answers()
		back, err := p.Decode(maps.All(a.Rows()))
		if err != nil {
			t.Fatalf("what Parse took cannot be read again: %v", err)
		}
		if !bytes.Equal(back.JSON(), a.JSON()) {
			t.Fatal("decoding changed the answers")
		}
		pruned := out.View.Prune()
		if again := p.Open(pruned, start.env).Prune(); !reflect.DeepEqual(pruned, again) {
			t.Fatal("pruning twice is not pruning once")
		}
		out.View.Steps()
		out.View.Validate()
		out.View.Review()
		out.View.Compute()
		if out.View.Err() != nil {
			t.Fatal(out.View.Err())
		}
	})
}

func FuzzStored(f *testing.F) {
	p := load(f)
	f.Add(filled(f, p).Answers().JSON())
	f.Add([]byte(`{"hunde":{"hunde":{"ids":[1,2],"next":3,"done":true}},"hund/2":{"hunde.name":"x"}}`))
	f.Add([]byte(`{"weitere":{"weitere.merkmale":["zwinger"],"weitere.anzahl":-1}}`))
	nested := loadNested(f)
	f.Add(household(f, nested).Answers().JSON())
	f.Add([]byte(`{"haushalt":{"haushalt":{"ids":[2],"next":4,"done":true}},"kinder/2":{"haushalt.familie.kinder":{"ids":[],"next":2,"done":true}},"kind/2/1":{},"kind/1/1":{}}`))
	envs := map[*Program]Env{p: env(f, p), nested: {Today: today, Lang: i18n.DE}}
	f.Fuzz(func(t *testing.T, b []byte) {
		for p, e := range envs {
			stored(t, p, e, b)
		}
	})
}

func stored(t *testing.T, p *Program, e Env, b []byte) {
	a, err := p.DecodeJSON(b)
	if err != nil {
		return
	}
	back, err := p.DecodeJSON(a.JSON())
	if err != nil {
		t.Fatalf("what was read cannot be read again: %v\n%s", err, a.JSON())
	}
	if !bytes.Equal(back.JSON(), a.JSON()) {
		t.Fatal("encoding is not stable")
	}
	v := p.Open(a, e)
	v.Validate()
	v.Review()
	v.Compute()
	for _, st := range v.Steps() {
		v.Fields(st, nil, nil)
		st.Entries()
	}
	lazy, err := p.Lazy(maps.All(a.Rows()))
	if err != nil {
		t.Fatal(err)
	}
	if at := p.Open(lazy, e); !reflect.DeepEqual(at.Validate(), v.Validate()) || at.Err() != nil || !bytes.Equal(lazy.JSON(), a.JSON()) {
		t.Fatalf("read late, the answers are others: %s, %s", lazy.JSON(), a.JSON())
	}
	if v.Err() != nil {
		t.Fatal(v.Err())
	}
}

// FuzzOwn: what the short way reads, the long way reads the same.
func FuzzOwn(f *testing.F) {
	p := load(f)
	for path, b := range filled(f, p).Answers().Rows() {
		f.Add(path, b)
	}
	for _, b := range []string{
		`{}`, `{`, `{,}`, `{"halter.nachname":"x",}`, `{"halter.nachname":"x"}}`, `{"halter.nachname":"x" }`, `{"halter.nachname":"\u0041"}`, `{"halter.nachname":"a"b"}`,
		`{"halter.nachname":"x","halter.art":"person"}`, `{"halter.nachname":"x","halter.nachname":"y"}`, `{"halter.nachname":}`, `{"halter.nachname"}`, `{"halter.unbekannt":"x"}`,
	} {
		f.Add("halter", []byte(b))
	}
	f.Add("weitere", []byte(`{"weitere.anzahl":01}`))
	f.Add("weitere", []byte(`{"weitere.anzahl":,}`))
	f.Add("weitere", []byte(`{"weitere.anzahl":3,"weitere.merkmale":["zwinger"]}`))
	f.Fuzz(func(t *testing.T, path string, b []byte) {
		pg := p.byPage[path]
		if pg == nil || pg.list != nil {
			return
		}
		own, other := pg.leaf(), pg.leaf()
		if !own.decodeOwn(pg, string(b), false) {
			return
		}
		if err := other.decodeAny(pg, b); err != nil {
			t.Fatalf("only the short way reads %s: %v", b, err)
		}
		if !reflect.DeepEqual(own, other) {
			t.Fatalf("%s read as %v and as %v", b, own, other)
		}
	})
}

// TestOwnRowsAreReadTheShortWay keeps the short way from going unused.
func TestOwnRowsAreReadTheShortWay(t *testing.T) {
	p := load(t)
	short := 0
	for path, b := range filled(t, p).Answers().Rows() {
		if pg := p.byPage[path]; pg != nil && pg.list == nil && pg.leaf().decodeOwn(pg, string(b), false) {
			short++
		}
	}
	if short < 2 {
		t.Errorf("%d rows were read the short way", short)
	}
}
