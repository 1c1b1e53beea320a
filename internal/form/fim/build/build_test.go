package build

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"

	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
)

func samples(t testing.TB) []string {
	t.Helper()
	files, _ := filepath.Glob("../../../../../shared/data/fim/schemas/*.xml")
	if len(files) == 0 {
		t.Skip("there are no schemas in ../shared/data/fim/schemas")
	}
	return files
}

func read(t testing.TB, file string) *fim.Schema {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := fim.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return d.Schema
}

func TestSamplesBecomeForms(t *testing.T) {
	lists, err := codelist.Open(os.DirFS("../../../../../shared/data/codelists"))
	if err != nil {
		t.Log(err)
	}
	for i, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, r := Form(read(t, file), Options{Lists: lists})
			t.Logf("%d fields, %d pages, %d warnings", r.Fields, r.Pages, len(r.Warnings))
			if _, err := form.Compile(d, form.Options{}); err != nil {
				t.Error(err)
			}
			if i%5 > 0 { // reading YAML takes its time
				return
			}
			files, err := Files(d)
			if err != nil {
				t.Fatal(err)
			}
			src := fstest.MapFS{}
			for name, b := range files {
				src[name] = &fstest.MapFile{Data: b}
			}
			back, err := form.Load(src)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, d) {
				t.Error("what was written and read again is not the same")
			}
		})
	}
}
