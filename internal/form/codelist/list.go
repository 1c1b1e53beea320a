package codelist

import (
	"fmt"
	"slices"
	"strings"
)

// List is a code list in one version. It is not changed after it was read.
type List struct {
	// URN names the list (CanonicalUri), VersionURN this version of it, Version
	// is the name of the version as it stood: "2024-08-01", "2.4".
	URN, Version, VersionURN string
	Name                     string // LongName, else ShortName
	Columns                  []Column
	// Keys are the columns Entries were made of; see By.
	Keys    Keys
	Entries []Entry // in the order of the file, each code once

	cells []string // of all rows, len(Columns) for each
	key   string   // id of the column that the list itself says holds the codes
}

// Column is a column of a list.
type Column struct {
	ID, ShortName, LongName string
	Type                    string // of XML Schema: "string", "date", …
	Lang                    string // "de-DE", "" when it is not said
	Required                bool
}

// Entry is what can be chosen.
type Entry struct {
	Code    string
	Name    string // German; the code where the list has no name for it
	English string // "" where the list has no English column
	Help    string
	Also    []string // further names to find it by, without Name and English
}

// Keys name the columns of code, name and help, by id or short name, as a field
// of FIM does (codeKey, nameKey, helpKey). A key that is "" stands for what the
// list itself says: its recommended key, and then the columns usually called
// so.
type Keys struct{ Code, Name, Help string }

// Warning is something an author should look at.
type Warning struct {
	Line    int // 0: of the file as a whole
	Message string
}

// Words by which columns are known, in order of preference. Ids of XRepository
// are German or English, alone or in compounds: "Bezeichnung-lang",
// "staatenname-kurz".
var (
	codeWords    = []string{"code", "schluessel", "schlüssel", "key", "kennung", "id"}
	nameWords    = []string{"codename", "bezeichnung", "name", "beschreibung", "description", "label", "titel", "begriff", "wert", "value", "text"}
	helpWords    = []string{"hilfe", "help", "erlaeuterung", "erläuterung", "hinweis", "anwendung"}
	alsoWords    = []string{"name", "bezeichnung", "begriff", "titel", "label", "description", "beschreibung", "angehoerigkeit", "angehörigkeit", "iso", "synonym"}
	englishWords = []string{"english", "englisch", "-en", "_en"}
)

// By gives the list with entries made of other columns. A key that names no
// column is an error.
func (l *List) By(keys Keys) (*List, []Warning, error) {
	if keys == l.Keys {
		return l, nil, nil
	}
	code, err := l.column("codeKey", keys.Code, func() int { return l.codeColumn() })
	if err != nil {
		return nil, nil, err
	}
	name, err := l.column("nameKey", keys.Name, func() int { return l.nameColumn(code) })
	if err != nil {
		return nil, nil, err
	}
	help, err := l.column("helpKey", keys.Help, func() int { return l.best(helpWords, code, name) })
	if err != nil {
		return nil, nil, err
	}
	other := *l
	other.Keys = keys
	return &other, other.fill(code, name, help), nil
}

func (l *List) column(which, key string, otherwise func() int) (int, error) {
	if key == "" {
		return otherwise(), nil
	}
	for i, c := range l.Columns {
		if c.ID == key || c.ShortName == key {
			return i, nil
		}
	}
	for i, c := range l.Columns { // CodeKey, codeKey and code are the same to FIM editors
		if strings.EqualFold(c.ID, key) || strings.EqualFold(c.ID+"key", key) {
			return i, nil
		}
	}
	var have []string
	for _, c := range l.Columns {
		have = append(have, c.ID)
	}
	return 0, fmt.Errorf("%s %q is no column of the code list %s; it has %s", which, key, l.URN, strings.Join(have, ", "))
}

func (l *List) codeColumn() int {
	for i, c := range l.Columns {
		if c.ID == l.key {
			return i
		}
	}
	if i := l.best(codeWords); i >= 0 {
		return i
	}
	return 0
}

