package solution

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// The kinds of notice a solution can bring; which it must bring is decided by
// what its desk can do.
const (
	Assessment    = "assessment"     // the tax is assessed
	ReliefGranted = "relief_granted" // exemption or reduction granted
	ReliefRefused = "relief_refused" // exemption or reduction refused
	Withdrawn     = "withdrawn"      // the applicant withdrew
	Question      = "question"       // the office asks back
	Answered      = "answered"       // the answer to a question has arrived
)

// noticePlaceholders is what the desk fills in beside params.…, by kind; ""
// holds for every kind.
func noticePlaceholders(kind string) []string {
	common := []string{
		"authority",      // Stadt Paderborn
		"office_address", // one line
		"office_contact", // one line: telephone, e-mail
		"applicant",      // full name
		"address",        // one line
		"case_number",    // HS-2026-000123
		"notice_date",    // in words
		"received_on",    // legal time of receipt, in words
		"reason",         // free text of the clerk, may be empty
	}
	switch kind {
	case Assessment:
		return append(common,
			"cash_reference", // Kassenzeichen
			"year",           // calendar year assessed
			"period_from",    // first day taxed in that year, in words
			"period_to",      // last day of that year, in words
			"amount_year",    // amount for the year, with currency
			"amount_full",    // amount of a full year, with currency
			"dogs",           // names, as a sentence lists them
			"joint",          // the number of joint keepers, empty for one
			"tags",           // numbers of the tags, may be empty
			"mandate",        // mandate reference, empty when the person pays an invoice
			"iban_end",       // last four digits of the account the mandate is for
		)
	case ReliefGranted, ReliefRefused:
		return append(common,
			"dog",         // name of the dog
			"relief",      // what was applied for
			"percent",     // such as "50 %"; of a refusal empty
			"exempt",      // "100 %" where nothing is left to pay, else empty
			"period_from", // in words; of a refusal empty
			"period_to",   // in words; empty for "until further notice"
		)
	case Question:
		return append(common, "question", "answer_by")
	}
	return common
}

// noticeTables is what the desk fills in as rows.
func noticeTables(kind string) []string {
	if kind == Assessment {
		return []string{"lines", "due"}
	}
	return nil
}

// notice is notices/<kind>.yaml.
type notice struct {
	Title  Words `yaml:"title"`
	Blocks []struct {
		Heading Words  `yaml:"heading"`
		Text    Words  `yaml:"text"`
		Table   string `yaml:"table"`
		When    string `yaml:"when"`
	} `yaml:"blocks"`
}

// Notice is a rendered notice, ready to be laid out.
type Notice struct {
	Kind   string
	Title  string
	Blocks []Block
}

// Block is a heading, a paragraph, or a table of two columns: exactly one of
// the three is set.
type Block struct {
	Heading string
	Text    string
	Rows    []Row
}

// Row is a line of a table.
type Row struct {
	Label string
	Value string
}

func (v *Version) loadNotices() error {
	files, err := fs.Glob(v.files, "notices/*.yaml")
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		n := &notice{}
		kind := strings.TrimSuffix(path.Base(file), ".yaml")
		if err := readYAML(v.files, file, n); err != nil {
			errs = append(errs, err)
			continue
		}
		if err := v.checkNotice(kind, n); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
		v.notices[kind] = n
	}
	return errors.Join(errs...)
}

func (v *Version) checkNotice(kind string, n *notice) error {
	switch kind {
	case Assessment, ReliefGranted, ReliefRefused, Withdrawn, Question, Answered:
	default:
		return fmt.Errorf("%q is not a kind of notice", kind)
	}
	allowed, tables := noticePlaceholders(kind), noticeTables(kind)
	errs := []error{v.checkWords(n.Title, allowed)}
	if n.Title.DE == "" || len(n.Blocks) == 0 {
		errs = append(errs, errors.New("title or blocks are missing"))
	}
	for i, b := range n.Blocks {
		parts := 0
		for _, there := range []bool{b.Heading != Words{}, b.Text != Words{}, b.Table != ""} {
			if there {
				parts++
			}
		}
		if parts != 1 {
			errs = append(errs, fmt.Errorf("block %d needs exactly one of heading, text, table", i+1))
		}
		if b.Table != "" && !slices.Contains(tables, b.Table) {
			errs = append(errs, fmt.Errorf("block %d: unknown table %q", i+1, b.Table))
		}
		if b.When != "" && !slices.Contains(tables, b.When) {
			errs = append(errs, v.checkName(strings.TrimPrefix(b.When, "!"), allowed))
		}
		errs = append(errs, v.checkWords(b.Heading, allowed), v.checkWords(b.Text, allowed))
	}
	return errors.Join(errs...)
}

func (v *Version) checkWords(w Words, allowed []string) error {
	errs := []error{v.checkText(w.DE, allowed), v.checkText(w.EN, allowed)}
	if !w.complete() {
		errs = append(errs, fmt.Errorf("%q exists in one language only", w.DE+w.EN))
	}
	return errors.Join(errs...)
}

