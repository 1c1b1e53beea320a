package browser

import (
	"os"
	"path/filepath"
	"testing"

	"leitportal/internal/i18n"
)

// words are what a person reads, in one language: those of the rooms and of
// the dog tax. A step names them by their keys, so that one walk serves every
// language.
type words []i18n.Texts

func in(t testing.TB, lang i18n.Lang) words {
	t.Helper()
	folders, err := filepath.Glob("../../internal/*/texts")
	if err != nil {
		t.Fatal(err)
	}
	var out words
	for _, dir := range append(folders, "../../solutions/hundesteuer/texts") {
		c, err := i18n.Load(os.DirFS(filepath.Dir(dir)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c.On(lang))
	}
	return out
}

func (w words) lang() string { return string(w[0].Lang()) }

// say is the text of a key; a key that no room has panics.
func (w words) say(key string, args ...any) string {
	for _, t := range w {
		if t.Has(key) {
			return i18n.Plain(t.T(key, args...))
		}
	}
	panic("no text " + key)
}
