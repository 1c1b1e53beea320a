package apptest

import (
	_ "embed"
	"os"
	"path/filepath"
	"testing"
)

//go:embed arabic.json
var arabic []byte

// Arabic is a folder of solutions with the form of tests/load, bewohnerparken,
// in Arabic too. Some texts are not translated: the telephone number's label,
// one of the owners of a vehicle, most of the privacy facts.
func Arabic(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../load/solutions")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bewohnerparken", "texts", "ar.json"), arabic, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
