package codelist

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Registry keeps code lists, each in one or several versions. It is not changed
// after Open. The zero Registry and a nil one keep none.
type Registry struct {
	lists    []*List // by URN, then oldest version first
	warnings map[*List][]Warning
}

// Open reads all lists of a folder and of the folders in it: files whose name
// ends in .xml or .gc. A file that cannot be read, and two files of the same
// version of a list, are errors that name the file.
func Open(fsys fs.FS) (*Registry, error) {
	r := &Registry{warnings: map[*List][]Warning{}}
	from := map[[2]string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(path.Ext(name)); err != nil || d.IsDir() || ext != ".xml" && ext != ".gc" {
			return err
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		l, warnings, err := Read(f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		id := [2]string{l.URN, l.Version}
		if other, ok := from[id]; ok {
			return fmt.Errorf("%s: is the list %s in version %s, which %s is too; delete one of them", name, l.URN, l.Version, other)
		}
		from[id] = name
		r.lists = append(r.lists, l)
		r.warnings[l] = warnings
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("code lists: %w", err)
	}
	slices.SortFunc(r.lists, func(a, b *List) int {
		return cmp.Or(strings.Compare(a.URN, b.URN), compareVersions(a.Version, b.Version))
	})
	return r, nil
}

// Lists gives all lists, sorted by URN and then by version, oldest first.
func (r *Registry) Lists() []*List {
	if r == nil {
		return nil
	}
	return slices.Clone(r.lists)
}

// Warnings are what is doubtful in a list of this registry.
func (r *Registry) Warnings(l *List) []Warning {
	if r == nil {
		return nil
	}
	return r.warnings[l]
}

// Find gives a list in a version, and whether it is that version: where the
// version is not there it gives the newest one and exact is false. A version ""
// is the newest. A URN may be that of a version (CanonicalVersionUri). A list
// that is not there at all is nil.
func (r *Registry) Find(urn, version string) (l *List, exact bool) {
	if r == nil {
		return nil, false
	}
	for _, x := range slices.Backward(r.lists) {
		switch {
		case x.URN != urn && x.VersionURN != urn:
		case x.Version == version || x.VersionURN == urn && x.URN != urn || version == "":
			return x, true
		case l == nil:
			l = x
		}
	}
	return l, false
}

// compareVersions puts "2" before "10", "1.9" before "1.10", "2023-02-24"
// before "2024-08-01": numbers in it by their size, the rest as text.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingNumber(a), leadingNumber(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func leadingNumber(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
