package app

import (
	"cmp"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/jsonschema"
	"leitportal/internal/form/prove"
	"leitportal/internal/submission"
)

type formSchemaCmd struct {
	Dir     string `arg:"" help:"A solution's folder, or the bare files of a form." type:"existingdir"`
	OpenAPI bool   `name:"openapi" help:"An OpenAPI 3.1 document with the schema as its one component."`
	Base    string `help:"Address under which the schema will be published: its $id is BASE/<id>/<version>/payload.schema.json instead of a URN." placeholder:"URL"`
}

// Run prints what leaves the portal when somebody applies.
func (c formSchemaCmd) Run(p *process) error {
	f, err := oneForm(c.Dir, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	doc, err := f.schema(c.OpenAPI, c.Base)
	if err != nil {
		return err
	}
	_, err = p.out.Write(doc)
	return err
}

// ownForm is a compiled form, and the solution it belongs to.
type ownForm struct {
	prove.Source
	about   submission.About
	program *form.Program
}

// oneForm is the form in dir, compiled.
func oneForm(dir string, today clock.Date) (ownForm, error) {
	src, err := oneSource(dir, today)
	if err != nil {
		return ownForm{}, err
	}
	return compiled(src)
}

func compiled(src formSource) (ownForm, error) {
	f := ownForm{Source: src.Source, about: src.about}
	d, err := form.Load(f.Files)
	if err != nil {
		return f, err
	}
	f.about.Solution, f.about.Title = cmp.Or(f.about.Solution, d.ID), cmp.Or(f.about.Title, d.ID)
	f.program, err = form.Compile(d, form.Options{Params: f.Params})
	return f, err
}

// schema is the form's payload as JSON Schema or OpenAPI, as a file.
func (f ownForm) schema(openAPI bool, base string) ([]byte, error) {
	a := f.about
	if openAPI {
		s, defs := submission.PayloadSchema(f.program, a, jsonschema.Components)
		return jsonschema.OpenAPI(a.Title, cmp.Or(a.Version, "0.0.0"), a.Solution, s, defs).Indent()
	}
	id := "urn:leitportal:" + a.Solution + ":" + cmp.Or(a.Version, "0.0.0") + ":payload"
	if base != "" {
		id = strings.TrimRight(base, "/") + "/" + a.Solution + "/" + cmp.Or(a.Version, "0.0.0") + "/payload.schema.json"
	}
	s, defs := submission.PayloadSchema(f.program, a, "#/$defs/")
	doc := append(jsonschema.Object{{Name: "$schema", Value: "https://json-schema.org/draft/2020-12/schema"}, {Name: "$id", Value: id}}, s...)
	doc.Set("$defs", defs)
	return doc.Indent()
}
