package form

import (
	"fmt"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Kind is the type of a field, spelled as in schema.yaml.
type Kind string

// The kinds of fields. FORMAT.md says how each is stored and seen by rules.
const (
	Text        Kind = "text"
	Multiline   Kind = "multiline"
	Int         Kind = "int"
	Decimal     Kind = "decimal"
	Money       Kind = "money"
	Date        Kind = "date"
	PartialDate Kind = "partialdate" // a date of which the day, or day and month, are not known
	Time        Kind = "time"
	DateTime    Kind = "datetime"
	Period      Kind = "period"
	Bool        Kind = "bool"
	Confirm     Kind = "confirm"
	OneOf       Kind = "choice"
	SomeOf      Kind = "choices"
	Ranking     Kind = "ranking"
	Email       Kind = "email"
	Phone       Kind = "phone"
	Postcode    Kind = "postcode"
	HouseNumber Kind = "housenumber"
	Country     Kind = "country"
	Nationality Kind = "nationality"
	IBAN        Kind = "iban"
	BIC         Kind = "bic"
	TaxID       Kind = "taxid"
	Register    Kind = "register"
	Plate       Kind = "plate"
	Chip        Kind = "chip"
	Geo         Kind = "geo"
	Signature   Kind = "signature"
	Files       Kind = "file"
)

// descriptor is all that the engine knows of a kind. Functions that are nil
// have the default that stands beside them.
type descriptor struct {
	cel    *cel.Type // in rules
	widget Widget
	mode   string // the keyboard to bring up (HTML's inputmode)
	max    int64  // where the author gives none
	length int    // of the control in characters, where it is not max
	lines  bool   // takes several lines
	// hint is shown where the author has none, missing said where a required
	// answer is not there: keys of the engine's texts.
	hint, missing string
	parts         []string // the controls, where there are several: name:part

	// bounds reads min and max of schema.yaml; nil: whole numbers.
	bounds func(f *field) error
	// list is what there is to choose from, where the author does not say it.
	list func() []Choice
	// offers are the options of the control; nil: the choices.
	offers func(f *field, p *Program, lang i18n.Lang) []Option
	// read makes an answer of what stands in the one control, cleaned and not
	// empty; join of what stands in several, not all empty; split is its
	// inverse, and controls describes them. One kind may have read and join.
	read     func(f *field, s string, lang i18n.Lang) (Value, issue)
	join     func(f *field, parts []string, lang i18n.Lang) (Value, issue)
	split    func(f *field, v Value) []string
	controls func(f *field, m *Field, lang i18n.Lang, at func(part string) string)
	// stored reads the canonical JSON of an answer; nil: any text.
	stored func(f *field, raw string) (Value, bool)
	// bound is what is wrong with an answer by the field's bounds and by what
	// the kind is; nil: nothing.
	bound func(f *field, v Value, today clock.Date, lang i18n.Lang) issue
	// inRules is an answer as rules see it; nil: as its Go type is.
	inRules func(v Value) ref.Val
	// show is an answer as a person reads it; nil: the text itself. edit is
	// how it stands in its control; nil: as shown.
	show func(f *field, v Value, lang i18n.Lang) string
	edit func(v Value) string
}

// describe is the one place where a kind is made; nil where there is no such
// kind.
func describe(k Kind) *descriptor {
	str, list, record := cel.StringType, cel.ListType(cel.StringType), cel.MapType(cel.StringType, cel.StringType)
	switch k {
	case Text:
		return &descriptor{cel: str, max: 200, read: readLatin, bound: boundText}
	case Multiline:
		return &descriptor{cel: str, widget: WidgetArea, max: 2000, lines: true, read: readLatin, bound: boundText}
	case Int:
		return &descriptor{cel: cel.IntType, mode: "numeric", read: readInt, stored: storedInt, bound: boundInt(i18n.Number), show: showInt(i18n.Number), edit: editInt}
	case Decimal:
		return &descriptor{
			cel: cel.DoubleType, mode: "decimal", bounds: floatBounds, read: readDecimal, stored: storedDecimal, bound: boundDecimal,
			show: func(_ *field, v Value, lang i18n.Lang) string { return showDecimal(v.(string), lang) },
			inRules: func(v Value) ref.Val {
				f, _ := strconv.ParseFloat(v.(string), 64) // canonical, always a number
				return types.Double(f)
			},
		}
	case Money:
		return &descriptor{cel: cel.IntType, mode: "decimal", read: readMoney, stored: storedInt, bound: boundInt(i18n.Money), show: showInt(i18n.Money), edit: editMoney}
	case Date:
		return &descriptor{
			cel: cel.TimestampType, widget: WidgetDate, mode: "numeric", parts: dateParts(), bounds: dateBounds, read: readDateText, join: joinDate,
			split: splitDate, stored: storedDate, bound: boundDate, edit: editDate,
			show: func(_ *field, v Value, lang i18n.Lang) string { return i18n.FormatDate(lang, v.(clock.Date)) },
		}
	case PartialDate:
		return &descriptor{
			cel: str, widget: WidgetDate, hint: "form.partial_hint", parts: dateParts(), bounds: dateBounds, join: joinPartial, split: splitPartial,
			stored: storedText(isPartial), bound: boundPartial, show: showPartial,
		}
	case Time:
		return &descriptor{
			cel: str, mode: "decimal", length: 12, bounds: timeBounds, read: readTime, stored: storedText(isTime), bound: boundTime, show: showTime,
			edit: func(v Value) string { return v.(string) },
		}
	case DateTime:
		return &descriptor{
			cel: cel.TimestampType, widget: WidgetGroup, missing: "form.missing_datetime", parts: append(under("date", dateParts()), "time"), bounds: dateBounds, join: joinDateTime,
			split: splitDateTime, controls: dateTimeControls, stored: storedText(isDateTime), bound: boundDateTime, show: showDateTime, inRules: dateTimeInRules,
		}
	case Period:
		return &descriptor{
			cel: record, widget: WidgetGroup, hint: "form.period_hint", missing: "form.missing_period", parts: append(under("from", dateParts()), under("to", dateParts())...), bounds: dateBounds,
			join: joinPeriod, split: splitPeriod, controls: periodControls, stored: storedRecord(isPeriod), bound: boundPeriod, show: showPeriod,
		}
	case Bool:
		return &descriptor{cel: cel.BoolType, widget: WidgetYesNo, missing: "form.missing_choice", offers: yesNo, read: readBool, stored: storedBool, show: showBool, edit: editBool}
	case Confirm:
		return &descriptor{cel: cel.BoolType, widget: WidgetConfirm, missing: "form.confirm", read: readBool, stored: storedBool, bound: boundConfirm, show: showBool, edit: editBool}
	case OneOf:
		return &descriptor{cel: str, missing: "form.missing_choice", read: readChoice, stored: storedChoice, show: showChoice, edit: func(v Value) string { return v.(string) }}
	case Country, Nationality:
		d := describe(OneOf)
		d.widget, d.list = WidgetSearch, countries
		if k == Nationality {
			d.list = nationalities
		}
		return d
	case SomeOf:
		return &descriptor{cel: list, widget: WidgetCheckbox, missing: "form.missing_choice", stored: storedChoices, bound: boundChoices, show: showChoices}
	case Ranking:
		return &descriptor{
			cel: list, widget: WidgetGroup, hint: "form.rank_hint", missing: "form.missing_rank", offers: rankOffers, join: joinRanking, split: splitRanking,
			controls: rankControls, stored: storedRanking, bound: boundRanking, show: showRanking,
		}
	case Email:
		return &descriptor{cel: str, mode: "email", max: 254, read: readAny, bound: checked(func(s string) string {
			if !isEmail(s) {
				return "form.email"
			}
			return ""
		})}
	case Phone:
		return &descriptor{cel: str, mode: "tel", max: 30, read: readPhone, show: showPhone, bound: checked(func(s string) string {
			if !isPhone(s) {
				return "form.phone"
			}
			return ""
		})}
	case Postcode:
		return &descriptor{cel: str, mode: "numeric", max: 5, read: readStripped, bound: checked(func(s string) string {
			if _, ok := digits(s); len(s) != 5 || !ok || s[0] == '-' {
				return "form.postcode"
			}
			return ""
		})}
	case HouseNumber:
		return &descriptor{cel: str, max: 10, read: readHouseNumber, bound: boundText}
	case IBAN:
		return &descriptor{cel: str, length: 42, max: 34, read: readCapitals, bound: boundIBAN, show: showIBAN} // 42 with the blanks people type
	case BIC:
		return &descriptor{cel: str, length: 11, max: 11, read: readCapitals, bound: numbered(bicTrouble)}
	case TaxID:
		return &descriptor{cel: str, mode: "numeric", length: 20, max: 11, read: readCapitals, bound: numbered(taxIDTrouble), show: showTaxID}
	case Chip:
		return &descriptor{cel: str, mode: "numeric", length: 20, max: 15, read: readCapitals, bound: numbered(chipTrouble)}
	case Plate:
		return &descriptor{cel: str, length: 24, max: 24, hint: "form.plate_hint", read: readPlate, stored: storedText(isPlate)}
	case Register:
		return &descriptor{
			cel: record, widget: WidgetGroup, parts: []string{"court", "art", "number"}, offers: registerOffers, join: joinRegister, split: splitRecord,
			controls: registerControls, stored: storedRecord(isRegister), show: showRegister,
		}
	case Geo:
		return &descriptor{
			cel: record, widget: WidgetGroup, hint: "form.geo_hint", missing: "form.missing_geo", parts: []string{"place", "lat", "lon"}, join: joinGeo, split: splitRecord,
			controls: geoControls, stored: storedRecord(isGeo), show: showGeo,
		}
	case Signature:
		return &descriptor{
			cel: record, widget: WidgetGroup, missing: "form.missing_signature", parts: []string{"declared", "name"}, join: joinSignature, split: splitRecord,
			controls: signatureControls, stored: storedRecord(isSignature), show: showSignature,
		}
	case Files:
		return &descriptor{cel: list, widget: WidgetFile, max: 1, missing: "form.missing_file", stored: storedFiles, bound: boundFiles, show: showFiles, inRules: filesInRules}
	}
	return nil
}

// dateParts are the three controls of a date.
func dateParts() []string { return []string{"day", "month", "year"} }

// under puts parts into a part of their own.
func under(part string, parts []string) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = part + ":" + p
	}
	return out
}

