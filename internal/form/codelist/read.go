package codelist

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"

	"leitportal/internal/form/xmlin"
)

// What is read at most. The longest list of XRepository that the samples refer
// to has 518 entries; 100,000 entries of three short columns are 25 MB.
const (
	MaxBytes   = 96 << 20
	MaxEntries = 250_000
)

const (
	maxCells    = 2_000_000 // entries by columns
	maxColumns  = 100
	maxToken    = 1 << 20 // bytes of a text, a tag, a comment
	maxDepth    = 50      // of XML elements
	maxElements = 6_000_000
	maxWarnings = 100
)

const namespace = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"

// Error says where a file breaks the standard, and how.
type Error = xmlin.Error

var (
	document   = xmlin.Words("Annotation? Identification! ColumnSet? ColumnSetRef? SimpleCodeList?")
	identity   = xmlin.Words("ShortName! LongName* Version! CanonicalUri! CanonicalVersionUri! LocationUri* AlternateFormatLocationUri* Agency?")
	columnSet  = xmlin.Words("Annotation? Column* ColumnRef* Key* KeyRef*")
	column     = xmlin.Words("Annotation? ShortName! LongName* CanonicalUri? CanonicalVersionUri? Data!")
	key        = xmlin.Words("Annotation? ShortName! LongName* CanonicalUri? CanonicalVersionUri? ColumnRef*")
	simpleList = xmlin.Words("Annotation? Row*")
	row        = xmlin.Words("Annotation? Value*")
	value      = xmlin.Words("Annotation? SimpleValue? ComplexValue?")
)

// recommended are the marks of the key that holds the codes, in the versions of
// the XÖV handbook for code lists.
var recommended = []string{"recommendedKeyColumn", "empfohleneCodeSpalte", "xoev-code"}

type reader struct {
	*xmlin.Reader
	l        *List
	at       map[string]int // columns by id
	most     int            // entries
	warnings []Warning
}

// Read reads a code list; its entries are made of the columns that the list
// itself says (By takes others). What the standard does not allow is an *Error,
// a failure of src comes back as it is.
func Read(src io.Reader) (*List, []Warning, error) { return read(src, MaxEntries) }

func read(src io.Reader, most int) (*List, []Warning, error) {
	r := &reader{
		Reader: xmlin.New(src, xmlin.Limits{Bytes: MaxBytes, Token: maxToken, Depth: maxDepth, Elements: maxElements}),
		l:      &List{}, at: map[string]int{}, most: most,
	}
	if err := r.Done(r.document()); err != nil {
		return nil, nil, err
	}
	l := r.l
	code := l.codeColumn()
	name := l.nameColumn(code)
	r.warnings = append(r.warnings, l.fill(code, name, l.best(helpWords, code, name))...)
	return l, r.warnings, nil
}

func (r *reader) warn(format string, args ...any) {
	if len(r.warnings) > maxWarnings {
		return
	}
	if len(r.warnings) == maxWarnings {
		format, args = "there are more warnings; mend those before first", nil
	}
	r.warnings = append(r.warnings, Warning{r.Line(), fmt.Sprintf(format, args...)})
}

func (r *reader) document() error {
	root, err := r.Root()
	switch {
	case err != nil:
		return err
	case root.Name.Space != namespace:
		return r.Fail("unknown namespace %q; genericode 1.0 is expected", root.Name.Space)
	case root.Name.Local != "CodeList":
		return r.Fail("a CodeList is expected")
	}
	// Elements below the root have no namespace; some editors give them one.
	r.Own = func(n xml.Name) bool { return n.Space == "" || n.Space == namespace }
	rows := false
	if err := r.Children(document, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "Identification":
			return r.identity()
		case "ColumnSet":
			return r.columns()
		case "ColumnSetRef":
			return r.Fail("columns kept in another file are not read")
		case "SimpleCodeList":
			rows = true
			return r.rows()
		}
		return r.Skip()
	}); err != nil {
		return err
	}
	if !rows {
		return r.Fail("SimpleCodeList is missing: the file describes a list and does not hold it")
	}
	return r.End()
}

func (r *reader) identity() error {
	short := ""
	err := r.Children(identity, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "ShortName":
			return r.Into(&short)
		case "LongName":
			if r.l.Name == "" {
				return r.Into(&r.l.Name)
			}
		case "Version":
			return r.Needed(&r.l.Version)
		case "CanonicalUri":
			return r.Needed(&r.l.URN)
		case "CanonicalVersionUri":
			return r.Needed(&r.l.VersionURN)
		}
		return r.Skip()
	})
	if r.l.Name == "" {
		r.l.Name = short
	}
	return err
}

