package ui

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/a-h/templ"
	templruntime "github.com/a-h/templ/runtime"
)

// BenchmarkFormPage draws a usual page of a form (five fields, one of them a
// date, thirteen steps) and one of twenty fields, each inside the whole frame
// of a tenant, as the room of the form does: a templ component of its own with
// ui's components in it.
func BenchmarkFormPage(b *testing.B) {
	many := make([]Field, 20)
	for i := range many {
		many[i] = Field{Name: "feld" + strconv.Itoa(i), Label: "Vorname der Halterin", Hint: "Wie im Ausweis", Value: "Kim", Required: true, Autocomplete: "given-name", MaxLength: 100}
	}
	for _, c := range []struct {
		name string
		body templ.Component
	}{
		{"fields=5", formBody(questions(), manySteps())},
		{"fields=20", formBody(many, manySteps())},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := Page{Title: "Ihr Hund", Layout: LayoutForm, NoIndex: true, Back: Link{Href: "/zurueck", Text: "Zurück"}, Body: c.body}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r = r.WithContext(WithFrame(r.Context(), tenantFrame()))
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				if err := Render(w, r, http.StatusOK, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// generated is a component as templ generates it.
func generated(fill func(ctx context.Context, w io.Writer) error) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf, existing := templruntime.GetBuffer(w)
		ctx = templ.ClearChildren(templ.InitializeContext(ctx))
		err := fill(ctx, buf)
		if !existing {
			err = errors.Join(err, templruntime.ReleaseBuffer(buf))
		}
		return err
	})
}

// formBody is one page of a form, put together as the form's own room does:
//
//	@Text("…")
//	@Form(…) {
//		@Fields(fields)
//		@Buttons() {
//			@Button{…}
//		}
//	}
//	@Saved{…}
//	@Stepper{…}
func formBody(fields []Field, steps []Step) templ.Component {
	return generated(func(ctx context.Context, w io.Writer) error {
		buttons := generated(func(ctx context.Context, w io.Writer) error {
			return Button{Text: "Weiter", Name: "_go", Value: "next"}.Render(ctx, w)
		})
		form := generated(func(ctx context.Context, w io.Writer) error {
			if err := Fields(fields).Render(ctx, w); err != nil {
				return err
			}
			if _, err := io.WriteString(w, " "); err != nil { // as templ keeps the space before @
				return err
			}
			return Buttons().Render(templ.WithChildren(ctx, buttons), w)
		})
		if err := Text("Wir brauchen diese Angaben für die Anmeldung.").Render(ctx, w); err != nil {
			return err
		}
		if err := Form(FormModel{Action: "#", Hidden: []Hidden{{Name: "seite", Value: "hund"}}}).Render(templ.WithChildren(ctx, form), w); err != nil {
			return err
		}
		if err := (Saved{At: "14:03", Later: "#"}).Render(ctx, w); err != nil {
			return err
		}
		return Stepper{Steps: steps}.Render(ctx, w)
	})
}

// questions is a usual page of a form: a few texts, a date, a choice.
func questions() []Field {
	return []Field{
		{Name: "name", Label: "Rufname des Hundes", Required: true, MaxLength: 60, Value: "Bella"},
		{Kind: KindDate, Name: "geburt", Label: "Wann ist der Hund geboren?", Hint: "Zum Beispiel 27 3 2024", Required: true, Date: DateParts{Day: "27", Month: "3", Year: "2024"}},
		{Kind: KindRadios, Name: "geschlecht", Label: "Geschlecht des Hundes", Required: true, Value: "w", Choices: []Choice{{Value: "w", Label: "Hündin"}, {Value: "m", Label: "Rüde"}}},
		{Name: "chip", Label: "Chipnummer", Hint: "15 Ziffern, im Heimtierausweis", InputMode: "numeric", MaxLength: 15, Width: Width16},
		{Name: "mail", Label: "E-Mail-Adresse", Type: "email", Autocomplete: "email", Value: "kim@example.org"},
	}
}

func manySteps() []Step {
	steps := make([]Step, 13)
	for i := range steps {
		n := strconv.Itoa(i + 1)
		steps[i] = Step{Title: "Angaben, Teil " + n, Href: "#schritt-" + n, State: StateOpen}
		if i < 4 {
			steps[i].State = StateDone
		}
	}
	steps[4].State = StateCurrent
	return steps
}

// tenantFrame is the frame of a tenant's public site.
func tenantFrame() Frame {
	return Frame{
		Name: "Stadt Paderborn", Note: "Serviceportal", Monogram: "PB", Home: "/paderborn", Demo: true, Version: "1",
		Theme: "/paderborn/theme.css", Imprint: "/impressum", Privacy: "/datenschutz", Accessibility: "/barrierefreiheit",
		Feedback: "/barriere", Sources: "/quellen", Attribution: []string{"Verwaltungsgrenzen: © GeoBasis-DE / BKG"},
		Languages: []Language{{Lang: "de", Label: "Deutsch", Href: "/", Current: true}, {Lang: "en", Label: "English", Href: "/en/"}},
		Account:   Link{Href: "/bereich", Text: "Mein Bereich"},
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
