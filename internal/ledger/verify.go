package ledger

import (
	"bytes"
	"crypto/sha256"
	"embed"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
)

// MaxFile is the largest file that is looked at, in bytes.
const MaxFile = 10 << 20

// Problem says what is wrong with a file; it is the last part of the keys of
// its texts ("ledger.problem.…").
type Problem string

// The problems; "" is none.
const (
	Empty        Problem = "empty"      // no file, or no bytes in it
	TooLarge     Problem = "large"      // more than MaxFile
	NotAReceipt  Problem = "unknown"    // neither PDF nor JSON
	NoReceipt    Problem = "missing"    // a PDF without a receipt inside, or with a broken end
	Changed      Problem = "changed"    // the receipt is not as it was written
	UnknownKey   Problem = "key"        // signed by a key that is not trusted here
	BadSignature Problem = "signature"  // content and signature do not fit
	BadProof     Problem = "proof"      // does not fit the ledger
	PDFChanged   Problem = "pdf"        // the PDF is another one than the receipt was made for
	UpdateBroken Problem = "attachment" // the bytes around the receipt inside the PDF were changed
)

// Verdict is what was found out about a file.
type Verdict struct {
	// Genuine: it is as the portal gave it out, every byte of it.
	Genuine bool
	// Problem is what is wrong otherwise.
	Problem Problem
	// PDF tells whether the file is a PDF, and not the receipt alone.
	PDF bool
	// Receipt is set when its own signature and proof hold: what it says can
	// be relied on, even when the PDF around it was changed.
	Receipt *Receipt
	// Fingerprint is the SHA-256 of the file.
	Fingerprint Hex
}

// VerifyFile tells whether data, a PDF with a receipt or a receipt alone, is
// genuine and complete. keys are the trusted note verifier strings. It needs
// no network and no database. The only error is a useless list of keys.
func VerifyFile(data []byte, keys []string) (Verdict, error) {
	trusted, err := verifiers(keys)
	if err != nil {
		return Verdict{}, err
	}
	return verifyFile(data, trusted), nil
}

func verifyFile(data []byte, trusted note.Verifiers) Verdict {
	v := Verdict{Fingerprint: sha256.Sum256(data)}
	fail := func(p Problem) Verdict { v.Problem = p; return v }
	var base []byte
	receipt := data
	switch {
	case len(data) == 0:
		return fail(Empty)
	case len(data) > MaxFile:
		return fail(TooLarge)
	case bytes.HasPrefix(data, []byte("%PDF-")):
		v.PDF = true
		var ok bool
		if base, receipt, ok = pdf.Detach(data); !ok {
			return fail(NoReceipt)
		}
	case !bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 100)], " \t\r\n\ufeff"), []byte("{")):
		return fail(NotAReceipt)
	}
	r, err := parseReceipt(receipt)
	if err != nil {
		return fail(Changed)
	}
	if p := r.verify(trusted); p != "" {
		return fail(p)
	}
	v.Receipt = &r
	if v.PDF {
		if r.PDF != sha256.Sum256(base) {
			return fail(PDFChanged)
		}
		again, err := r.attach(base, receipt)
		if err != nil || !bytes.Equal(again, data) {
			return fail(UpdateBroken)
		}
	}
	v.Genuine = true
	return v
}

//go:embed texts
var texts embed.FS

// Texts are the words of this room.
func Texts() *i18n.Catalog { return i18n.MustLoad(texts) }

// Words is a verdict in words.
type Words struct {
	Title string // "Die Datei ist echt und vollständig."
	Text  string // what that means, or what is wrong and what to do
	Facts []pdf.Fact
}

// Words puts the verdict into the language of t (of Texts).
func (v Verdict) Words(t i18n.Texts) Words {
	w := Words{Title: t.T("ledger.verdict.genuine"), Text: t.T("ledger.verdict.genuine.json")}
	if v.PDF {
		w.Text = t.T("ledger.verdict.genuine.pdf")
	}
	if !v.Genuine {
		w.Title = t.T("ledger.problem." + string(v.Problem) + ".title")
		w.Text = t.T("ledger.problem."+string(v.Problem)+".text", "mb", MaxFile>>20)
	}
	if v.Genuine && v.Receipt.Test {
		w.Title, w.Text = t.T("ledger.verdict.test"), t.T("ledger.verdict.test.text")
	}
	fact := func(key, value string) {
		if value != "" {
			w.Facts = append(w.Facts, pdf.Fact{Term: t.T("ledger.fact." + key), Value: value})
		}
	}
	if r := v.Receipt; r != nil {
		if r.Test {
			fact("test", t.T("ledger.fact.test.value"))
		}
		received := r.ReceivedLocal
		if at, err := r.time(); err == nil {
			// With the offset, for the hour that comes twice in October.
			received = i18n.FormatInstant(t.Lang(), at) + at.In(clock.Berlin()).Format(" (UTC-07:00)")
		}
		fact("service", r.Service)
		fact("tenant", r.Tenant+" ("+r.TenantARS+")")
		fact("received", received)
		fact("case", r.Case)
		fact("portal", r.Portal)
		fact("solution", r.Solution+" "+r.SolutionVersion)
		fact("entry", t.T("ledger.fact.entry.value", "number", i18n.Number(t.Lang(), r.Index+1), "size", i18n.Number(t.Lang(), r.Size)))
		fact("payload", r.Payload.String())
		if !v.PDF {
			fact("pdf", r.PDF.String())
		}
		fact("key", r.Key)
	}
	if v.Problem != Empty && v.Problem != TooLarge {
		fact("file", v.Fingerprint.String())
	}
	return w
}
