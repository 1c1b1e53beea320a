package solution

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
)

// counting is a source of "randomness" that gives another key for each start.
type counting byte

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		*c += 7
		p[i] = byte(*c)
	}
	return len(p), nil
}

type publisher struct {
	private, public string
	trusted         note.Verifiers
}

func newPublisher(t testing.TB, name string, start counting) publisher {
	t.Helper()
	private, public, err := NewKey(&start, name)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := PublicKey(private + "\n"); err != nil || again != public {
		t.Fatalf("the public key of the private one is %q (%v), want %q", again, err, public)
	}
	trusted, err := Keys(public)
	if err != nil {
		t.Fatal(err)
	}
	return publisher{private, public, trusted}
}

var today = clock.Date{Year: 2026, Month: time.November, Day: 23}

func (p publisher) sign(t testing.TB, archive []byte) []byte {
	t.Helper()
	r, err := Describe(archive, today)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := r.Sign(p.private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// version is the solution of small() with another number.
func version(t testing.TB, number string) []byte {
	t.Helper()
	return pack(t, one(t, func(files map[string]string) {
		files["bin/solution.yaml"] = strings.Replace(files["bin/solution.yaml"], "version: 1.2.0", "version: "+number, 1)
	}))
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestReleaseIsProven(t *testing.T) {
	kreis, other := newPublisher(t, "kreis.example", 1), newPublisher(t, "other.example", 2)
	archive := version(t, "1.2.0")
	signed := kreis.sign(t, archive)
	p, err := OpenPackage(signed, archive, kreis.trusted)
	if err != nil {
		t.Fatal(err)
	}
	if p.Release.Signer != "kreis.example" || p.Manifest.Title.EN != "Order a bin" || p.Release.Name() != "bin-1.2.0" || p.Release.Day != today {
		t.Errorf("got %+v", p.Release)
	}
	_, err = OpenPackage(signed, archive, other.trusted)
	refused(t, err, "bin-1.2.0 is signed by a key that is not trusted here (kreis.example+")
	_, err = OpenPackage(bytes.Replace(signed, []byte("version 1.2.0"), []byte("version 1.2.1"), 1), archive, kreis.trusted)
	refused(t, err, "the signature of kreis.example is wrong")
	changed := bytes.Clone(archive)
	changed[len(changed)/2] ^= 1
	_, err = OpenPackage(signed, changed, kreis.trusted)
	refused(t, err, "not the one that was signed")
	_, err = OpenPackage(signed, archive[:len(archive)-1], kreis.trusted)
	refused(t, err, "not the one that was signed")

	// The same name with another key is another key.
	imposter := newPublisher(t, "kreis.example", 9)
	_, err = OpenPackage(imposter.sign(t, archive), archive, kreis.trusted)
	refused(t, err, "not trusted here")

	// A key that is trusted may sign what is not a release, or a wrong one.
	signer, err := note.NewSigner(kreis.private)
	if err != nil {
		t.Fatal(err)
	}
	right, err := Describe(archive, today)
	if err != nil {
		t.Fatal(err)
	}
	wrongVersion := right
	wrongVersion.Version = "1.2.1"
	for text, want := range map[string]string{
		"leitportal.example\n12\n":                               "not a release of a solution",
		strings.Replace(right.text(), "size ", "size 0", 1):      "not written as it must be",
		strings.Replace(right.text(), "id bin", "id ../bin", 1):  "not written as it must be",
		strings.Replace(right.text(), "day 2026-", "day 26-", 1): "not written as it must be",
		strings.Replace(right.text(), "sha256 ", "sha256 00", 1): "not written as it must be",
		strings.Replace(right.text(), right.Version, "1.2", 1):   "not written as it must be",
		wrongVersion.text(): "the release says bin-1.2.1, the solution.yaml in its archive bin-1.2.0",
		strings.Replace(right.text(), "size", "Size", 1):                "not written as it must be",
		strings.TrimSuffix(right.text(), "\n") + "\nmore of it\n":       "not a release of a solution",
		strings.Replace(right.text(), "release 1", "release 2", 1):      "not a release of a solution",
		strings.Replace(right.text(), "version 1", "version  1", 1):     "not written as it must be",
		strings.Replace(right.text(), "version 1.2", "version 1.+2", 1): "not written as it must be",
	} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = OpenPackage(signed, archive, kreis.trusted)
		refused(t, err, want)
	}
	_, err = OpenRelease(make([]byte, maxNote+1), kreis.trusted)
	refused(t, err, "larger than")
	_, err = OpenRelease([]byte("hello"), kreis.trusted)
	refused(t, err, "not a signed release")
	_, err = Keys(kreis.private)
	refused(t, err, "is not a public key")
	_, err = right.Sign(kreis.public)
	refused(t, err, "not a private key")
	_, _, err = NewKey(new(counting), "Kreis Example")
	refused(t, err, "no key for the name")
	refused(t, right.NotOlder("1.10.0"), "bin-1.2.0 is older than version 1.10.0")
	for _, inUse := range []string{"", "1.2.0", "1.1.9"} {
		if err := right.NotOlder(inUse); err != nil {
			t.Errorf("after %q: %v", inUse, err)
		}
	}
}

// A folder and an address give the same.
func TestPublishAndFetch(t *testing.T) {
	kreis, other := newPublisher(t, "kreis.example", 1), newPublisher(t, "other.example", 2)
	dir := filepath.Join(t.TempDir(), "deep", "releases")
	for _, number := range []string{"1.2.0", "1.10.0", "1.9.3"} { // a mended older line may come later
		archive := version(t, number)
		if _, err := Publish(dir, kreis.sign(t, archive), archive, kreis.trusted); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := os.ReadFile(filepath.Join(dir, IndexFile))
	if err != nil {
		t.Fatal(err)
	}
	archive := version(t, "1.2.0")
	if _, err := Publish(dir, kreis.sign(t, archive), archive, kreis.trusted); err != nil {
		t.Errorf("the same again: %v", err)
	}
	foreign := pack(t, one(t, func(files map[string]string) { files["bin/texts/x.json"] = "{}" }))
	for _, p := range []publisher{kreis, other} {
		_, err = Publish(dir, p.sign(t, foreign), foreign, p.trusted)
		refused(t, err, "bin-1.2.0 is published already, with other content")
	}
	_, err = Publish(dir, kreis.sign(t, foreign), archive, kreis.trusted)
	refused(t, err, "not the one that was signed")
	if now, err := os.ReadFile(filepath.Join(dir, IndexFile)); err != nil || !bytes.Equal(now, tree) {
		t.Errorf("what was refused changed the index (%v)", err)
	}

	server := httptest.NewServer(http.StripPrefix("/solutions", http.FileServer(http.Dir(dir))))
	defer server.Close()
	for _, address := range []string{dir, server.URL + "/solutions", server.URL + "/solutions/"} {
		s, err := OpenSource(address, false)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.List(t.Context(), kreis.trusted)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range list {
			got = append(got, r.Name()+" "+r.Signer)
		}
		if want := "bin-1.10.0 kreis.example bin-1.9.3 kreis.example bin-1.2.0 kreis.example"; strings.Join(got, " ") != want {
			t.Errorf("%s lists %q", address, got)
		}
		if list, err = s.List(t.Context(), other.trusted); err != nil || list[0].Signer != "" {
			t.Errorf("with no key of the publisher: %+v, %v", list, err)
		}
		p, err := s.Fetch(t.Context(), "bin", "1.2.0", kreis.trusted)
		if err != nil || !bytes.Equal(p.Archive, archive) {
			t.Errorf("%s: %v", address, err)
		}
		_, err = s.Fetch(t.Context(), "bin", "1.2.0", other.trusted)
		refused(t, err, "not trusted here")
		_, err = s.Fetch(t.Context(), "bin", "3.0.0", kreis.trusted)
		refused(t, err, "bin-3.0.0 in ")
		_, err = s.Fetch(t.Context(), "../bin", "1.2.0", kreis.trusted)
		refused(t, err, "not the name of a release")
	}

	// One version under the name of another.
	for _, ending := range []string{".note", ".zip"} {
		if err := os.Rename(filepath.Join(dir, "bin-1.9.3"+ending), filepath.Join(dir, "bin-1.10.0"+ending)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenSource(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Fetch(t.Context(), "bin", "1.10.0", kreis.trusted)
	refused(t, err, "gives bin-1.9.3 where bin-1.10.0 was asked for")
}

func TestPublishSideBySide(t *testing.T) {
	kreis := newPublisher(t, "kreis.example", 1)
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		archive := version(t, fmt.Sprintf("1.0.%d", i))
		signed := kreis.sign(t, archive)
		all.Go(func() {
			if _, err := Publish(dir, signed, archive, kreis.trusted); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := OpenSource(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(t.Context(), kreis.trusted); err != nil || len(list) != 8 {
		t.Errorf("%d releases, %v", len(list), err)
	}
}

func TestSourceRefuses(t *testing.T) {
	for _, address := range []string{"http://kreis.example/", "ftp://kreis.example/", "https://", "https://name:word@kreis.example/", "https://kreis.example/?x", "https://kreis.example/#x"} {
		if _, err := OpenSource(address, false); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
	for _, address := range []string{"http://localhost:1/", "http://127.0.0.1/", "http://[::1]/", "https://kreis.example/x/"} {
		if _, err := OpenSource(address, false); err != nil {
			t.Error(err)
		}
	}
	if _, err := OpenSource("http://kreis.example/", true); err != nil {
		t.Error(err)
	}

	kreis := newPublisher(t, "kreis.example", 1)
	signed := string(kreis.sign(t, version(t, "1.2.0")))
	entry, err := json.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	for _, c := range []struct {
		name, answer, want string
	}{
		{"not JSON", "<html>", "cannot be read"},
		{"other format", `{"format": 2, "releases": []}`, "of format 2"},
		{"other keys", `{"format": 1, "more": []}`, "cannot be read"},
		{"goes on", `{"format": 1, "releases": []} x`, "goes on after its end"},
		{"too many", `{"format": 1, "releases": ["` + strings.Repeat(`","`, maxReleases) + `"]}`, "more than 5000"},
		{"twice", fmt.Sprintf(`{"format": 1, "releases": [%s, %s]}`, entry, entry), "twice"},
		{"changed", strings.Replace(fmt.Sprintf(`{"format": 1, "releases": [%s]}`, entry), "1.2.0", "1.2.1", 1), "signature of kreis.example is wrong"},
		{"endless", strings.Repeat(" ", maxIndex+1), "is larger than"},
		{"leads on", "", "leads on to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.answer == "" {
					http.Redirect(w, r, elsewhere.URL, http.StatusFound)
					return
				}
				fmt.Fprint(w, c.answer)
			}))
			defer server.Close()
			s, err := OpenSource(server.URL, false)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.List(t.Context(), kreis.trusted)
			refused(t, err, c.want)
		})
	}

	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	s, err := OpenSource(slow.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.List(ctx, kreis.trusted)
	refused(t, err, "deadline exceeded")

	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, IndexFile)); err != nil {
		t.Fatal(err)
	}
	if s, err = OpenSource(dir, false); err != nil {
		t.Fatal(err)
	}
	_, err = s.List(t.Context(), kreis.trusted)
	refused(t, err, "path escapes")
}

// FuzzOpenRelease: what is taken says exactly what was signed.
func FuzzOpenRelease(f *testing.F) {
	kreis := newPublisher(f, "kreis.example", 1)
	signed := kreis.sign(f, version(f, "1.2.0"))
	f.Add(signed)
	f.Add([]byte("leitportal solution release 1\n\n— x 0000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := OpenRelease(b, kreis.trusted)
		if err == nil && (!bytes.HasPrefix(b, []byte(r.text())) || !bytes.HasPrefix(signed, []byte(r.text()))) {
			t.Errorf("taken: %+v", r)
		}
	})
}

// FuzzIndex: nothing makes it panic, and there are never too many.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"format": 1, "releases": ["a", "b"]}`))
	f.Add([]byte(`{"format": 1, "releases": [null]} {}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := parseIndex(b); err == nil && len(list) > maxReleases {
			t.Error("too many")
		}
	})
}
