package fim

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form/xmlin"
)

// MaxBytes is the longest file that is read. The longest released schema has
// 3.5 MB.
const MaxBytes = 32 << 20

const (
	maxToken    = 1 << 20   // bytes of a text, a tag, a comment
	maxDepth    = 200       // of XML elements; a group costs three
	maxElements = 2_000_000 // of XML elements
)

// Error says where a file breaks the standard, and how.
type Error = xmlin.Error

// Warning is something an author should look at.
type Warning struct {
	Line    int
	ID      string // of the field, group or rule
	Message string
}

// Read reads a file of XDatenfelder 3.0.0 or 2.0. What the standard does not
// allow is an *Error; a failure of src comes back as it is.
func Read(src io.Reader) (*Document, error) {
	r := &reader{Reader: xmlin.New(src, xmlin.Limits{Bytes: MaxBytes, Token: maxToken, Depth: maxDepth, Elements: maxElements})}
	doc, err := r.document()
	err = r.Done(err)
	if err != nil {
		return nil, err
	}
	doc.Warnings = r.warnings
	return doc, nil
}

const head3 = "identifikation! name! beschreibung? definition? bezug* freigabestatus! statusGesetztAm? statusGesetztDurch? " +
	"gueltigAb? gueltigBis? versionshinweis? veroeffentlichungsdatum? letzteAenderung? relation* stichwort* "

const head2 = "identifikation! name! bezeichnungEingabe? bezeichnungAusgabe? beschreibung? definition? bezug? status? " +
	"gueltigAb? gueltigBis? fachlicherErsteller? versionshinweis? freigabedatum? veroeffentlichungsdatum? "

var (
	document3 = xmlin.Words("header! stammdatenschema? datenfeldgruppe?")
	header    = xmlin.Words("nachrichtID? erstellungszeitpunkt?")
	identity  = xmlin.Words("id! version?")
	schema3   = xmlin.Words(head3, "bezeichnung! hilfetext? ableitungsmodifikationenStruktur? ableitungsmodifikationenRepraesentation? dokumentsteckbrief? regel* struktur*")
	schema2   = xmlin.Words(head2, "hilfetext? ableitungsmodifikationenStruktur? ableitungsmodifikationenRepraesentation? regel* struktur*")
	group3    = xmlin.Words(head3, "bezeichnungEingabe! bezeichnungAusgabe? schemaelementart! hilfetextEingabe? hilfetextAusgabe? art? regel* struktur*")
	group2    = xmlin.Words(head2, "schemaelementart! hilfetextEingabe? hilfetextAusgabe? regel* struktur*")
	field3    = xmlin.Words(head3, "bezeichnungEingabe! bezeichnungAusgabe? schemaelementart! hilfetextEingabe? hilfetextAusgabe? feldart! datentyp! praezisierung? "+
		"inhalt? vorbefuellung? werte? codelisteReferenz? codeKey? nameKey? helpKey? regel* maxSize? mediaType*")
	field2   = xmlin.Words(head2, "schemaelementart! hilfetextEingabe? hilfetextAusgabe? feldart! datentyp! praezisierung? inhalt? codelisteReferenz? regel*")
	part     = xmlin.Words("anzahl! bezug* enthaelt!")
	content  = xmlin.Words("datenfeld? datenfeldgruppe?")
	relation = xmlin.Words("praedikat! objekt!")
	values   = xmlin.Words("wert*")
	value    = xmlin.Words("code! name! hilfe?")
	list3    = xmlin.Words("canonicalIdentification? version? canonicalVersionUri?")
	list2    = xmlin.Words("identifikation? genericodeIdentification!")
	rule3    = xmlin.Words("identifikation! name! beschreibung? freitextRegel? bezug* stichwort* fachlicherErsteller? letzteAenderung? typ? param* ziel* skript? fehler*")
	rule2    = xmlin.Words(head2, "script?")
)

