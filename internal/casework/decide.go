package casework

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
	"leitportal/internal/solution"
)

// decisionKinds are the notices a clerk can decide on, the usual one first.
func decisionKinds() []string {
	return []string{solution.Assessment, solution.ReliefGranted, solution.ReliefRefused}
}

// decision is a decision as it was typed, by field name of the form.
type decision map[string]string

// Names of the fields of the form. Dates are ISO; amounts as people write
// them.
const (
	fieldKind      = "art"
	fieldYear      = "jahr"
	fieldFrom      = "von"
	fieldTo        = "bis"
	fieldAmount    = "betrag"
	fieldFull      = "jahresbetrag"
	fieldReference = "kassenzeichen"
	fieldMandate   = "mandat"
	fieldTags      = "marken"
	fieldReason    = "begruendung"
	fieldPlea      = "antrag" // which application for relief: see reading.choices
	fieldRelief    = "nachlass"
	fieldPercent   = "prozent"
	fieldFinal     = "abschluss"
)

// decisionFields lists the fields a kind of decision asks for.
func decisionFields(kind string) []string {
	switch kind {
	case solution.Assessment:
		return []string{fieldYear, fieldFrom, fieldTo, fieldAmount, fieldFull, fieldReason, fieldReference, fieldMandate, fieldTags}
	case solution.ReliefGranted:
		return []string{fieldPlea, fieldRelief, fieldPercent, fieldFrom, fieldTo, fieldReason, fieldFinal}
	}
	return []string{fieldPlea, fieldRelief, fieldReason, fieldFinal}
}

// longest bounds what may be typed into a field, in characters.
func longest(field string) int {
	if field == fieldReason {
		return 3000
	}
	return 120
}

// proposed is the form of a decision as the rules fill it in; p is what a
// decision on relief is about. The clerk may change all of it.
func proposed(kind string, a assessment, p plea, f facts, reference string, t i18n.Texts) decision {
	d := decision{fieldKind: kind, fieldFinal: "no"}
	if kind == solution.Assessment {
		d[fieldYear], d[fieldFrom], d[fieldTo] = strconv.Itoa(a.year), a.from.String(), a.to.String()
		d[fieldAmount], d[fieldFull] = euros(a.now), euros(a.full)
		d[fieldReference], d[fieldReason] = reference, a.pending
		if f.iban != "" {
			d[fieldMandate] = reference
		}
		return d
	}
	d[fieldPlea], d[fieldRelief] = p.path, p.label
	if kind == solution.ReliefRefused {
		if p.label != "" && p.percent == 0 {
			d[fieldReason] = t.T("casework.relief.none")
		}
		return d
	}
	d[fieldFrom] = a.from.String()
	if p.percent > 0 {
		d[fieldPercent], d[fieldFrom], d[fieldTo] = strconv.Itoa(p.percent), p.from.String(), p.to.String()
		if d[fieldReason] = t.T("casework.relief.met"); p.proof {
			d[fieldReason] = t.T("casework.relief.proven")
		}
	}
	if a.now <= 0 { // nothing is left to be assessed
		d[fieldFinal] = "yes"
	}
	return d
}

// ruling is a decision that was checked.
type ruling struct {
	kind         string
	year         int
	from, to     clock.Date
	amount, full int64 // cents
	percent      int   // of relief granted
	plea         plea
	final        bool
	decision     // the texts, tidied
}

// fault is what is wrong with a field: the key of the text that says how to
// mend it.
type fault struct{ field, key string }

