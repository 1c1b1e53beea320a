package app

import (
	"encoding/json"
	"maps"
	"testing"

	"leitportal/internal/i18n"
)

// What is translated stays, what is missing has a place, and what was
// translated from an older German text is shown with the present one until
// the translator has read it.
func TestTranslated(t *testing.T) {
	german := map[string]string{"a": "Alt", "b": "Neu", "c": "Frei", "d": "Anders"}
	old := `{"a": "vieux", "c": {"text": "libre", "of": "` + i18n.Hash("Frei") + `"}, "d": {"text": "autre", "of": "00000000"}, "gone": "parti"}`
	b, missing, stale, err := translated(german, []byte(old))
	if err != nil || missing != 1 || stale != 1 {
		t.Fatalf("%d missing, %d stale, %v", missing, stale, err)
	}
	var got map[string]translation
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]translation{
		"a": {Text: "vieux", Of: i18n.Hash("Alt")}, "b": {DE: "Neu"},
		"c": {Text: "libre", Of: i18n.Hash("Frei")}, "d": {DE: "Anders", Text: "autre", Of: "00000000"},
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if again, _, _, err := translated(german, b); err != nil || string(again) != string(b) {
		t.Error("written twice it differs")
	}
	if _, _, _, err := translated(german, []byte(`{"a": 1}`)); err == nil {
		t.Error("a number was taken for a translation")
	}
}
