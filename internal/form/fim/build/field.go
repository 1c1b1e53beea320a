package build

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
)

// What a form allows where the schema sets no bound.
const (
	manyFiles  = 10 // files of one field
	longList   = 20 // choices that can all stand on the page, to be ticked
	manyCopies = 5  // answers to a field that stand on its page
)

// uploads are the types of files that can be handed in.
var uploads = []string{"application/pdf", "image/jpeg", "image/png"}

// field decides how a field is asked for.
func (b *builder) field(n *node) {
	f := n.part.Field
	switch f.FieldKind {
	case fim.Label:
		n.gone = true // becomes a note of its page
		return
	case fim.Locked, fim.Hidden:
		if strings.TrimSpace(f.Content) != "" && n.kind == "" {
			break
		}
		n.gone = true
		b.warn(n, "„%s“ ist %s und wird nicht gefragt", n.label(), map[fim.FieldKind]string{fim.Locked: "gesperrt", fim.Hidden: "verborgen"}[f.FieldKind])
		return
	}
	n.field = form.Node{ID: n.id, Required: n.part.Min > 0, Basis: b.basis(n)}
	switch {
	case n.kind != "":
		b.together(n)
	case f.FieldKind == fim.Select:
		b.selects(n)
	case b.known(n):
	default:
		b.plain(n)
	}
	b.content(n)
	b.several(n)
	if n.gone {
		return
	}
	if as := asAnswer[f.ID]; as != "" && n.in == nil && b.r.Known[as] == "" {
		b.r.Known[as] = n.path
	}
	if n.field.Type == string(form.Files) && !slices.Contains(b.r.Evidence, n.label()) {
		b.r.Evidence = append(b.r.Evidence, n.label())
	}
}

// asAnswer are the harmonised fields that a letter needs, by their names in
// solution.yaml.
var asAnswer = map[string]string{
	"F60000000227": "last", "F60000000228": "first", "F60000000319": "organisation", "F60000000243": "street",
	"F60000000244": "number", "F60000000246": "postcode", "F60000000247": "city", "F60000000248": "extra", "F60000000242": "email",
}

// plain decides by the data type.
func (b *builder) plain(n *node) {
	f, o := n.part.Field, &n.field
	bounds := func() { o.Min, o.Max = whole(f.Bounds.MinValue, true), whole(f.Bounds.MaxValue, false) }
	switch f.Type {
	case fim.Integer:
		o.Type, o.InputMode = string(form.Int), "numeric"
		bounds()
	case fim.Number:
		o.Type, o.InputMode = string(form.Decimal), "decimal"
		o.Min, o.Max = decimal(f.Bounds.MinValue), decimal(f.Bounds.MaxValue)
		digits := 6 // all that the engine has: the schema sets no bound
		o.Digits = &digits
	case fim.Currency:
		o.Type, o.InputMode = string(form.Money), "decimal"
		o.Min, o.Max = cents(f.Bounds.MinValue), cents(f.Bounds.MaxValue)
	case fim.Date:
		o.Type = string(form.Date)
		o.Min, o.Max = day(f.Bounds.MinValue), day(f.Bounds.MaxValue)
	case fim.Bool:
		o.Type = string(form.Bool)
		if o.Required && declares.MatchString(n.label()) {
			o.Type, o.Required = string(form.Confirm), false
			n.forced = true
		}
	case fim.File:
		b.upload(n)
	case fim.Object:
		n.gone = true
		b.warn(n, "der Datentyp obj hat kein Eingabefeld; „%s“ wird nicht gefragt", n.label())
	case fim.Time:
		o.Type = string(form.Time)
		o.Min, o.Max = clockTime(f.Bounds.MinValue), clockTime(f.Bounds.MaxValue)
	case fim.DateTime:
		o.Type = string(form.DateTime)
		o.Min, o.Max = day(f.Bounds.MinValue), day(f.Bounds.MaxValue)
	default:
		b.text(n)
	}
	b.ordered(n)
}

var (
	declares = regexp.MustCompile(`^(Ich|Hiermit|Wir) `)
	talks    = regexp.MustCompile(`(?i)beschreib|begründ|erläuter|bemerkung|anmerkung|weitere angaben|mitteilung|verlusterklärung`)
)

