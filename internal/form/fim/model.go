package fim

// Namespaces of the versions read.
const (
	namespace3 = "urn:xoev-de:fim:standard:xdatenfelder_3.0.0"
	namespace2 = "urn:xoev-de:fim:standard:xdatenfelder_2"
)

// Document is what one file holds: a schema, or a group on its own. Exactly
// one of the two is set.
type Document struct {
	// Standard is the version the file was in, "3.0.0" or "2.0".
	Standard string
	// Message and Created name the export: an id, an xs:dateTime as it stood.
	Message, Created string
	Schema           *Schema
	Group            *Group
	Warnings         []Warning
}

// Identity names an element and its version: S05000001299, 1.2.0. A version
// may be absent.
type Identity struct{ ID, Version string }

// Basis is what an element is derived from, mostly law (Bezug).
type Basis struct{ Text, Link string }

// Keyword is a Stichwort with the list it is from.
type Keyword struct{ Text, URI string }

// Relation tells what an element has to do with another: predicate ABL
// (derived from), ERS (replaces), ….
type Relation struct {
	Predicate string
	Object    Identity
}

// Head is what all elements have. Dates are as they stood (xs:date,
// xs:dateTime).
type Head struct {
	Identity
	Name, Description, Definition string
	Bases                         []Basis
	// Status is the Freigabestatus: 1 planned, 2 in work, 3 draft, 4 approved
	// as to method, 5 approved (silver), 6 approved (gold), 7 inactive, 8 to be
	// deleted.
	Status                             string
	StatusSince, StatusBy              string
	ValidFrom, ValidTo                 string
	VersionNote, Published, LastChange string
	Relations                          []Relation
	Keywords                           []Keyword
}

// Labels are what people read beside a field or group: when it is filled in,
// and when it is shown.
type Labels struct{ Input, Output string }

// Schema is a Stammdatenschema: all data of one form.
type Schema struct {
	Head
	Title string // Bezeichnung
	Help  string
	// What may be changed when the schema is derived from: codes of
	// Ableitungsmodifikationen, 0 nothing, 3 (structure) and 1 (appearance) all.
	StructureChange, AppearanceChange string
	Profile                           Identity // Dokumentsteckbrief
	Rules                             []*Rule
	Structure                         []*Part
}

// Group is a Datenfeldgruppe.
type Group struct {
	Head
	Labels, Help Labels
	// Kind is the Schemaelementart: HAR harmonised, RNG of the legal basis, ABS
	// abstract.
	Kind string
	// Choice says that only one of the parts is to be filled in (Art X).
	Choice    bool
	Rules     []*Rule
	Structure []*Part
}

// Part is a Struktur: a field or a group, and how often it occurs.
type Part struct {
	// Min and Max bound how often; Max 0 is without bound.
	Min, Max int
	Bases    []Basis
	Field    *Field // exactly one of the two is set
	Group    *Group
}

// FieldKind is the Feldart.
type FieldKind string

// The kinds of fields.
const (
	Input  FieldKind = "input"
	Select FieldKind = "select"
	Label  FieldKind = "label"  // shows Content, asks nothing
	Locked FieldKind = "locked" // is filled in by others
	Hidden FieldKind = "hidden"
)

// DataType is the Datentyp.
type DataType string

// The data types.
const (
	Text      DataType = "text"
	TextLatin DataType = "text_latin" // DIN 91379 characters
	Date      DataType = "date"
	Time      DataType = "time"
	DateTime  DataType = "datetime"
	Bool      DataType = "bool"
	Number    DataType = "num"
	Integer   DataType = "num_int"
	Currency  DataType = "num_currency"
	File      DataType = "file"
	Object    DataType = "obj"
)

// Field is a Datenfeld.
type Field struct {
	Head
	Labels, Help Labels
	Kind         string // as of a Group
	FieldKind    FieldKind
	Type         DataType
	Bounds       Bounds
	Content      string // of a label; else what stands in the field at first
	// Prefill is the Vorbefüllung: keine, optional, verpflichtend.
	Prefill    string
	Values     []Value // of a select field: these, or those of List
	List       *List
	MediaTypes []string // of a file
	MaxSize    int64    // bytes; 0: not said
	Rules      []*Rule
}

// Bounds is the Präzisierung of a field.
type Bounds struct {
	MinLength, MaxLength *int
	MinValue, MaxValue   string // numbers or dates, as they stood
	Pattern              string // regular expression of XML Schema
}

// Value is one choice of a select field.
type Value struct{ Code, Name, Help string }

// List refers to a code list of XRepository. The keys name its columns; "" is
// what the list itself says.
type List struct {
	URN, Version, VersionURN  string
	CodeKey, NameKey, HelpKey string
}

// Rule is a Regel: what must hold, in a German sentence (Text).
type Rule struct {
	Identity
	Name, Description, Text string
	Bases                   []Basis
	Keywords                []Keyword
	By, LastChange          string
	Type                    string // of regeltyp: K complex, V, …
	Script                  string
}
