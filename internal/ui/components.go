package ui

import (
	"context"
	"io"
)

// Render implements templ.Component: label, hint, control and error.
func (f Field) Render(ctx context.Context, w io.Writer) error { return drawn(f.draw).Render(ctx, w) }

// Render implements templ.Component.
func (a Alert) Render(ctx context.Context, w io.Writer) error { return drawn(a.draw).Render(ctx, w) }

// Render implements templ.Component.
func (b Button) Render(ctx context.Context, w io.Writer) error { return drawn(b.draw).Render(ctx, w) }

// Render implements templ.Component: a link in running text or a list.
func (l Link) Render(ctx context.Context, w io.Writer) error { return drawn(l.draw).Render(ctx, w) }

// Render implements templ.Component.
func (s Saved) Render(ctx context.Context, w io.Writer) error { return drawn(s.draw).Render(ctx, w) }

// Render implements templ.Component.
func (c SummaryCard) Render(ctx context.Context, w io.Writer) error {
	return drawn(c.draw).Render(ctx, w)
}

// Render implements templ.Component: "Schritt 3 von 7" with the list of steps.
func (s Stepper) Render(ctx context.Context, w io.Writer) error { return drawn(s.draw).Render(ctx, w) }

// Render implements templ.Component.
func (a Amount) Render(ctx context.Context, w io.Writer) error { return amount(&a).Render(ctx, w) }

// Render implements templ.Component. Cards belong inside Grid.
func (c Card) Render(ctx context.Context, w io.Writer) error { return card(&c).Render(ctx, w) }

// Render implements templ.Component.
func (b Badge) Render(ctx context.Context, w io.Writer) error { return drawn(b.draw).Render(ctx, w) }

// Render implements templ.Component.
func (t Table) Render(ctx context.Context, w io.Writer) error { return table(&t).Render(ctx, w) }

// Render implements templ.Component; nothing when there is one page only.
func (p Pager) Render(ctx context.Context, w io.Writer) error { return pager(&p).Render(ctx, w) }

// Render implements templ.Component.
func (c Code) Render(ctx context.Context, w io.Writer) error { return code(&c).Render(ctx, w) }

// Render implements templ.Component.
func (e EmptyState) Render(ctx context.Context, w io.Writer) error {
	return emptyState(&e).Render(ctx, w)
}

// Render implements templ.Component.
func (s SearchForm) Render(ctx context.Context, w io.Writer) error {
	return searchForm(&s).Render(ctx, w)
}

// Render implements templ.Component.
func (c Contact) Render(ctx context.Context, w io.Writer) error { return contact(&c).Render(ctx, w) }

// Render implements templ.Component.
func (l Letter) Render(ctx context.Context, w io.Writer) error { return letter(&l).Render(ctx, w) }
