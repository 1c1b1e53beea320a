package casework

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"leitportal/internal/fail"
)

// merge puts the pages of letters into one file for the printer. It reads
// files that package pdf wrote, and no others. Each letter begins on a front
// side: one with an odd number of pages is followed by an empty one. Tags and
// outlines stay behind with the letters' own files.
func merge(letters [][]byte) ([]byte, error) {
	m := merger{}
	m.add("<</Type/Catalog/Pages 2 0 R>>")
	m.add("") // the page tree, once the pages are known
	for i, file := range letters {
		if err := m.letter(file); err != nil {
			return nil, fail.Newf(fail.Invalid, "casework: letter %d of the print run: %w", i+1, err)
		}
	}
	return m.bytes(), nil
}

type merger struct {
	objects [][]byte // by number, from 1
	pages   []int
}

func (m *merger) add(body string) int {
	m.objects = append(m.objects, []byte(body))
	return len(m.objects)
}

var (
	reference  = regexp.MustCompile(`(\d+) 0 R\b`)
	pageDict   = regexp.MustCompile(`^<</Type/Page/`)
	pageOfTree = regexp.MustCompile(`/Parent \d+ 0 R|/StructParents \d+|/Tabs/S`)
	kids       = regexp.MustCompile(`/Kids\[([^\]]*)\]`)
	pagesRoot  = regexp.MustCompile(`/Pages (\d+) 0 R`)
	rootOf     = regexp.MustCompile(`/Root (\d+) 0 R`)
	startXref  = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`)
)

func (m *merger) letter(file []byte) error {
	objects, root, err := objectsOf(file)
	if err != nil {
		return err
	}
	tree := number(pagesRoot.FindSubmatch(objects[root]))
	list := kids.FindSubmatch(objects[tree])
	if list == nil {
		return errNotOurs
	}
	numbers := map[int]int{} // old to new
	n := 0
	for _, ref := range reference.FindAllSubmatch(list[1], -1) {
		page := number(ref)
		if !pageDict.Match(objects[page]) {
			return errNotOurs
		}
		body := pageOfTree.ReplaceAll(objects[page], nil)
		body = bytes.Replace(body, []byte("/Type/Page"), []byte("/Type/Page/Parent 2 0 R"), 1)
		at := m.add("")
		m.pages = append(m.pages, at)
		m.objects[at-1] = m.renumber(body, objects, numbers)
		n++
	}
	if n%2 == 1 {
		m.pages = append(m.pages, m.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Resources<<>>>>"))
	}
	return nil
}

// renumber copies what body points to, and points it to the copies.
func (m *merger) renumber(body []byte, objects map[int][]byte, numbers map[int]int) []byte {
	dict, stream := body, []byte(nil)
	if i := bytes.Index(body, []byte("\nstream\n")); i >= 0 {
		dict, stream = body[:i], body[i:]
	}
	out := reference.ReplaceAllFunc(dict, func(ref []byte) []byte {
		old := number(reference.FindSubmatch(ref))
		if old == 2 && bytes.Contains(dict, []byte("/Parent 2 0 R")) && pageDict.Match(dict) {
			return ref // our own page tree
		}
		at, ok := numbers[old]
		if !ok {
			at = m.add("")
			numbers[old] = at
			m.objects[at-1] = m.renumber(objects[old], objects, numbers)
		}
		return fmt.Appendf(nil, "%d 0 R", at)
	})
	return append(bytes.Clone(out), stream...)
}

func (m *merger) bytes() []byte {
	var refs bytes.Buffer
	for _, p := range m.pages {
		fmt.Fprintf(&refs, "%d 0 R ", p)
	}
	m.objects[1] = fmt.Appendf(nil, "<</Type/Pages/Count %d/Kids[%s]>>", len(m.pages), bytes.TrimSpace(refs.Bytes()))
	var out, xref bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	fmt.Fprintf(&xref, "xref\n0 %d\n0000000000 65535 f \n", len(m.objects)+1)
	for i, body := range m.objects {
		fmt.Fprintf(&xref, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	at := out.Len()
	out.Write(xref.Bytes())
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(m.objects)+1, at)
	return out.Bytes()
}

var errNotOurs = fail.Newf(fail.Invalid, "casework: not a file of the portal's PDF writer")

// objectsOf reads the bodies of a file's objects, by number.
func objectsOf(file []byte) (objects map[int][]byte, root int, err error) {
	m := startXref.FindSubmatch(file)
	at := number(m)
	if m == nil || at >= len(file) || !bytes.HasPrefix(file[at:], []byte("xref\n0 ")) {
		return nil, 0, errNotOurs
	}
	table := file[at:]
	root = number(rootOf.FindSubmatch(table))
	offsets := []int{}
	lines := bytes.Split(table, []byte("\n"))
	for _, line := range lines[min(3, len(lines)):] {
		if len(line) != 19 || !bytes.HasSuffix(line, []byte(" n ")) {
			break
		}
		offset, err := strconv.Atoi(string(line[:10]))
		if err != nil || offset >= at {
			return nil, 0, errNotOurs
		}
		offsets = append(offsets, offset)
	}
	ends := append(slices.Sorted(slices.Values(offsets)), at)
	objects = make(map[int][]byte, len(offsets))
	for i, offset := range offsets {
		next, _ := slices.BinarySearch(ends, offset+1)
		body, head := bytes.CutPrefix(file[offset:ends[next]], fmt.Appendf(nil, "%d 0 obj\n", i+1))
		body, tail := bytes.CutSuffix(body, []byte("\nendobj\n"))
		if !head || !tail {
			return nil, 0, errNotOurs
		}
		objects[i+1] = body
	}
	if objects[root] == nil {
		return nil, 0, errNotOurs
	}
	return objects, root, nil
}

func number(match [][]byte) int {
	if len(match) < 2 {
		return 0
	}
	n, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0
	}
	return n
}
