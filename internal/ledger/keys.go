package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// Signer signs checkpoints and receipts (Ed25519).
type Signer interface {
	note.Signer
	// Verifier is the public key as a note verifier string,
	// "name+hash+base64", to be printed and handed out.
	Verifier() string
}

// Wrapper seals the ledger's private key under the master key.
type Wrapper interface {
	Wrap(purpose string, plain []byte) ([]byte, error)
	Unwrap(purpose string, sealed []byte) ([]byte, error)
}

const keyPurpose = "ledger key"

type signer struct {
	note.Signer
	verifier string
}

func (s signer) Verifier() string { return s.verifier }

// NewSigner makes a fresh key. name is the origin of the log, such as the
// portal's host name; it has no blanks and no "+". private is the key to keep
// secret, for ParseSigner.
func NewSigner(rand io.Reader, name string) (s Signer, private string, err error) {
	private, verifier, err := note.GenerateKey(rand, name)
	if err != nil {
		return nil, "", fmt.Errorf("ledger: make a key: %w", err)
	}
	s, err = ParseSigner(private, verifier)
	return s, private, err
}

// ParseSigner reads a private key and checks that it belongs to the verifier.
func ParseSigner(private, verifier string) (Signer, error) {
	s, err := note.NewSigner(private)
	if err != nil {
		return nil, errors.New("ledger: the private key cannot be read")
	}
	v, err := note.NewVerifier(verifier)
	if err != nil || v.Name() != s.Name() || v.KeyHash() != s.KeyHash() {
		return nil, errors.New("ledger: the private key does not belong to the public one")
	}
	return signer{s, verifier}, nil
}

// OpenKeys returns the key that signs, and the verifier strings of all keys
// the portal ever signed with, newest first. The first call makes a key; every
// process gets the same one.
func OpenKeys(ctx context.Context, d *db.DB, w Wrapper, c clock.Clock, rand io.Reader, name string) (Signer, []string, error) {
	stored, err := keys(ctx, d.Read())
	if err != nil {
		return nil, nil, fmt.Errorf("ledger: read the keys: %w", err)
	}
	if len(stored) == 0 {
		if err := makeKey(ctx, d, w, c, rand, name, 1); err != nil {
			return nil, nil, err
		}
		if stored, err = keys(ctx, d.Read()); err != nil {
			return nil, nil, fmt.Errorf("ledger: read the keys: %w", err)
		}
	}
	private, err := w.Unwrap(keyPurpose, stored[0].sealed)
	if err != nil {
		return nil, nil, fmt.Errorf("ledger: open the signing key: %w", err)
	}
	s, err := ParseSigner(string(private), stored[0].verifier)
	if err != nil {
		return nil, nil, err
	}
	var all []string
	for _, k := range stored {
		all = append(all, k.verifier)
	}
	return s, all, nil
}

// RotateKey makes a new signing key; what older keys have signed stays valid.
// Processes sign with it from their next start on.
func RotateKey(ctx context.Context, d *db.DB, w Wrapper, c clock.Clock, rand io.Reader, name string) error {
	stored, err := keys(ctx, d.Read())
	if err != nil {
		return fmt.Errorf("ledger: read the keys: %w", err)
	}
	number := int64(1)
	if len(stored) > 0 {
		number = stored[0].number + 1
	}
	return makeKey(ctx, d, w, c, rand, name, number)
}

// Rewrap seals all keys again under the newest master key.
func Rewrap(ctx context.Context, d *db.DB, w Wrapper) error {
	stored, err := keys(ctx, d.Read())
	if err != nil {
		return fmt.Errorf("ledger: read the keys: %w", err)
	}
	for _, k := range stored {
		private, err := w.Unwrap(keyPurpose, k.sealed)
		if err != nil {
			return fmt.Errorf("ledger: open key %d: %w", k.number, err)
		}
		sealed, err := w.Wrap(keyPurpose, private)
		if err != nil {
			return fmt.Errorf("ledger: seal key %d: %w", k.number, err)
		}
		if err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error { return reseal(ctx, tx, k.number, sealed) }); err != nil {
			return err
		}
	}
	return nil
}

func makeKey(ctx context.Context, d *db.DB, w Wrapper, c clock.Clock, rand io.Reader, name string, number int64) error {
	s, private, err := NewSigner(rand, name)
	if err != nil {
		return err
	}
	sealed, err := w.Wrap(keyPurpose, []byte(private))
	if err != nil {
		return fmt.Errorf("ledger: seal the signing key: %w", err)
	}
	return d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return addKey(ctx, tx, storedKey{number, s.Verifier(), sealed}, clock.Micros(c.Now()))
	})
}

// verifiers reads verifier strings; blank lines and "#" comments are skipped.
func verifiers(list []string) (note.Verifiers, error) {
	var out []note.Verifier
	seen := map[string]bool{}
	for _, s := range list {
		s = strings.TrimSpace(s)
		if s == "" || strings.HasPrefix(s, "#") || seen[s] {
			continue
		}
		seen[s] = true
		v, err := note.NewVerifier(s)
		if err != nil {
			return nil, fmt.Errorf("ledger: %q is not a key; it looks like name+0123abcd+base64", s)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, ErrNoKeys
	}
	return note.VerifierList(out...), nil
}

// ErrNoKeys means that there is no trusted key to check a receipt against.
var ErrNoKeys = errors.New("ledger: no trusted key; give one with --key, in LEITPORTAL_LEDGER_KEYS, or in ledger.pub of the data folder")
