package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// writer puts numbered objects into a file and remembers where they are.
type writer struct {
	buf     bytes.Buffer
	offsets []int // by object number; 0 = free
	zip     *zlib.Writer
}

func (w *writer) begin(n int) {
	for len(w.offsets) <= n {
		w.offsets = append(w.offsets, 0)
	}
	w.offsets[n] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n", n)
}

func (w *writer) object(n int, body string) {
	w.begin(n)
	w.buf.WriteString(body)
	w.buf.WriteString("\nendobj\n")
}

// stream writes a compressed stream; dict holds further entries.
func (w *writer) stream(n int, dict string, data []byte) {
	var packed bytes.Buffer
	if w.zip == nil {
		w.zip = zlib.NewWriter(&packed)
	} else {
		w.zip.Reset(&packed) // one compressor per document: it is large
	}
	_, _ = w.zip.Write(data) // a bytes.Buffer takes everything
	_ = w.zip.Close()
	w.begin(n)
	fmt.Fprintf(&w.buf, "<</Length %d/Filter/FlateDecode%s>>\nstream\n", packed.Len(), dict)
	w.buf.Write(packed.Bytes())
	w.buf.WriteString("\nendstream\nendobj\n")
}

// finish writes the cross-reference table and the trailer. Both ids of the
// file are the start of the hash of everything before.
func (w *writer) finish(root, info int) []byte {
	sum := sha256.Sum256(w.buf.Bytes())
	at := w.buf.Len()
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, o := range w.offsets[1:] {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.offsets), root, info, sum[:16], sum[:16], at)
	return w.buf.Bytes()
}

// num is v with at most two decimals, as short as can be.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// textString is s as a PDF text string (UTF-16BE, in hexadecimal).
func textString(s string) string { return "<FEFF" + utf16Hex(strings.ToValidUTF8(s, "\uFFFD")) + ">" }

func pdfDate(t time.Time) string { return t.UTC().Format("(D:20060102150405Z)") }

// xmp is the document's metadata packet (ISO 16684-1). It says the same as the
// information dictionary.
func (m Meta) xmp() []byte {
	esc := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(clean(s)))
		return b.String()
	}
	when := m.Created.UTC().Format("2006-01-02T15:04:05Z")
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">`)
	fmt.Fprintf(&b, `<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, esc(m.Title))
	fmt.Fprintf(&b, `<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>`, esc(m.Author), esc(m.Lang))
	fmt.Fprintf(&b, `<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><pdf:Producer>%s</pdf:Producer>`, when, when, producer)
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return []byte(b.String())
}

const producer = "Leitportal"

// Fixed object numbers; the rest follow in the order of Bytes.
const (
	objCatalog = iota + 1
	objPages
	objInfo
	objMeta
	objTree
	objParents
	objOutlines
	objProfile
	objFirst // first free number
)

// Bytes is the finished file. The document must not be used afterwards.
func (d *Doc) Bytes() []byte {
	d.footers()
	w := &writer{}
	w.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	next := objFirst

	fonts := ""
	for _, f := range []*face{d.regular, d.bold} {
		if f.ttf != nil && len(f.runes) == 0 {
			continue
		}
		fonts += fmt.Sprintf("/%s %d 0 R", f.resource, next)
		next += f.objects(w, next)
	}
	for i, p := range d.pages {
		p.obj = next + 2*i
	}
	next += 2 * len(d.pages)
	next = d.root.number(next)
	heads := next

	kids := ""
	for i, p := range d.pages {
		kids += fmt.Sprintf("%d 0 R ", p.obj)
		w.object(p.obj, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595.28 841.89]/Resources<</Font<<%s>>>>/Contents %d 0 R/StructParents %d/Tabs/S>>",
			objPages, fonts, p.obj+1, i))
		w.stream(p.obj+1, "", p.ops)
	}
	w.object(objPages, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), strings.TrimSpace(kids)))

	d.root.write(w, objTree)
	w.object(objTree, fmt.Sprintf("<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", d.root.obj, objParents, len(d.pages)))
	var parents strings.Builder
	for i, p := range d.pages {
		fmt.Fprintf(&parents, "%d[", i)
		for _, e := range p.marked {
			fmt.Fprintf(&parents, "%d 0 R ", e.obj)
		}
		parents.WriteString("]")
	}
	w.object(objParents, "<</Nums["+parents.String()+"]>>")

	for i, h := range d.heads {
		link := ""
		if i > 0 {
			link += fmt.Sprintf("/Prev %d 0 R", heads+i-1)
		}
		if i+1 < len(d.heads) {
			link += fmt.Sprintf("/Next %d 0 R", heads+i+1)
		}
		w.object(heads+i, fmt.Sprintf("<</Title %s/Parent %d 0 R%s/Dest[%d 0 R/XYZ null %s null]>>",
			textString(clean(h.text)), objOutlines, link, h.page.obj, num(h.y)))
	}
	outlines := "<</Type/Outlines/Count 0>>"
	if n := len(d.heads); n > 0 {
		outlines = fmt.Sprintf("<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", heads, heads+n-1, n)
	}
	w.object(objOutlines, outlines)

	w.stream(objProfile, "/N 1", greyProfile())
	m := d.meta
	w.object(objInfo, fmt.Sprintf("<</Title %s/Author %s/Producer(%s)/CreationDate%s/ModDate%s>>",
		textString(clean(m.Title)), textString(clean(m.Author)), producer, pdfDate(m.Created), pdfDate(m.Created)))
	packet := m.xmp()
	w.begin(objMeta)
	fmt.Fprintf(&w.buf, "<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream\nendobj\n", len(packet), packet)
	w.object(objCatalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang%s/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/Metadata %d 0 R/Outlines %d 0 R/ViewerPreferences<</DisplayDocTitle true>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(Grey 2.2)/Info(Grey 2.2)/DestOutputProfile %d 0 R>>]>>",
		objPages, textString(m.Lang), objTree, objMeta, objOutlines, objProfile))
	return w.finish(objCatalog, objInfo)
}

// elem is an element of the structure tree.
type elem struct {
	tag   string
	attrs string // further entries of its dictionary
	kids  []kid
	obj   int
}

// kid is a child: an element, or a piece of marked content on a page.
type kid struct {
	elem *elem
	page *page
	mcid int
}

func (e *elem) add(tag, attrs string) *elem {
	k := &elem{tag: tag, attrs: attrs}
	e.kids = append(e.kids, kid{elem: k})
	return k
}

// number gives the element and all below it object numbers from n on and
// returns the next free one.
func (e *elem) number(n int) int {
	e.obj = n
	n++
	for _, k := range e.kids {
		if k.elem != nil {
			n = k.elem.number(n)
		}
	}
	return n
}

func (e *elem) write(w *writer, parent int) {
	var kids strings.Builder
	for _, k := range e.kids {
		if k.elem != nil {
			fmt.Fprintf(&kids, "%d 0 R ", k.elem.obj)
		} else {
			fmt.Fprintf(&kids, "<</Type/MCR/Pg %d 0 R/MCID %d>>", k.page.obj, k.mcid)
		}
	}
	w.object(e.obj, fmt.Sprintf("<</Type/StructElem/S/%s/P %d 0 R%s/K[%s]>>", e.tag, parent, e.attrs, kids.String()))
	for _, k := range e.kids {
		if k.elem != nil {
			k.elem.write(w, e.obj)
		}
	}
}