// reader reads the elements of both versions.
type reader struct {
	*xmlin.Reader
	second   bool // version 2.0
	warnings []Warning
}

func (r *reader) warn(id, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{r.Line(), id, fmt.Sprintf(format, args...)})
}

var codeOnly = xmlin.Words("code!")

// code reads an element that holds a code, one of those allowed where any are
// given.
func (r *reader) code(s *string, allowed ...string) error {
	if err := r.Children(codeOnly, func(xml.StartElement) error { return r.Needed(s) }); err != nil {
		return err
	}
	if len(allowed) > 0 && !slices.Contains(allowed, *s) {
		return r.Fail("unknown code %q", *s)
	}
	return nil
}

func (r *reader) document() (*Document, error) {
	root, err := r.Root()
	if err != nil {
		return nil, err
	}
	doc := &Document{}
	space := root.Name.Space
	switch space {
	case namespace3:
		doc.Standard = "3.0.0"
	case namespace2:
		doc.Standard, r.second = "2.0", true
	default:
		return nil, r.Fail("unknown namespace %q; XDatenfelder 3.0.0 or 2.0 is expected", space)
	}
	r.Own = func(n xml.Name) bool { return n.Space == space || n.Space == "" && n.Local == "code" }
	switch root.Name.Local {
	case "xdatenfelder.stammdatenschema.0102", "xdatenfelder.datenfeldgruppe.0103":
	default:
		return nil, r.Fail("unknown kind of message")
	}
	if err := r.Children(document3, func(start xml.StartElement) (err error) {
		switch start.Name.Local {
		case "header":
			return r.header(doc)
		case "stammdatenschema":
			doc.Schema, err = r.schema()
		default:
			doc.Group, err = r.group()
		}
		return err
	}); err != nil {
		return nil, err
	}
	if (doc.Schema == nil) == (doc.Group == nil) {
		return nil, r.Fail("one schema or one group is expected")
	}
	return doc, r.End()
}

func (r *reader) header(doc *Document) error {
	return r.Children(header, func(start xml.StartElement) error {
		if start.Name.Local == "nachrichtID" {
			return r.Into(&doc.Message)
		}
		return r.Into(&doc.Created)
	})
}

var short = regexp.MustCompile(`\b([A-Z]\d\d)(\d{6})\b`)

// lengthened makes ids of version 2.0 those of 3.0.0, in texts too: three
// zeros after the number of the editor.
func (r *reader) lengthened(s string) string {
	if !r.second {
		return s
	}
	return short.ReplaceAllString(s, "${1}000$2")
}

func (r *reader) identity(i *Identity) error {
	if err := r.Children(identity, func(start xml.StartElement) error {
		if start.Name.Local == "id" {
			return r.Needed(&i.ID)
		}
		return r.Into(&i.Version)
	}); err != nil {
		return err
	}
	i.ID = r.lengthened(i.ID)
	if r.second && strings.Count(i.Version, ".") == 1 {
		i.Version += ".0"
	}
	return nil
}

func (r *reader) basis(start xml.StartElement, to *[]Basis) error {
	b := Basis{Link: xmlin.Attr(start, "link")}
	if err := r.Into(&b.Text); err != nil || b == (Basis{}) {
		return err
	}
	*to = append(*to, b)
	return nil
}

func (r *reader) keyword(start xml.StartElement, to *[]Keyword) error {
	k := Keyword{URI: xmlin.Attr(start, "uri")}
	if err := r.Into(&k.Text); err != nil || k == (Keyword{}) {
		return err
	}
	*to = append(*to, k)
	return nil
}

