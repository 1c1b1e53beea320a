package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/pdf"
)

// sample is a receipt and its PDF, with the key it was signed by.
type sample struct {
	signer              Signer
	facts               Facts
	proof               Proof
	base, receipt, file []byte
}

func (s sample) keys() []string { return []string{s.signer.Verifier()} }

func newSample(t testing.TB) sample {
	t.Helper()
	signer, _, err := NewSigner(rand.Reader, "portal.example")
	if err != nil {
		t.Fatal(err)
	}
	s := sample{signer: signer, facts: Facts{
		Portal: "Leitportal <Demo> & Co", TenantARS: "057740032032", Tenant: "Stadt Paderborn", Service: "Hund anmelden (Hundesteuer) – „Müßig“",
		Solution: "hundesteuer", SolutionVersion: "1.0.0", Case: "HS-2026-000123",
		Received: time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
		Payload:  sha256.Sum256([]byte("answers")), Salt: sha256.Sum256([]byte("salt")),
	}}
	s.proof = prove(t, signer, Leaf(s.facts.Salt, s.facts.Payload), 11, 37)
	d := pdf.New(nil, pdf.Meta{Title: "Eingangsbestätigung", Lang: "de", Author: "Stadt Paderborn", Created: s.facts.Received})
	d.Head("Stadt Paderborn", "")
	d.H1("Eingangsbestätigung")
	d.Facts([]pdf.Fact{{Term: "Aktenzeichen", Value: s.facts.Case}})
	s.base = d.Bytes()
	if s.receipt, err = IssueReceipt(signer, s.facts, s.proof, s.base); err != nil {
		t.Fatal(err)
	}
	if s.file, err = AttachReceipt(s.base, s.receipt); err != nil {
		t.Fatal(err)
	}
	return s
}

// prove puts leaf at index into a log of size leaves.
func prove(t testing.TB, signer Signer, leaf [32]byte, index, size int64) Proof {
	t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(idx))
		for i, n := range idx {
			out[i] = stored[n]
		}
		return out, nil
	})
	for n := range size {
		data := sha256.Sum256([]byte{byte(n)})
		if n == index {
			data = leaf
		}
		h, err := tlog.StoredHashes(n, data[:], reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, h...)
	}
	p := Proof{Leaf: leaf, Index: index, Size: size}
	var err error
	if p.Root, err = tlog.TreeHash(size, reader); err != nil {
		t.Fatal(err)
	}
	if p.Hashes, err = tlog.ProveRecord(size, index, reader); err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(signer.Name(), size, p.Root)}, signer)
	if err != nil {
		t.Fatal(err)
	}
	p.Checkpoint = string(signed)
	return p
}

func verdict(t testing.TB, data []byte, keys []string) Verdict {
	t.Helper()
	v, err := VerifyFile(data, keys)
	if err != nil {
		t.Fatal(err)
	}
	if v.Genuine != (v.Problem == "") || v.Genuine && v.Receipt == nil {
		t.Fatalf("contradiction: %+v", v)
	}
	return v
}

func TestGenuine(t *testing.T) {
	s := newSample(t)
	for name, data := range map[string][]byte{"json": s.receipt, "pdf": s.file} {
		v := verdict(t, data, s.keys())
		if !v.Genuine || v.PDF != (name == "pdf") || v.Receipt.Case != s.facts.Case {
			t.Fatalf("%s: %+v", name, v)
		}
		for _, lang := range i18n.Langs() {
			w := v.Words(Texts().In(lang))
			all := w.Title + w.Text + fmt.Sprint(w.Facts)
			for _, want := range []string{s.facts.Service, s.facts.Tenant, s.facts.Case, s.facts.Portal, "02:30", "UTC+02:00", "2026"} {
				if !strings.Contains(all, want) {
					t.Errorf("%s, %s: the words lack %q:\n%s", name, lang, want, all)
				}
			}
			if strings.Contains(all, "⟦") || strings.Contains(all, "[de]") {
				t.Errorf("%s: missing text: %s", lang, all)
			}
		}
	}
	// The hour that comes twice is told apart.
	if want := "25.10.2026 02:30:00 CEST (+02:00)"; verdict(t, s.receipt, s.keys()).Receipt.ReceivedLocal != want {
		t.Errorf("local time is not %q", want)
	}
	again, err := IssueReceipt(s.signer, s.facts, s.proof, s.base)
	if err != nil || !bytes.Equal(again, s.receipt) {
		t.Error("the same receipt twice differs", err)
	}
}

