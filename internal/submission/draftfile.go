package submission

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"time"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/seal"
)

// A draft can be taken along as one HTML file. Its one block of data holds
//
//	salt SP frame SP sealed SP sum
//
// salt: 16 bytes. sealed: a box (see seal.Seal) of the JSON of a fileContent
// under PBKDF2-SHA-256 of the passphrase (NFC), salt and pbkdfRounds, bound to
// frame. frame: SHA-256 of all that stands before and after the block. sum:
// SHA-256 of "salt SP frame SP sealed". Hashes are hex, the rest is base64 for
// URLs without padding. So a file that was changed anywhere is told from a
// wrong passphrase by sum and frame, and who changes those too is refused by
// the box. Reading, the HTML is never interpreted: only the block is.

// fileFormat names the form of a fileContent.
const fileFormat = "leitportal.draft/1"

const (
	// pbkdfRounds is OWASP's figure for PBKDF2-SHA-256; a browser has nothing
	// stronger without foreign code.
	pbkdfRounds = 600_000
	// maxDraftFile bounds a file; maxCarried the evidence that goes into it,
	// both in bytes: base64 twice makes 15 MB of that, the rest is for answers.
	maxDraftFile = 20 << 20
	maxCarried   = 8 << 20
	// maxElements bounds the values of its JSON: three bytes of "{},", which
	// anybody can seal in a file, take sixty in memory.
	maxElements = 300_000

	blockStart = `<script type="text/plain" id="daten">`
	blockEnd   = `</script>`
)

// fileContent is what a file holds under its passphrase.
type fileContent struct {
	Format   string                     `json:"format"`
	Tenant   string                     `json:"tenant"` // ARS
	Town     string                     `json:"town"`   // its name
	Solution string                     `json:"solution"`
	Version  string                     `json:"version"`
	Lang     i18n.Lang                  `json:"lang"`
	Made     time.Time                  `json:"made"`
	Answers  map[string]json.RawMessage `json:"answers"` // as package form stores them, without files
	Files    []carriedFile              `json:"files,omitempty"`
	Shown    []shownAnswers             `json:"shown"` // for people, once for each language
}

// carriedFile is evidence inside a file.
type carriedFile struct {
	Field string `json:"field"` // answer path
	Name  string `json:"name"`
	Data  []byte `json:"data"`
}

// shownAnswers is the answers in words.
type shownAnswers struct {
	Lang  i18n.Lang   `json:"lang"`
	Parts []shownPart `json:"parts"`
}

type shownPart struct {
	Title string      `json:"title"`
	Rows  [][2]string `json:"rows"`
	// Keys say for each row which stored answer it is (storedAs), so that it
	// can be named where the form has no place for it any more.
	Keys []string `json:"keys,omitempty"`
}

//go:embed draftfile.html
var draftFileHTML string

//go:embed draftfile.css
var draftFileCSS string

//go:embed draftfile.js
var draftFileJS string

// fileWords are the words of a file outside its data, in one language.
type fileWords struct {
	Lang                                         i18n.Lang
	Title, About, Back, Script, Passphrase, Open string
	Wrong, Damaged, Old, Busy                    string
}

// fileKey is the key of a passphrase. With pbkdfRounds it takes some tenths of
// a second.
func fileKey(passphrase string, salt []byte, rounds int) (key [32]byte, err error) {
	b, err := pbkdf2.Key(sha256.New, norm.NFC.String(passphrase), salt, rounds, len(key))
	copy(key[:], b)
	return key, err
}

