package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"leitportal/internal/seal"
	"leitportal/internal/seal/sealtest"

	"github.com/go-jose/go-jose/v4"
)

var plains = [][]byte{nil, []byte("x"), []byte("Waldi"), bytes.Repeat([]byte("ä"), 5000)}

// damage calls open with every shortened and every changed form of sealed
// (all bytes of short ones, a sample of long ones); each must give ErrOpen.
func damage(t *testing.T, sealed []byte, open func([]byte) ([]byte, error)) {
	t.Helper()
	step := max(1, len(sealed)/100)
	for i := 0; i < len(sealed); i += step {
		changed := slices.Clone(sealed)
		changed[i] ^= 0x04
		for _, bad := range [][]byte{changed, sealed[:i], append(slices.Clone(sealed), 'A')} {
			if _, err := open(bad); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("damaged at %d of %d: %v", i, len(sealed), err)
			}
		}
	}
}

func TestBox(t *testing.T) {
	key, aad := seal.Derive("code", "test"), []byte("draft/1/page")
	for _, plain := range plains {
		sealed, err := seal.Seal(rand.Reader, key, aad, plain)
		if err != nil || len(sealed) != len(plain)+seal.Overhead {
			t.Fatalf("%d bytes, %v", len(sealed), err)
		}
		if got, err := seal.Open(key, aad, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("open: %q, %v", got, err)
		}
		damage(t, sealed, func(b []byte) ([]byte, error) { return seal.Open(key, aad, b) })
		if _, err := seal.Open(seal.Derive("code", "other"), aad, sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("other key: %v", err)
		}
		if _, err := seal.Open(key, []byte("draft/2/page"), sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("other place: %v", err)
		}
	}
	if _, err := seal.Seal(iotest.ErrReader(errors.New("dry")), key, nil, nil); err == nil {
		t.Error("sealed without randomness")
	}
	if _, err := seal.Seal(rand.Reader, key, nil, make([]byte, seal.MaxPlain+1)); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestDerive(t *testing.T) {
	// Computed with Python: HKDF-SHA-256 by hmac, salt of 32 zero bytes.
	if got := fmt.Sprintf("%x", seal.Derive([]byte("secret"), "info")); got != "7e11a191fa879919dcf4e336e0d736091bee42c78d4ccb86214290a677884a7a" {
		t.Errorf("got %s", got)
	}
	if seal.Derive("secret", "info") != seal.Derive([]byte("secret"), "info") {
		t.Error("string and bytes differ")
	}
}

func TestMaster(t *testing.T) {
	m, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range plains {
		sealed, err := m.Wrap("totp", plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Unwrap("totp", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("unwrap: %q, %v", got, err)
		}
		if _, err := m.Unwrap("office-key", sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("other purpose: %v", err)
		}
		damage(t, sealed, func(b []byte) ([]byte, error) { return m.Unwrap("totp", b) })
	}
	for _, s := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m)} {
		if s != "seal.Master(1 keys)" {
			t.Errorf("printed: %s", s)
		}
	}
}

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "master")
	old, err := seal.LoadOrCreateMaster(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := old.Wrap("x", []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := old.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if err := rotated.Save(path); err != nil {
		t.Fatal(err)
	}
	m, err := seal.LoadOrCreateMaster(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fresh, changed, err := m.Rewrap("x", sealed)
	if err != nil || !changed {
		t.Fatalf("rewrap: %v %v", changed, err)
	}
	for _, s := range [][]byte{sealed, fresh} {
		if got, err := m.Unwrap("x", s); err != nil || string(got) != "kept" {
			t.Errorf("unwrap: %q, %v", got, err)
		}
	}
	if again, changed, err := m.Rewrap("x", fresh); err != nil || changed || !bytes.Equal(again, fresh) {
		t.Errorf("second rewrap: %v %v", changed, err)
	}
	if _, err := old.Unwrap("x", fresh); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old key opened what the new one sealed: %v", err)
	}
	if _, _, err := m.Rewrap("y", fresh); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("rewrap for another purpose: %v", err)
	}
}

func TestMasterFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "master")
	if _, err := seal.LoadMaster(path, rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	sealed := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() {
			m, err := seal.LoadOrCreateMaster(path, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			sealed[i], _ = m.Wrap("x", []byte("same key"))
		})
	}
	wg.Wait()
	m, err := seal.LoadMaster(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sealed {
		if _, err := m.Unwrap("x", s); err != nil {
			t.Error("two processes made two keys")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if env, err := seal.ParseMaster(strings.Join(strings.Fields(string(text))[len(strings.Fields(string(text)))-1:], ","), rand.Reader); err != nil {
		t.Error(err)
	} else if _, err := env.Unwrap("x", sealed[0]); err != nil {
		t.Error("the key from the environment is another one")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadMaster(path, rand.Reader); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by all: %v", err)
	}
	good := strings.TrimSpace(strings.Split(string(text), "\n")[2])
	for _, bad := range []string{"", "# nothing", "leitportal-master-1:", good + "A", good[:len(good)-1], good + " junk", "leitportal-master-2" + good[len("leitportal-master-1"):]} {
		if _, err := seal.ParseMaster(bad, rand.Reader); err == nil {
			t.Errorf("accepted %d bytes", len(bad))
		} else if strings.Contains(err.Error(), good[30:40]) {
			t.Error("the key is in the error")
		}
	}
}

func TestRecipient(t *testing.T) {
	private, public, err := seal.NewRecipient(rand.Reader)
	if err != nil || len(private) != 32 || len(public) != 32 {
		t.Fatalf("%d %d %v", len(private), len(public), err)
	}
	other, _, _ := seal.NewRecipient(rand.Reader)
	for _, plain := range plains {
		sealed, err := seal.SealTo(public, "notice", []byte("case 1"), plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := seal.OpenWith(private, "notice", []byte("case 1"), sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("open: %q, %v", got, err)
		}
		damage(t, sealed, func(b []byte) ([]byte, error) { return seal.OpenWith(private, "notice", []byte("case 1"), b) })
		for name, err := range map[string]error{
			"other key":   second(seal.OpenWith(other, "notice", []byte("case 1"), sealed)),
			"other use":   second(seal.OpenWith(private, "question", []byte("case 1"), sealed)),
			"other place": second(seal.OpenWith(private, "notice", []byte("case 2"), sealed)),
			"no key":      second(seal.OpenWith(nil, "notice", []byte("case 1"), sealed)),
		} {
			if !errors.Is(err, seal.ErrOpen) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, bad := range [][]byte{nil, make([]byte, 31), make([]byte, 32)} {
		if _, err := seal.SealTo(bad, "", nil, nil); err == nil {
			t.Errorf("sealed to %x", bad)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestOfficeKey(t *testing.T) {
	key := sealtest.OfficeKey(t)
	public := seal.PublicJWK(&key.PublicKey)
	var fields map[string]any
	if err := json.Unmarshal(public, &fields); err != nil {
		t.Fatal(err)
	}
	if fields["kid"] != seal.Kid(&key.PublicKey) || fields["alg"] != "RSA-OAEP-256" || fmt.Sprint(fields["key_ops"]) != "[wrapKey]" || fields["d"] != nil {
		t.Errorf("public JWK: %s", public)
	}
	pub, err := seal.ParsePublicJWK(public)
	if err != nil || !pub.Equal(&key.PublicKey) {
		t.Errorf("read back: %v", err)
	}
	private, err := seal.PrivateJWK(key)
	if err != nil {
		t.Fatal(err)
	}
	priv, err := seal.ParsePrivateJWK(private)
	if err != nil || !priv.Equal(key) {
		t.Errorf("read back: %v", err)
	}
	if _, err := seal.ParsePublicJWK(private); err == nil {
		t.Error("a private key passed as public")
	}
	if _, err := seal.ParsePrivateJWK(public); err == nil {
		t.Error("a public key passed as private")
	}
	for _, bad := range []string{
		``, `{}`, `null`, `{"kty":"oct","k":"AAAA"}`, `{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
		strings.Replace(string(public), seal.Kid(&key.PublicKey), "other", 1),
		strings.Replace(string(public), "AQAB", "Aw", 1),
		strings.Replace(string(public), "RSA-OAEP-256", "RSA1_5", 1),
		strings.Repeat(" ", 20000) + string(public),
	} {
		if _, err := seal.ParsePublicJWK([]byte(bad)); err == nil {
			t.Errorf("accepted %.100s", bad)
		}
	}
}

func TestJWE(t *testing.T) {
	key := sealtest.OfficeKey(t)
	for _, plain := range plains {
		compact, err := seal.EncryptJWE(&key.PublicKey, "application/json", plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(compact) < 776 { // FIT-Connect takes shorter ones for damaged
			t.Errorf("only %d characters", len(compact))
		}
		h, err := seal.ParseHeader(compact)
		if err != nil || h.Kid != seal.Kid(&key.PublicKey) || h.Cty != "application/json" {
			t.Errorf("header %+v, %v", h, err)
		}
		if got, err := seal.DecryptJWE(key, compact); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("decrypt: %q, %v", got, err)
		}
		parts := strings.Split(string(compact), ".")
		if seal.Tag(compact) != parts[4] || len(parts[4]) != 22 {
			t.Errorf("tag %q", seal.Tag(compact))
		}
	}
	compact, _ := seal.EncryptJWE(&key.PublicKey, "application/json", []byte("Waldi"))
	damage(t, compact, func(b []byte) ([]byte, error) { return seal.DecryptJWE(key, b) })
	if _, err := seal.EncryptJWE(&key.PublicKey, "", nil); err == nil {
		t.Error("encrypted without a content type")
	}
}

// What other senders might send, and we do not take.
func TestJWEOtherForms(t *testing.T) {
	key := sealtest.OfficeKey(t)
	forms := map[string]struct {
		alg  jose.KeyAlgorithm
		enc  jose.ContentEncryption
		opts jose.EncrypterOptions
	}{
		"sha-1":       {jose.RSA_OAEP, jose.A256GCM, jose.EncrypterOptions{}},
		"short key":   {jose.RSA_OAEP_256, jose.A128GCM, jose.EncrypterOptions{}},
		"cbc":         {jose.RSA_OAEP_256, jose.A256CBC_HS512, jose.EncrypterOptions{}},
		"compression": {jose.RSA_OAEP_256, jose.A256GCM, jose.EncrypterOptions{Compression: jose.DEFLATE}},
		"extension":   {jose.RSA_OAEP_256, jose.A256GCM, jose.EncrypterOptions{ExtraHeaders: map[jose.HeaderKey]any{"jku": "https://x"}}},
	}
	for name, f := range forms {
		enc, err := jose.NewEncrypter(f.enc, jose.Recipient{Algorithm: f.alg, Key: &key.PublicKey}, &f.opts)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := enc.Encrypt([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		compact, err := obj.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.DecryptJWE(key, []byte(compact)); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := seal.DecryptJWE(key, []byte(obj.FullSerialize())); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s as JSON: %v", name, err)
		}
	}
	b64 := base64.RawURLEncoding.EncodeToString
	for _, header := range []string{`{"alg":"dir","enc":"A256GCM"}`, `{"alg":"none"}`, `{`, `[]`, `{"alg":"RSA-OAEP-256","enc":"A256GCM"}{}`} {
		if _, err := seal.ParseHeader([]byte(b64([]byte(header)) + "....")); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := seal.Derive("fuzz", "fuzz")
	private := bytes.Repeat([]byte{7}, 32)
	m, err := seal.NewMaster(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	box, _ := seal.Seal(rand.Reader, key, nil, []byte("x"))
	wrapped, _ := m.Wrap("p", []byte("x"))
	f.Add([]byte{})
	f.Add(box)
	f.Add(wrapped)
	f.Add(append([]byte{1}, make([]byte, 64)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, open := range map[string]func() ([]byte, error){
			"Open":     func() ([]byte, error) { return seal.Open(key, nil, b) },
			"Unwrap":   func() ([]byte, error) { return m.Unwrap("p", b) },
			"OpenWith": func() ([]byte, error) { return seal.OpenWith(private, "i", nil, b) },
		} {
			if plain, err := open(); err != nil && (plain != nil || !errors.Is(err, seal.ErrOpen)) {
				t.Errorf("%s: %q, %v", name, plain, err)
			}
		}
	})
}

func FuzzDecryptJWE(f *testing.F) {
	key := sealtest.OfficeKey(f)
	compact, err := seal.EncryptJWE(&key.PublicKey, "application/json", []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(compact)
	f.Add([]byte("...."))
	f.Add([]byte(`{"protected":"e30"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := seal.DecryptJWE(key, b); err != nil && !errors.Is(err, seal.ErrOpen) || err == nil && string(plain) != "x" {
			t.Errorf("%q, %v", plain, err)
		}
		_, _ = seal.ParsePublicJWK(b)
		_, _ = seal.ParsePrivateJWK(b)
	})
}

func FuzzParseMaster(f *testing.F) {
	f.Add("# x\nleitportal-master-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := seal.ParseMaster(s, rand.Reader); err == nil {
			if _, err := m.Wrap("p", nil); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkWrap(b *testing.B) {
	m, _ := seal.NewMaster(rand.Reader)
	plain := make([]byte, 400)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Wrap("p", plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnwrap(b *testing.B) {
	m, _ := seal.NewMaster(rand.Reader)
	sealed, _ := m.Wrap("p", make([]byte, 400))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Unwrap("p", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBox(b *testing.B) {
	key, plain := seal.Derive("x", "y"), make([]byte, 400)
	b.ReportAllocs()
	for b.Loop() {
		sealed, err := seal.Seal(rand.Reader, key, nil, plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := seal.Open(key, nil, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealTo(b *testing.B) {
	_, public, _ := seal.NewRecipient(rand.Reader)
	plain := make([]byte, 4000)
	for b.Loop() {
		if _, err := seal.SealTo(public, "i", nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncryptJWE(b *testing.B) {
	key, plain := sealtest.OfficeKey(b), make([]byte, 4000)
	for b.Loop() {
		if _, err := seal.EncryptJWE(&key.PublicKey, "application/json", plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptJWE(b *testing.B) {
	key := sealtest.OfficeKey(b)
	compact, _ := seal.EncryptJWE(&key.PublicKey, "application/json", make([]byte, 4000))
	for b.Loop() {
		if _, err := seal.DecryptJWE(key, compact); err != nil {
			b.Fatal(err)
		}
	}
}