// celType is the type of a kind's values in rules.
func (k Kind) celType() *cel.Type { return describe(k).cel }

// zero is the harmless value of an unanswered field in rules.
func (d *descriptor) zero() ref.Val {
	if d.cel.Kind() == types.MapKind {
		return d.record(nil)
	}
	return zeroOf(d.cel)
}

// record is an answer of several parts as rules see it: with all of them, for
// a rule must not fail on one that is not there.
func (d *descriptor) record(m map[string]string) ref.Val {
	all := make(map[string]string, len(d.parts))
	for _, part := range d.parts {
		name, _, _ := strings.Cut(part, ":")
		all[name] = m[name]
	}
	return types.NewStringStringMap(types.DefaultTypeAdapter, all)
}

// celValue is the answer v as rules see it.
func (f *field) celValue(v Value) ref.Val {
	if f.d.inRules != nil {
		return f.d.inRules(v)
	}
	switch v := v.(type) {
	case string:
		return types.String(v)
	case int64:
		return types.Int(v)
	case bool:
		return types.Bool(v)
	case clock.Date:
		return dateVal(v)
	case []string:
		return types.NewStringList(types.DefaultTypeAdapter, v)
	case map[string]string:
		return f.d.record(v)
	}
	return f.zero
}

// decode reads a stored answer of f and checks that it is one that Parse
// could have made; bounds may have been looser then, so they are left to
// Validate.
func (f *field) decode(raw string) (Value, error) {
	read := f.d.stored
	if read == nil {
		read = storedPlain
	}
	v, ok := read(f, raw)
	if !ok {
		return nil, fmt.Errorf("%w: %s", errStored, f.path)
	}
	return v, nil
}

// bound is what is wrong with an answer by its field's bounds, which may move
// with the day.
func (f *field) bound(v Value, today clock.Date, lang i18n.Lang) issue {
	if f.d.bound == nil {
		return issue{}
	}
	return f.d.bound(f, v, today, lang)
}

// display is v as a person reads it: on the check page, in the PDF, at the
// desk.
func (f *field) display(v Value, lang i18n.Lang) string {
	switch s, plain := v.(string); {
	case v == nil:
		return ""
	case f.d.show != nil:
		return f.d.show(f, v, lang)
	case plain:
		return s
	}
	return ""
}

// edit is v as it stands in the form control.
func (f *field) edit(v Value, lang i18n.Lang) string {
	if v == nil || f.d.edit == nil {
		return f.display(v, lang)
	}
	return f.d.edit(v)
}
