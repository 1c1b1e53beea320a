package ledger

import (
	"bytes"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

// A receipt of a test says so under its signature; without the mark, or with
// one that was added, it is no receipt any more.
func TestOfATest(t *testing.T) {
	s := newSample(t)
	if bytes.Contains(s.receipt, []byte(`"test"`)) {
		t.Error("the receipt of an application names tests")
	}
	f := s.facts
	f.Test, f.Case = true, "HS-TEST-2026-000001"
	receipt, err := IssueReceipt(s.signer, f, s.proof, s.base)
	if err != nil {
		t.Fatal(err)
	}
	file, err := AttachReceipt(s.base, receipt)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"JSON": receipt, "PDF": file} {
		v, err := VerifyFile(data, s.keys())
		if err != nil || !v.Genuine || !v.Receipt.Test {
			t.Fatalf("%s: %+v, %v", name, v, err)
		}
		for lang, want := range map[i18n.Lang]string{i18n.DE: "TESTFALL – kein echter Antrag", i18n.EN: "TEST CASE – not a real application"} {
			w := v.Words(Texts().In(lang))
			if w.Title == Texts().In(lang).T("ledger.verdict.genuine") || !strings.HasPrefix(w.Text, want) || w.Facts[0].Value != want {
				t.Errorf("%s in %s: %+v", name, lang, w)
			}
		}
	}
	for name, forged := range map[string][]byte{
		"mark taken away": bytes.Replace(receipt, []byte("  \"test\": true,\n"), nil, 1),
		"mark denied":     bytes.Replace(receipt, []byte(`"test": true`), []byte(`"test": false`), 1),
		"mark added":      bytes.Replace(s.receipt, []byte("  \"received\":"), []byte("  \"test\": true,\n  \"received\":"), 1),
	} {
		v, err := VerifyFile(forged, s.keys())
		if err != nil || v.Genuine || v.Problem != Changed && v.Problem != BadSignature || bytes.Equal(forged, receipt) || bytes.Equal(forged, s.receipt) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}
