package ui

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"leitportal/internal/i18n"
)

// Kind says which control a Field is drawn with.
type Kind int

// The kinds of fields.
const (
	KindText Kind = iota
	KindTextArea
	KindSelect
	KindCombo // a searchable list; without JavaScript a select, or an input with suggestions
	KindRadios
	KindCheckboxes
	KindConfirm // one box: "Ich bestätige …"
	KindYesNo
	KindDate
	KindNumber
	KindMoney // a number in euros
	KindFiles
	KindPassword
	KindHidden
	KindGroup // a fieldset round Field.Fields
	KindParts // likewise, where they are one answer (a period, a place)
	KindFact  // label and value, no control
	KindFind  // a text that is searched for in a long list (see Find)
)

// Width is how long an answer is expected to be; the control is drawn so
// wide.
type Width int

// The widths, in characters; WidthFull fills the column.
const (
	WidthFull Width = 0
	Width2    Width = 2
	Width4    Width = 4
	Width8    Width = 8
	Width16   Width = 16
	Width24   Width = 24
)

// Field is one question of a form, with its answer and what is wrong with it.
// Label, Hint and Error are plain text in the page's language.
type Field struct {
	Kind Kind
	// ID of the control; "" makes one of Name (see ElementID).
	ID, Name string
	Label    string
	Hint     string
	Value    string
	// Values are the ticked choices of KindCheckboxes.
	Values []string
	// Date holds what was typed into a KindDate.
	Date DateParts
	// Error says what is wrong and how to mend it; "" when nothing is.
	Error string
	// Required fields carry no mark; the others say "freiwillig".
	Required           bool
	Disabled, ReadOnly bool
	// Filter narrows what a page lists: it is neither asked for nor
	// "freiwillig", and a select of this kind has no empty choice.
	Filter bool
	// Autocomplete is a token of HTML's autocomplete ("family-name").
	Autocomplete string
	// InputMode is HTML's inputmode ("numeric"), Type HTML's input type where
	// it is not text ("email", "tel").
	InputMode, Type string
	// LTR says that it takes a figure or a code, which is written from left to
	// right in every language.
	LTR bool
	// MaxLength is in characters; 0 for no limit. A text area counts down.
	MaxLength int
	Rows      int
	Width     Width
	// Unit stands behind the control ("Euro", "cm").
	Unit string
	// Choices of selects, radios and check boxes; suggestions of KindCombo.
	Choices []Choice
	// Suggest is the URL of a JSON list of suggestions for KindCombo (see
	// Suggestion); the typed text is added as ?q=.
	Suggest string
	// Free lets a KindCombo take text that is not in the list.
	Free bool
	// Inline puts short radios side by side.
	Inline bool
	// Beside puts the field on the line of the one before it, where there is
	// room.
	Beside bool
	// Heading draws label or legend as the page's h1.
	Heading bool
	// Files of KindFiles, entries of KindFind, Fields of KindGroup and KindParts.
	Upload Upload
	Find   Find
	Fields []Field
	// Part is one control of KindParts: whether it may be left empty is said
	// of the whole.
	Part bool
	// After is drawn under the control, inside the group (an explanation, a
	// link); nil for none.
	After templ.Component
	// Spell turns on spelling help; off by default, since most answers are
	// names and numbers.
	Spell bool
	// Focus puts the cursor here when the page opens. Use it for a page with
	// a single field only.
	Focus bool
	// When shows the field only while another control of the page has certain
	// values; nil shows it always. Without JavaScript it is always shown, under
	// When.Text.
	When *When
}

// When ties a field to another control of its page.
type When struct {
	// Name is the other control's name; Values are those it must have one of
	// ("yes" for a ticked box), or with Not none of.
	Name   string
	Values []string
	Not    bool
	// Text says in words when the field is needed.
	Text string
}

// Choice is one answer of a list.
type Choice struct {
	Value, Label, Hint string
	Disabled           bool
	// Group heads this and the following choices in a select.
	Group string
	// Reveals is drawn under the choice; it stays visible without scripts.
	Reveals templ.Component
	// Divider draws "oder" before the choice.
	Divider bool
	// Exclusive marks "nichts davon" among check boxes.
	Exclusive bool
}