// writeDraftFile makes the file of c. The words outside are those of catalog;
// none of them tells what the file is about.
func writeDraftFile(rand io.Reader, catalog *i18n.Catalog, address, passphrase string, rounds int, c fileContent) ([]byte, error) {
	tmpl, err := template.New("").Parse(draftFileHTML)
	if err != nil {
		return nil, err
	}
	page := struct {
		Lang          i18n.Lang
		Title         string
		Address       string
		Script, Style template.HTMLAttr
		CSS           template.CSS
		JS            template.JS
		Data          template.JS
		Words         []fileWords
	}{
		Lang: c.Lang, Title: catalog.In(c.Lang).T("submission.draftfile.title"), Address: address,
		Script: sourceHash(draftFileJS), Style: sourceHash(draftFileCSS), CSS: template.CSS(draftFileCSS), JS: template.JS(draftFileJS),
	}
	for _, lang := range i18n.Langs() {
		word := func(key string) string { return catalog.In(lang).T("submission.draftfile." + key) }
		page.Words = append(page.Words, fileWords{
			Lang: lang, Title: word("title"), About: word("about"), Back: word("back"), Script: word("script"), Passphrase: word("passphrase"),
			Open: word("open"), Wrong: word("wrong"), Damaged: word("damaged"), Old: word("old"), Busy: word("busy"),
		})
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, page); err != nil {
		return nil, err
	}
	before, _, after, ok := cutBlock(b.Bytes())
	if !ok {
		return nil, errors.New("submission: the frame of the file has not one block of data")
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxDraftFile*3/4-len(before)-len(after)-1024 || elements(plain) > maxElements {
		return nil, fail.New(fail.TooLarge, "submission.draftfile.toolarge", errors.New("submission: the draft is too large for a file"))
	}
	var salt [16]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, err
	}
	key, err := fileKey(passphrase, salt[:], rounds)
	if err != nil {
		return nil, err
	}
	frame := frameHash(before, after)
	sealed, err := seal.Seal(rand, key, []byte(frame), plain)
	if err != nil {
		return nil, err
	}
	block := base64.RawURLEncoding.EncodeToString(salt[:]) + " " + frame + " " + base64.RawURLEncoding.EncodeToString(sealed)
	return bytes.Join([][]byte{before, []byte(block + " " + hexSum(block)), after}, nil), nil
}

// sourceHash is a source of a Content-Security-Policy: the code itself.
func sourceHash(code string) template.HTMLAttr {
	sum := sha256.Sum256([]byte(code))
	return template.HTMLAttr(base64.StdEncoding.EncodeToString(sum[:]))
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// frameHash is that of the page round the block.
func frameHash(before, after []byte) string {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(before))))
	h.Write(before)
	h.Write(after)
	return hex.EncodeToString(h.Sum(nil))
}

// cutBlock divides a file at its one block.
func cutBlock(b []byte) (before, block, after []byte, ok bool) {
	i := bytes.Index(b, []byte(blockStart))
	if i < 0 || bytes.Count(b, []byte(blockStart)) != 1 {
		return nil, nil, nil, false
	}
	i += len(blockStart)
	n := bytes.Index(b[i:], []byte(blockEnd))
	if n < 0 {
		return nil, nil, nil, false
	}
	return b[:i], b[i : i+n], b[i+n:], true
}

// What is wrong with a file, before or after its passphrase was tried.
var (
	errNoDraftFile = errors.New("submission: this is no file of a draft")
	errDamaged     = errors.New("submission: the file was changed or is not complete")
)

// draftFile is a file that is whole, and still sealed.
type draftFile struct {
	salt, sealed []byte
	frame        string
}

// readDraftFile reads an uploaded file, at most maxDraftFile long:
// errNoDraftFile, errDamaged.
func readDraftFile(b []byte) (f draftFile, err error) {
	if len(b) > maxDraftFile {
		return f, errNoDraftFile
	}
	before, block, after, ok := cutBlock(b)
	if !ok {
		return f, errNoDraftFile
	}
	part := bytes.SplitN(block, []byte(" "), 5)
	if len(part) != 4 {
		return f, errDamaged
	}
	signed := len(block) - len(part[3]) - 1
	f.frame = string(part[1])
	if hexSum(string(block[:signed])) != string(part[3]) || f.frame != frameHash(before, after) {
		return f, errDamaged
	}
	b64 := base64.RawURLEncoding.Strict()
	if f.salt, err = b64.DecodeString(string(part[0])); err != nil || len(f.salt) != 16 {
		return f, errDamaged
	}
	if f.sealed, err = b64.DecodeString(string(part[2])); err != nil {
		return f, errDamaged
	}
	return f, nil
}

// open opens the file; seal.ErrOpen when the passphrase is another, errDamaged
// when it holds something else than a draft.
func (f draftFile) open(passphrase string, rounds int) (c fileContent, err error) {
	key, err := fileKey(passphrase, f.salt, rounds)
	if err != nil {
		return c, err
	}
	plain, err := seal.Open(key, []byte(f.frame), f.sealed)
	if err != nil {
		return c, err
	}
	if elements(plain) > maxElements || json.Unmarshal(plain, &c) != nil || c.Format != fileFormat {
		return c, errDamaged
	}
	return c, nil
}

// elements counts the values of a JSON text without reading it: at least as
// many as there are.
func elements(text []byte) (n int) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\\': // only within quotes
			i++
		case ',', '[', '{':
			if !quoted {
				n++
			}
		}
	}
	return n
}
