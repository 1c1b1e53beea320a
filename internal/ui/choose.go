package ui

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Lists of choices and steps are written by hand for the reason given in
// input.go: a list of 140 breeds took a quarter of the time of its page.

func selectOf(f *Field) templ.Component {
	return written(func(ctx context.Context, b tag) tag {
		b = b.raw("<div").attr("class", widthClass(f, "kern-form-input__select-wrapper")).raw("><select")
		if f.Error != "" {
			b = b.raw(` class="kern-form-input__select kern-form-input__select--error" aria-invalid="true"`)
		} else {
			b = b.raw(` class="kern-form-input__select"`)
		}
		b = b.attr("id", f.ElementID()).attr("name", f.Name).attrIf("aria-describedby", describedBy(f)).
			flag(f.Required, `aria-required="true"`).flag(f.Disabled, "disabled").flag(f.Focus, "autofocus").
			attrIf("autocomplete", f.Autocomplete)
		if f.Kind == KindCombo {
			b = b.attr("data-combo", tr(ctx, "ui.combo.none")).attr("data-count", tr(ctx, "ui.combo.count"))
		}
		b = b.raw(`><option value="">`).text(tr(ctx, "ui.field.choose")).raw("</option>")
		for _, g := range groupsOf(f.Choices) {
			if g.label == "" {
				b = b.options(f, g.choices)
				continue
			}
			b = b.raw("<optgroup").attr("label", g.label).raw(">").options(f, g.choices).raw("</optgroup>")
		}
		return b.raw("</select></div>")
	})
}

func (b tag) options(f *Field, list []Choice) tag {
	for i := range list {
		c := &list[i]
		b = b.raw("<option").attr("value", c.Value).
			flag(c.Value == f.Value && f.Value != "", "selected").flag(c.Disabled, "disabled").
			raw(">").text(c.Label).raw("</option>")
	}
	return b
}

// choice is one radio button or check box with its label and hint, and what
// it reveals.
func choice(f *Field, c *Choice, i int) templ.Component {
	drawn := written(func(ctx context.Context, b tag) tag {
		if c.Divider {
			b = b.raw(`<p class="lp-or">`).text(tr(ctx, "ui.field.or")).raw("</p>")
		}
		kind, class := "radio", "kern-form-check__radio"
		if f.Kind == KindCheckboxes {
			kind, class = "checkbox", "kern-form-check__checkbox"
		}
		b = b.raw(`<div class="kern-form-check"><input`).attr("type", kind).raw(` class="`).raw(class)
		if f.Error != "" {
			b = b.raw(" ").raw(class).raw("--error")
		}
		id := choiceID(f, i)
		b = b.raw(`"`).flag(f.Kind == KindCheckboxes && c.Exclusive, "data-exclusive").
			attr("id", id).attr("name", f.Name).attr("value", c.Value).
			flag(chosen(f, c), "checked").flag(c.Disabled || f.ReadOnly, "disabled")
		if c.Hint != "" {
			b = b.attr("aria-describedby", id+"-hint")
		}
		b = b.flag(f.Focus && i == 0, "autofocus").raw(`> <label class="kern-label"`).attr("for", id).raw(">").text(c.Label).raw("</label>")
		if c.Hint != "" {
			b = b.raw(`<div class="kern-hint lp-choice-hint"`).attr("id", id+"-hint").raw(">").text(c.Hint).raw("</div>")
		}
		return b.raw("</div>")
	})
	if c.Reveals == nil {
		return drawn
	}
	return templ.Join(drawn, reveals(choiceID(f, i), c.Reveals))
}

// Render implements templ.Component: "Schritt 3 von 7" with the list of steps.
func (s Stepper) Render(ctx context.Context, w io.Writer) error {
	return written(func(ctx context.Context, b tag) tag {
		b = b.raw(`<details class="lp-stepper"><summary><span class="lp-stepper__text"><span class="lp-stepper__count">`)
		if n, title := s.position(); n > 0 {
			b = b.text(tr(ctx, "ui.step.of", "n", n, "total", len(s.Steps))).raw(`</span> <span class="lp-stepper__title">`).text(title)
		} else {
			b = b.text(tr(ctx, "ui.step.all", "total", len(s.Steps)))
		}
		b = b.raw(`</span></span> <span class="lp-stepper__more">`).text(tr(ctx, "ui.step.show")).icon("chevron").
			raw(`</span> <span class="lp-stepper__bar" aria-hidden="true">`)
		for i := range s.Steps {
			b = b.raw(`<span class="lp-stepper__part `).raw(stepClass(s.Steps[i].State)).raw(`"></span>`)
		}
		b = b.raw(`</span></summary><ol class="lp-steps">`)
		for i := range s.Steps {
			b = b.step(ctx, &s.Steps[i], i+1)
		}
		return b.raw("</ol></details>")
	}).Render(ctx, w)
}

func stepItem(s *Step, n int) templ.Component {
	return written(func(ctx context.Context, b tag) tag { return b.step(ctx, s, n) })
}

func (b tag) step(ctx context.Context, s *Step, n int) tag {
	b = b.raw(`<li class="lp-step `).raw(stepClass(s.State)).raw(`"`).flag(s.State == StateCurrent, `aria-current="step"`).
		raw(`><span class="lp-step__mark" aria-hidden="true">`)
	switch s.State {
	case StateDone:
		b = b.icon("check")
	case StateFaulty:
		b = b.icon("alert")
	default:
		b = strconv.AppendInt(b, int64(n), 10)
	}
	b = b.raw(`</span> <span class="lp-step__text">`)
	if s.Href != "" && s.State != StateCurrent {
		b = b.raw(`<a class="kern-link kern-link--no-visited-state"`).attr("href", string(templ.URL(s.Href))).raw(">").text(s.Title).raw("</a> ")
	} else {
		b = b.raw("<span>").text(s.Title).raw("</span> ")
	}
	if s.Hint != "" {
		b = b.raw(`<span class="lp-step__hint">`).text(s.Hint).raw("</span>")
	}
	return b.raw(`</span> <span class="lp-step__state">`).text(tr(ctx, stepState(s.State))).raw("</span></li>")
}

// icon is the component of the same name.
func (b tag) icon(name string) tag {
	d := iconPath(name)
	if d == "" {
		return b
	}
	return b.raw(`<svg class="lp-icon" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path`).
		attr("d", d).raw("></path></svg>")
}