func TestAttachedReceiptOpensCleanly(t *testing.T) {
	s := newSample(t)
	path := filepath.Join(t.TempDir(), "r.pdf")
	if err := os.WriteFile(path, s.file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"qpdf", "--check", path}, {"pdfinfo", "-struct-text", path}, {"pdfdetach", "-save", "1", "-o", path + ".json", path}} {
		if _, err := exec.LookPath(c[0]); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed (apt-get install poppler-utils qpdf)", c[0])
		}
		out, err := exec.Command(c[0], c[1:]...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "Error") || strings.Contains(string(out), "WARNING") {
			t.Errorf("%v: %v\n%s", c, err, out)
		}
	}
	if out, err := os.ReadFile(path + ".json"); err != nil || !bytes.Equal(out, s.receipt) {
		t.Error("poppler detaches another receipt", err)
	}
}

// Every position of the JSON: each bit turned, the byte taken out, a byte put
// in before and after.
func TestEveryByteOfTheReceiptCounts(t *testing.T) {
	s := newSample(t)
	if testing.Short() {
		t.Skip("long")
	}
	refuse := func(what string, at int, data []byte) {
		t.Helper()
		if !bytes.Equal(data, s.receipt) && verdict(t, data, s.keys()).Genuine {
			t.Fatalf("%s at %d was accepted", what, at)
		}
	}
	for i := range s.receipt {
		for bit := range 8 {
			d := bytes.Clone(s.receipt)
			d[i] ^= 1 << bit
			refuse("bit", i, d)
		}
		refuse("deletion", i, append(bytes.Clone(s.receipt[:i]), s.receipt[i+1:]...))
		for _, c := range []byte{' ', '\n', '0', 'A', '"', ',', 0, 0xff, s.receipt[i]} {
			refuse("insertion", i, append(append(bytes.Clone(s.receipt[:i]), c), s.receipt[i:]...))
		}
		refuse("cut", i, s.receipt[:i])
	}
	for _, tail := range []string{" ", "\n", "{}", "\x00"} {
		refuse("tail", len(s.receipt), append(bytes.Clone(s.receipt), tail...))
	}
}

// A thousand random positions of the PDF, and every one of what was attached.
func TestEveryByteOfThePDFCounts(t *testing.T) {
	s := newSample(t)
	r := mathrand.New(mathrand.NewPCG(1, 2))
	at := make([]int, 0, 1000+len(s.file)-len(s.base))
	for range 1000 {
		at = append(at, r.IntN(len(s.file)))
	}
	for i := len(s.base); i < len(s.file); i++ {
		at = append(at, i)
	}
	for _, i := range at {
		flip := bytes.Clone(s.file)
		flip[i] ^= 1 << r.IntN(8)
		cut := append(bytes.Clone(s.file[:i]), s.file[i+1:]...)
		more := append(append(bytes.Clone(s.file[:i]), byte(r.IntN(256))), s.file[i:]...)
		for what, d := range map[string][]byte{"bit": flip, "deletion": cut, "insertion": more, "end": s.file[:i]} {
			if bytes.Equal(d, s.file) {
				continue
			}
			if verdict(t, d, s.keys()).Genuine {
				t.Fatalf("%s at %d was accepted", what, i)
			}
		}
	}
}

