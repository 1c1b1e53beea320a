package ui

import "strconv"

// Lists of choices and of steps.

func (p *pen) selectOf(f *Field, id string) {
	p.raw(`<div class="kern-form-input__select-wrapper`).raw(widthClass(f)).raw(`"><select`).
		class("kern-form-input__select", f.Error != "", "kern-form-input__select--error").flag(f.Error != "", `aria-invalid="true"`).
		attr("id", id).attr("name", f.Name).describedBy(f, id).
		flag(f.Required, `aria-required="true"`).flag(f.Disabled, "disabled").flag(f.Focus, "autofocus").
		attrIf("autocomplete", f.Autocomplete)
	if f.Kind == KindCombo {
		p.attr("data-combo", p.tr("ui.combo.none")).attr("data-count", p.tr("ui.combo.count"))
	}
	p.raw(">")
	if !f.Filter {
		p.raw(`<option value="">`).say("ui.field.choose").raw("</option>")
	}
	for list := f.Choices; len(list) > 0; {
		n := groupLen(list)
		if label := list[0].Group; label == "" {
			p.options(f, list[:n])
		} else {
			p.raw("<optgroup").attr("label", label).raw(">").options(f, list[:n]).raw("</optgroup>")
		}
		list = list[n:]
	}
	p.raw("</select></div>")
}

// groupLen is how many choices of list belong to the group of its first one.
func groupLen(list []Choice) int {
	n := 1
	for n < len(list) && (list[n].Group == "" || list[n].Group == list[0].Group) {
		n++
	}
	return n
}

func (p *pen) options(f *Field, list []Choice) *pen {
	for i := range list {
		c := &list[i]
		p.raw("<option").attr("value", c.Value).
			flag(c.Value == f.Value && f.Value != "", "selected").flag(c.Disabled, "disabled").
			raw(">").text(c.Label).raw("</option>")
	}
	return p
}

// choices are radio buttons or check boxes.
func (p *pen) choices(f *Field, id string) {
	p.raw("<div").class("kern-fieldset__body", f.Inline || f.Kind == KindYesNo, "kern-fieldset__body--horizontal").raw(">")
	list := f.Choices
	if f.Kind == KindYesNo && len(list) == 0 {
		list = []Choice{{Value: "yes", Label: p.tr("ui.field.yes")}, {Value: "no", Label: p.tr("ui.field.no")}}
	}
	for i := range list {
		own := id // the first has the field's own id: the error summary leads there
		if i > 0 {
			own += "-" + strconv.Itoa(i)
		}
		p.choice(f, &list[i], own, i == 0)
	}
	p.raw("</div>")
}

// choice is one radio button or check box with its label and hint, and what
// it reveals.
func (p *pen) choice(f *Field, c *Choice, id string, first bool) {
	if c.Divider {
		p.raw(`<p class="lp-or">`).say("ui.field.or").raw("</p>")
	}
	p.raw(`<div class="kern-form-check"><input`)
	if f.Kind == KindCheckboxes {
		p.raw(` type="checkbox"`).class("kern-form-check__checkbox", f.Error != "", "kern-form-check__checkbox--error").
			flag(c.Exclusive, "data-exclusive")
	} else {
		p.raw(` type="radio"`).class("kern-form-check__radio", f.Error != "", "kern-form-check__radio--error")
	}
	p.attr("id", id).attr("name", f.Name).attr("value", c.Value).
		flag(chosen(f, c), "checked").flag(c.Disabled || f.ReadOnly, "disabled")
	if c.Hint != "" {
		p.attr("aria-describedby", id, "-hint")
	}
	p.flag(f.Focus && first, "autofocus").raw(`> <label class="kern-label"`).attr("for", id).raw(">").text(c.Label).raw("</label>")
	if c.Hint != "" {
		p.raw(`<div class="kern-hint lp-choice-hint"`).attr("id", id, "-hint").raw(">").text(c.Hint).raw("</div>")
	}
	p.raw("</div>")
	if c.Reveals != nil {
		p.raw(`<div class="lp-reveal"`).attr("data-reveals", id).raw(">").put(c.Reveals).raw("</div>")
	}
}

// draw draws "Schritt 3 von 7" with the list of steps.
func (s Stepper) draw(p *pen) {
	p.raw(`<details class="lp-stepper"><summary><span class="lp-stepper__text"><span class="lp-stepper__count">`)
	if n, title := s.position(); n > 0 {
		p.say("ui.step.of", "n", n, "total", len(s.Steps)).raw(`</span> <span class="lp-stepper__title">`).text(title)
	} else {
		p.say("ui.step.all", "total", len(s.Steps))
	}
	p.raw(`</span></span> <span class="lp-stepper__more">`).say("ui.step.show").icon("chevron").
		raw(`</span> <span class="lp-stepper__bar" aria-hidden="true">`)
	for i := range s.Steps {
		p.raw(`<span class="lp-stepper__part `).raw(stepClass(s.Steps[i].State)).raw(`"></span>`)
	}
	p.raw(`</span></summary><ol class="lp-steps">`).steps(s.Steps).raw("</ol></details>")
}

func (p *pen) steps(list []Step) *pen {
	for i := range list {
		p.step(&list[i], i+1)
	}
	return p
}

func (p *pen) step(s *Step, n int) {
	p.raw(`<li class="lp-step `).raw(stepClass(s.State)).raw(`"`).flag(s.State == StateCurrent, `aria-current="step"`).
		raw(`><span class="lp-step__mark" aria-hidden="true">`)
	switch s.State {
	case StateDone:
		p.icon("check")
	case StateFaulty:
		p.icon("alert")
	default:
		p.b = strconv.AppendInt(p.b, int64(n), 10)
	}
	p.raw(`</span> <span class="lp-step__text">`)
	if s.Href != "" && s.State != StateCurrent {
		p.anchor(s.Href, s.Title).raw(" ")
	} else {
		p.raw("<span>").text(s.Title).raw("</span> ")
	}
	if s.Hint != "" {
		p.raw(`<span class="lp-step__hint">`).text(s.Hint).raw("</span>")
	}
	p.raw(`</span> <span class="lp-step__state">`).say(stepState(s.State)).raw("</span></li>")
}
