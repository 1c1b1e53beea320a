package solution

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
)

// one is the folder of the solution of small().
func one(t testing.TB, change ...func(map[string]string)) fs.FS {
	t.Helper()
	files := small()
	for _, c := range change {
		c(files)
	}
	sub, err := fs.Sub(folder(files), "bin")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func pack(t testing.TB, f fs.FS) []byte {
	t.Helper()
	b, err := Pack(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// listing is every file with its content.
func listing(t testing.TB, f fs.FS) string {
	t.Helper()
	var out strings.Builder
	err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(f, name)
		fmt.Fprintf(&out, "%s %q\n", name, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The bytes are known: another version of Go, or of this package, must not give
// others, or nobody's copy of a published archive could be made again.
func TestPackIsDeterministic(t *testing.T) {
	b := pack(t, fstest.MapFS{"solution.yaml": {Data: []byte("id: x\n")}, "texts/de.json": {Data: []byte("{}")}, "_kept": {}, ".git/config": {}})
	if sum := fmt.Sprintf("%x", sha256.Sum256(b)); sum != packedSum {
		t.Errorf("digest %s, want %s", sum, packedSum)
	}
	files, err := Unpack(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := listing(t, files), "solution.yaml \"id: x\\n\"\ntexts/de.json \"{}\"\n"; got != want {
		t.Errorf("got %s", got)
	}
}

const packedSum = "1a9a16576eff0998b3c50a91f0130e1687fec4a074226d6172b6f8923f1f7956"

// Whatever folder is packed comes out as it was, and packs to the same bytes.
func TestPackUnpackIsIdentity(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		files := fstest.MapFS{"solution.yaml": {Data: []byte("id: x\n")}}
		for range r.IntN(20) {
			name := fmt.Sprintf("n%d", r.IntN(30))
			for range r.IntN(3) {
				name = fmt.Sprintf("d%d/%s", r.IntN(4), name)
			}
			b := make([]byte, r.IntN(3000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			files[name+".json"] = &fstest.MapFile{Data: b}
		}
		packed := pack(t, files)
		got, err := Unpack(packed)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if listing(t, got) != listing(t, files) || !bytes.Equal(pack(t, got), packed) {
			t.Fatalf("seed %d: it does not come out as it went in", seed)
		}
	}
}

// No byte of an archive can be changed, added or taken away.
func TestUnpackRefusesAnyChangedByte(t *testing.T) {
	b := pack(t, fstest.MapFS{"solution.yaml": {Data: []byte("id: x\n")}, "rules.yaml": {Data: []byte("a: b\n")}})
	for i := range b {
		for _, bit := range []byte{1, 0x80} {
			changed := bytes.Clone(b)
			changed[i] ^= bit
			if files, err := Unpack(changed); err == nil {
				t.Fatalf("byte %d of %d changed, and it is taken: %s", i, len(b), listing(t, files))
			}
		}
	}
	for _, changed := range [][]byte{nil, b[1:], b[:len(b)-1], append([]byte("x"), b...), append(bytes.Clone(b), 'x'), append(bytes.Clone(b), b...)} {
		if _, err := Unpack(changed); err == nil {
			t.Errorf("%d bytes for %d are taken", len(changed), len(b))
		}
	}
}

// entry is a file of a hostile archive.
type entry struct {
	name   string
	data   []byte
	method uint16
	attrs  uint32
	size   uint64
}

func hostile(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range append([]entry{{name: "solution.yaml", data: []byte("id: x\n")}}, entries...) {
		h := &zip.FileHeader{
			Name: e.name, Method: e.method, CRC32: crc32.ChecksumIEEE(e.data), CreatorVersion: 3 << 8, ExternalAttrs: 0o100644 << 16,
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: uint64(len(e.data)),
		}
		if e.attrs != 0 {
			h.ExternalAttrs = e.attrs << 16
		}
		if e.size != 0 {
			h.UncompressedSize64 = e.size
		}
		w, err := z.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpackRefusesWhatIsHostile(t *testing.T) {
	many := make([]entry, maxEntries)
	for i := range many {
		many[i] = entry{name: fmt.Sprintf("n%d.json", i)}
	}
	for _, c := range []struct {
		name    string
		entries []entry
		want    string
	}{
		{"up and out", []entry{{name: "../x.json"}}, "no name of a file within the folder"},
		{"up in the middle", []entry{{name: "a/../../x.json"}}, "no name of a file within the folder"},
		{"absolute", []entry{{name: "/etc/passwd"}}, "no name of a file within the folder"},
		{"drive", []entry{{name: "C:/x.json"}}, "letters from a to z"},
		{"backslash", []entry{{name: `..\x.json`}}, "letters from a to z"},
		{"hidden", []entry{{name: ".git/config"}}, "letters from a to z"},
		{"control characters", []entry{{name: "a\nb"}}, "letters from a to z"},
		{"other letters that look alike", []entry{{name: "sоlution.json"}}, "letters from a to z"},
		{"long name", []entry{{name: strings.Repeat("a", maxName+1)}}, "no name of a file"},
		{"empty name", []entry{{name: ""}}, "no name of a file"},
		{"folder", []entry{{name: "texts/"}}, "a folder or a link"},
		{"link", []entry{{name: "x", data: []byte("/etc/passwd"), attrs: 0o120777}}, "a folder or a link"},
		{"device", []entry{{name: "x", attrs: 0o020666}}, "a folder or a link"},
		{"twice", []entry{{name: "solution.yaml"}}, "is in it twice"},
		{"capital letters", []entry{{name: "Solution.yaml"}}, "nothing but capital letters"},
		{"file and folder", []entry{{name: "a"}, {name: "a/b"}}, "a file and a folder"},
		{"compressed", []entry{{name: "x", method: zip.Deflate, data: []byte("x")}}, "is compressed"},
		{"says it is endless", []entry{{name: "x", size: 1 << 40}}, "more than 16 MB in all"},
		{"says more than it has", []entry{{name: "x", data: []byte("x"), size: 2}}, "zip: checksum error|unexpected EOF|not a valid zip"},
		{"large", []entry{{name: "x", data: make([]byte, maxFile+1)}}, "larger than 1 MB"},
		{"large in all", []entry{{name: "lists/x", data: make([]byte, maxList)}, {name: "lists/y", data: make([]byte, maxList)}}, "more than 16 MB in all"},
		{"many", many, "more than 2000 files"},
		{"aliases", []entry{{name: "x.yml", data: []byte("a: &a [x]\nb: [*a, *a]\n")}}, "aliases"},
		{"deep", []entry{{name: "x.yaml", data: []byte(strings.Repeat("[", 40))}}, "lists or maps in each other"},
		{"another mode", []entry{{name: "x", attrs: 0o100755}}, "pack the folder anew"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Unpack(hostile(t, c.entries...))
			for _, want := range strings.Split(c.want, "|") {
				if strings.Contains(fmt.Sprint(err), want) {
					return
				}
			}
			t.Errorf("got %v, want %q", err, c.want)
		})
	}
	if _, err := Unpack(make([]byte, MaxArchive+1)); !strings.Contains(fmt.Sprint(err), "larger than") {
		t.Errorf("a large archive: %v", err)
	}
}

// A bomb whose entries all point at the same bytes is measured by what it
// would become.
func TestUnpackRefusesOverlappingEntries(t *testing.T) {
	big := make([]byte, maxFile)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 40 {
		h := &zip.FileHeader{Name: fmt.Sprintf("n%02d", i), Method: zip.Store, CRC32: crc32.ChecksumIEEE(big), CompressedSize64: maxFile, UncompressedSize64: maxFile}
		w, err := z.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if _, err := w.Write(big); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	for at, n := 0, 0; ; at, n = at+4, n+1 {
		next := bytes.Index(b[at:], []byte("PK\x01\x02"))
		if next < 0 {
			if n != 40 {
				t.Fatalf("%d entries", n)
			}
			break
		}
		at += next
		copy(b[at+42:at+46], []byte{0, 0, 0, 0}) // where the entry begins
	}
	if _, err := Unpack(b); len(b) > 2*maxFile || !strings.Contains(fmt.Sprint(err), "more than 16 MB in all") {
		t.Errorf("%d bytes: %v", len(b), err)
	}
}

func TestPackRefuses(t *testing.T) {
	for _, c := range []struct {
		files map[string]int
		want  string
	}{
		{map[string]int{"x.yaml": 1}, "there is no solution.yaml"},
		{map[string]int{"solution.yaml": 1, "ä.json": 1}, "ä.json: a name is made of letters"},
		{map[string]int{"solution.yaml": 1, "X.json": 1, "x.json": 1}, "capital letters"},
		{map[string]int{"solution.yaml": 1, "x.json": maxFile + 1}, "x.json: is larger than 1 MB"},
	} {
		f := fstest.MapFS{}
		for name, size := range c.files {
			f[name] = &fstest.MapFile{Data: bytes.Repeat([]byte("a"), size)}
		}
		if _, err := Pack(f); !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// FuzzUnpack: what is taken is canonical, and nothing makes it panic.
func FuzzUnpack(f *testing.F) {
	b := pack(f, fstest.MapFS{"solution.yaml": {Data: []byte("id: x\n")}, "texts/de.json": {Data: []byte("{}")}})
	f.Add(b)
	f.Add(hostile(f, entry{name: "../x"}))
	f.Add(hostile(f, entry{name: "x", size: 1 << 40}))
	f.Fuzz(func(t *testing.T, b []byte) {
		files, err := Unpack(b)
		if err == nil && !bytes.Equal(pack(t, files), b) {
			t.Error("two archives of one content")
		}
	})
}
