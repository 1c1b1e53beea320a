package seal

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// OfficeBits is the length of an office's RSA key (FIT-Connect: 4096).
const OfficeBits = 4096

// maxJWK bounds a key in JSON, in bytes: a private one has about 3,300.
const maxJWK = 16 << 10

// NewOfficeKey makes an office's key pair, which takes 0.4 s to 2 s of a core.
// (Go's crypto/rsa takes its randomness from the system; rand is read only
// under GODEBUG=cryptocustomrand=1.)
func NewOfficeKey(rand io.Reader) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand, OfficeBits)
	if err != nil {
		return nil, fmt.Errorf("seal: make an office key: %w", err)
	}
	return key, nil
}

// Kid is the key's id: its thumbprint (RFC 7638, SHA-256) in base64url, 43
// characters.
func Kid(pub *rsa.PublicKey) string {
	sum, err := (&jose.JSONWebKey{Key: pub}).Thumbprint(crypto.SHA256)
	if err != nil {
		panic("seal: " + err.Error()) // only for a key of another kind
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// PublicJWK is the public key as JSON (RFC 7517) with kid, alg RSA-OAEP-256
// and key_ops wrapKey, as FIT-Connect publishes it.
func PublicJWK(pub *rsa.PublicKey) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	out, err := json.Marshal(struct {
		Kty    string   `json:"kty"`
		KeyOps []string `json:"key_ops"`
		Alg    string   `json:"alg"`
		Kid    string   `json:"kid"`
		N      string   `json:"n"`
		E      string   `json:"e"`
	}{"RSA", []string{"wrapKey"}, string(jose.RSA_OAEP_256), Kid(pub), b64(pub.N.Bytes()), b64(big.NewInt(int64(pub.E)).Bytes())})
	if err != nil {
		panic("seal: " + err.Error()) // strings always marshal
	}
	return out
}

// PrivateJWK is the private key as JSON (RFC 7517), to be wrapped at once.
func PrivateJWK(priv *rsa.PrivateKey) ([]byte, error) {
	out, err := json.Marshal(jose.JSONWebKey{Key: priv, KeyID: Kid(&priv.PublicKey), Algorithm: string(jose.RSA_OAEP_256)})
	if err != nil {
		return nil, fmt.Errorf("seal: office key: %w", err)
	}
	return out, nil
}

var errJWK = errors.New("seal: not an RSA key of 4096 bits as JWK, or its kid is not its thumbprint")

// ParsePublicJWK reads a key as PublicJWK writes it: RSA-4096, its kid empty
// or the thumbprint.
func ParsePublicJWK(data []byte) (*rsa.PublicKey, error) {
	k, err := parseJWK(data)
	if err != nil {
		return nil, err
	}
	pub, ok := k.Key.(*rsa.PublicKey)
	if !ok || !goodKey(pub, k.KeyID) {
		return nil, errJWK
	}
	return pub, nil
}

// ParsePrivateJWK reads what PrivateJWK wrote.
func ParsePrivateJWK(data []byte) (*rsa.PrivateKey, error) {
	k, err := parseJWK(data)
	if err != nil {
		return nil, err
	}
	priv, ok := k.Key.(*rsa.PrivateKey)
	if !ok || !goodKey(&priv.PublicKey, k.KeyID) {
		return nil, errJWK
	}
	priv.Precompute()
	if priv.Validate() != nil {
		return nil, errJWK
	}
	return priv, nil
}

func parseJWK(data []byte) (k jose.JSONWebKey, err error) {
	if len(data) > maxJWK || k.UnmarshalJSON(data) != nil || k.Algorithm != "" && k.Algorithm != string(jose.RSA_OAEP_256) {
		return k, errJWK
	}
	return k, nil
}

func goodKey(pub *rsa.PublicKey, kid string) bool {
	return pub.N.BitLen() == OfficeBits && pub.E == 65537 && (kid == "" || kid == Kid(pub))
}

// maxJWE bounds a compact JWE: base64 of MaxPlain, header, key, nonce and tag.
const maxJWE = (MaxPlain/3+1)*4 + 4096

// EncryptJWE seals plain to an office as compact JWE (RFC 7516): RSA-OAEP-256,
// A256GCM, header with kid and cty ("application/json", "application/xml"), as
// FIT-Connect demands it.
func EncryptJWE(pub *rsa.PublicKey, cty string, plain []byte) ([]byte, error) {
	if len(plain) > MaxPlain {
		return nil, ErrTooLarge
	}
	if cty == "" {
		return nil, errors.New("seal: a JWE needs a content type")
	}
	opts := (&jose.EncrypterOptions{}).WithContentType(jose.ContentType(cty))
	enc, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: pub, KeyID: Kid(pub)}, opts)
	if err != nil {
		return nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	obj, err := enc.Encrypt(plain)
	if err != nil {
		return nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	compact, err := obj.CompactSerialize()
	if err != nil {
		return nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	return []byte(compact), nil
}

// Header is what can be read of a JWE without its key. It is authentic only
// once DecryptJWE has opened it.
type Header struct {
	Kid string `json:"kid"` // which key opens it
	Cty string `json:"cty"` // content type
}

// ParseHeader reads the header of a compact JWE, and refuses every other form
// than that of EncryptJWE: alg, enc, and no compression or critical extension.
func ParseHeader(compact []byte) (Header, error) {
	if len(compact) > maxJWE || bytes.Count(compact, []byte{'.'}) != 4 {
		return Header{}, ErrOpen
	}
	first, _, _ := bytes.Cut(compact, []byte{'.'})
	if len(first) > 2048 {
		return Header{}, ErrOpen
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(string(first))
	if err != nil {
		return Header{}, ErrOpen
	}
	var h struct {
		Header
		Alg string `json:"alg"`
		Enc string `json:"enc"`
		Typ string `json:"typ"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // zip, crit, jku, x5u, …
	if d.Decode(&h) != nil || d.More() || h.Alg != string(jose.RSA_OAEP_256) || h.Enc != string(jose.A256GCM) {
		return Header{}, ErrOpen
	}
	return h.Header, nil
}

// DecryptJWE opens what EncryptJWE or another FIT-Connect sender sealed to
// priv, or gives ErrOpen.
func DecryptJWE(priv *rsa.PrivateKey, compact []byte) ([]byte, error) {
	if _, err := ParseHeader(compact); err != nil {
		return nil, err
	}
	obj, err := jose.ParseEncryptedCompact(string(compact), []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := obj.Decrypt(priv)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Tag is the authentication tag of a compact JWE in base64url, its last part,
// which FIT-Connect's events quote.
func Tag(compact []byte) string {
	return string(compact[bytes.LastIndexByte(compact, '.')+1:])
}
