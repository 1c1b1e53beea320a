package form

import (
	"bytes"
	"maps"
	"testing"
)

func TestLazyReadsTheSame(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	rows := v.Answers().Rows()
	a, err := p.Lazy(maps.All(rows))
	if err != nil {
		t.Fatal(err)
	}
	// The same page answered in the same way, read late or at once.
	at := post(t, p.Open(a, v.env), "zahlung", "zahlung.lastschrift", "no")
	want := post(t, v, "zahlung", "zahlung.lastschrift", "no")
	if !bytes.Equal(at.Answers().JSON(), want.Answers().JSON()) || !bytes.Equal(at.Prune().JSON(), want.Prune().JSON()) {
		t.Errorf("got %s", at.Answers().JSON())
	}
	if a.Value("zahlung.iban") != "DE89370400440532013000" {
		t.Error("the answers before were changed")
	}
}

// What cannot be read when it is asked for stops everything, and is not lost.
func TestLazySaysWhatItCannotRead(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	rows := v.Answers().Rows()
	rows["halter"] = []byte(`{"halter.art":"king","halter.nachname":"Weiß"}`)
	a, err := p.Lazy(maps.All(rows))
	if err != nil {
		t.Fatal(err)
	}
	at := p.Open(a, v.env)
	if problems := at.Validate(); len(problems) == 0 || at.Err() == nil {
		t.Errorf("%+v %v", problems, at.Err())
	}
	if out := try(t, at, "abschluss", "erklaerung", "yes"); len(out.Problems) != 1 || out.Problems[0].Key != "form.rule_failed" {
		t.Errorf("%+v", out.Problems)
	}
	if b, _ := a.PageJSON("halter"); !bytes.Equal(b, rows["halter"]) {
		t.Errorf("stored again as %s", b)
	}
	if _, err := p.Lazy(maps.All(map[string][]byte{"nirgends": []byte(`{}`)})); err == nil {
		t.Error("a page that there is not was read")
	}
}
