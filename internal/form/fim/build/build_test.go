package build

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/prove"
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

// TestSamplesBecomeForms makes a form of each sample, writes it and reads it
// back, and walks it from the first page to the last, in its smallest and its
// fullest way.
func TestSamplesBecomeForms(t *testing.T) {
	lists, err := codelist.Open(os.DirFS("../../../../../shared/data/codelists"))
	if err != nil {
		t.Log(err)
	}
	set := prove.Setting{Today: clock.Date{Year: 2026, Month: time.November, Day: 22}}
	for i, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, r := Form(read(t, file), Options{Lists: lists})
			t.Logf("%d fields, %d pages, %d warnings, %d clauses not kept", r.Fields, r.Pages, len(r.Warnings), r.NotKept)
			p, err := form.Compile(d, form.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for how, name := range []string{prove.Smallest: "smallest", prove.Fullest: "fullest"} {
				if a, err := prove.Walk(p, set, prove.How(how), &prove.Budget{Left: 20000}); err != nil {
					t.Errorf("%s: %v", name, err)
				} else {
					t.Logf("%s: %d steps", name, len(a.Steps))
				}
			}
			if i%8 > 0 { // reading YAML takes its time
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

// A schema may name the parts of a date as the standard does, and ask for
// something else.
func TestDatePartsAreNumbers(t *testing.T) {
	date := func(day form.Kind) *node {
		n := &node{}
		for id, k := range map[string]form.Kind{"F60000000233": form.Int, "F60000000232": form.Int, "F60000000231": day} {
			n.kids = append(n.kids, &node{fim: id, field: form.Node{Type: string(k)}})
		}
		return n
	}
	if parts := date(form.Int).dateParts(); len(parts) != 3 || parts[0].fim != "F60000000233" {
		t.Errorf("three numbers are no date: %v", parts)
	}
	if parts := date(form.Bool).dateParts(); parts != nil {
		t.Errorf("yes or no is a day: %v", parts)
	}
}