func (b *builder) text(n *node) {
	f, o := n.part.Field, &n.field
	o.Type = string(form.Text)
	longest := 0
	if f.Bounds.MaxLength != nil {
		longest = min(*f.Bounds.MaxLength, 20000)
	}
	if longest >= 500 || longest == 0 && f.Bounds.Pattern == "" && talks.MatchString(n.label()+" "+f.Name) {
		o.Type = string(form.Multiline)
	}
	if longest > 0 {
		o.Max = form.Bound(strconv.Itoa(longest))
	}
	if n := f.Bounds.MinLength; n != nil && *n > 1 && *n <= 20000 {
		o.Min = form.Bound(strconv.Itoa(*n))
		if longest == 0 && *n > 100 {
			o.Max = form.Bound(strconv.Itoa(min(2*(*n), 20000)))
		}
	}
	b.pattern(n)
	b.ordered(n)
}

// ordered takes away bounds that leave nothing between them.
func (b *builder) ordered(n *node) {
	o := &n.field
	if o.Min == "" || o.Max == "" {
		return
	}
	lo, ok := new(big.Rat).SetString(string(o.Min))
	hi, too := new(big.Rat).SetString(string(o.Max))
	if ok && too && lo.Cmp(hi) > 0 || !(ok && too) && o.Min > o.Max { // days and times sort as texts
		b.warn(n, "bei „%s“ liegt die untere Grenze %s über der oberen %s; keine von beiden wird geprüft", n.label(), o.Min, o.Max)
		o.Min, o.Max = "", ""
	}
}

// pattern gives a text the regular expression of the schema. What of it the
// engine does not know is reported.
func (b *builder) pattern(n *node) {
	p := n.part.Field.Bounds.Pattern
	if p == "" {
		return
	}
	if _, err := form.Pattern(p); err != nil {
		b.warn(n, "das Muster %q wird nicht geprüft: %v", p, err)
		return
	}
	n.field.Pattern = p
	text := "Die Angabe bei „" + n.label() + "“ hat nicht die verlangte Form."
	if h := n.help(); h != "" {
		text += " " + h
	} else {
		text += " Prüfen Sie sie bitte."
	}
	n.invalid = text
}

// one is the name of an instance of a repeating group in rules.
func (n *node) one() string { return "one_" + strings.ReplaceAll(n.path, ".", "_") }

func (b *builder) upload(n *node) {
	f, o := n.part.Field, &n.field
	o.Type, o.MaxBytes = string(form.Files), 10_000_000
	if f.MaxSize > 0 && f.MaxSize < o.MaxBytes {
		o.MaxBytes = f.MaxSize
	}
	for _, m := range f.MediaTypes {
		switch {
		case slices.Contains(uploads, m):
			o.Accept = append(o.Accept, m)
		case m == "image/*":
			o.Accept = append(o.Accept, "image/jpeg", "image/png")
		default:
			b.warn(n, "Dateien der Art %s nimmt das Portal nicht an", m)
		}
	}
	if len(o.Accept) == 0 {
		o.Accept = uploads
	}
	slices.Sort(o.Accept)
	o.Accept = slices.Compact(o.Accept)
	o.Max = form.Bound(strconv.Itoa(most(n.part.Max, manyFiles)))
}

// most is the bound of the schema, or fallback where it sets none.
func most(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}

func (b *builder) selects(n *node) {
	f, o := n.part.Field, &n.field
	o.Type = string(form.OneOf)
	switch {
	case len(f.Values) > 0:
		take := b.coder(n)
		for _, v := range f.Values {
			if ch, ok := take(v.Code); ok {
				o.Choices = append(o.Choices, ch)
				n.choices = append(n.choices, [2]string{or(tidy(v.Name), ch.Code), tidy(v.Help)})
			}
		}
	case f.List != nil && b.listed(n):
	default:
		name := "ohne Angabe"
		if f.List != nil {
			name = f.List.URN
		}
		b.warn(n, "die Codeliste %s liegt nicht vor; „%s“ ist Freitext", name, n.label())
		n.unlisted = true
		o.Type, o.Max = string(form.Text), "200"
		b.known(n)
		return
	}
	if n.part.Max != 1 && max(len(o.Choices), len(b.d.Lists[o.List])) <= longList {
		o.Type = string(form.SomeOf)
		if n.part.Min > 1 {
			o.Min = form.Bound(strconv.Itoa(n.part.Min))
		}
		if n.part.Max > 1 {
			o.Max = form.Bound(strconv.Itoa(n.part.Max))
		}
	}
}

