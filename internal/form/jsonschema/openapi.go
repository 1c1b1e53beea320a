package jsonschema

// OpenAPI is a document (OpenAPI 3.1) of an interface that takes one kind of
// data: a POST of schema, which becomes the component name. The lists it
// refers to become components beside it; so it must have been made with refs
// Components.
func OpenAPI(title, version, name string, schema, defs Object) Object {
	return Object{
		{"openapi", "3.1.0"},
		{"info", Object{{"title", title}, {"version", version}, {"description", "Was das Portal als Fachdaten einer Einreichung übergibt (FIT-Connect: entschlüsselter Fachdatensatz, application/json)."}}},
		{"paths", Object{{"/" + name, Object{{"post", Object{
			{"operationId", "receive-" + name},
			{"summary", "Nimmt einen Antrag entgegen"},
			{"requestBody", Object{{"required", true}, {"content", Object{{"application/json", Object{{"schema", Object{{"$ref", Components + name}}}}}}}}},
			{"responses", Object{
				{"204", Object{{"description", "angenommen"}}},
				{"422", Object{{"description", "entspricht nicht dem Schema"}}},
			}},
		}}}}}},
		{"components", Object{{"schemas", append(Object{{name, schema}}, defs...)}}},
	}
}

// Components is where the schemas of an OpenAPI document stand.
const Components = "#/components/schemas/"