// nameColumn is the best name, else the first text beside the code.
func (l *List) nameColumn(code int) int {
	if i := l.best(nameWords, code); i >= 0 {
		return i
	}
	for _, required := range []bool{true, false} {
		for i, c := range l.Columns {
			if i != code && c.isText() && c.Required == required && !c.english() {
				return i
			}
		}
	}
	return code
}

// best finds the column that goes best with words, -1 for none: one that is
// required before one that is not, one that is called so before one that has
// the word as a part ("ISO-Wert") and this before one that has it within a part
// ("Sprachbezeichnung"), an earlier word before a later one, an earlier column
// before a later one. Columns in English come last.
func (l *List) best(words []string, but ...int) int {
	found, most := -1, 0
	for i, c := range l.Columns {
		if slices.Contains(but, i) || !c.isText() {
			continue
		}
		for w, word := range words {
			rank := 0
			id := strings.ToLower(c.ID)
			switch {
			case id == word:
				rank = 300
			case slices.Contains(strings.FieldsFunc(id, func(c rune) bool { return c == '-' || c == '_' || c == '.' || c == ' ' }), word):
				rank = 200
			case strings.Contains(id, word):
				rank = 100
			default:
				continue
			}
			rank -= w
			if c.Required {
				rank += 400
			}
			if c.english() {
				rank -= 600
			}
			if found < 0 || rank > most {
				found, most = i, rank
			}
		}
	}
	return found
}

func (c Column) isText() bool {
	return c.Type == "" || strings.HasSuffix(c.Type, "string") || c.Type == "token"
}

func (c Column) english() bool {
	if c.Lang != "" {
		return strings.HasPrefix(strings.ToLower(c.Lang), "en")
	}
	return c.has(englishWords)
}

func (c Column) has(words []string) bool {
	id := strings.ToLower(c.ID)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(id, w) })
}

// fill makes the entries of the cells.
func (l *List) fill(code, name, help int) (warnings []Warning) {
	english := -1
	var also []int
	for i, c := range l.Columns {
		switch {
		case i == code || i == name || i == help || !c.isText():
		case c.english() && english < 0:
			english = i
		case c.has(alsoWords):
			also = append(also, i)
		}
	}
	n := len(l.Columns)
	l.Entries = make([]Entry, 0, len(l.cells)/n)
	seen := make(map[string]bool, len(l.cells)/n)
	var twice, unnamed, codeless int
	var first string
	for row := l.cells; len(row) > 0; row = row[n:] {
		e := Entry{Code: row[code], Name: row[name]}
		if e.Code == "" {
			codeless++
			continue
		}
		if seen[e.Code] {
			if twice++; twice == 1 {
				first = e.Code
			}
			continue
		}
		seen[e.Code] = true
		if help >= 0 {
			e.Help = row[help]
		}
		if english >= 0 {
			e.English = row[english]
		}
		for _, i := range also {
			switch s := row[i]; {
			case s == "" || s == e.Name || s == e.English || slices.Contains(e.Also, s):
			case e.Name == "": // a row may leave the column of names empty
				e.Name = s
			default:
				e.Also = append(e.Also, s)
			}
		}
		if e.Name == "" {
			unnamed++
			e.Name = e.Code
		}
		l.Entries = append(l.Entries, e)
	}
	warn := func(n int, format string, args ...any) {
		if n > 0 {
			warnings = append(warnings, Warning{Message: fmt.Sprintf(format, args...)})
		}
	}
	warn(twice, "%d rows have a code that was there before, the first of them %q; the first row of a code counts", twice, first)
	warn(codeless, "%d rows have nothing in the column %s and cannot be chosen", codeless, l.Columns[code].ID)
	warn(unnamed, "%d rows have no name in the column %s; their code stands for it", unnamed, l.Columns[name].ID)
	return warnings
}
