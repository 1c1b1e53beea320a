package ui

// The parts of a field: label, hint, error, and the controls for text. id is
// the field's ElementID.

func (p *pen) labelOf(f *Field, id string) {
	if f.Heading {
		p.raw(`<h1 class="lp-h1 lp-h1--label"><label`)
	} else {
		p.raw(`<label class="kern-label"`)
	}
	p.attr("for", id).raw(">").text(f.Label)
	if isOptional(f) {
		p.raw(" ").optional(f)
	}
	p.raw("</label>")
	if f.Heading {
		p.raw("</h1>")
	}
}

func (p *pen) optional(f *Field) *pen {
	if !isOptional(f) {
		return p
	}
	return p.raw(`<span class="kern-label__optional">`).say("ui.field.optional").raw("</span>")
}

func isOptional(f *Field) bool {
	return !f.Required && !f.ReadOnly && !f.Part && !f.Filter && f.Kind != KindConfirm
}

func (p *pen) hint(f *Field, id string) {
	if f.Hint != "" {
		p.raw(`<div class="kern-hint"`).attr("id", id, "-hint").raw(">").text(f.Hint).raw("</div>")
	}
}

func (p *pen) fault(f *Field, id string) {
	if f.Error != "" {
		p.raw(`<p class="kern-error"`).attr("id", id, "-error").raw(">").icon("alert").
			raw(`<span class="kern-body"><span class="kern-sr-only">`).say("ui.field.error").raw(" </span>").
			text(f.Error).raw("</span></p>")
	}
}

// describedBy lists the ids that explain the control: hint, unit, limit, error.
func (p *pen) describedBy(f *Field, id string) *pen {
	const first markup = ` aria-describedby="`
	sep := first
	for _, part := range [...]struct {
		on     bool
		suffix markup
	}{
		{f.Hint != "", "-hint"},
		{unitOf(f) != "", "-unit"},
		{f.Kind == KindTextArea && f.MaxLength > 0, "-count"},
		{f.Error != "", "-error"},
	} {
		if part.on {
			p.raw(sep).text(id).raw(part.suffix)
			sep = " "
		}
	}
	if sep == first {
		return p
	}
	return p.raw(`"`)
}

func (p *pen) input(f *Field, id string) {
	p.raw(`<input class="kern-form-input__input`)
	if f.Error != "" {
		p.raw(" kern-form-input__input--error").raw(widthClass(f)).raw(`" aria-invalid="true"`)
	} else {
		p.raw(widthClass(f)).raw(`"`)
	}
	p.attr("id", id).attr("name", f.Name).attr("type", inputType(f)).dir(f)
	if f.Kind != KindPassword { // a password is never sent back
		p.attrIf("value", f.Value)
	}
	p.describedBy(f, id).flag(f.Required, `aria-required="true"`).
		flag(f.Disabled, "disabled").flag(f.ReadOnly, "readonly").flag(f.Focus && len(f.Find.Matches) == 0, "autofocus").
		attrIf("autocomplete", f.Autocomplete).attrIf("inputmode", inputMode(f)).
		flag(!f.Spell, `spellcheck="false"`)
	if f.MaxLength > 0 {
		p.attrInt("maxlength", f.MaxLength)
	}
	if f.Kind == KindCombo {
		p.attrIf("data-suggest", f.Suggest)
	}
	if f.Kind != KindCombo || len(f.Choices) == 0 {
		p.raw(">")
		return
	}
	p.attr("list", id, "-list").raw("><datalist").attr("id", id, "-list").raw(">")
	for i := range f.Choices {
		p.raw("<option").attr("value", f.Choices[i].Label).raw("></option>")
	}
	p.raw("</datalist>")
}

func (p *pen) textArea(f *Field, id string) {
	faulty := f.Error != ""
	p.raw("<textarea").class("kern-form-input__input", faulty, "kern-form-input__input--error").flag(faulty, `aria-invalid="true"`).
		attr("id", id).attr("name", f.Name).attrInt("rows", rowsOf(f)).dir(f).describedBy(f, id).
		flag(f.Required, `aria-required="true"`).flag(f.Disabled, "disabled").flag(f.ReadOnly, "readonly").flag(f.Focus, "autofocus")
	if f.MaxLength > 0 {
		p.attrInt("data-limit", f.MaxLength)
	}
	p.raw(">").text(f.Value).raw("</textarea> ")
	if f.MaxLength > 0 {
		p.raw(`<p class="lp-count"`).attr("id", id, "-count").attr("data-left", p.tr("ui.field.left")).
			attr("data-over", p.tr("ui.field.over")).raw(">").say("ui.field.limit", "n", f.MaxLength).raw("</p>")
	}
}
