package submission

import (
	"testing"

	"leitportal/internal/form"
)

// The files of an answer that is shown again come back with it, to their own
// question in their own draft only.
func TestKeptFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, _ := w.draft(t)
		other, _ := w.draft(t)
		d, m := w.desk(t, mine), Message{ID: "01900000-0000-7000-8000-000000000001"}
		sealed, err := w.sealKept(d, m, keptFiles{"dogs/1.permit_file": []form.File{{ID: "x", Name: "a.pdf"}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := openKept(d, m, sealed); len(got["dogs/1.permit_file"]) != 1 || got["dogs/1.permit_file"][0].Name != "a.pdf" {
			t.Errorf("comes back as %v", got)
		}
		for what, got := range map[string]keptFiles{
			"in another draft": openKept(w.desk(t, other), m, sealed), "of another question": openKept(d, Message{ID: "y"}, sealed),
			"cut": openKept(d, m, sealed[:len(sealed)-2]), "nothing": openKept(d, m, ""), "rubbish": openKept(d, m, "%%%"),
		} {
			if got == nil || len(got) != 0 {
				t.Errorf("%s it opens as %v", what, got)
			}
		}
	})
}