func TestWhatIsWrong(t *testing.T) {
	s := newSample(t)
	other := newSample(t)
	edit := func(fn func(r *Receipt)) []byte { // a forger re-encodes properly
		r, err := parseReceipt(s.receipt)
		if err != nil {
			t.Fatal(err)
		}
		fn(&r)
		out, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	signed := func(fn func(r *Receipt)) []byte { // the portal itself errs
		return edit(func(r *Receipt) {
			fn(r)
			msg, err := r.message()
			if err != nil {
				t.Fatal(err)
			}
			if r.Signature, err = s.signer.Sign(msg); err != nil {
				t.Fatal(err)
			}
		})
	}
	swapped, err := pdf.Attach(other.base, pdf.Attachment{Name: ReceiptName, Data: s.receipt, Modified: s.facts.Received})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(s.base, other.base) {
		swapped = bytes.Replace(s.file, []byte("/Lang"), []byte("/lang"), 1)
	}
	reordered := func() []byte {
		var m map[string]any
		if err := json.Unmarshal(s.receipt, &m); err != nil {
			t.Fatal(err)
		}
		out, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return append(out, '\n')
	}()
	for _, c := range []struct {
		name string
		data []byte
		want Problem
	}{
		{"nothing", nil, Empty},
		{"much", bytes.Repeat([]byte("{"), MaxFile+1), TooLarge},
		{"a text", []byte("Guten Tag"), NotAReceipt},
		{"other JSON", []byte("{}"), Changed},
		{"deep JSON", bytes.Repeat([]byte(`{"a":`), 9000), Changed},
		{"another order of fields", reordered, Changed},
		{"an unknown field", bytes.Replace(s.receipt, []byte("{\n"), []byte("{\n  \"x\": 1,\n"), 1), Changed},
		{"a doubled field", bytes.Replace(s.receipt, []byte("{\n"), []byte("{\n  \"version\": 1,\n"), 1), Changed},
		{"a PDF without a receipt", s.base, NoReceipt},
		{"a PDF cut short", s.file[:len(s.file)-1], NoReceipt},
		{"the receipt in another PDF", swapped, PDFChanged},
		{"something after the end", append(bytes.Clone(s.file), "1 0 obj\n<<>>\nendobj\n%%EOF\n"...), NoReceipt},
		{"another description", bytes.Replace(s.file, []byte("/AFRelationship/Supplement"), []byte("/AFRelationship/Alternative"), 1), UpdateBroken},
		{"somebody else's receipt", other.receipt, UnknownKey},
		{"another key named", edit(func(r *Receipt) { r.Key = "portal.example+0000000g" }), UnknownKey},
		{"another town", edit(func(r *Receipt) { r.Tenant = "Stadt Aachen" }), BadSignature},
		{"another time", edit(func(r *Receipt) { r.Received = "2026-10-24T00:30:00Z" }), BadSignature},
		{"no signature", edit(func(r *Receipt) { r.Signature = nil }), BadSignature},
		{"times that differ", signed(func(r *Receipt) { r.ReceivedLocal = "heute" }), BadProof},
		{"another salt", signed(func(r *Receipt) { r.Salt[0]++ }), BadProof},
		{"another place in the log", signed(func(r *Receipt) { r.Index++ }), BadProof},
		{"a negative place", signed(func(r *Receipt) { r.Index = -1 }), BadProof},
		{"another root", signed(func(r *Receipt) { r.Root[0]++ }), BadProof},
		{"a shorter proof", signed(func(r *Receipt) { r.Proof = r.Proof[1:] }), BadProof},
		{"another checkpoint", signed(func(r *Receipt) { r.Checkpoint = other.proof.Checkpoint }), BadProof},
	} {
		v := verdict(t, c.data, s.keys())
		if v.Problem != c.want {
			t.Errorf("%s: %q, want %q", c.name, v.Problem, c.want)
		}
		for _, lang := range i18n.Langs() {
			if w := v.Words(Texts().In(lang)); strings.ContainsAny(w.Title+w.Text, "⟦{") || w.Text == "" {
				t.Errorf("%s: %s: %+v", c.name, lang, w)
			}
		}
	}
	for _, keys := range [][]string{nil, {""}, {"# nothing"}, {"rubbish"}} {
		if _, err := VerifyFile(s.receipt, keys); err == nil {
			t.Errorf("keys %q were accepted", keys)
		}
	}
	if v := verdict(t, s.receipt, []string{other.signer.Verifier(), s.signer.Verifier()}); !v.Genuine {
		t.Errorf("with several keys: %+v", v)
	}
}

func TestIssueRefuses(t *testing.T) {
	s := newSample(t)
	wrong := s.facts
	wrong.Salt[0]++
	if _, err := IssueReceipt(s.signer, wrong, s.proof, s.base); err == nil {
		t.Error("a proof of another leaf")
	}
	p := s.proof
	p.Index++
	if _, err := IssueReceipt(s.signer, s.facts, p, s.base); err == nil {
		t.Error("a proof that does not hold")
	}
	broken := s.facts
	broken.Tenant = "Stadt \xff"
	if _, err := IssueReceipt(s.signer, broken, s.proof, s.base); err == nil {
		t.Error("broken UTF-8")
	}
	if _, err := AttachReceipt(append(bytes.Clone(s.base), ' '), s.receipt); err == nil {
		t.Error("a receipt of another PDF")
	}
}

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }

