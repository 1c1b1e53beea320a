package form

import (
	"os"
	"testing"
)

func params() map[string]ParamType {
	return map[string]ParamType{"gefaehrliche": ParamTexts, "saetze": ParamMoneys, "erhoeht": ParamMoney, "lastschrift": ParamBool, "satzung_name": ParamText}
}

func load(t testing.TB) *Program {
	t.Helper()
	d, err := Load(os.DirFS("testdata/hund"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{Params: params()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheExampleCompiles(t *testing.T) { load(t) }
