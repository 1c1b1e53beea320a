// Package i18ntest checks a room's texts in its tests.
package i18ntest

import (
	"io/fs"
	"testing"

	"leitportal/internal/i18n"
)

// Check fails the test for each text that is missing in a language or whose
// translation is older than its German source.
func Check(t *testing.T, fsys fs.FS) {
	t.Helper()
	c, err := i18n.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Stale() {
		t.Error(s)
	}
	if len(c.Keys()) == 0 {
		t.Error("there are no texts")
	}
}
