package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

type formTranslateCmd struct {
	Dir  string `arg:"" help:"A solution's folder, or the bare files of a form." type:"existingdir"`
	Lang string `arg:"" help:"The language, by its tag: ar, de-simple, fr, …"`
}

// Run writes texts/<lang>.json anew: with a place for every German text.
func (c formTranslateCmd) Run(p *process) error {
	lang := i18n.Lang(c.Lang)
	if !lang.Further() {
		return fmt.Errorf("%q is none of the further languages: %v", c.Lang, i18n.Further())
	}
	src, err := oneSource(c.Dir, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	d, err := form.Load(src.Files)
	if err != nil {
		return err
	}
	german := d.German()
	maps.Copy(german, src.Texts)
	if lang.German() {
		maps.DeleteFunc(german, func(key, _ string) bool { return strings.HasPrefix(key, "list.") })
	}
	name := filepath.Join(c.Dir, "texts", c.Lang+".json")
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, missing, stale, err := translated(german, old)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s: texts %d, to translate %d, to read again %d\n", name, len(german), missing, stale)
	return nil
}

// translation is an entry of a catalogue. DE is the German text, while there
// is something to do.
type translation struct {
	DE   string `json:"de,omitempty"`
	Text string `json:"text"`
	Of   string `json:"of,omitempty"`
}

// translated is the catalogue old (nil for none) with an entry for each German
// text. What is translated stays; an entry without a hash gets that of the
// present German text, one whose German text has changed shows it, and keeps
// its hash until the translator takes it out.
func translated(german map[string]string, old []byte) (b []byte, missing, stale int, err error) {
	have := map[string]json.RawMessage{}
	if old != nil {
		if err := json.Unmarshal(old, &have); err != nil {
			return nil, 0, 0, err
		}
	}
	out := make(map[string]translation, len(german))
	for key, de := range german {
		var e translation
		if raw, ok := have[key]; ok && json.Unmarshal(raw, &e.Text) != nil {
			if err := json.Unmarshal(raw, &e); err != nil {
				return nil, 0, 0, fmt.Errorf("%s: %w", key, err)
			}
		}
		switch hash := i18n.Hash(de); {
		case e.Text == "":
			missing++
			e = translation{DE: de}
		case e.Of == "" || e.Of == hash:
			e = translation{Text: e.Text, Of: hash}
		default:
			stale++
			e.DE = de
		}
		out[key] = e
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(out)
	return buf.Bytes(), missing, stale, err
}
