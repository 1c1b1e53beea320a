package whole

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/db/dbtest"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// previous is the version whose data this one takes over, and which must
// survive what this one makes of them: the last commit before the migrations
// that it does not know.
const previous = "6aab4c2064fec4d8ebee8d3a2e81640bfb1f73f7"

// previousBinary builds it from the history of this clone.
func previousBinary(t *testing.T) string {
	t.Helper()
	if os.Getenv("LEITPORTAL_TEST_FULL") == "" {
		t.Skip("builds the program twice: set LEITPORTAL_TEST_FULL=1 (make test)")
	}
	dir := t.TempDir()
	source, file := filepath.Join(dir, "source"), filepath.Join(dir, "leitportal")
	if _, err := os.Stat("../../.git"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("an archive has no history")
	}
	if out, err := exec.Command("git", "cat-file", "-e", previous+"^{commit}").CombinedOutput(); err != nil {
		missing := "the history is not here (git fetch --unshallow): " + string(out)
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	for _, command := range []string{
		"mkdir " + source, "git -C ../.. archive -o " + dir + "/source.tar " + previous, "tar -x -C " + source + " -f " + dir + "/source.tar",
		"go build -C " + source + " -trimpath -o " + file + " ./cmd/leitportal",
	} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	return file
}

// What the previous version has begun, this one finishes; and where somebody
// has to go back to it, it goes on with what this one has made of the data. (Of
// the evidence that this one took, its desk opens none: see the operators'
// handbook.)
func TestPreviousBinary(t *testing.T) { takeOver(t, "") }

// TestSoakPreviousBinary is the same on PostgreSQL, where migrations only add
// columns to what both have.
func TestSoakPreviousBinary(t *testing.T) {
	if os.Getenv("LEITPORTAL_SOAK") == "" {
		t.Skip("a long run: make soak")
	}
	takeOver(t, dbtest.Postgres(t))
}

func takeOver(t *testing.T, databaseURL string) {
	before := previousBinary(t)
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	evidence := walker.File{Field: "dogs/1.permit_file", Name: "erlaubnis.pdf", Type: "application/pdf", Data: pdf("x")}
	portal := apptest.StartProcess(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Program: before})
	run := func(program string) {
		t.Helper()
		if out := portal.Stop(); strings.Contains(out, "level=ERROR") {
			t.Errorf("%s: %s", portal.Program, out)
		}
		portal.Program = program
		portal.Start()
	}
	halfway := func() *walker.Browser {
		t.Helper()
		b := open(t, &portal.Portal)
		walk(t, b, a, 1, "", evidence)
		return b
	}
	sent := func(b *walker.Browser) string {
		t.Helper()
		p := get(t, b, service+"/pruefen")
		if !p.Has(a["keeper.last"]) || !p.Has(evidence.Name) {
			t.Errorf("the check page lacks answers: %s", p.Text())
		}
		return submit(t, b, p, "").Number()
	}
	done, open1, open2 := halfway(), halfway(), halfway()
	number := sent(done)

	run(apptest.Binary(t))
	sent(open1)
	for _, b := range []*walker.Browser{done, open1} {
		if p := get(t, b, service+"/status"); p.Number() == "" {
			t.Errorf("after the change to this version: %s", p.Text())
		}
	}
	desk := signIn(t, &portal.Portal, databaseURL, clerk)
	seen := openCase(t, desk, number)
	if p := get(t, desk, seen.Link(evidence.Name)); string(p.Body) != string(evidence.Data) {
		t.Errorf("the evidence of before is %.40q", p.Body)
	}
	newer := halfway()

	run(before)
	if p := get(t, newer, service+"/seite/keeper"); p.Own().Shown("keeper.last") != a["keeper.last"] {
		t.Errorf("going back: %s", p.Text())
	}
	if p := get(t, open1, service+"/status"); p.Number() == "" {
		t.Errorf("going back: %s", p.Text())
	}
	sent(open2)
	sent(newer)
	sent(halfway())

	run(apptest.Binary(t))
	sent(halfway())
}