// head reads a child that all elements have; ok is false for another one.
func (r *reader) head(h *Head, start xml.StartElement) (ok bool, err error) {
	switch start.Name.Local {
	case "identifikation":
		err = r.identity(&h.Identity)
	case "name":
		err = r.Needed(&h.Name)
	case "beschreibung":
		err = r.Into(&h.Description)
	case "definition":
		err = r.Into(&h.Definition)
	case "bezug":
		err = r.basis(start, &h.Bases)
	case "freigabestatus":
		err = r.code(&h.Status, "1", "2", "3", "4", "5", "6", "7", "8")
	case "status":
		var s string
		if err = r.code(&s, "inVorbereitung", "aktiv", "inaktiv"); err == nil {
			h.Status = map[string]string{"inVorbereitung": "2", "aktiv": "5", "inaktiv": "7"}[s]
		}
	case "statusGesetztAm", "freigabedatum":
		err = r.Into(&h.StatusSince)
	case "statusGesetztDurch", "fachlicherErsteller":
		err = r.Into(&h.StatusBy)
	case "gueltigAb":
		err = r.Into(&h.ValidFrom)
	case "gueltigBis":
		err = r.Into(&h.ValidTo)
	case "versionshinweis":
		err = r.Into(&h.VersionNote)
	case "veroeffentlichungsdatum":
		err = r.Into(&h.Published)
	case "letzteAenderung":
		err = r.Into(&h.LastChange)
	case "relation":
		var x Relation
		if err = r.relation(&x); err == nil {
			h.Relations = append(h.Relations, x)
		}
	case "stichwort":
		err = r.keyword(start, &h.Keywords)
	default:
		return false, nil
	}
	return true, err
}

// inWork is the status of what has none, as version 2.0 allows.
const inWork = "2"

func (r *reader) relation(x *Relation) error {
	return r.Children(relation, func(start xml.StartElement) error {
		if start.Name.Local == "praedikat" {
			return r.code(&x.Predicate)
		}
		return r.identity(&x.Object)
	})
}

func (r *reader) schema() (*Schema, error) {
	s := &Schema{}
	v := schema3
	if r.second {
		v = schema2
	}
	err := r.Children(v, func(start xml.StartElement) error {
		if ok, err := r.head(&s.Head, start); ok {
			return err
		}
		switch start.Name.Local {
		case "bezeichnung", "bezeichnungEingabe":
			return r.Into(&s.Title)
		case "hilfetext":
			return r.Into(&s.Help)
		case "ableitungsmodifikationenStruktur":
			return r.code(&s.StructureChange, "0", "1", "2", "3")
		case "ableitungsmodifikationenRepraesentation":
			return r.code(&s.AppearanceChange, "0", "1")
		case "dokumentsteckbrief":
			return r.identity(&s.Profile)
		case "regel":
			return r.rule(&s.Rules)
		case "struktur":
			return r.part(&s.Structure)
		}
		var unused string // bezeichnungAusgabe of version 2.0
		return r.Into(&unused)
	})
	s.Status, s.Title = or(s.Status, inWork), or(s.Title, s.Name)
	return s, err
}

func kinds() []string { return []string{"ABS", "HAR", "RNG"} }

// shown reads a child that fields and groups have; ok is false for another.
func (r *reader) shown(labels, help *Labels, kind *string, start xml.StartElement) (ok bool, err error) {
	switch start.Name.Local {
	case "bezeichnungEingabe":
		err = r.Into(&labels.Input)
	case "bezeichnungAusgabe":
		err = r.Into(&labels.Output)
	case "hilfetextEingabe":
		err = r.Into(&help.Input)
	case "hilfetextAusgabe":
		err = r.Into(&help.Output)
	case "schemaelementart":
		err = r.code(kind, kinds()...)
	default:
		return false, nil
	}
	return true, err
}

func (r *reader) group() (*Group, error) {
	g := &Group{}
	v := group3
	if r.second {
		v = group2
	}
	err := r.Children(v, func(start xml.StartElement) error {
		if ok, err := r.head(&g.Head, start); ok {
			return err
		}
		if ok, err := r.shown(&g.Labels, &g.Help, &g.Kind, start); ok {
			return err
		}
		switch start.Name.Local {
		case "regel":
			return r.rule(&g.Rules)
		case "struktur":
			return r.part(&g.Structure)
		}
		var art string
		err := r.code(&art, "X")
		g.Choice = art == "X"
		return err
	})
	g.Status = or(g.Status, inWork)
	if err == nil && len(g.Structure) == 0 {
		r.warn(g.ID, "the group %q is empty", g.Name)
	}
	return g, err
}

