package fim

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Write writes a document as XDatenfelder 3.0.0, its elements in the order of
// the standard. It fails on text that XML cannot hold.
func Write(to io.Writer, doc *Document) error {
	if (doc.Schema == nil) == (doc.Group == nil) {
		return errors.New("fim: a document holds one schema or one group")
	}
	w := &writer{out: bufio.NewWriter(to)}
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	root := "xdatenfelder.stammdatenschema.0102"
	if doc.Group != nil {
		root = "xdatenfelder.datenfeldgruppe.0103"
	}
	w.open(root, "xmlns:xdf", namespace3)
	w.open("header")
	w.must("nachrichtID", doc.Message)
	w.must("erstellungszeitpunkt", doc.Created)
	w.close("header")
	if doc.Schema != nil {
		w.schema(doc.Schema)
	} else {
		w.group(doc.Group)
	}
	w.close(root)
	w.raw("\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// writer remembers the first failure, after which it writes nothing.
type writer struct {
	out   *bufio.Writer
	depth int
	err   error
}

func (w *writer) raw(parts ...string) {
	for _, s := range parts {
		if w.err == nil {
			_, w.err = w.out.WriteString(s)
		}
	}
}

var (
	texts      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	attributes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#xD;", "\n", "&#xA;", "\t", "&#x9;")
)

func (w *writer) escaped(s string, by *strings.Replacer) {
	bad := func(c rune) bool {
		return c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF
	}
	if w.err == nil && (!utf8.ValidString(s) || strings.ContainsFunc(s, bad)) {
		w.err = fmt.Errorf("fim: XML cannot hold %q", s)
	}
	w.raw(by.Replace(s))
}

// start begins a tag, on a line of its own, with the attributes that are not
// empty.
func (w *writer) start(name string, attrs []string) {
	w.raw("\n", strings.Repeat("  ", w.depth), "<xdf:", name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			w.raw(" ", attrs[i], `="`)
			w.escaped(attrs[i+1], attributes)
			w.raw(`"`)
		}
	}
}

func (w *writer) open(name string, attrs ...string) {
	w.start(name, attrs)
	w.raw(">")
	w.depth++
}

func (w *writer) close(name string) {
	w.depth--
	w.raw("\n", strings.Repeat("  ", w.depth), "</xdf:", name, ">")
}

// must writes an element with text, may only where there is text.
func (w *writer) must(name, text string, attrs ...string) {
	w.start(name, attrs)
	w.raw(">")
	w.escaped(text, texts)
	w.raw("</xdf:", name, ">")
}

func (w *writer) may(name, text string) {
	if text != "" {
		w.must(name, text)
	}
}

// code writes a code of a list: "fim:codeliste:xdatenfelder.feldart 2.0".
func (w *writer) code(name, code, list string) {
	if code == "" {
		return
	}
	urn, version, _ := strings.Cut(list, " ")
	w.start(name, []string{"listURI", "urn:xoev-de:" + urn, "listVersionID", version})
	w.raw("><code>")
	w.escaped(code, texts)
	w.raw("</code></xdf:", name, ">")
}

func (w *writer) identity(name string, i Identity) {
	w.open(name)
	w.must("id", i.ID)
	w.may("version", i.Version)
	w.close(name)
}

func (w *writer) bases(list []Basis) {
	for _, b := range list {
		w.must("bezug", b.Text, "link", b.Link)
	}
}

func (w *writer) keywords(list []Keyword) {
	for _, k := range list {
		w.must("stichwort", k.Text, "uri", k.URI)
	}
}

func (w *writer) head(h *Head) {
	w.identity("identifikation", h.Identity)
	w.must("name", h.Name)
	w.may("beschreibung", h.Description)
	w.may("definition", h.Definition)
	w.bases(h.Bases)
	w.code("freigabestatus", or(h.Status, inWork), "xprozess:codeliste:status 2022-07-12")
	w.may("statusGesetztAm", h.StatusSince)
	w.may("statusGesetztDurch", h.StatusBy)
	w.may("gueltigAb", h.ValidFrom)
	w.may("gueltigBis", h.ValidTo)
	w.may("versionshinweis", h.VersionNote)
	w.may("veroeffentlichungsdatum", h.Published)
	w.may("letzteAenderung", h.LastChange)
	for _, x := range h.Relations {
		w.open("relation")
		w.code("praedikat", x.Predicate, "fim-datenfelder:codeliste:relation 1.2")
		w.identity("objekt", x.Object)
		w.close("relation")
	}
	w.keywords(h.Keywords)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (w *writer) schema(s *Schema) {
	w.open("stammdatenschema")
	w.head(&s.Head)
	w.must("bezeichnung", s.Title)
	w.may("hilfetext", s.Help)
	w.code("ableitungsmodifikationenStruktur", s.StructureChange, "fim:codeliste:xdatenfelder.ableitungsmodifikationenStruktur 1.0")
	w.code("ableitungsmodifikationenRepraesentation", s.AppearanceChange, "fim:codeliste:xdatenfelder.ableitungsmodifikationenRepraesentation 1.0")
	if s.Profile.ID != "" {
		w.identity("dokumentsteckbrief", s.Profile)
	}
	w.rules(s.Rules)
	w.structure(s.Structure)
	w.close("stammdatenschema")
}

func (w *writer) shown(labels, help Labels, kind string) {
	w.must("bezeichnungEingabe", labels.Input)
	w.may("bezeichnungAusgabe", labels.Output)
	w.code("schemaelementart", kind, "fim:codeliste:xdatenfelder.schemaelementart 1.0")
	w.may("hilfetextEingabe", help.Input)
	w.may("hilfetextAusgabe", help.Output)
}

func (w *writer) group(g *Group) {
	w.open("datenfeldgruppe")
	w.head(&g.Head)
	w.shown(g.Labels, g.Help, g.Kind)
	if g.Choice {
		w.code("art", "X", "fim:codeliste:xdatenfelder.gruppenart 1.0")
	}
	w.rules(g.Rules)
	w.structure(g.Structure)
	w.close("datenfeldgruppe")
}

func (w *writer) structure(parts []*Part) {
	for _, p := range parts {
		w.open("struktur")
		most := "*"
		if p.Max > 0 {
			most = strconv.Itoa(p.Max)
		}
		w.must("anzahl", strconv.Itoa(p.Min)+":"+most)
		w.bases(p.Bases)
		w.open("enthaelt")
		if p.Field != nil {
			w.field(p.Field)
		} else if p.Group != nil {
			w.group(p.Group)
		}
		w.close("enthaelt")
		w.close("struktur")
	}
}

func (w *writer) field(f *Field) {
	w.open("datenfeld")
	w.head(&f.Head)
	w.shown(f.Labels, f.Help, f.Kind)
	w.code("feldart", string(f.FieldKind), "fim:codeliste:xdatenfelder.feldart 2.0")
	w.code("datentyp", string(f.Type), "fim:codeliste:xdatenfelder.datentyp 2.0")
	if f.Bounds != (Bounds{}) {
		length := func(n *int) string {
			if n == nil {
				return ""
			}
			return strconv.Itoa(*n)
		}
		w.start("praezisierung", []string{
			"minLength", length(f.Bounds.MinLength), "maxLength", length(f.Bounds.MaxLength),
			"minValue", f.Bounds.MinValue, "maxValue", f.Bounds.MaxValue, "pattern", f.Bounds.Pattern,
		})
		w.raw("/>")
	}
	w.may("inhalt", f.Content)
	w.code("vorbefuellung", or(f.Prefill, "keine"), "fim:codeliste:xdatenfelder.vorbefuellung 1.0")
	if len(f.Values) > 0 {
		w.open("werte")
		for _, v := range f.Values {
			w.open("wert")
			w.must("code", v.Code)
			w.must("name", v.Name)
			w.may("hilfe", v.Help)
			w.close("wert")
		}
		w.close("werte")
	}
	if l := f.List; l != nil {
		if l.URN != "" {
			w.open("codelisteReferenz")
			w.must("canonicalIdentification", l.URN)
			w.may("version", l.Version)
			w.may("canonicalVersionUri", l.VersionURN)
			w.close("codelisteReferenz")
		}
		w.may("codeKey", l.CodeKey)
		w.may("nameKey", l.NameKey)
		w.may("helpKey", l.HelpKey)
	}
	w.rules(f.Rules)
	if f.MaxSize > 0 {
		w.must("maxSize", strconv.FormatInt(f.MaxSize, 10))
	}
	for _, m := range f.MediaTypes {
		w.must("mediaType", m)
	}
	w.close("datenfeld")
}

func (w *writer) rules(rules []*Rule) {
	for _, x := range rules {
		w.open("regel")
		w.identity("identifikation", x.Identity)
		w.must("name", x.Name)
		w.may("beschreibung", x.Description)
		w.may("freitextRegel", x.Text)
		w.bases(x.Bases)
		w.keywords(x.Keywords)
		w.may("fachlicherErsteller", x.By)
		w.may("letzteAenderung", x.LastChange)
		w.code("typ", x.Type, "fim:codeliste:xdatenfelder.regeltyp 1.0")
		w.may("skript", x.Script)
		w.close("regel")
	}
}
