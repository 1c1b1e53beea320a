package solution

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

// drafts holds what stands around a form (draft), and a small form (blank).
//
//go:embed draft blank
var drafts embed.FS

// Draft is what is known of a solution before its author has begun. Texts are
// German; an author translates what is marked in the files.
type Draft struct {
	// ID is the folder's name, Version a semantic version.
	ID, Version string
	// Source names what it was made from.
	Source         string
	Title, Summary string
	// Short is one sentence for lists.
	Short string
	// CasePrefix begins the case numbers, in capital letters.
	CasePrefix string
	// LeiKa is a key of 14 digits or "", OZG one of 5.
	LeiKa, OZG string
	Legal      []DraftLaw
	// Basis is what stands for the by-law until a town enters its own.
	Basis string
	// Need is what people should have at hand.
	Need []string
	// Answers says where the form asks for what a letter needs; names as in
	// [Paths].
	Answers []DraftAnswer
	// Released is the day of the draft, YYYY-MM-DD.
	Released string
}

// DraftLaw is a legal basis, with the address of its text or "".
type DraftLaw struct{ Text, URL string }

// DraftAnswer is a line of answers: in solution.yaml.
type DraftAnswer struct{ Name, Path string }

// Files are the files of the solution beside those of its form, by name. With
// the form's they load as they are.
func (d Draft) Files() (map[string][]byte, error) { return d.files("draft") }

// Form are the files of a small form to begin with: who applies, and what for.
func (d Draft) Form() (map[string][]byte, error) { return d.files("blank") }

func (d Draft) files(folder string) (map[string][]byte, error) {
	out := map[string][]byte{}
	quote := func(s string) (string, error) {
		var b bytes.Buffer
		e := json.NewEncoder(&b) // a JSON string is YAML
		e.SetEscapeHTML(false)
		err := e.Encode(strings.NewReplacer("{", "(", "}", ")").Replace(s))
		return strings.TrimSpace(b.String()), err
	}
	err := fs.WalkDir(drafts, folder, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := drafts.ReadFile(name)
		if err != nil {
			return err
		}
		t, err := template.New(name).Funcs(template.FuncMap{"q": quote}).Parse(string(src))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, d); err != nil {
			return err
		}
		out[strings.TrimPrefix(name, folder+"/")] = b.Bytes()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("solution: draft: %w", err)
	}
	return out, nil
}
