// Package i18n holds the words on the screen: catalogues of texts by language
// and the way numbers, dates and money are written. German is the source;
// every other catalogue records which German text each entry was translated
// from, so that a stale twin is seen.
package i18n

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
)

// Lang is a language of the portal, as a BCP 47 tag.
type Lang string

// The languages every text exists in.
const (
	DE Lang = "de"
	EN Lang = "en"
)

// Langs lists the languages, the source first.
func Langs() []Lang { return []Lang{DE, EN} }

// Catalog is the texts of one room in all languages. It is immutable.
type Catalog struct {
	texts  map[Lang]map[string]string // as they are shown
	of     map[Lang]map[string]string // hash of the German text an entry was made from
	german map[string]string          // hash of each German text
}

// entry is a translation: its text, and the hash of the German one.
type entry struct {
	Text string `json:"text"`
	Of   string `json:"of"`
}

// Load reads texts/de.json (key → text) and texts/<lang>.json (key → {text,
// of}) from fsys. Files of further languages may be there, and need not have
// every text.
func Load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{texts: map[Lang]map[string]string{}, of: map[Lang]map[string]string{}, german: map[string]string{}}
	for _, lang := range append(Langs(), Further()...) {
		b, err := fs.ReadFile(fsys, path.Join("texts", string(lang)+".json"))
		if lang.Further() && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
		if err := c.add(lang, b); err != nil {
			return nil, fmt.Errorf("i18n: texts/%s.json: %w", lang, err)
		}
	}
	return c, nil
}

// MustLoad is Load for texts embedded in the binary, whose absence is a
// mistake of the build.
func MustLoad(fsys fs.FS) *Catalog {
	c, err := Load(fsys)
	if err != nil {
		panic(err)
	}
	return c
}

func (c *Catalog) add(lang Lang, b []byte) error {
	if lang == DE {
		m := map[string]string{}
		c.texts[lang] = m
		err := json.Unmarshal(b, &m)
		for k, s := range m {
			c.german[k], m[k] = Hash(s), Bind(s)
		}
		return err
	}
	entries := map[string]entry{}
	if err := json.Unmarshal(b, &entries); err != nil {
		return err
	}
	texts, of := make(map[string]string, len(entries)), make(map[string]string, len(entries))
	for k, e := range entries {
		texts[k], of[k] = Bind(e.Text), e.Of
	}
	c.texts[lang], c.of[lang] = texts, of
	return nil
}

// Stale lists what is wrong with the translations: keys that are missing,
// that German does not have, or whose German source has changed since.
func (c *Catalog) Stale() []string {
	var out []string
	for lang, of := range c.of {
		for k, german := range c.german {
			switch hash, ok := of[k]; {
			case !ok && lang.Further():
			case !ok:
				out = append(out, fmt.Sprintf("%s: %s is missing", lang, k))
			case hash != german:
				out = append(out, fmt.Sprintf("%s: %s is stale (its German text has changed)", lang, k))
			}
		}
		for k := range of {
			if _, ok := c.texts[DE][k]; !ok {
				out = append(out, fmt.Sprintf("%s: %s has no German source", lang, k))
			}
		}
	}
	sort.Strings(out)
	return out
}

// Keys lists all keys of the German catalogue, sorted.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.texts[DE]))
	for k := range c.texts[DE] {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Hash names a German text in its translations: the first 8 hex digits of its
// SHA-256.
func Hash(german string) string {
	sum := sha256.Sum256([]byte(german))
	return hex.EncodeToString(sum[:4])
}

// Stamp writes into the translation b (the bytes of texts/<lang>.json) the
// hashes of the German texts in de (the bytes of texts/de.json). Entries may
// be plain strings; the result is sorted and indented.
func Stamp(de, b []byte) ([]byte, error) {
	german := map[string]string{}
	if err := json.Unmarshal(de, &german); err != nil {
		return nil, err
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	out := map[string]entry{}
	for k, v := range raw {
		var e entry
		if json.Unmarshal(v, &e.Text) != nil {
			if err := json.Unmarshal(v, &e); err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
		}
		source, ok := german[k]
		if !ok {
			return nil, errors.New(k + " has no German source")
		}
		e.Of = Hash(source)
		out[k] = e
	}
	var s strings.Builder
	enc := json.NewEncoder(&s)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(out)
	return []byte(s.String()), err
}

// In is the catalogue in one of the portal's languages; any other is German.
func (c *Catalog) In(lang Lang) Texts {
	lang = lang.Official()
	return Texts{lang: lang, m: c.texts[lang], source: c.texts[DE]}
}

// On is the catalogue for a page in lang, which may be a further language: a
// text that is not there in it is German, and marked as that (MarkGerman).
// Such texts are for ui alone.
func (c *Catalog) On(lang Lang) Texts {
	if lang.Further() {
		return Texts{lang: lang, m: c.texts[lang], source: c.texts[DE]}
	}
	return c.In(lang)
}

// Texts is a catalogue in one language.
type Texts struct {
	lang      Lang
	m, source map[string]string
}

// Lang is the language of the texts.
func (t Texts) Lang() Lang { return t.lang }

// Has tells whether key exists in this language; in a further one, whether T
// has something to fall back to.
func (t Texts) Has(key string) bool {
	_, ok := t.m[key]
	if !ok && t.lang.Further() {
		_, ok = t.source[key]
	}
	return ok
}

// T is the text of key, with each {name} replaced by its value; args are
// pairs of name and value. A missing translation falls back to German, marked
// "[de]" (MarkGerman in further languages); a key that German lacks too is
// shown in brackets.
func (t Texts) T(key string, args ...any) string {
	s, ok := t.m[key]
	if !ok {
		if s, ok = t.source[key]; !ok {
			return "⟦" + key + "⟧"
		}
		if t.lang.Further() {
			return AsGerman(Fill(s, args...))
		}
		s = "[de] " + s
	}
	return Fill(s, args...)
}

// N is the text of key.one where n is 1, else of key.other, with {n} and args
// filled in.
func (t Texts) N(key string, n int, args ...any) string {
	if n == 1 {
		key += ".one"
	} else {
		key += ".other"
	}
	return t.T(key, append([]any{"n", Number(t.lang, int64(n))}, args...)...)
}

// Fill replaces each {name} of s by its value; args are pairs of name and
// value. Names without a value stay as they are.
func Fill(s string, args ...any) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	out := make([]byte, 0, len(s)+64)
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			return string(append(out, s...))
		}
		out = append(out, s[:open]...)
		s = s[open:]
		value, n := "{", 1
		if end := strings.IndexByte(s, '}'); end > 0 {
			for i := 0; i+1 < len(args); i += 2 {
				if args[i] == s[1:end] {
					value, n = text(args[i+1]), end+1
					break
				}
			}
		}
		out = append(out, value...)
		s = s[n:]
	}
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	default:
		return fmt.Sprint(v)
	}
}
