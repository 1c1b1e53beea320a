package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Attachment is a file that travels inside a document.
type Attachment struct {
	Name        string // ASCII letters, digits, dot and hyphen: "receipt.json"
	Description string
	MIME        string // "application/json"
	Data        []byte // must not hold a line "%%EOF"
	Modified    time.Time
}

// ErrForeign means that a file was not written by this package, or was changed
// since.
var ErrForeign = errors.New("pdf: not a document of this writer")

// Attach appends an incremental update to a document made by Bytes: base stays
// as it is, byte for byte, and the attachment becomes an associated file of
// the document (ISO 19005-3, annex E). Equal input gives equal bytes. It fails
// with ErrForeign when base is not of this writer.
func Attach(base []byte, a Attachment) ([]byte, error) {
	t := trailerOf(base)
	if t == nil {
		return nil, ErrForeign
	}
	file, spec := t.size, t.size+1
	sum := sha256.Sum256(a.Data)
	var b bytes.Buffer
	b.Grow(len(base) + len(a.Data) + len(t.catalog) + 1200)
	b.Write(base)
	fileAt := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n<</Type/EmbeddedFile/Subtype/%s/Params<</Size %d/ModDate%s>>/Length %d>>\n%s",
		file, nameOf(a.MIME), len(a.Data), pdfDate(a.Modified), len(a.Data), streamStart)
	b.Write(a.Data)
	b.WriteString(streamEnd)
	specAt := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n<</Type/Filespec/F(%s)/UF(%s)/Desc%s/AFRelationship/Supplement/EF<</F %d 0 R/UF %d 0 R>>>>\nendobj\n",
		spec, a.Name, a.Name, textString(clean(a.Description)), file, file)
	catalogAt := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n<<%s/AF[%d 0 R]/Names<</EmbeddedFiles<</Names[(%s)%d 0 R]>>>>>>\nendobj\n",
		objCatalog, t.catalog, spec, a.Name, spec)
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n%d 2\n%010d 00000 n \n%010d 00000 n \n", catalogAt, file, fileAt, specAt)
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%X>]/Prev %d>>\nstartxref\n%d\n%s",
		spec+1, objCatalog, objInfo, t.id, sum[:16], t.xref, at, eof)
	return b.Bytes(), nil
}

// Detach splits a document made by Attach into its base and the attached
// data. It only looks for the seams: whether the parts are what they claim to
// be is found by attaching again and comparing. ok is false when there is
// nothing attached.
func Detach(file []byte) (base, data []byte, ok bool) {
	if !bytes.HasSuffix(file, []byte(eof)) {
		return nil, nil, false
	}
	end := bytes.LastIndex(file[:len(file)-len(eof)], []byte("\n"+eof))
	if end < 0 {
		return nil, nil, false
	}
	base, update := file[:end+1+len(eof)], file[end+1+len(eof):]
	from := bytes.Index(update, []byte(streamStart))
	to := bytes.Index(update, []byte(streamEnd))
	if from < 0 || to < from+len(streamStart) {
		return nil, nil, false
	}
	return base, update[from+len(streamStart) : to], true
}

const (
	eof         = "%%EOF\n"
	streamStart = "stream\n"
	streamEnd   = "\nendstream\nendobj\n"
)

// trailerForm is what writer.finish ends a file with.
var trailerForm = regexp.MustCompile(`trailer\n<</Size (\d{1,7})/Root 1 0 R/Info 3 0 R/ID\[<([0-9A-F]{32})><[0-9A-F]{32}>\]>>\nstartxref\n(\d{1,10})\n%%EOF\n$`)

type trailer struct {
	size, xref int
	id         string
	catalog    []byte // inside of its << >>
}

// trailerOf reads the end of a file that writer.finish wrote, or returns nil.
func trailerOf(base []byte) *trailer {
	tail := base[max(0, len(base)-400):]
	m := trailerForm.FindSubmatch(tail)
	if m == nil {
		return nil
	}
	t := &trailer{id: string(m[2])}
	t.size, _ = strconv.Atoi(string(m[1])) // the expression lets only digits through
	t.xref, _ = strconv.Atoi(string(m[3]))
	head := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", t.size)
	if t.xref > len(base) || !bytes.HasPrefix(base[t.xref:], []byte(head)) {
		return nil
	}
	entry := base[t.xref+len(head):]
	if len(entry) < 10 {
		return nil
	}
	at, err := strconv.Atoi(string(entry[:10]))
	if err != nil || at < 0 || at > t.xref {
		return nil
	}
	obj, ok := bytes.CutPrefix(base[at:t.xref], []byte("1 0 obj\n<<"))
	if !ok {
		return nil
	}
	t.catalog, _, ok = bytes.Cut(obj, []byte(">>\nendobj\n"))
	if !ok {
		return nil
	}
	return t
}

// nameOf is s as a PDF name; a solidus is written as its code.
func nameOf(mime string) string {
	return string(bytes.ReplaceAll([]byte(mime), []byte("/"), []byte("#2F")))
}
