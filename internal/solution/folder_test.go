package solution

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// onDisk writes files into a new folder.
func onDisk(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "solutions")
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder on disk is what it would be in the binary, digest and all, and
// stays so whatever happens to the files.
func TestFolderIsAsTheBinary(t *testing.T) {
	files := small()
	want, err := Load(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	files[".git/config"], files["bin/.solution.yaml.swp"], files["bin/_draft.yaml"] = "x", "x", ": ["
	dir := onDisk(t, files)
	read, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Load(read)
	if err != nil {
		t.Fatal(err)
	}
	v, w := got.Versions("bin"), want.Versions("bin")
	if len(v) != 1 || v[0].Digest != w[0].Digest {
		t.Errorf("%d versions, digest %s, want %s", len(v), v[0].Digest, w[0].Digest)
	}
	if len(got.Versions("other")) != 0 {
		t.Error("there are versions of what is not there")
	}
}

func TestFolderRefusesWhatIsHostile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(dir string) error
		want string
	}{
		{"link out", func(dir string) error { return os.Symlink("/etc/passwd", dir+"/bin/texts.yaml") }, "bin/texts.yaml: cannot be read (a link must not lead out"},
		{"link to a folder outside", func(dir string) error { return os.Symlink("/etc", dir+"/other") }, "other: cannot be read"},
		{"link to a folder inside", func(dir string) error { return os.Symlink("bin", dir+"/other") }, "neither a plain file nor"},
		{"link inside", func(dir string) error { return os.Symlink("../notices/assessment.yaml", dir+"/bin/service/x.yaml") }, ""},
		{"pipe", func(dir string) error { return syscall.Mkfifo(dir+"/bin/pipe.yaml", 0o600) }, "neither a plain file nor"},
		{"large file", func(dir string) error { return os.WriteFile(dir+"/bin/x.json", make([]byte, maxFile+1), 0o600) }, "bin/x.json: is larger than 1 MB"},
		{"endless by a link", func(dir string) error { return os.Symlink("/dev/zero", dir+"/bin/x.json") }, "cannot be read"},
		{"many large files", func(dir string) error {
			for i := range 17 {
				if err := os.WriteFile(fmt.Sprintf("%s/bin/%d.json", dir, i), make([]byte, maxFile), 0o600); err != nil {
					return err
				}
			}
			return nil
		}, "more than 16 MB"},
		{"many files", func(dir string) error {
			for i := range maxEntries {
				if err := os.WriteFile(fmt.Sprintf("%s/bin/%d.json", dir, i), nil, 0o600); err != nil {
					return err
				}
			}
			return nil
		}, "more than 2000 files"},
		{"aliases", func(dir string) error {
			return os.WriteFile(dir+"/bin/rules.yaml", []byte("a: &a [x]\nb: [*a, *a]\n"), 0o600)
		}, "bin/rules.yaml: line 2: aliases"},
		{"not there", os.RemoveAll, "cannot be opened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := onDisk(t, small())
			if err := c.do(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Folder(dir)
			if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
	}{
		"usual":             {"a:\n  - {b: [1, 2], c: \"*x & [[[\"}\n  - - nested\n", ""},
		"many side by side": {strings.Repeat("- [[1]]\n", 500), ""},
		"lists":             {"\na: " + strings.Repeat("[", 33), "line 2: more than 32"},
		"maps":              {strings.Repeat("{a: ", 33), "line 1: more than 32"},
		"entries":           {"a:\n  " + strings.Repeat("- ", 33) + "x", "line 2: more than 32"},
		"keys":              {strings.Repeat("? ", 33), "more than 32"},
		"merge":             {"a: &a {x: y}\nb:\n  <<: *a\n", "line 3: aliases"},
	} {
		if got := fmt.Sprint(plain([]byte(c.text))); c.want == "" && got != "<nil>" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %v, want %q", name, got, c.want)
		}
	}
}

func TestLoadFromTwoPlaces(t *testing.T) {
	second := map[string]string{"published.txt": "# none\n"}
	for name, text := range small() {
		second[strings.Replace(name, "bin/", "tonne/", 1)] = strings.Replace(text, "id: bin\n", "id: tonne\n", 1)
	}
	both, err := Load(folder(small()), folder(second))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(both.Solutions()); n != 2 || len(both.Sets("tonne")) != len(both.Sets("bin")) {
		t.Errorf("%d solutions", n)
	}
	// What is published in one place is not looked for in the other.
	broken := maps.Clone(second)
	broken["published.txt"] = "tonne 1.2.0 0000\nbin 1.2.0 0000\n"
	_, err = Load(folder(small()), folder(broken))
	for _, want := range []string{"tonne 1.2.0 was changed after it was published", "bin 1.2.0 is published, but its folder is gone"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err = Load(folder(small()), folder(small())); !strings.Contains(fmt.Sprint(err), "bin is there already") {
		t.Errorf("the same id twice: %v", err)
	}
	if _, err = Load(); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

// FuzzPlain: what passes is read without harm; nothing makes it panic.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"a: [b, {c: d}]\n- - x", "? a", "*a", "<<: *b", "&a [*a]", "{[", "]]]]", "\"", "|\n a"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		if len(s) < 1<<12 && plain([]byte(s)) == nil {
			var v any
			_ = strict([]byte(s), &v) // any error will do
		}
	})
}