// check reads a decision against what the rules worked out, and says what is
// wrong with it. p is what it is about, where that is relief; open tells
// whether an application for relief stays undecided. Everything that is typed
// stays as it was.
func (d decision) check(a assessment, o sender, p plea, open bool) (r ruling, faults []fault) {
	r = ruling{kind: d[fieldKind], plea: p, decision: decision{}}
	bad := func(field, key string) { faults = append(faults, fault{field, "casework.problem." + key}) }
	for _, f := range decisionFields(r.kind) {
		r.decision[f] = tidy(d[f])
		if utf8.RuneCountInString(d[f]) > longest(f) {
			bad(f, "long")
		} else if !plain(d[f]) {
			bad(f, "signs")
		}
	}
	date := func(field string, required bool) (day clock.Date) {
		if s := r.decision[field]; s != "" || required {
			var err error
			if day, err = clock.ParseDate(s); err != nil {
				bad(field, "date")
			}
		}
		return day
	}
	need := func(fields ...string) {
		for _, f := range fields {
			if r.decision[f] == "" {
				bad(f, "missing")
			}
		}
	}
	if !o.complete() && !o.demo {
		bad("", "office")
	}
	switch r.kind {
	case solution.Assessment:
		r.final = !open // nothing that was applied for is lost
		r.year = a.year
		r.from, r.to = date(fieldFrom, true), date(fieldTo, true)
		if !r.from.IsZero() && !r.to.IsZero() {
			if r.from.Year != r.year || r.to.Year != r.year || r.to.Before(r.from) {
				bad(fieldFrom, "period")
			}
		}
		var ok bool
		if r.amount, ok = cents(d[fieldAmount]); !ok {
			bad(fieldAmount, "amount")
		} else if r.amount == 0 {
			bad(fieldAmount, "zero")
		}
		if r.full, ok = cents(d[fieldFull]); !ok {
			bad(fieldFull, "amount")
		}
		if len(faults) == 0 && (r.amount != a.now || r.full != a.full) {
			if reason := r.decision[fieldReason]; reason == "" || reason == a.pending {
				bad(fieldReason, "why")
			}
		}
		need(fieldReference)
	case solution.ReliefGranted:
		need(fieldRelief)
		var err error
		if r.percent, err = strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(r.decision[fieldPercent], "%"))); err != nil || r.percent < 1 || r.percent > 100 {
			bad(fieldPercent, "percent")
		}
		r.from, r.to = date(fieldFrom, true), date(fieldTo, false)
		if !r.to.IsZero() && r.to.Before(r.from) {
			bad(fieldTo, "period")
		}
	case solution.ReliefRefused:
		need(fieldRelief, fieldReason)
	default:
		bad(fieldKind, "kind")
	}
	if r.kind != solution.Assessment {
		if p.path == "" {
			bad("", "plea")
		}
		switch r.final = r.decision[fieldFinal] == "yes"; {
		case r.final && open:
			bad(fieldFinal, "undecided")
		case !r.final && r.decision[fieldFinal] != "no":
			bad(fieldFinal, "final")
		}
	}
	return r, faults
}

// values are what the solution's notice asks for, in lang.
func (r ruling) values(c Case, f facts, o sender, today clock.Date, lang i18n.Lang, t i18n.Texts) map[string]string {
	day := func(d clock.Date) string { return i18n.FormatDate(lang, d) }
	v := map[string]string{
		"authority": o.authority, "office_address": strings.Join(o.address, ", "), "office_contact": o.contact,
		"applicant": f.name, "address": strings.Join(f.address, ", "), "case_number": c.Number,
		"notice_date": day(today), "received_on": day(clock.DateOf(c.Received.In(clock.Berlin()))),
		"reason":      r.decision[fieldReason],
		"period_from": day(r.from), "period_to": day(r.to),
		"dog": f.item(cmp.Or(r.plea.item, r.plea.falls)).name, "relief": r.decision[fieldRelief], "percent": "", "exempt": "",
	}
	if v["dog"] == "" { // for no one in particular
		v["dog"] = list(f.names(), t.T("casework.letter.and"))
	}
	if r.percent > 0 {
		v["percent"] = strconv.Itoa(r.percent) + "\u00a0%"
	}
	if r.percent == 100 {
		v["exempt"] = v["percent"]
	}
	for _, k := range []string{"office_address", "office_contact"} {
		if v[k] == "" { // in a demonstration only; see check
			v[k] = t.T("casework.letter.unknown")
		}
	}
	if r.kind == solution.Assessment {
		v["cash_reference"], v["year"] = r.decision[fieldReference], strconv.Itoa(r.year)
		v["amount_year"], v["amount_full"] = i18n.Money(lang, r.amount), i18n.Money(lang, r.full)
		v["dogs"], v["tags"] = list(f.names(), t.T("casework.letter.and")), r.decision[fieldTags]
		if f.joint > 0 {
			v["joint"] = strconv.Itoa(f.joint)
		}
		if f.iban != "" && r.decision[fieldMandate] != "" {
			v["mandate"], v["iban_end"] = r.decision[fieldMandate], f.iban[max(0, len(f.iban)-4):]
		}
	}
	return v
}

// tables are the rows of the notice, in lang.
func (r ruling) tables(a assessment, today clock.Date, lang i18n.Lang, t i18n.Texts) map[string][]solution.Row {
	if r.kind != solution.Assessment {
		return nil
	}
	lines := slices.Clone(a.lines)
	if diff := r.amount - a.now; diff != 0 {
		lines = append(lines, solution.Row{Label: t.T("casework.letter.corrected"), Value: i18n.Money(lang, diff)})
	}
	lines = append(lines, solution.Row{Label: t.T("casework.letter.sum", "year", r.year), Value: i18n.Money(lang, r.amount)})
	days, _ := a.set.Values(lang)["due_days"].([]string)
	var due []solution.Row
	for _, i := range solution.Instalments(r.amount, days, r.from, today) {
		due = append(due, solution.Row{Label: i18n.FormatDate(lang, i.Due), Value: i18n.Money(lang, i.Cents)})
	}
	return map[string][]solution.Row{"lines": lines, "due": due}
}

// letter is a notice as it goes out: in German, and where the applicant used
// another language with a translation for information.
type letter struct {
	notice, translation solution.Notice        // the second without a title: none
	due                 map[*solution.Row]bool // names the tables of due dates by their first row
	facts               facts
	sender              sender
	number, reference   string
	date                clock.Date
	at                  time.Time
	test                bool // of a test case, to be seen as that
}

