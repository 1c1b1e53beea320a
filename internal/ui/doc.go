// Package ui draws every page of the portal: typed templ components over the
// KERN design system (npm @kern-ux/native), made larger from KERN's own
// tokens where KERN has nothing. It knows no room of the town hall; rooms hand
// it plain structs and already translated texts.
//
// What every page and every form has is drawn by hand with a pen (draw.go),
// for it is drawn in each request; what is rare is templ.
//
// # How a room uses it
//
//	return ui.Render(w, r, http.StatusOK, ui.Page{
//		Title:    t.T("service.page.title", "name", s.Name),
//		Crumbs:   []ui.Link{{Href: web.Link(ctx, "/"), Text: place}},
//		Problems: problems,          // error summary, first in main, takes the focus
//		Body:     body(s),           // a templ component of the room
//		Aside:    facts(s),          // second column, first on a phone
//	})
//
// Every model (Field, Alert, Button, Card, Table, SummaryCard, Contact, …) is
// itself a templ.Component, so a room's templ says
//
//	@ui.Alert{Tone: ui.Info, Title: t.T("…")}
//	@ui.Form(ui.FormModel{Action: web.Link(ctx, "/…"), Hidden: hidden}) {
//		@ui.Fields(fields)
//		@ui.Buttons() {
//			@ui.Button{Text: t.T("…")}
//			@ui.Button{Text: t.T("…"), Kind: ui.Secondary, Name: "back", Value: "yes"}
//		}
//	}
//
// What only wraps other things is a function with children: Form, Buttons,
// Prose, Section, Details, Box, Grid, Columns, Filters, Tabs and the like.
// Class names (kern-…, lp-…) appear in this package and in web/ alone; a room
// never writes a class, a style or a handler attribute. Free text of a room
// goes into @ui.Prose() { <p>…</p> <ul>…</ul> }.
//
// Page.Title becomes the <title>, and the one <h1> unless Page.Body draws its
// own (Page.OwnHeading).
//
// # Form fields
//
// A Field is one question. @f draws the control its Kind names, with label,
// hint and error; @ui.Fields(list) draws several. The id of a control is Field.ID, or the
// name with everything but letters, digits, - and _ turned into "-"
// (FieldID). Problems link to it: Problem{Field: f.ElementID(), Text: …}.
// What the browser sends:
//
//	KindDate              NAME:day, NAME:month, NAME:year   (DateOf reads them)
//	KindCheckboxes        NAME, repeated
//	KindConfirm           NAME=yes when ticked
//	KindYesNo             NAME=yes or NAME=no
//	KindFiles             NAME, multipart; REMOVE buttons send Upload.RemoveName=Upload.RemoveValue
//	everything else       NAME
//
// # Frame
//
// Everything round the page (tenant's name, monogram, languages, footer) is a
// Frame in the request's context, put there once by app with WithFrame. A
// page drawn without one gets a plain frame, never an error.
//
// # A tenant's theme
//
// Frame.Theme is the URL of a style sheet that sets nothing but four
// variables, for light and, inside @media (prefers-color-scheme: dark), for
// dark:
//
//	:root { --lp-accent: #0b5d4e; --lp-on-accent: #ffffff; }
//	@media (prefers-color-scheme: dark) {
//		:root { --lp-accent: #7fd6c2; --lp-on-accent: #06231d; }
//	}
//
// --lp-accent is used as the colour of links, primary buttons and the
// monogram, and as the thin line over the header. It must have a contrast of
// at least 4.5:1 against #ffffff and #f3f4f7 (light) and against #000000 and
// #1b1e2f (dark); --lp-on-accent is text on it and must have 4.5:1 against
// it. The room that makes the sheet checks that; without a sheet KERN's blue
// is used.
//
// # Assets
//
// Style sheet, fonts and scripts come from web/ (package webassets), with
// content-hashed names. When they were not built the pages are plain HTML,
// complete and usable.
package ui
