package seal

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
	"io"
)

const encSize = 32 // an X25519 public key

// NewRecipient makes a key pair to which SealTo seals: 32 bytes each
// (X25519).
func NewRecipient(rand io.Reader) (private, public []byte, err error) {
	private = make([]byte, 32)
	if _, err := io.ReadFull(rand, private); err != nil {
		return nil, nil, fmt.Errorf("seal: no randomness: %w", err)
	}
	key, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: make a recipient: %w", err)
	}
	return private, key.PublicKey().Bytes(), nil
}

// SealTo seals plain to the holder of public's private half, bound to info
// (the use) and aad (the place): version 1, encapsulated key (32 bytes),
// ciphertext. HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256 and AES-256-GCM, a fresh context for each. Its randomness is the
// system's (crypto/hpke takes no other).
func SealTo(public []byte, info string, aad, plain []byte) ([]byte, error) {
	if len(plain) > MaxPlain {
		return nil, ErrTooLarge
	}
	pub, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("seal: recipient: %w", err)
	}
	enc, sender, err := hpke.NewSender(pub, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, fmt.Errorf("seal: seal to a recipient: %w", err)
	}
	box, err := sender.Seal(aad, plain)
	if err != nil {
		return nil, fmt.Errorf("seal: seal to a recipient: %w", err)
	}
	out := make([]byte, 0, 1+len(enc)+len(box))
	return append(append(append(out, boxVersion), enc...), box...), nil
}

// OpenWith gives back what SealTo took with the same info and aad, or ErrOpen.
func OpenWith(private []byte, info string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+encSize+tagSize || len(sealed) > MaxPlain+1+encSize+tagSize || sealed[0] != boxVersion {
		return nil, ErrOpen
	}
	key, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(private)
	if err != nil {
		return nil, ErrOpen
	}
	r, err := hpke.NewRecipient(sealed[1:1+encSize], key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := r.Open(aad, sealed[1+encSize:])
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