// title is a title of the letter, which says where it is of a test.
func (l letter) title(title string, t i18n.Texts) string {
	if l.test {
		return t.T("casework.test.titled", "title", title)
	}
	return title
}

// pdf lays the letter out by DIN 5008.
func (l letter) pdf(fonts *pdf.Fonts, t i18n.Texts) []byte {
	d := pdf.New(fonts, pdf.Meta{Title: l.title(l.notice.Title, t), Lang: "de", Author: l.sender.authority, Created: l.at, Footer: l.title(l.number, t)})
	info := []pdf.Fact{{Term: t.T("casework.letter.case"), Value: l.number}}
	if l.reference != "" {
		info = append(info, pdf.Fact{Term: t.T("casework.letter.reference"), Value: l.reference})
	}
	info = append(info, pdf.Fact{Term: t.T("casework.letter.date"), Value: i18n.ShortDate(i18n.DE, l.date)})
	d.Letter(pdf.Letter{
		Authority: l.sender.authority, Office: l.sender.office,
		Return: strings.Join(append([]string{l.sender.authority}, l.sender.address...), " · "),
		To:     l.facts.lines(), Info: info, Subject: l.title(l.notice.Title, t),
	})
	if l.test {
		d.Strong(t.T("casework.test.mark"))
		d.P(t.T("casework.test.letter"))
	}
	l.write(d, l.notice.Blocks, false, t)
	if l.translation.Title != "" {
		d.Section(func() {
			d.H2(l.translation.Title)
			l.write(d, l.translation.Blocks, true, t)
		})
	}
	return d.Bytes()
}

// what is the heading of the first column of a notice's table.
func (l letter) what(rows []solution.Row, t i18n.Texts) string {
	if l.due[&rows[0]] {
		return t.T("casework.letter.due")
	}
	return t.T("casework.letter.what")
}

func (l letter) write(d *pdf.Doc, blocks []solution.Block, below bool, t i18n.Texts) {
	for _, b := range blocks {
		switch {
		case b.Heading != "" && below:
			d.H3(b.Heading)
		case b.Heading != "":
			d.H2(b.Heading)
		case len(b.Rows) > 0:
			table := pdf.Table{Columns: []pdf.Column{{Head: l.what(b.Rows, t), Width: 4}, {Head: t.T("casework.letter.amount"), Width: 1.2, Right: true}}, RowHead: true}
			for _, r := range b.Rows {
				table.Rows = append(table.Rows, []string{r.Label, r.Value})
			}
			d.Table(table)
		default:
			for p := range strings.SplitSeq(b.Text, "\n\n") {
				d.P(p)
			}
		}
	}
}

// plainText is a notice as plain paragraphs, for the applicant's screen.
func plainText(n solution.Notice) string {
	var out []string
	for _, b := range n.Blocks {
		switch {
		case b.Heading != "":
			out = append(out, b.Heading)
		case len(b.Rows) > 0:
			var rows []string
			for _, r := range b.Rows {
				rows = append(rows, r.Label+": "+r.Value)
			}
			out = append(out, strings.Join(rows, "\n"))
		default:
			out = append(out, b.Text)
		}
	}
	return strings.Join(out, "\n\n")
}

// euros writes cents as they are typed: "1234,56".
func euros(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n%100, 10)
	if len(s) < 2 {
		s = "0" + s
	}
	return sign + strconv.FormatInt(n/100, 10) + "," + s
}

// cents reads an amount as people type it: "180", "1.234,56 €", "€1,234.56",
// "12,5". A single separator before exactly three digits groups thousands.
// Amounts below zero and from ten million euros on are refused.
func cents(s string) (int64, bool) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '€' || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, strings.TrimSuffix(strings.TrimSpace(s), "Euro"))
	if s == "" || len(s) > 14 || strings.Trim(s, "0123456789.,") != "" {
		return 0, false
	}
	whole, frac := s, ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 {
		other := strings.IndexAny(s, ".,")
		if len(s)-i-1 <= 2 {
			whole, frac = s[:i], s[i+1:]
		} else if len(s)-i-1 != 3 || s[other] != s[i] {
			return 0, false
		}
		parts := strings.FieldsFunc(whole, func(r rune) bool { return r == '.' || r == ',' })
		for n, p := range parts {
			if n > 0 && len(p) != 3 {
				return 0, false
			}
		}
		if frac != "" && strings.ContainsRune(whole, rune(s[i])) || len(parts) == 0 {
			return 0, false
		}
		whole = strings.Join(parts, "")
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	return n, err == nil && n < 1_000_000_000
}

// tidy is typed text with line ends as "\n", NFC, without blanks around it.
func tidy(s string) string {
	return norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")))
}

// plain refuses what could disguise a text: broken UTF-8, control and format
// characters (right-to-left marks) other than line ends and tabs.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\r' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u00ad')
	})
}