// listed takes a list by its URN.
func (b *builder) listed(n *node) bool {
	l := n.part.Field.List
	if b.o.Lists == nil {
		return false
	}
	found, exact := b.o.Lists.Find(l.URN, l.Version)
	if found == nil {
		return false
	}
	if key := l.URN + " " + l.Version; !exact && !b.seen[key] {
		b.seen[key] = true
		b.warn(n, "die Codeliste %s liegt nicht in Version %s vor; genommen wird überall %s", l.URN, l.Version, found.Version)
	}
	if keys := (codelist.Keys{Code: l.CodeKey, Name: l.NameKey, Help: l.HelpKey}); keys != (codelist.Keys{}) && keys != found.Keys {
		other, _, err := found.By(keys)
		if err != nil {
			b.warn(n, "die Spalten der Codeliste passen nicht: %v", err)
		} else {
			found = other
		}
	}
	name := ident(l.URN[strings.LastIndex(l.URN, ":")+1:] + "_" + found.Version)
	for i := 2; b.lists[name] != nil && (b.lists[name].URN != found.URN || b.lists[name].Keys != found.Keys); i++ {
		name += "_" + itoa(i)
	}
	if b.lists[name] == nil {
		choices := make([]form.Choice, 0, len(found.Entries))
		take := b.coder(n)
		for _, e := range found.Entries {
			if ch, ok := take(e.Code); ok {
				ch.DE, ch.EN, ch.Also = or(tidy(e.Name), e.Code), e.English, e.Also
				choices = append(choices, ch)
			}
		}
		if len(choices) == 0 {
			return false
		}
		b.lists[name], b.d.Lists[name] = found, choices
	}
	n.field.List = name
	return true
}

var notCode = regexp.MustCompile(`[^a-z0-9-]+`)

// coder makes choices of the codes of a list, just as they are. One that a
// browser would not give back has its visible characters, and is kept in the
// attribute fim; a code that stands there twice is left out.
func (b *builder) coder(n *node) func(string) (form.Choice, bool) {
	taken := map[string]bool{}
	return func(code string) (form.Choice, bool) {
		ch := form.Choice{Code: code}
		if !form.ValidCode(code) {
			ch.Code = or(folded(code), "leer")
			ch.Attrs = map[string]string{"fim": code}
			b.warn(n, "der Code %.40q lässt sich so nicht übertragen; im Formular ist er %s", code, ch.Code)
		}
		if taken[ch.Code] {
			b.warn(n, "der Code %.40q steht in der Liste von „%s“ zweimal; der erste gilt", code, n.label())
			return ch, false
		}
		taken[ch.Code] = true
		return ch, true
	}
}

// folded is a code without what people write in different ways.
func folded(s string) string {
	s = strings.Trim(notCode.ReplaceAllString(strings.ToLower(s), "_"), "_")
	return s[:min(len(s), 100)]
}

// whole is a numeric bound without its fraction, towards the inside.
func whole(s string, up bool) form.Bound {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(s))
	if !ok {
		return ""
	}
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if up && m.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() || q.BitLen() > 56 { // what can be typed
		return ""
	}
	return form.Bound(q.String())
}

func cents(s string) form.Bound {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(s))
	if !ok {
		return ""
	}
	return whole(r.Mul(r, big.NewRat(100, 1)).RatString(), false)
}

var civil = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

func day(s string) form.Bound {
	d, err := clock.ParseDate(civil.FindString(strings.TrimSpace(s)))
	if err != nil || d.Year < 1000 {
		return ""
	}
	return form.Bound(d.String())
}

// decimal is a numeric bound as it stands, where it is one.
func decimal(s string) form.Bound {
	if s = strings.TrimSpace(s); !plainNumber.MatchString(s) {
		return ""
	}
	return form.Bound(s)
}

var plainNumber = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,15})?$`)

// clockTime is a bound of a time of day, without its seconds.
func clockTime(s string) form.Bound { return form.Bound(hours.FindString(strings.TrimSpace(s))) }

var hours = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d`)

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