func (r *reader) part(to *[]*Part) error {
	p := &Part{}
	if err := r.Children(part, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "anzahl":
			return r.count(p)
		case "bezug":
			return r.basis(start, &p.Bases)
		}
		if err := r.Children(content, func(start xml.StartElement) (err error) {
			if start.Name.Local == "datenfeld" {
				p.Field, err = r.field()
			} else {
				p.Group, err = r.group()
			}
			return err
		}); err != nil {
			return err
		}
		if (p.Field == nil) == (p.Group == nil) {
			return r.Fail("one field or one group is expected")
		}
		return nil
	}); err != nil {
		return err
	}
	*to = append(*to, p)
	return nil
}

func (r *reader) count(p *Part) error {
	text, err := r.Text()
	if err != nil {
		return err
	}
	low, high, ok := strings.Cut(text, ":")
	var err1, err2 error
	p.Min, err1 = strconv.Atoi(low)
	if high != "*" {
		p.Max, err2 = strconv.Atoi(high)
		ok = ok && p.Max > 0 && p.Max >= p.Min
	}
	if !ok || err1 != nil || err2 != nil || p.Min < 0 {
		return r.Fail("%q is no number of occurrences", text)
	}
	return nil
}

func (r *reader) field() (*Field, error) {
	f := &Field{}
	v := field3
	if r.second {
		v = field2
	}
	err := r.Children(v, func(start xml.StartElement) error {
		if ok, err := r.head(&f.Head, start); ok {
			return err
		}
		if ok, err := r.shown(&f.Labels, &f.Help, &f.Kind, start); ok {
			return err
		}
		return r.ofField(f, start)
	})
	if err != nil {
		return f, err
	}
	f.Status, f.Prefill = or(f.Status, inWork), or(f.Prefill, "keine")
	if f.List != nil && f.List.URN == "" {
		r.warn(f.ID, "the code list of %q has no name", f.Name)
		f.List = nil
	}
	if f.FieldKind == Select && len(f.Values) == 0 && f.List == nil {
		r.warn(f.ID, "the field %q is to choose from, and has neither values nor a code list", f.Name)
	}
	return f, nil
}

func (r *reader) ofField(f *Field, start xml.StartElement) error {
	list := func() *List {
		if f.List == nil {
			f.List = &List{}
		}
		return f.List
	}
	switch start.Name.Local {
	case "feldart":
		return r.code((*string)(&f.FieldKind), string(Input), string(Select), string(Label), string(Locked), string(Hidden))
	case "datentyp":
		return r.code((*string)(&f.Type), string(Text), string(TextLatin), string(Date), string(Time), string(DateTime), string(Bool),
			string(Number), string(Integer), string(Currency), string(File), string(Object))
	case "praezisierung":
		return r.bounds(f, start)
	case "inhalt":
		return r.Into(&f.Content)
	case "vorbefuellung":
		return r.code(&f.Prefill, "keine", "optional", "verpflichtend")
	case "werte":
		return r.Children(values, func(xml.StartElement) error { return r.value(f) })
	case "codelisteReferenz":
		return r.list(list())
	case "codeKey":
		return r.Into(&list().CodeKey)
	case "nameKey":
		return r.Into(&list().NameKey)
	case "helpKey":
		return r.Into(&list().HelpKey)
	case "regel":
		return r.rule(&f.Rules)
	case "mediaType":
		var m string
		if err := r.Needed(&m); err != nil {
			return err
		}
		f.MediaTypes = append(f.MediaTypes, m)
		return nil
	}
	text, err := r.Text() // maxSize
	if err == nil && text != "" {
		if f.MaxSize, err = strconv.ParseInt(text, 10, 64); err != nil || f.MaxSize < 0 {
			return r.Fail("%q is no number of bytes", text)
		}
	}
	return err
}