// DateParts is a date as typed, in three parts. The Bad marks say which parts
// are wrong, so that only those are drawn red.
type DateParts struct {
	Day, Month, Year          string
	BadDay, BadMonth, BadYear bool
}

// DateOf reads the three parts that a KindDate field sent.
func DateOf(v url.Values, name string) DateParts {
	get := func(part string) string { return strings.TrimSpace(v.Get(name + part)) }
	return DateParts{Day: get(":day"), Month: get(":month"), Year: get(":year")}
}

// DatePartsOf splits an ISO date (YYYY-MM-DD) for display; anything else is
// returned as the year, so that nothing typed is lost.
func DatePartsOf(iso string) DateParts {
	if p := strings.Split(iso, "-"); len(p) == 3 && len(iso) <= 10 {
		return DateParts{Day: strings.TrimLeft(p[2], "0"), Month: strings.TrimLeft(p[1], "0"), Year: p[0]}
	}
	return DateParts{Year: iso}
}

// Empty tells whether nothing was typed.
func (d DateParts) Empty() bool { return d.Day == "" && d.Month == "" && d.Year == "" }

// ISO is the typed date as YYYY-MM-DD. The parts are only padded, not
// checked: "31", "2", "2026" gives "2026-02-31", which clock.ParseDate
// refuses. It is "" when nothing was typed.
func (d DateParts) ISO() string {
	if d.Empty() {
		return ""
	}
	pad := func(s string) string {
		if len(s) == 1 {
			return "0" + s
		}
		return s
	}
	return d.Year + "-" + pad(d.Month) + "-" + pad(d.Day)
}

// Upload is the state of a file field.
type Upload struct {
	Files []File
	// Accept is HTML's accept list (".pdf,image/jpeg"); Multiple allows several.
	Accept   string
	Multiple bool
	// Button is the name and value of the button that uploads at once without
	// leaving the page; "" for none.
	ButtonName, ButtonValue string
	// Full hides the control: no further file is taken.
	Full bool
	// Begin is the address at which a script begins uploads in pieces (tus
	// 1.0.0), "" for none; Unfinished are those that it can go on with.
	Begin      string
	Unfinished []Unfinished
}

// Unfinished is an upload of which a part has arrived.
type Unfinished struct {
	// Name and Modified are those of the file as the script has announced it.
	Name, Modified string
	Size, Done     int64 // bytes
	Href           string
}

// File is one uploaded file.
type File struct {
	Name string
	// Size and Note in words ("1,2 MB", "wird geprüft").
	Size, Note string
	Error      string
	Href       string
	// RemoveName and RemoveValue are sent by its "Entfernen" button.
	RemoveName, RemoveValue string
}

// ElementID is the id of the field's control, or of the first control of a
// group: what a Problem links to.
func (f Field) ElementID() string {
	if f.ID != "" {
		return f.ID
	}
	return FieldID(f.Name)
}

// FieldID is the id made of a field's name: letters, digits, - and _ stay,
// everything else becomes "-".
func FieldID(name string) string {
	if !strings.ContainsFunc(name, notInID) && name != "" {
		return "f-" + name
	}
	return "f-" + strings.Map(func(r rune) rune {
		if notInID(r) {
			return '-'
		}
		return r
	}, name)
}

