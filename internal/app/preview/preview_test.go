package preview

import (
	"testing"

	"leitportal/internal/i18n/i18ntest"
)

func TestTexts(t *testing.T) { i18ntest.Check(t, embedded) }

func TestStrip(t *testing.T) {
	for marked, plain := range map[string]string{
		"<p>a</p>" + begin + "x" + end + "</body>": "<p>a</p></body>",
		"nothing": "nothing",
	} {
		if got := string(Strip([]byte(marked))); got != plain {
			t.Errorf("%q becomes %q", marked, got)
		}
	}
}
