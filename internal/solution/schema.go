package solution

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object; its keys are written in their order.
type object = map[string]any

// ParameterSchema is the JSON Schema (draft 2020-12) of a file with an
// authority's parameters, for editors and programs that make such files. What
// it cannot say stands in $comment: by-laws that overlap or end before they
// begin, and days that do not follow each other, are found when the file is
// read.
func (v *Version) ParameterSchema() ([]byte, error) {
	values, own := object{}, []string{}
	for _, p := range v.order {
		values[p.Name] = p.schema()
		if p.Own {
			own = append(own, p.Name)
		}
	}
	day := object{"type": "string", "format": "date"}
	schema := object{
		"$schema":  "https://json-schema.org/draft/2020-12/schema",
		"$id":      "urn:leitportal:" + v.ID + ":" + v.Manifest.Version + ":parameters",
		"title":    "Parameter: " + v.Title.DE,
		"$comment": "Not said here: by-laws must not overlap, none ends before it begins, and days follow each other in the year.",
		"type":     "object", "additionalProperties": false, "required": []string{"tenant", "bylaws"},
		"properties": object{
			"tenant": object{"type": "string", "pattern": "^([0-9]{12})?$", "description": "ARS, 12 digits; empty in default.yaml"},
			"name":   object{"type": "string"},
			"demo":   object{"type": "boolean", "description": "true marks every amount on screen as made up"},
			"bylaws": object{"type": "array", "minItems": 1, "maxItems": maxByLaws, "items": object{
				"type": "object", "additionalProperties": false, "required": []string{"name", "valid_from"},
				"properties": object{
					"name":    object{"type": "string", "minLength": 1, "maxLength": maxByLawName},
					"decided": day, "valid_from": day, "valid_to": day,
					"values": object{"type": "object", "additionalProperties": false, "properties": values},
				},
			}},
		},
	}
	if len(own) > 0 {
		// An authority's first by-law states what cannot be guessed.
		schema["if"] = object{"properties": object{"tenant": object{"const": defaults}}}
		schema["else"] = object{"properties": object{"bylaws": object{"prefixItems": []any{object{
			"required": []string{"values"}, "properties": object{"values": object{"required": own}},
		}}}}}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(schema)
	return b.Bytes(), err
}

// schema is the JSON Schema of the parameter's value: the same bounds as check
// has.
func (p Parameter) schema() object {
	s := object{}
	bounds := func(low, high string) {
		if p.Min != 0 {
			s[low] = p.Min
		}
		if p.Max != 0 {
			s[high] = p.Max
		}
	}
	options := make([]any, len(p.Options))
	for i, o := range p.Options {
		options[i] = object{"const": o.ID, "title": o.Text.DE, "x-title-en": o.Text.EN}
	}
	switch p.Type {
	case "bool":
		s["type"] = "boolean"
	case "int", "money", "percent":
		s["type"], s["minimum"] = "integer", p.Min
		bounds("minimum", "maximum")
		if p.Type == "percent" && p.Max == 0 {
			s["maximum"] = 100
		}
	case "text":
		s["type"] = "string"
		bounds("minLength", "maxLength")
	case "words":
		text := object{"type": "string"}
		if p.Max != 0 {
			text["maxLength"] = p.Max
		}
		if p.Min != 0 {
			text["minLength"] = p.Min
		}
		s["type"], s["additionalProperties"], s["required"] = "object", false, []string{"de", "en"}
		s["properties"] = object{"de": text, "en": text}
	case "choice":
		s["oneOf"] = options
	case "choices":
		s["type"], s["items"], s["uniqueItems"] = "array", object{"oneOf": options}, true
		bounds("minItems", "maxItems")
	case "days":
		s["type"], s["uniqueItems"] = "array", true
		s["items"] = object{"type": "string", "pattern": "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "description": "MM-DD"}
		bounds("minItems", "maxItems")
	case "moneys":
		s["type"], s["items"] = "array", object{"type": "integer", "minimum": 0, "maximum": maxRate}
		bounds("minItems", "maxItems")
	}
	s["title"], s["x-title-en"], s["default"] = p.Text.DE, p.Text.EN, p.Default
	if p.Unit != "" {
		s["x-unit"] = p.Unit
	}
	return s
}
