package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/clock"
	"leitportal/internal/pdf"
)

// Format and version of a receipt.
const (
	ReceiptFormat  = "leitportal-receipt"
	ReceiptVersion = 1
	// ReceiptName is the name of the receipt inside a PDF.
	ReceiptName = "receipt.json"
)

// maxReceipt is more than any receipt needs (a proof of 2^40 leaves is 3 kB).
const maxReceipt = 64 << 10

// Hex is 32 bytes, written as 64 lower-case hexadecimal digits.
type Hex [32]byte

// MarshalText writes the digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hex) UnmarshalText(b []byte) error {
	if len(b) != 64 {
		return errors.New("not 64 hexadecimal digits")
	}
	_, err := hex.Decode(h[:], b)
	return err
}

func (h Hex) String() string { return hex.EncodeToString(h[:]) }

// Receipt proves that an authority's portal received an application: what
// (by its hash), for whom, when, and that it stands in the ledger. Its JSON is
// canonical: these fields in this order, indented by two spaces, one newline
// at the end.
type Receipt struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Portal is the name of the portal that signs.
	Portal string `json:"portal"`
	// TenantARS and Tenant are key and name of the authority.
	TenantARS string `json:"tenant_ars"`
	Tenant    string `json:"tenant"`
	// Service is the name of the service in the language it was applied for.
	Service         string `json:"service"`
	Solution        string `json:"solution"`
	SolutionVersion string `json:"solution_version"`
	// Case is the reference under which the authority finds it.
	Case string `json:"case"`
	// Test says that it was a test case and no application. A receipt of an
	// application does not have the field.
	Test bool `json:"test,omitempty"`
	// Received is the legal time of receipt in UTC (RFC 3339); ReceivedLocal
	// says the same in German legal time.
	Received      string `json:"received"`
	ReceivedLocal string `json:"received_local"`
	// Payload is the SHA-256 of the answers as sent, Salt what was hashed with
	// it into the leaf.
	Payload Hex `json:"payload_sha256"`
	Salt    Hex `json:"salt"`
	// Where the leaf stands in the log, and the proof for it.
	Index      int64  `json:"leaf_index"`
	Size       int64  `json:"tree_size"`
	Root       Hex    `json:"root"`
	Proof      []Hex  `json:"inclusion_proof"`
	Checkpoint string `json:"checkpoint"`
	// PDF is the SHA-256 of the PDF without the receipt inside it.
	PDF Hex `json:"pdf_sha256"`
	// Key names the key: name+hash, as in a verifier string.
	Key string `json:"key"`
	// Signature is Ed25519 over "leitportal-receipt/1\n" and this JSON with an
	// empty signature.
	Signature []byte `json:"signature"`
}

// Facts are what a receipt says besides the proof.
type Facts struct {
	Portal                    string // name of the portal
	TenantARS, Tenant         string // the authority
	Service                   string // name of the service
	Solution, SolutionVersion string
	Case                      string    // reference
	Test                      bool      // a test case, no application
	Received                  time.Time // legal time of receipt
	Payload, Salt             [32]byte  // as given to Leaf
}

// IssueReceipt signs a receipt for base, the finished PDF, and returns its
// canonical JSON. It refuses a proof that does not hold or is of another leaf:
// a receipt that fails later must never be given out.
func IssueReceipt(s Signer, f Facts, p Proof, base []byte) ([]byte, error) {
	if Leaf(f.Salt, f.Payload) != p.Leaf {
		return nil, errors.New("ledger: the proof is of another leaf")
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("ledger: the proof does not hold: %w", err)
	}
	received := f.Received.UTC().Truncate(time.Second)
	r := Receipt{
		Format: ReceiptFormat, Version: ReceiptVersion,
		Portal: f.Portal, TenantARS: f.TenantARS, Tenant: f.Tenant, Service: f.Service,
		Solution: f.Solution, SolutionVersion: f.SolutionVersion, Case: f.Case, Test: f.Test,
		Received: received.Format(time.RFC3339), ReceivedLocal: local(received),
		Payload: f.Payload, Salt: f.Salt,
		Index: p.Index, Size: p.Size, Root: Hex(p.Root), Proof: make([]Hex, len(p.Hashes)), Checkpoint: p.Checkpoint,
		PDF: sha256.Sum256(base), Key: keyName(s.Name(), s.KeyHash()),
	}
	for i, h := range p.Hashes {
		r.Proof[i] = Hex(h)
	}
	msg, err := r.message()
	if err != nil {
		return nil, err
	}
	if r.Signature, err = s.Sign(msg); err != nil {
		return nil, fmt.Errorf("ledger: sign a receipt: %w", err)
	}
	out, err := r.encode()
	if err != nil {
		return nil, err
	}
	// Whatever could not be read back the same (broken UTF-8 in a name, …)
	// must not go out.
	if _, err := parseReceipt(out); err != nil {
		return nil, fmt.Errorf("ledger: the receipt's facts cannot be written: %w", err)
	}
	return out, nil
}

