package submission

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// PayloadFormat names the form of a payload, TestFormat that of a test case,
// which differs in this name only: a receiver that does not know it refuses it,
// and takes it for no application.
const (
	PayloadFormat = "leitportal.application/1"
	TestFormat    = "leitportal.test-application/1"
)

// Payload is what the office gets: the answers and all that is needed to read
// them. (The case number is not in it: it is drawn in the transaction that
// stores the sealed payload, see Submission.Number.) It is sealed to the office's key as JSON (JWE, cty application/json)
// before it touches the disk; only a holder of the office key opens it.
type Payload struct {
	Format     string    `json:"format"`
	Submission string    `json:"submission"` // UUIDv7
	Revision   int       `json:"revision"`   // 1; corrections count up
	Tenant     string    `json:"tenant"`     // ARS
	Solution   string    `json:"solution"`
	Version    string    `json:"version"`
	Lang       i18n.Lang `json:"lang"`     // the language the applicant used
	Received   time.Time `json:"received"` // legal time of receipt, UTC
	// Today is the day (in Germany) on which rules were evaluated and by
	// which the parameters in force are found.
	Today clock.Date `json:"today"`
	// Destination is the office that the form's rules chose; "" where they
	// choose none.
	Destination string `json:"destination,omitempty"`
	// Answers are the pruned answers, page by page, as package form stores
	// them: page path to object. Files are references with their keys.
	Answers map[string]json.RawMessage `json:"answers"`
	// Salt of the ledger leaf (32 bytes): SHA-256(salt ‖ payload hash). The
	// hash is that of the payload without salt, see Hash.
	Salt []byte `json:"salt,omitempty"`
}

// Test tells whether it is a test case, and no application.
func (p Payload) Test() bool { return p.Format == TestFormat }

// Encode gives the payload's JSON, equal for equal payloads.
func (p Payload) Encode() ([]byte, error) { return json.Marshal(p) }

// Hash is the SHA-256 of the payload's JSON without its salt: what the ledger
// and the receipt speak of.
func (p Payload) Hash() ([32]byte, error) {
	p.Salt = nil
	b, err := p.Encode()
	return sha256.Sum256(b), err
}

// DecodePayload reads what Encode wrote, and fails with fail.Invalid on
// anything else.
func DecodePayload(b []byte) (Payload, error) {
	var p Payload
	if err := json.Unmarshal(b, &p); err != nil {
		return Payload{}, fail.Newf(fail.Invalid, "submission: payload: %w", err)
	}
	switch {
	case p.Format != PayloadFormat && p.Format != TestFormat:
		return Payload{}, fail.Newf(fail.Invalid, "submission: payload of format %q", p.Format)
	case p.Submission == "" || p.Tenant == "" || p.Solution == "" || p.Revision < 1 || p.Received.IsZero():
		return Payload{}, fail.Newf(fail.Invalid, "submission: payload lacks its heading")
	}
	return p, nil
}

// CaseNumber is the n-th number of a series: HS-2026-000123.
func CaseNumber(series string, n int64) string { return fmt.Sprintf("%s-%06d", series, n) }

// Series names the numbers of one year: prefix HS and year 2026 make HS-2026,
// those of tests HS-TEST-2026.
func Series(prefix string, test bool, day clock.Date) string {
	if test {
		prefix += "-TEST"
	}
	return fmt.Sprintf("%s-%d", prefix, day.Year)
}