func (r *reader) value(f *Field) error {
	var v Value
	if err := r.Children(value, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "code":
			return r.Needed(&v.Code)
		case "name":
			return r.Needed(&v.Name)
		}
		return r.Into(&v.Help)
	}); err != nil {
		return err
	}
	if slices.ContainsFunc(f.Values, func(o Value) bool { return o.Code == v.Code }) {
		r.warn(f.ID, "the code %q of %q occurs twice; the first counts", v.Code, f.Name)
		return nil
	}
	f.Values = append(f.Values, v)
	return nil
}

func (r *reader) list(l *List) error {
	v := list3
	if r.second {
		v = list2
	}
	return r.Children(v, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "identifikation":
			var unused Identity
			return r.identity(&unused)
		case "genericodeIdentification":
			return r.Children(list3, func(start xml.StartElement) error { return r.listed(l, start) })
		}
		return r.listed(l, start)
	})
}

func (r *reader) listed(l *List, start xml.StartElement) error {
	switch start.Name.Local {
	case "canonicalIdentification":
		return r.Needed(&l.URN)
	case "version":
		return r.Into(&l.Version)
	}
	return r.Into(&l.VersionURN)
}

// bounds reads a Präzisierung: attributes in 3.0.0, a text of JSON in 2.0.
func (r *reader) bounds(f *Field, start xml.StartElement) error {
	given := map[string]string{}
	for _, a := range start.Attr {
		given[a.Name.Local] = strings.TrimSpace(a.Value)
	}
	text, err := r.Text()
	if err != nil {
		return err
	}
	if text != "" {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			r.warn(f.ID, "the bounds of %q are in no form that is known: %s", f.Name, text)
		}
		for k, v := range object {
			given[k] = fmt.Sprint(v)
		}
	}
	b := &f.Bounds
	b.Pattern, b.MinValue, b.MaxValue = given["pattern"], given["minValue"], given["maxValue"]
	for name, to := range map[string]**int{"minLength": &b.MinLength, "maxLength": &b.MaxLength} {
		if given[name] == "" {
			continue
		}
		n, err := strconv.Atoi(given[name])
		if err != nil || n < 0 {
			return r.Fail("%s %q is no length", name, given[name])
		}
		*to = &n
	}
	if b.MinLength != nil && b.MaxLength != nil && *b.MinLength > *b.MaxLength {
		r.warn(f.ID, "no text fits %q: at least %d characters, at most %d", f.Name, *b.MinLength, *b.MaxLength)
	}
	return nil
}

func (r *reader) rule(to *[]*Rule) error {
	x := &Rule{}
	v := rule3
	if r.second {
		v = rule2
	}
	err := r.Children(v, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "identifikation":
			return r.identity(&x.Identity)
		case "name":
			return r.Needed(&x.Name)
		case "beschreibung":
			return r.Into(&x.Description)
		case "freitextRegel", "definition":
			return r.Into(&x.Text)
		case "bezug":
			return r.basis(start, &x.Bases)
		case "stichwort":
			return r.keyword(start, &x.Keywords)
		case "fachlicherErsteller":
			return r.Into(&x.By)
		case "letzteAenderung":
			return r.Into(&x.LastChange)
		case "typ":
			return r.code(&x.Type)
		case "skript", "script":
			return r.Into(&x.Script)
		case "status":
			var unused string
			return r.code(&unused)
		case "param", "ziel", "fehler":
			r.warn(x.ID, "%s of the rule %q is not read", start.Name.Local, x.Name)
			return r.Skip()
		}
		var unused string
		return r.Into(&unused)
	})
	if err != nil {
		return err
	}
	if r.second {
		x.Text, x.Type = r.lengthened(x.Text), "K"
	}
	*to = append(*to, x)
	return nil
}
