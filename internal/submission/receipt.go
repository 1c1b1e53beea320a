package submission

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/internal/pdf"
)

// portalName is the name under which receipts are issued.
const portalName = "Leitportal"

// receipt is the PDF with the receipt inside, and the receipt as JSON. It is
// issued when the applicant first asks, for only their key opens the answers
// it shows; from then on it stays the same, byte for byte.
func (s *Service) receipt(r *http.Request, d *desk, sub Submission) (pdfFile, json []byte, err error) {
	ctx := r.Context()
	aad := "receipt " + sub.ID + " " + itoa(sub.Revision)
	sealed, err := s.store.receipt(ctx, s.DB.Read(), sub.Tenant, sub.ID, sub.Revision)
	if err == nil {
		plain, err := d.key.open(aad, sealed)
		if err != nil {
			return nil, nil, err
		}
		return unpack(plain)
	}
	if !fail.Is(err, fail.NotFound) {
		return nil, nil, err
	}
	proof, err := s.Ledger.Proof(ctx, s.DB.Read(), sub.Tenant, sub.ID, LeafKind(sub.Revision))
	if err != nil {
		return nil, nil, err
	}
	payload, v, err := s.sentView(r, d, sub, sub.Revision)
	if err != nil {
		return nil, nil, err
	}
	hash, err := payload.Hash()
	if err != nil {
		return nil, nil, err
	}
	base, err := s.receiptDocument(d, sub, payload, v, hash)
	if err != nil {
		return nil, nil, err
	}
	json, err = ledger.IssueReceipt(s.Signer, ledger.Facts{
		Portal: portalName, TenantARS: d.tenant.ID, Tenant: d.tenant.Name, Service: d.title(), Solution: sub.Solution,
		SolutionVersion: sub.Version, Case: sub.Number, Test: sub.Test, Received: payload.Received, Payload: hash, Salt: [32]byte(payload.Salt),
	}, proof, base)
	if err != nil {
		return nil, nil, err
	}
	if pdfFile, err = ledger.AttachReceipt(base, json); err != nil {
		return nil, nil, err
	}
	if sealed, err = d.key.seal(s.Rand, aad, pack(pdfFile, json)); err != nil {
		return nil, nil, err
	}
	first := false
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		first, err = s.store.insertReceipt(ctx, tx, sub.Tenant, sub.ID, sub.Revision, sealed, s.Clock.Now())
		return err
	})
	if err == nil && !first { // another window was quicker: its receipt counts
		return s.receipt(r, d, sub)
	}
	return pdfFile, json, err
}

// pack puts PDF and JSON into one: length of the PDF, PDF, JSON.
func pack(pdfFile, json []byte) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(pdfFile)+len(json)), uint32(len(pdfFile)))
	return append(append(b, pdfFile...), json...)
}

func unpack(b []byte) (pdfFile, json []byte, err error) {
	if len(b) < 4 || uint64(len(b)-4) < uint64(binary.BigEndian.Uint32(b)) {
		return nil, nil, errors.New("submission: stored receipt is too short")
	}
	n := binary.BigEndian.Uint32(b)
	return b[4 : 4+n], b[4+n:], nil
}

// receiptDocument writes what was received, and when, for people.
func (s *Service) receiptDocument(d *desk, sub Submission, payload Payload, v *form.View, hash [32]byte) ([]byte, error) {
	t := d.t
	title := d.titled(t.T("submission.receipt.subject", "service", d.title()))
	doc := pdf.New(s.Fonts, pdf.Meta{
		Title: title, Lang: string(t.Lang()), Author: d.tenant.Name,
		Created: payload.Received, Footer: d.titled(t.T("submission.receipt.footer", "number", sub.Number)),
	})
	check := s.PortalURL + d.tenant.Base() + "/pruefen"
	doc.Head(d.tenant.Name, d.offer.Set.Text("office_name", t.Lang()))
	doc.H1(title)
	d.warn(doc)
	doc.P(t.T("submission.receipt.intro", "tenant", d.tenant.Name, "url", check))
	doc.Facts([]pdf.Fact{
		{Term: t.T("submission.receipt.number"), Value: sub.Number},
		{Term: t.T("submission.receipt.received"), Value: i18n.FormatInstant(t.Lang(), payload.Received)},
		{Term: t.T("submission.receipt.tenant"), Value: d.offer.Set.Text("office_name", t.Lang()) + ", " + d.tenant.Name},
		{Term: t.T("submission.receipt.hash"), Value: hexGroups(hash)},
	})
	for _, sec := range v.Review() {
		for _, b := range sec.Blocks {
			title := b.Title
			if b.Label != "" {
				title = sec.Title + ": " + b.Label
			}
			doc.Section(func() {
				doc.H2(title)
				var facts []pdf.Fact
				for _, a := range b.Answers {
					text := a.Text
					if text == "" {
						text = t.T("submission.check.none")
					}
					facts = append(facts, pdf.Fact{Term: a.Label, Value: strings.ReplaceAll(text, "\n", ", ")})
				}
				doc.Facts(facts)
			})
		}
	}
	err := doc.QR(check+"#"+hex.EncodeToString(hash[:]), t.T("submission.receipt.qr"), t.T("submission.receipt.qr.caption", "url", check), 90)
	if err != nil {
		return nil, err
	}
	return doc.Bytes(), nil
}

// hexGroups is a hash that a person can compare: groups of eight digits.
func hexGroups(hash [32]byte) string {
	s := hex.EncodeToString(hash[:])
	var groups []string
	for ; len(s) > 0; s = s[8:] {
		groups = append(groups, s[:8])
	}
	return strings.Join(groups, " ")
}

func (s *Service) receiptPDF(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	b, _, err := s.receipt(r, d, sub)
	if err != nil {
		return err
	}
	return sendFile(w, r, b, "application/pdf", "quittung-"+sub.Number+".pdf")
}

func (s *Service) receiptJSON(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	_, b, err := s.receipt(r, d, sub)
	if err != nil {
		return err
	}
	return sendFile(w, r, b, "application/json", "quittung-"+sub.Number+".json")
}

// sendFile answers with a file to be saved.
func sendFile(w http.ResponseWriter, r *http.Request, b []byte, typ, name string) error {
	h := w.Header()
	h.Set("Content-Type", typ)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := bytes.NewReader(b).WriteTo(w)
	return err
}

func itoa(n int) string { return strconv.Itoa(n) }