func (r *reader) columns() error {
	var keys [][]string // columns of each
	marked := ""
	if err := r.Children(columnSet, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "Column":
			return r.column(start)
		case "Key":
			columns, mark, err := r.key()
			if len(columns) == 1 && mark && marked == "" {
				marked = columns[0]
			}
			keys = append(keys, columns)
			return err
		case "ColumnRef", "KeyRef":
			return r.Fail("columns kept in another file are not read")
		}
		return r.Skip()
	}); err != nil {
		return err
	}
	if len(r.l.Columns) == 0 {
		return r.Fail("Column is missing")
	}
	for _, columns := range keys {
		for _, id := range columns {
			if _, ok := r.at[id]; !ok {
				return r.Fail("a key refers to the column %q, which does not exist", id)
			}
		}
		if len(columns) == 1 && r.l.key == "" {
			r.l.key = columns[0]
		}
	}
	if marked != "" {
		r.l.key = marked
	}
	if r.l.key == "" {
		r.warn("no column is a key on its own; the codes are those of %s", r.l.Columns[r.l.codeColumn()].ID)
	}
	return nil
}

func (r *reader) column(start xml.StartElement) error {
	c := Column{ID: xmlin.Attr(start, "Id"), Required: xmlin.Attr(start, "Use") == "required"}
	if c.ID == "" {
		return r.Fail("the column has no Id")
	}
	if _, ok := r.at[c.ID]; ok {
		return r.Fail("there are two columns %q", c.ID)
	}
	if len(r.l.Columns) == maxColumns {
		return r.Fail("more than %d columns", maxColumns)
	}
	r.at[c.ID] = len(r.l.Columns)
	err := r.Children(column, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "ShortName":
			return r.Into(&c.ShortName)
		case "LongName":
			if c.LongName == "" {
				return r.Into(&c.LongName)
			}
		case "Data":
			c.Type, c.Lang = xmlin.Attr(start, "Type"), xmlin.Attr(start, "Lang")
		}
		return r.Skip()
	})
	r.l.Columns = append(r.l.Columns, c)
	return err
}

func (r *reader) key() (columns []string, marked bool, err error) {
	err = r.Children(key, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "Annotation":
			return r.Walk(func(e xml.StartElement) {
				marked = marked || slices.Contains(recommended, e.Name.Local)
			})
		case "ColumnRef":
			columns = append(columns, xmlin.Attr(start, "Ref"))
		}
		return r.Skip()
	})
	if err == nil && len(columns) == 0 {
		err = r.Fail("ColumnRef is missing")
	}
	return columns, marked, err
}

func (r *reader) rows() error {
	n := len(r.l.Columns)
	if n == 0 {
		return r.Fail("ColumnSet is missing before the rows")
	}
	return r.Children(simpleList, func(start xml.StartElement) error {
		if start.Name.Local != "Row" {
			return r.Skip()
		}
		if at := len(r.l.cells); at/n == r.most || at+n > maxCells {
			return r.Fail("more than %d entries, or more than %d values", r.most, maxCells)
		}
		return r.row()
	})
}

func (r *reader) row() error {
	n, at := len(r.l.Columns), len(r.l.cells)
	for range n {
		r.l.cells = append(r.l.cells, "")
	}
	cells := r.l.cells[at:]
	var given bits
	next := 0
	if err := r.Children(row, func(start xml.StartElement) error {
		if start.Name.Local != "Value" {
			return r.Skip()
		}
		i := next // a value that names no column is in the one that follows
		if id := xmlin.Attr(start, "ColumnRef"); id != "" {
			var ok bool
			if i, ok = r.at[id]; !ok {
				return r.Fail("there is no column %q", id)
			}
		} else if i >= n {
			return r.Fail("more values than columns")
		}
		if !given.add(i) {
			return r.Fail("the row has two values for the column %q", r.l.Columns[i].ID)
		}
		next = i + 1
		return r.Children(value, func(start xml.StartElement) error {
			switch start.Name.Local {
			case "SimpleValue":
				return r.Into(&cells[i])
			case "ComplexValue":
				r.warn("the value of the column %q is XML and is not read", r.l.Columns[i].ID)
			}
			return r.Skip()
		})
	}); err != nil {
		return err
	}
	if k, ok := r.at[r.l.key]; ok && cells[k] == "" {
		return r.Fail("the row has no value for the column %q, which is the key", r.l.key)
	}
	for i, c := range r.l.Columns {
		if c.Required && cells[i] == "" {
			r.warn("the row has no value for the column %q, which is required", c.ID)
		}
	}
	return nil
}

// bits is a set of columns, by index.
type bits [2]uint64

func (u *bits) add(i int) (fresh bool) {
	bit := uint64(1) << (i % 64)
	fresh = u[i/64]&bit == 0
	u[i/64] |= bit
	return fresh
}
