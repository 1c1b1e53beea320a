package xmlin

import (
	"errors"
	"strings"
	"testing"
)

// Editors on Windows save XML in UTF-16; the message says how to mend it.
func TestUTF16(t *testing.T) {
	for _, s := range []string{"\xff\xfe<\x00a\x00/\x00>\x00", "\xfe\xff\x00<\x00a\x00/\x00>"} {
		r := New(strings.NewReader(s), Limits{Bytes: 100, Token: 100, Depth: 5, Elements: 5})
		_, err := r.Root()
		var e *Error
		if err = r.Done(err); !errors.As(err, &e) || e.Line != 1 || !strings.Contains(e.Reason, "save it as UTF-8") {
			t.Errorf("%q gives %v", s, err)
		}
	}
	r := New(strings.NewReader("\ufeff<a/>"), Limits{Bytes: 100, Token: 100, Depth: 5, Elements: 5})
	if root, err := r.Root(); r.Done(err) != nil || root.Name.Local != "a" {
		t.Errorf("a mark of UTF-8 gives %v", err)
	}
}
