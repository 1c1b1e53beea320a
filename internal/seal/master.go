package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Master is the portal's own keys, oldest first. The newest wraps, all unwrap.
// It is immutable and safe for concurrent use as far as its source of
// randomness is.
type Master struct {
	rand io.Reader
	keys []masterKey
}

type masterKey struct {
	id  [keyIDSize]byte
	key [32]byte
}

const (
	keyIDSize   = 8
	masterLabel = "leitportal-master-1" // stands before each key in file and environment
	maxMaster   = 1 << 16               // bytes of a key file
)

// NewMaster makes a master with one fresh key.
func NewMaster(rand io.Reader) (*Master, error) {
	return (&Master{rand: rand}).Rotate()
}

// Rotate returns a master that wraps with a fresh key and still unwraps with
// those of m. Write it to the file before anything is wrapped with it.
func (m *Master) Rotate() (*Master, error) {
	var key [32]byte
	if _, err := io.ReadFull(m.rand, key[:]); err != nil {
		return nil, fmt.Errorf("seal: no randomness: %w", err)
	}
	return &Master{m.rand, append(m.keys[:len(m.keys):len(m.keys)], newMasterKey(key))}, nil
}

func newMasterKey(key [32]byte) masterKey {
	sum := sha256.Sum256(append([]byte("leitportal master key id"), key[:]...))
	return masterKey{[keyIDSize]byte(sum[:]), key}
}

// ParseMaster reads keys from the text of a key file or of an environment
// variable: "leitportal-master-1:" and 32 bytes in base64url each, the newest
// last, separated by white space or commas; lines beginning with # are left
// out. rand is used to wrap.
func ParseMaster(text string, rand io.Reader) (*Master, error) {
	m := &Master{rand: rand}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }) {
			label, value, _ := strings.Cut(word, ":")
			key, err := base64.RawURLEncoding.Strict().DecodeString(value)
			if label != masterLabel || err != nil || len(key) != 32 {
				return nil, fmt.Errorf("seal: master key %d is not of the form %s:… with 43 characters; restore the key file from its backup", len(m.keys)+1, masterLabel)
			}
			m.keys = append(m.keys, newMasterKey([32]byte(key)))
		}
	}
	if len(m.keys) == 0 {
		return nil, errors.New("seal: no master key found; restore the key file from its backup")
	}
	return m, nil
}

// text is what ParseMaster reads. It is secret.
func (m *Master) text(sep string) string {
	words := make([]string, len(m.keys))
	for i, k := range m.keys {
		words[i] = masterLabel + ":" + base64.RawURLEncoding.EncodeToString(k.key[:])
	}
	return strings.Join(words, sep)
}

// String hides the keys from logs; it gives their number.
func (m *Master) String() string { return fmt.Sprintf("seal.Master(%d keys)", len(m.keys)) }

// GoString hides the keys from %#v.
func (m *Master) GoString() string { return m.String() }

// LoadMaster reads the keys from the file at path. It refuses a file that
// others than its owner and group may read, or that the group may write. A
// missing file gives fs.ErrNotExist.
func LoadMaster(path string, rand io.Reader) (*Master, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o027 != 0 {
		return nil, fmt.Errorf("seal: the master key file %s can be read by others (mode %v); chmod 600 it, and consider the key known", path, info.Mode())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMaster))
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	m, err := ParseMaster(string(text), rand)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	return m, nil
}

// LoadOrCreateMaster is LoadMaster that makes the file with a fresh key when
// there is none. Of several that start at once one makes it, and all use it.
func LoadOrCreateMaster(path string, rand io.Reader) (*Master, error) {
	m, err := LoadMaster(path, rand)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if m, err = NewMaster(rand); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("seal: make the folder of the master key: %w", err)
	}
	err = m.store(path, func(temp string) error { return os.Link(temp, path) }) // Link never replaces
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return LoadMaster(path, rand)
}

// Save replaces the file at path by the keys of m, atomically and on disk when
// it returns.
func (m *Master) Save(path string) error {
	return m.store(path, func(temp string) error { return os.Rename(temp, path) })
}

func (m *Master) store(path string, place func(temp string) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("seal: write the master key: %w", err)
		}
	}()
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".master-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("# Master keys of Leitportal, the newest last. Keep a copy in a safe place:\n# without them nobody can read what they seal.\n" + m.text("\n") + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name()); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Wrap seals plain with the newest key for one purpose ("office-key",
// "totp"): version 1, key id (8 bytes), box under a key derived for the
// purpose.
func (m *Master) Wrap(purpose string, plain []byte) ([]byte, error) {
	k := m.keys[len(m.keys)-1]
	box, err := Seal(m.rand, k.purpose(purpose), k.id[:], plain)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 1+keyIDSize+len(box))
	return append(append(append(out, boxVersion), k.id[:]...), box...), nil
}

// Unwrap gives back what Wrap took for the same purpose, or ErrOpen.
func (m *Master) Unwrap(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+keyIDSize || sealed[0] != boxVersion {
		return nil, ErrOpen
	}
	id, box := sealed[1:1+keyIDSize], sealed[1+keyIDSize:]
	for _, k := range m.keys {
		if bytes.Equal(k.id[:], id) {
			return Open(k.purpose(purpose), k.id[:], box)
		}
	}
	return nil, ErrOpen
}

// Rewrap brings sealed under the newest key. changed is false, and out is
// sealed itself, when it is there already.
func (m *Master) Rewrap(purpose string, sealed []byte) (out []byte, changed bool, err error) {
	plain, err := m.Unwrap(purpose, sealed)
	if err != nil {
		return nil, false, err
	}
	if newest := m.keys[len(m.keys)-1].id; bytes.Equal(newest[:], sealed[1:1+keyIDSize]) {
		return sealed, false, nil
	}
	out, err = m.Wrap(purpose, plain)
	return out, err == nil, err
}

func (k masterKey) purpose(purpose string) [32]byte {
	return Derive(k.key[:], "leitportal wrap "+purpose)
}