func TestVerifyCommand(t *testing.T) {
	s := newSample(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := write("r.pdf", s.file), write("bad.json", s.receipt[1:])
	key := s.signer.Verifier()
	withKey := t.TempDir()
	if err := SaveKeys(withKey, []string{key}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, env, dir string
		args           []string
		status         int
		out, err       string
	}{
		{name: "--key", args: []string{"--key", key, good}, out: "echt und vollständig"},
		{name: "environment", env: "x+00000000+AA== " + key, args: []string{good}, status: 2, err: "is not a key"},
		{name: "environment, good", env: key, args: []string{good}, out: "HS-2026-000123"},
		{name: "data folder", dir: withKey, args: []string{"--lang", "en", good}, out: "genuine and complete"},
		{name: "no key", args: []string{good}, status: 2, err: "--key"},
		{name: "changed", dir: withKey, args: []string{bad}, status: 1, out: "keine Eingangsbestätigung"},
		{name: "no file", dir: withKey, status: 2, err: "FILE"},
		{name: "absent file", dir: withKey, args: []string{good + "x"}, status: 2, err: "no such file"},
		{name: "unknown flag", dir: withKey, args: []string{"--nonsense", good}, status: 2, err: "nonsense"},
	} {
		var out, errs bytes.Buffer
		cmd := Command{Getenv: func(k string) string {
			if k == KeysVariable {
				return c.env
			}
			return ""
		}, DataDir: c.dir, Lang: i18n.DE, Out: &out, Err: &errs}
		if cmd.DataDir == "" {
			cmd.DataDir = dir
		}
		if got := VerifyCommand(c.args, cmd); got != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
			t.Errorf("%s: status %d\n%s\n%s", c.name, got, out.String(), errs.String())
		}
	}
}

func FuzzVerifyFile(f *testing.F) {
	s := newSample(f)
	trusted, err := verifiers(s.keys())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.receipt)
	f.Add(s.file)
	f.Add([]byte("{\"format\":\"leitportal-receipt\"}"))
	f.Add([]byte("%PDF-1.7\n%%EOF\nstream\n{}\nendstream\nendobj\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := verifyFile(data, trusted)
		if v.Genuine && !bytes.Equal(data, s.receipt) && !bytes.Equal(data, s.file) {
			t.Errorf("accepted %d bytes that were never issued", len(data))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	s := newSample(b)
	trusted, err := verifiers(s.keys())
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"json": s.receipt, "pdf": s.file} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !verifyFile(data, trusted).Genuine {
					b.Fatal("not genuine")
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verified/s")
		})
	}
}