// NoticeKinds lists the kinds of notice the solution brings, sorted.
func (v *Version) NoticeKinds() []string {
	out := make([]string, 0, len(v.notices))
	for k := range v.notices {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// NoticeNeeds lists the placeholders and tables that a notice of that kind may
// use and the desk fills; what is not always there is left empty.
func NoticeNeeds(kind string) (values, tables []string) {
	return noticePlaceholders(kind), noticeTables(kind)
}

// NoticeUses tells whether the notice of a kind says anything with a
// placeholder: the desk asks for nothing that no letter tells.
func (v *Version) NoticeUses(kind, placeholder string) bool {
	n, ok := v.notices[kind]
	if !ok {
		return false
	}
	for _, b := range n.Blocks {
		if b.When == placeholder || strings.Contains(b.Text.DE+b.Heading.DE, "{"+placeholder+"}") {
			return true
		}
	}
	return strings.Contains(n.Title.DE, "{"+placeholder+"}")
}

// Notice renders the notice of a kind in lang with the by-law and parameters
// of set. It fails with fail.NotFound when the solution has no such notice,
// and with fail.Invalid when a value or table that the text needs is missing.
func (v *Version) Notice(kind string, lang i18n.Lang, set *Set, values map[string]string, tables map[string][]Row) (Notice, error) {
	n, ok := v.notices[kind]
	if !ok {
		return Notice{}, fail.Newf(fail.NotFound, "solution: %s has no notice %q", v.ID, kind)
	}
	f := filler{v, set, lang, values}
	title, err := f.text(n.Title.In(lang))
	if err != nil {
		return Notice{}, fail.New(fail.Invalid, "", err)
	}
	out := Notice{Kind: kind, Title: title}
	for _, b := range n.Blocks {
		if slices.Contains(noticeTables(kind), b.When) {
			if len(tables[b.When]) == 0 {
				continue
			}
		} else if !f.shown(b.When) {
			continue
		}
		block := Block{Rows: tables[b.Table]}
		if b.Table != "" && len(block.Rows) == 0 {
			return Notice{}, fail.Newf(fail.Invalid, "solution: no rows for the table %s", b.Table)
		}
		if block.Heading, err = f.text(b.Heading.In(lang)); err == nil {
			block.Text, err = f.text(b.Text.In(lang))
		}
		if err != nil {
			return Notice{}, fail.New(fail.Invalid, "", err)
		}
		out.Blocks = append(out.Blocks, block)
	}
	return out, nil
}

// privacyPlaceholders is what the form's first page fills in beside params.….
func privacyPlaceholders() []string { return []string{"authority", "authority_contact", "dpo"} }

// PrivacyFacts is the information of Art. 13 GDPR in lang. values are
// authority (its name), authority_contact and dpo (how to reach the data
// protection officer), each one line. word gives the texts of a further
// language by key (see German), "" where it lacks one; what it lacks is
// German, and marked as that (i18n.AsGerman).
func (v *Version) PrivacyFacts(lang i18n.Lang, set *Set, values map[string]string, word func(key string) string) ([]Row, error) {
	f := filler{v, set, lang, values}
	out := make([]Row, 0, len(v.Privacy))
	for i, p := range v.Privacy {
		text, err := f.text(p.Text.In(lang))
		if err != nil {
			return nil, fail.New(fail.Invalid, "", err)
		}
		row := Row{p.Title.In(lang), text}
		if lang.Further() {
			title, text := privacyKeys(i)
			if row = (Row{i18n.AsGerman(row.Label), i18n.AsGerman(row.Value)}); word(title) != "" {
				row.Label = word(title)
			}
			if s, err := f.text(word(text)); err == nil && s != "" {
				row.Value = s
			}
		}
		out = append(out, row)
	}
	return out, nil
}

func privacyKeys(i int) (title, text string) {
	key := "solution.privacy." + strconv.Itoa(i+1)
	return key + ".title", key + ".text"
}

// German is the German texts that a person who fills the form in sees, beside
// those of the form, by the keys under which texts/<lang>.json has them in
// further languages: solution.title, .summary, .action, and of the nth
// information of Art. 13 GDPR solution.privacy.<n>.title and .text.
func (m Manifest) German() map[string]string {
	out := map[string]string{"solution.title": m.Title.DE, "solution.summary": m.Summary.DE, "solution.action": m.Action.DE}
	for i, p := range m.Privacy {
		title, text := privacyKeys(i)
		out[title], out[text] = p.Title.DE, p.Text.DE
	}
	return out
}

func (v *Version) checkPrivacy() error {
	var errs []error
	for _, p := range v.Privacy {
		if err := errors.Join(v.checkWords(p.Title, nil), v.checkWords(p.Text, privacyPlaceholders())); err != nil {
			errs = append(errs, fmt.Errorf("solution.yaml: privacy: %w", err))
		}
	}
	return errors.Join(errs...)
}

// dated writes an ISO date in words, and leaves every other text as it is.
func dated(s string, lang i18n.Lang) string {
	if d, err := clock.ParseDate(s); err == nil {
		return i18n.FormatDate(lang, d)
	}
	return s
}
