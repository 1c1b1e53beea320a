package build

import (
	"regexp"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
)

// known are the harmonised fields of the Baukasten (F60…), by their number,
// with the control and the autocomplete token (HTML 5.2, 4.10.18.7) of each.
var known = map[string]struct{ kind, complete, mode string }{
	"F60000000227": {string(form.Text), "family-name", ""},
	"F60000000228": {string(form.Text), "given-name", ""},
	"F60000000229": {string(form.Text), "honorific-prefix", ""},
	"F60000000230": {string(form.Text), "", ""},
	"F60000000240": {string(form.Phone), "tel", ""},
	"F60000000241": {string(form.Phone), "", ""},
	"F60000000242": {string(form.Email), "email", ""},
	"F60000000243": {string(form.Text), "address-line1", ""},
	"F60000000244": {string(form.HouseNumber), "", ""},
	"F60000000246": {string(form.Postcode), "postal-code", ""},
	"F60000000247": {string(form.Text), "address-level2", ""},
	"F60000000248": {string(form.Text), "address-line2", ""},
	"F60000000261": {"", "country-name", ""},
	"F60000000262": {string(form.Text), "", ""},
	"F60000000319": {string(form.Text), "organization", ""},
	"F60000000321": {string(form.Text), "url", "url"},
	"F60000000322": {string(form.Text), "organization-title", ""},
}

// named are fields that others made, known by their names.
var named = []struct {
	name           *regexp.Regexp
	kind, complete string
}{
	{regexp.MustCompile(`(?i)^IBAN\b`), string(form.IBAN), ""},
	{regexp.MustCompile(`(?i)^(BIC|SWIFT)\b`), string(form.BIC), ""},
	{regexp.MustCompile(`(?i)^E-?Mail(-?Adresse)?( \(.*\))?$`), string(form.Email), "email"},
	{regexp.MustCompile(`(?i)^(Telefon|Mobilfunk|Mobil|Handy|Telefax|Fax)(nummer)?( \(.*\))?$`), string(form.Phone), "tel"},
	{regexp.MustCompile(`(?i)^(Steuer-?(ID|Identifikationsnummer)|Steuerliche (ID|Identifikationsnummer|IdNr\.?)|Identifikationsnummer \(Steuer\w*\))$`), string(form.TaxID), ""},
	{regexp.MustCompile(`(?i)^((amtliches )?(Kfz-|Kraftfahrzeug|Fahrzeug)kennzeichen|amtliches Kennzeichen)( \(.*\))?$`), string(form.Plate), ""},
	{regexp.MustCompile(`(?i)^(Postleitzahl|PLZ)( \(.*\))?$`), string(form.Postcode), "postal-code"},
	{regexp.MustCompile(`(?i)^Hausnummer( \([^A]*\))?$`), string(form.HouseNumber), ""}, // not (Ausland)
	{regexp.MustCompile(`(?i)^Staatsangehörigkeit(en)?( \(.*\))?$`), string(form.Nationality), ""},
	{regexp.MustCompile(`(?i)^Familienname( \(.*\))?$|^Nachname$`), string(form.Text), "family-name"},
	{regexp.MustCompile(`(?i)^Vornamen?( \(.*\))?$`), string(form.Text), "given-name"},
	{regexp.MustCompile(`(?i)^Geburtsdatum( \(.*\))?$`), string(form.Date), "bday"},
	{regexp.MustCompile(`(?i)^Straße( \(.*\))?$`), string(form.Text), "address-line1"},
	{regexp.MustCompile(`(?i)^Ort( \(.*\))?$|^Wohnort$`), string(form.Text), "address-level2"},
}

// known takes the control of a well-known field, and tells whether it has one.
// A field of a person's own data can be filled in by the browser; the first of
// its kind is taken for that person's.
func (b *builder) known(n *node) bool {
	f, o := n.part.Field, &n.field
	k, ok := known[f.ID]
	if !ok {
		for _, m := range named {
			if m.name.MatchString(f.Name) && suits(f, m.kind) {
				k.kind, k.complete, ok = m.kind, m.complete, true
				break
			}
		}
	}
	if !ok {
		return false
	}
	if n.in == nil && k.complete != "" && !b.seen[k.complete] {
		b.seen[k.complete] = true
		o.Autocomplete = k.complete
	}
	if f.FieldKind == fim.Select {
		return true
	}
	if k.kind == "" || !suits(f, k.kind) || k.kind == string(form.Nationality) && (b.read[n.fim] || f.List != nil || f.Bounds.MaxLength != nil && *f.Bounds.MaxLength < 3) {
		return false
	}
	switch form.Kind(k.kind) {
	case form.Text:
		b.text(n)
		o.Type = k.kind
	case form.Date:
		b.plain(n)
	case form.Phone, form.Email, form.HouseNumber:
		o.Type = k.kind
		if l := f.Bounds.MaxLength; l != nil {
			o.Max = whole(itoa(*l), false)
		}
	default:
		o.Type = k.kind
	}
	o.InputMode = k.mode
	return true
}

// suits tells whether a field can be asked for by the kind.
func suits(f *fim.Field, kind string) bool {
	text := f.Type == fim.Text || f.Type == fim.TextLatin
	switch form.Kind(kind) {
	case form.Date:
		return f.Type == fim.Date
	case form.Postcode: // those abroad are longer
		return text && f.Bounds.MaxLength != nil && *f.Bounds.MaxLength == 5
	case form.TaxID, form.Plate, form.IBAN, form.BIC:
		return text && (f.Bounds.MaxLength == nil || *f.Bounds.MaxLength >= 8)
	}
	return text
}
