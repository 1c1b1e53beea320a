package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// MaxPlain bounds what may be sealed in one piece, in bytes.
const MaxPlain = 64 << 20

// Overhead is how many bytes a sealed box is longer than its content.
const Overhead = 1 + nonceSize + tagSize

const (
	boxVersion = 1
	nonceSize  = 12
	tagSize    = 16
)

// ErrOpen is the answer to everything that cannot be opened: wrong key, wrong
// context, damaged, or never sealed by us.
var ErrOpen = errors.New("seal: it cannot be opened with this key")

// ErrTooLarge says that more than MaxPlain bytes were to be sealed.
var ErrTooLarge = errors.New("seal: more than 64 MiB cannot be sealed in one piece")

// Seal encrypts plain under key with AES-256-GCM and binds it to aad (which is
// not stored): version 1, a random nonce of 12 bytes from rand, ciphertext,
// tag. One key must not seal more than 2^32 boxes (NIST SP 800-38D, 8.3).
func Seal(rand io.Reader, key [32]byte, aad, plain []byte) ([]byte, error) {
	if len(plain) > MaxPlain {
		return nil, ErrTooLarge
	}
	out := make([]byte, 1+nonceSize, len(plain)+Overhead)
	out[0] = boxVersion
	nonce := out[1:]
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, fmt.Errorf("seal: no randomness: %w", err)
	}
	return gcm(key).Seal(out, nonce, plain, aad), nil
}

// Open gives back what Seal took under the same key and aad, or ErrOpen.
func Open(key [32]byte, aad, sealed []byte) ([]byte, error) { return NewOpener(key).Open(aad, sealed) }

// Opener opens many boxes of one key, whose schedule is made once.
type Opener struct{ aead cipher.AEAD }

// NewOpener returns the opener of key.
func NewOpener(key [32]byte) Opener { return Opener{gcm(key)} }

// Open is the function Open under the opener's key.
func (o Opener) Open(aad, sealed []byte) ([]byte, error) { return o.Append(nil, aad, sealed) }

// Append is Open, but appends what it opens to to.
func (o Opener) Append(to, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || len(sealed) > MaxPlain+Overhead || sealed[0] != boxVersion {
		return nil, ErrOpen
	}
	plain, err := o.aead.Open(to, sealed[1:1+nonceSize], sealed[1+nonceSize:], aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func gcm(key [32]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("seal: " + err.Error()) // only for a wrong key size
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error()) // only for a wrong block size
	}
	return aead
}

// Derive makes a key of 32 bytes for the use that info names out of a secret
// with enough entropy (≥ 80 bits; a password is not one): HKDF-SHA-256
// without salt (RFC 5869).
func Derive[S ~string | ~[]byte](secret S, info string) [32]byte {
	return Extract(secret).Derive(info)
}

// Extract is the first half of Derive, for a secret of which several keys are
// derived.
func Extract[S ~string | ~[]byte](secret S) Extracted {
	key, err := hkdf.Extract(sha256.New, []byte(secret), nil)
	if err != nil {
		panic("seal: " + err.Error()) // no hash is too short for this
	}
	return Extracted{hmac.New(sha256.New, key)}
}

// Extracted is a secret from which keys are derived, for one goroutine.
type Extracted struct{ mac hash.Hash }

// Derive is the function Derive for the secret: HKDF-Expand for one block.
func (e Extracted) Derive(info string) (key [32]byte) {
	e.mac.Reset()
	io.WriteString(e.mac, info)
	e.mac.Write([]byte{1})
	e.mac.Sum(key[:0])
	return key
}
