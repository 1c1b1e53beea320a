package ui

import (
	"context"
	"net/http"

	"leitportal/internal/web"
	webassets "leitportal/web"
)

// NameFields asks for a person's name: PREFIX.given and PREFIX.family, side by
// side, known to the browser's autofill.
func NameFields(ctx context.Context, prefix string, get Get) []Field {
	return named(prefix, get, []Field{
		{Name: ".given", Label: tr(ctx, "ui.name.given"), Required: true, Autocomplete: "given-name", MaxLength: 100},
		{Name: ".family", Label: tr(ctx, "ui.name.family"), Required: true, Autocomplete: "family-name", MaxLength: 100, Beside: true},
	})
}

// AddressFields asks for a German address: PREFIX.street, .number, .postcode
// and .town.
func AddressFields(ctx context.Context, prefix string, get Get) []Field {
	return named(prefix, get, []Field{
		{Name: ".street", Label: tr(ctx, "ui.address.street"), Required: true, MaxLength: 100},
		{Name: ".number", Label: tr(ctx, "ui.address.number"), Required: true, Width: Width4, MaxLength: 10, Beside: true},
		{Name: ".postcode", Label: tr(ctx, "ui.address.postcode"), Required: true, Autocomplete: "postal-code", InputMode: "numeric", Width: Width8, MaxLength: 5},
		{Name: ".town", Label: tr(ctx, "ui.address.town"), Required: true, Autocomplete: "address-level2", MaxLength: 100, Beside: true},
	})
}

func named(prefix string, get Get, fields []Field) []Field {
	for i := range fields {
		f := &fields[i]
		f.Name = prefix + f.Name
		if get != nil {
			f.Value, f.Error = get(f.Name)
		}
	}
	return fields
}

// AssetRoutes serves the style sheet, fonts and scripts of set on every host.
func AssetRoutes(set *webassets.Set) []web.Route {
	return []web.Route{{
		Site: web.Root, Pattern: "GET " + webassets.Prefix + "{file}", Access: web.Public,
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			set.ServeHTTP(w, r)
			return nil
		},
	}}
}
