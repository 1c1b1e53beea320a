package submission

import (
	"leitportal/internal/form"
	"leitportal/internal/form/jsonschema"
	"leitportal/internal/i18n"
)

// About names the solution whose payload a schema describes. Version is "" for
// any.
type About struct{ Solution, Version, Title string }

// PayloadSchema is the JSON Schema (2020-12) of a Payload that the form p
// fills. Lists of codes stand under refs ("#/$defs/" in a document of its
// own); defs are these.
func PayloadSchema(p *form.Program, a About, refs string) (schema, defs jsonschema.Object) {
	answers, defs := jsonschema.Answers(p, refs)
	text := func(pattern, words string) jsonschema.Object {
		o := jsonschema.Object{{Name: "type", Value: "string"}, {Name: "pattern", Value: pattern}}
		o.Set("description", words)
		return o
	}
	constant := func(value string) jsonschema.Object { return jsonschema.Object{{Name: "const", Value: value}} }
	version := text("^[0-9]+[.][0-9]+[.][0-9]+$", "")
	if a.Version != "" {
		version = constant(a.Version)
	}
	var langs []string
	for _, l := range i18n.Langs() {
		langs = append(langs, string(l))
	}
	properties := jsonschema.Object{
		{Name: "format", Value: jsonschema.Object{
			{Name: "enum", Value: []string{PayloadFormat, TestFormat}},
			{Name: "description", Value: TestFormat + " ist ein Testfall und kein Antrag: Er darf nicht als Antrag bearbeitet werden."},
		}},
		{Name: "submission", Value: text("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", "Kennung der Einreichung (UUIDv7).")},
		{Name: "revision", Value: jsonschema.Object{{Name: "type", Value: "integer"}, {Name: "minimum", Value: 1}, {Name: "description", Value: "1; jede Korrektur zählt weiter."}}},
		{Name: "tenant", Value: text("^[0-9]{12}$", "Amtlicher Regionalschlüssel der Behörde.")},
		{Name: "solution", Value: constant(a.Solution)},
		{Name: "version", Value: version},
		{Name: "lang", Value: jsonschema.Object{{Name: "enum", Value: langs}, {Name: "description", Value: "Sprache, in der der Antrag gestellt wurde."}}},
		{Name: "received", Value: jsonschema.Object{{Name: "type", Value: "string"}, {Name: "format", Value: "date-time"}, {Name: "description", Value: "Eingang, UTC."}}},
		{Name: "today", Value: jsonschema.Object{{Name: "type", Value: "string"}, {Name: "format", Value: "date"}, {Name: "description", Value: "Tag in Deutschland, an dem die Regeln geprüft wurden."}}},
		{Name: "answers", Value: answers},
		{Name: "salt", Value: jsonschema.Object{{Name: "type", Value: "string"}, {Name: "contentEncoding", Value: "base64"}, {Name: "pattern", Value: "^[A-Za-z0-9+/]{43}=$"}, {Name: "description", Value: "32 Byte, mit denen die Einreichung im öffentlichen Verzeichnis steht."}}},
	}
	if to := p.Inspect().Destinations; len(to) > 0 {
		properties.Set("destination", jsonschema.Object{{Name: "enum", Value: to}, {Name: "description", Value: "Zuständige Stelle nach den Regeln des Formulars."}})
	}
	return jsonschema.Object{
		{Name: "title", Value: a.Title},
		{Name: "type", Value: "object"},
		{Name: "properties", Value: properties},
		{Name: "required", Value: []string{"format", "submission", "revision", "tenant", "solution", "version", "lang", "received", "today", "answers"}},
		{Name: "additionalProperties", Value: false},
	}, defs
}