func keyName(name string, hash uint32) string { return fmt.Sprintf("%s+%08x", name, hash) }

func local(t time.Time) string {
	return t.In(clock.Berlin()).Format("02.01.2006 15:04:05 MST (-07:00)")
}

// encode is the canonical JSON.
func (r Receipt) encode() ([]byte, error) {
	if r.Signature == nil {
		r.Signature = []byte{} // "" rather than null
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(r)
	return b.Bytes(), err
}

// message is what the signature is over.
func (r Receipt) message() ([]byte, error) {
	r.Signature = nil
	b, err := r.encode()
	return append([]byte(ReceiptFormat+"/1\n"), b...), err
}

var errNotCanonical = errors.New("ledger: not a receipt, or changed")

// parseReceipt reads a receipt and accepts it only when encoding it again
// gives the same bytes: no unknown or doubled fields, no other spelling, space
// or padding.
func parseReceipt(data []byte) (Receipt, error) {
	var r Receipt
	if len(data) > maxReceipt {
		return r, errNotCanonical
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return Receipt{}, errNotCanonical
	}
	again, err := r.encode()
	if err != nil || !bytes.Equal(again, data) || r.Format != ReceiptFormat || r.Version != ReceiptVersion {
		return Receipt{}, errNotCanonical
	}
	return r, nil
}

// time is the legal time of receipt; an error unless both spellings agree.
func (r Receipt) time() (time.Time, error) {
	t, err := time.Parse(time.RFC3339, r.Received)
	if err != nil || t.UTC().Format(time.RFC3339) != r.Received || local(t) != r.ReceivedLocal {
		return t, errors.New("ledger: the two times of receipt differ")
	}
	return t, nil
}

// AttachReceipt returns the PDF with the receipt inside it as an associated
// file: base byte for byte, then an incremental update. It fails when base was
// not made by package pdf, or receipt not by IssueReceipt for this base.
func AttachReceipt(base, receipt []byte) ([]byte, error) {
	r, err := parseReceipt(receipt)
	if err != nil {
		return nil, err
	}
	if r.PDF != sha256.Sum256(base) {
		return nil, errors.New("ledger: the receipt is of another PDF")
	}
	return r.attach(base, receipt)
}

func (r Receipt) attach(base, receipt []byte) ([]byte, error) {
	t, err := r.time()
	if err != nil {
		return nil, err
	}
	return pdf.Attach(base, pdf.Attachment{
		Name: ReceiptName, Description: "Prüfbare Eingangsbestätigung / verifiable receipt", MIME: "application/json",
		Data: receipt, Modified: t,
	})
}

// verify checks everything a receipt says of itself against trusted keys.
func (r Receipt) verify(trusted note.Verifiers) Problem {
	v := verifierOf(r.Key, trusted)
	if v == nil {
		return UnknownKey
	}
	msg, err := r.message()
	if err != nil || !v.Verify(msg, r.Signature) {
		return BadSignature
	}
	// From here on only a mistake of the portal itself can be found.
	if _, err := r.time(); err != nil {
		return BadProof
	}
	n, err := note.Open([]byte(r.Checkpoint), trusted)
	if err != nil || n.Text != checkpointText(v.Name(), r.Size, tlog.Hash(r.Root)) {
		return BadProof
	}
	p := Proof{Leaf: Leaf(r.Salt, r.Payload), Index: r.Index, Size: r.Size, Root: tlog.Hash(r.Root), Hashes: make([]tlog.Hash, len(r.Proof))}
	for i, h := range r.Proof {
		p.Hashes[i] = tlog.Hash(h)
	}
	if r.Index < 0 || r.Index >= r.Size || p.check() != nil {
		return BadProof
	}
	return ""
}

func verifierOf(key string, trusted note.Verifiers) note.Verifier {
	var hash uint32
	i := bytes.LastIndexByte([]byte(key), '+')
	if i < 0 || len(key) != i+9 {
		return nil
	}
	b, err := hex.DecodeString(key[i+1:])
	if err != nil {
		return nil
	}
	for _, c := range b {
		hash = hash<<8 | uint32(c)
	}
	v, err := trusted.Verifier(key[:i], hash)
	if err != nil {
		return nil
	}
	return v
}