func notInID(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// Problem is one line of the error summary.
type Problem struct {
	// Field is the element id that mends it (Field.ElementID), or "".
	Field, Text string
}

// Problems collects the errors of fields, groups included, in page order.
func Problems(fields []Field) []Problem {
	var out []Problem
	for _, f := range fields {
		if f.Error != "" {
			out = append(out, Problem{f.focusID(), f.Error})
		}
		out = append(out, Problems(f.Fields)...)
	}
	return out
}

// Get gives value and error of a named field, for NameFields and AddressFields.
type Get func(name string) (value, err string)

// Tone is the meaning of an alert or badge; it is always also said in words
// and by an icon.
type Tone int

// The tones.
const (
	Neutral Tone = iota
	Info
	Success
	Warning
	Danger
)

// Alert is a message box.
type Alert struct {
	Tone  Tone
	Title string
	// Text and Body come under the title; both may be empty.
	Text string
	Body templ.Component
	// Focus moves the focus here when the page opens (after a failed save).
	Focus bool
	Links []Link
}

// ButtonKind is the weight of a button. A page has one Primary.
type ButtonKind int

// The weights.
const (
	Primary ButtonKind = iota
	Secondary
	Tertiary // looks like a link
	Destructive
)

// Button is a submit button, or with Href a link that looks like one.
type Button struct {
	Text string
	Kind ButtonKind
	Href string
	// Name and Value are sent when it is pressed.
	Name, Value string
	// Action posts to another address than the form's; Form is the id of a
	// form it stands outside of.
	Action, Form string
	Disabled     bool
	// Icon is drawn before the text.
	Icon string
	// Label is read aloud in place of Text, which it must contain ("Ändern:
	// Anschrift").
	Label string
	// Key presses it on desk pages.
	Key string
	// Wide fills the column.
	Wide     bool
	Download bool
	// Focus puts the cursor here when the page opens again.
	Focus bool
}

// FormModel is a form. Browser validation is off: the server explains better.
type FormModel struct {
	Action string
	// Method is "post" when empty.
	Method string
	// Multipart must be set where a KindFiles stands inside.
	Multipart bool
	ID        string
	Hidden    []Hidden
	// Label names the form for assistive technology; needed for a search.
	Label string
	// Default is what the Enter key in a field sends, where the first button
	// of the form is another one (an upload); zero for that first button.
	Default Hidden
}

// Hidden is a value that travels with a form.
type Hidden struct{ Name, Value string }

// State of a step, task or event.
type State int

// The states.
const (
	StateOpen State = iota
	StateCurrent
	StateDone
	StateFaulty // has an error
	StateLocked // cannot be begun yet
)

// Step is one page of a form or one task of a list.
type Step struct {
	Title string
	// Href leads there; "" where one cannot go (yet).
	Href  string
	State State
	Hint  string
}

// Stepper is where one is in a form: "Schritt 3 von 7" and the list of steps.
type Stepper struct{ Steps []Step }

// Saved is the line "Gespeichert 14:03 · Später weitermachen".
type Saved struct {
	// At is the time of day in words of the language; "" while nothing is saved.
	At string
	// Later is the address of "Später weitermachen"; "" leaves it out.
	Later string
}

// Row is one line of a description list or summary card.
type Row struct {
	Key, Value string
	// Lines are further lines of the value; Body stands in place of Value.
	Lines []string
	Body  templ.Component
	// Href makes the value a link. Change leads to where it is changed.
	Href, Change string
	// Mark is a badge behind the value.
	Mark *Badge
}

// SummaryCard is one step on the check page.
type SummaryCard struct {
	Title string
	// Change leads to the step; "" shows no "Ändern".
	Change string
	Rows   []Row
	// Error says what is missing here; "" when complete.
	Error string
	// Level of the heading, 2 when 0.
	Level int
}

// Amount is a computed sum and how it came about.
type Amount struct {
	// Label and Total in words ("Hundesteuer 2027", "180,00 €").
	Label, Total string
	Lines        []AmountLine
	// Note is small print under it ("unverbindlich").
	Note string
	// Why is an explanation in words, shown folded.
	Why []string
}

// AmountLine is one line of a sum, or with Total set one sum among several.
type AmountLine struct {
	Text, Detail, Sum string
	Total             bool
}

// Event is one entry of a timeline.
type Event struct {
	Title string
	// When in words; DateTime in ISO 8601 for machines, "" where unknown.
	When, DateTime string
	Text           string
	State          State
	Body           templ.Component
}

// Card leads somewhere: a life event, a topic, a service.
type Card struct {
	Title, Href, Text string
	// Lang is the language of Title, "" is the page's.
	Lang i18n.Lang
	// Icon is a name of Icons.
	Icon string
	Mark *Badge
	// Meta is a quiet last line ("12 Leistungen").
	Meta string
}

// Badge is a short state in words.
type Badge struct {
	Tone Tone
	Text string
}

// Column of a table.
type Column struct {
	Title   string
	Numeric bool
	// Hidden keeps the title for screen readers only (a column of buttons).
	Hidden bool
	// Sort is the address that sorts by this column; "" for not sortable.
	Sort string
	// Sorted is "ascending", "descending" or "".
	Sorted string
	// Wide lets the column take the room that is left.
	Wide bool
}

// Cell of a table. Body stands in place of Text.
type Cell struct {
	Text, Href string
	Body       templ.Component
	Mark       *Badge
	// DateTime makes Text a time element.
	DateTime string
	// Head makes the cell the header of its row.
	Head bool
}

// Table is a real table; at 320 px each row becomes a small card, still a
// table to assistive technology.
type Table struct {
	Caption       string
	CaptionHidden bool
	Columns       []Column
	Rows          []TableRow
	// Empty is said in place of rows when there are none.
	Empty string
	// Foot is a row of sums.
	Foot []Cell
	// Walk lets the desk's j and k keys go through the rows.
	Walk bool
}

// TableRow is one row; Current is the chosen one, Strong an unread one.
type TableRow struct {
	Cells   []Cell
	Current bool
	Strong  bool
}

// Chip is a filter that is on; Remove is the address without it.
type Chip struct{ Text, Remove string }

// Pager is the way through a long list. Pages count from 1.
type Pager struct {
	Page, Pages int
	// Href gives the address of a page.
	Href func(page int) string
	// Label names it ("Seiten der Ergebnisliste"); "" takes a general one.
	Label string
}

// Tab is one of several views of a thing; each is a page of its own.
type Tab struct {
	Text, Href string
	Current    bool
	// Count behind the text; "" for none.
	Count string
}

// Code is a code shown in groups, to note or print.
type Code struct {
	Label string
	// Groups as spoken: {"K7QF", "2MXP"}.
	Groups []string
	Hint   string
	// Print shows the button "Drucken" (with scripts only).
	Print bool
}

// EmptyState is what a page says when there is nothing yet.
type EmptyState struct {
	Title, Text string
	Action      *Button
	Icon        string
}

// SearchForm is "Was möchten Sie erledigen?" and "Wo?".
type SearchForm struct {
	Action string
	// ID begins the ids of its controls, "suche" when empty; a page with two
	// search forms gives the second one another.
	ID string
	// What and Where are what was typed; the names sent are q and ort.
	What, Where string
	// Place fixes the place in words; no second field is drawn then.
	Place string
	// SuggestWhat and SuggestWhere are URLs of JSON suggestions; "" for none.
	SuggestWhat, SuggestWhere string
	// Large is the form of a start page.
	Large bool
	// Remember offers to keep the place on this device (name merken=1).
	Remember, Remembered bool
	// WhereError says that the place was not understood.
	WhereError string
	Hidden     []Hidden
}

// Suggestion is one entry of the JSON list that a Suggest URL answers with:
// {"items":[{"text":"Hund anmelden","note":"Steuern","href":"/…","value":"…"}]}.
// With Href the entry is followed, else Value (or Text) is put into the field.
type Suggestion struct {
	Text  string `json:"text"`
	Note  string `json:"note,omitempty"`
	Href  string `json:"href,omitempty"`
	Value string `json:"value,omitempty"`
	// Lang is the language of Text where it is not the page's.
	Lang i18n.Lang `json:"lang,omitempty"`
}

// Suggestions is the whole answer of a Suggest URL.
type Suggestions struct {
	Items []Suggestion `json:"items"`
}

// Contact is the card of an office.
type Contact struct {
	Title string
	// Name of the office, Lines of its address.
	Name  string
	Lines []string
	// Phone as shown; the link is made of its digits. Mail likewise.
	Phone, Mail string
	Web         Link
	// Map, Appointment and Form are links where there are any.
	Appointment Link
	// Today says in words whether it is open; Hours the whole week.
	Today string
	Hours []Hours
	// Access tells about the accessibility of the building.
	Access string
	// Demo marks invented values.
	Demo  bool
	Level int
}

// Hours of one day or span of days.
type Hours struct {
	Day, Times string
	Today      bool
}

// Letter is a notice on the screen as it would be on paper.
type Letter struct {
	Sender, Recipient []string
	// Facts at the right: reference, date, office.
	Facts   []Row
	Subject string
	Body    templ.Component
	// Remedy is the legal remedy (Rechtsbehelfsbelehrung).
	RemedyTitle, Remedy string
	// Copy says that this is a copy; in words, "" for none.
	Copy string
}
