package build

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
)

// What a form allows where the schema sets no bound.
const (
	manyFiles  = 10 // files of one field
	manyGroups = 20 // instances of a group
	longList   = 20 // choices that can all stand on the page, to be ticked
	manyCopies = 5  // fields of a field that may be answered several times
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
		n.gone = true
		b.warn(n, "„%s“ ist %s und wird nicht gefragt", n.label(), map[fim.FieldKind]string{fim.Locked: "gesperrt", fim.Hidden: "verborgen"}[f.FieldKind])
		return
	}
	n.field = form.Node{ID: n.id, Required: n.part.Min > 0, Basis: b.basis(n)}
	switch {
	case f.FieldKind == fim.Select:
		b.selects(n)
	case b.known(n):
	default:
		b.plain(n)
	}
	b.several(n)
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
		o.Min, o.Max = form.Bound(strings.TrimSpace(f.Bounds.MinValue)), form.Bound(strings.TrimSpace(f.Bounds.MaxValue))
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
	case fim.Time, fim.DateTime:
		b.warn(n, "der Datentyp %s hat noch kein eigenes Eingabefeld; „%s“ ist Freitext", f.Type, n.label())
		b.text(n)
	default:
		b.text(n)
	}
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
	if f.Bounds.MinLength != nil && *f.Bounds.MinLength > 1 {
		o.Min = form.Bound(strconv.Itoa(*f.Bounds.MinLength))
	}
	n.patterned = f.Bounds.Pattern != ""
}

// pattern makes a rule of a regular expression. Those of XML Schema are
// anchored; what of them RE2 does not know is reported.
func (b *builder) pattern(n *node) {
	p := strings.TrimSuffix(strings.TrimPrefix(n.part.Field.Bounds.Pattern, "^"), "$")
	if _, err := regexp.Compile("^(?:" + p + ")$"); err != nil {
		b.warn(n, "das Muster %q kann nicht geprüft werden", n.part.Field.Bounds.Pattern)
		return
	}
	id := "muster-" + strings.NewReplacer(".", "-").Replace(n.path)
	b.d.Rules.Validate = append(b.d.Rules.Validate, form.CheckDef{
		ID: id, Field: n.path, Check: n.ref() + ".matches(" + strconv.Quote("^(?:"+p+")$") + ")",
	})
	text := "Die Angabe bei „" + n.label() + "“ hat nicht die verlangte Form."
	if h := n.help(); h != "" {
		text += " " + h
	} else {
		text += " Prüfen Sie sie bitte."
	}
	b.de["rule."+id] = text
}

// ref is the answer of a field in rules, seen from beside it.
func (n *node) ref() string {
	if n.in == nil {
		return n.path
	}
	return n.in.one() + strings.TrimPrefix(n.path, n.in.path)
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
		taken := map[string]bool{}
		for _, v := range f.Values {
			code := coded(v.Code)
			for taken[code] {
				code += "_"
			}
			taken[code] = true
			ch := form.Choice{Code: code}
			if code != v.Code {
				ch.Attrs = map[string]string{"fim": v.Code}
			}
			o.Choices = append(o.Choices, ch)
			n.choices = append(n.choices, [2]string{or(tidy(v.Name), v.Code), tidy(v.Help)})
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
	if !exact {
		b.warn(n, "die Codeliste %s liegt nicht in Version %s vor; genommen wird %s", l.URN, l.Version, found.Version)
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
		taken := map[string]bool{}
		for _, e := range found.Entries {
			ch := form.Choice{Code: coded(e.Code), DE: or(tidy(e.Name), e.Code), EN: e.English, Also: e.Also}
			for taken[ch.Code] {
				ch.Code += "_"
			}
			taken[ch.Code] = true
			if ch.Code != e.Code {
				ch.Attrs = map[string]string{"fim": e.Code}
			}
			choices = append(choices, ch)
		}
		if len(choices) == 0 {
			return false
		}
		b.lists[name], b.d.Lists[name] = found, choices
	}
	n.field.List = name
	return true
}

// several makes room for more than one answer to a field.
func (b *builder) several(n *node) {
	o, p := &n.field, n.part
	if n.gone || p.Max == 1 || o.Type == string(form.SomeOf) || o.Type == string(form.Files) {
		return
	}
	room := min(most(p.Max, manyCopies), manyCopies)
	if o.List != "" || p.Max == 0 {
		room = min(room, 3) // as of nationality, telephone numbers
	}
	if p.Max == 0 || p.Max > room {
		if o.Type == string(form.Text) || o.Type == string(form.Multiline) {
			o.Type, o.Max, o.Min, o.Autocomplete = string(form.Multiline), "5000", "", ""
			b.warn(n, "„%s“ darf mehrmals stehen; gefragt wird in einem Feld, eine Angabe je Zeile", n.label())
			return
		}
		b.warn(n, "„%s“ darf mehrmals stehen; gefragt wird höchstens %d Mal", n.label(), room)
	}
	for i := 2; i <= max(room, min(p.Min, manyCopies)); i++ {
		c := *o
		c.ID, c.Required, c.Autocomplete = n.id+"_"+strconv.Itoa(i), i <= p.Min, ""
		n.copies = append(n.copies, c)
	}
}

var notCode = regexp.MustCompile(`[^a-z0-9_-]+`)

// coded is a code of the schema as a code of the form.
func coded(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(strings.TrimSpace(s)))
	s = strings.TrimLeft(notCode.ReplaceAllString(s, "_"), "_-")
	if s == "" {
		return "leer"
	}
	return s
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
	if !q.IsInt64() {
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

func day(s string) form.Bound { return form.Bound(civil.FindString(strings.TrimSpace(s))) }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
