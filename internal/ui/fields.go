package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Fields draws the fields one below the other, those marked Beside on the
// line of the one before.
func Fields(fields []Field) templ.Component { return drawn(func(p *pen) { p.fields(fields) }) }

func (f Field) draw(p *pen) { p.control(&f) }

func (p *pen) fields(list []Field) {
	p.raw(`<div class="lp-fields">`)
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && list[end].Beside {
			end++
		}
		inRow := end > i+1
		if inRow {
			p.raw(`<div class="lp-row">`)
		}
		for ; i < end; i++ {
			p.control(&list[i])
		}
		if inRow {
			p.raw("</div>")
		}
	}
	p.raw("</div>")
}

func (p *pen) control(f *Field) {
	if f.When == nil {
		p.plainControl(f)
		return
	}
	p.raw(`<div class="lp-when"`).attr("data-when", f.When.Name).attr("data-values", joinValues(f.When.Values)).
		attr("data-not", whenNot(f.When)).raw(`><noscript><p class="kern-hint">`).text(f.When.Text).raw("</p></noscript>")
	p.plainControl(f)
	p.raw("</div>")
}

func (p *pen) plainControl(f *Field) {
	id := f.ElementID()
	switch f.Kind {
	case KindHidden:
		p.hidden(f.Name, f.Value)
	case KindGroup, KindParts, KindRadios, KindCheckboxes, KindYesNo, KindDate:
		p.fieldset(f, id)
	case KindConfirm:
		p.confirm(f, id)
	case KindFiles:
		p.files(f, id)
	case KindFact:
		p.raw(`<div class="lp-fact"><span class="lp-fact__label">`).text(f.Label).
			raw(`</span> <span class="lp-fact__value">`).value(f.Value).raw("</span></div>")
	default:
		p.single(f, id)
	}
}

func (p *pen) hidden(name, value string) *pen {
	return p.raw(`<input type="hidden"`).attr("name", name).attr("value", value).raw(">")
}

// single is a label with one control.
func (p *pen) single(f *Field, id string) {
	p.raw("<div").class("kern-form-input", f.Error != "", "kern-form-input--error").raw(">")
	p.labelOf(f, id)
	p.hint(f, id)
	switch {
	case f.Kind == KindTextArea:
		p.textArea(f, id)
	case f.Kind == KindSelect, f.Kind == KindCombo && len(f.Choices) > 0 && !f.Free:
		p.selectOf(f, id)
	case f.Kind == KindFind:
		p.find(f, id)
	case f.Kind == KindCombo || unitOf(f) == "":
		p.input(f, id)
	default:
		p.raw(`<div class="lp-unit">`)
		p.input(f, id)
		p.raw(`<span class="lp-unit__text"`).attr("id", id, "-unit").raw(">").text(unitOf(f)).raw("</span></div>")
	}
	p.fault(f, id)
	p.found(f, id)
	p.put(f.After).raw("</div>")
}

// fieldset is a group of controls with legend, hint and error.
func (p *pen) fieldset(f *Field, id string) {
	p.raw("<fieldset").attr("id", id, "-group").class("kern-fieldset", f.Error != "", "kern-fieldset--error").
		describedBy(f, id).flag(f.Disabled, "disabled")
	if f.Kind == KindRadios || f.Kind == KindYesNo {
		p.raw(` role="radiogroup"`).flag(f.Required, `aria-required="true"`).flag(f.Error != "", `aria-invalid="true"`)
	}
	switch {
	case f.Heading:
		p.raw(`><legend class="lp-legend"><h1 class="lp-h1 lp-h1--label">`).text(f.Label).optional(f).raw("</h1></legend>")
	case f.Kind == KindGroup:
		p.raw(`><legend class="lp-legend lp-legend--group">`).text(f.Label).raw("</legend>")
	default:
		p.raw(`><legend class="kern-label">`).text(f.Label).optional(f).raw("</legend>")
	}
	p.hint(f, id)
	switch f.Kind {
	case KindGroup, KindParts:
		p.raw(`<div class="kern-fieldset__body">`).fields(f.Fields)
		p.raw("</div>")
	case KindDate:
		p.date(f, id)
	default:
		p.choices(f, id)
	}
	p.fault(f, id)
	p.put(f.After).raw("</fieldset>")
}

func (p *pen) confirm(f *Field, id string) {
	faulty := f.Error != ""
	p.raw("<div").class("lp-confirm kern-form-check", faulty, "kern-form-check--error").raw(`><input type="checkbox"`).
		class("kern-form-check__checkbox", faulty, "kern-form-check__checkbox--error").flag(faulty, `aria-invalid="true"`).
		attr("id", id).attr("name", f.Name).raw(` value="yes"`).flag(f.Value == "yes", "checked").
		flag(f.Required, `aria-required="true"`).flag(f.Disabled, "disabled").describedBy(f, id).
		raw(`> <label class="kern-label"`).attr("for", id).raw(">").text(f.Label).raw("</label> ")
	if f.Hint != "" {
		p.raw(`<div class="kern-hint lp-choice-hint"`).attr("id", id, "-hint").raw(">").text(f.Hint).raw("</div>")
	}
	p.fault(f, id)
	if f.After != nil {
		p.raw(`<div class="lp-choice-hint">`).put(f.After).raw("</div>")
	}
	p.raw("</div>")
}

func (p *pen) date(f *Field, id string) {
	d := &f.Date
	p.raw(`<div class="lp-date">`)
	p.datePart(f, id, "day", d.Day, d.BadDay, 2)
	p.datePart(f, id, "month", d.Month, d.BadMonth, 2)
	p.datePart(f, id, "year", d.Year, d.BadYear, 4)
	p.raw("</div>")
}

// datePart is one of the three inputs of a date. The day has the field's own
// id, for the error summary's link.
func (p *pen) datePart(f *Field, id, part, value string, bad bool, size int) {
	own := ""
	if part != "day" {
		own = "-" + part
	}
	bad = badPart(f, bad)
	p.raw(`<div class="kern-form-input lp-date__part"><label class="kern-label"`).attr("for", id, own).raw(">").
		say("ui.date."+part).raw(`</label> <input class="`).raw(partClass(size, bad)).raw(`"`).flag(bad, `aria-invalid="true"`).
		attr("id", id, own).attr("name", f.Name, ":", part).raw(` type="text" inputmode="numeric"`).flag(p.rtl(), `dir="ltr"`).attrInt("maxlength", size+2).
		attrIf("value", value)
	if f.Autocomplete == "bday" {
		p.attr("autocomplete", "bday-", part)
	}
	p.flag(f.ReadOnly, "readonly").flag(f.Focus && part == "day", "autofocus").raw(` spellcheck="false"></div>`)
}

func (p *pen) files(f *Field, id string) {
	faulty := f.Error != ""
	p.raw("<div")
	if faulty {
		p.raw(` class="kern-form-input kern-form-input--error lp-files"`)
	} else {
		p.raw(` class="kern-form-input lp-files"`)
	}
	u := &f.Upload
	if u.Begin != "" {
		p.attr("id", id, "-files").attr("data-field", f.Name).url("data-upload", u.Begin)
		for _, word := range uploadWords {
			p.attr(markup("data-"+word), p.tr("ui.upload."+word))
		}
	}
	p.raw(">")
	if u.Full {
		p.raw(`<span class="kern-label">`).text(f.Label).raw("</span>")
	} else {
		p.labelOf(f, id)
	}
	p.hint(f, id)
	if len(u.Files) > 0 {
		p.raw(`<ul class="lp-filelist" data-files`).attr("aria-label", p.tr("ui.files.list")).raw(">")
		for i := range u.Files {
			p.fileItem(&u.Files[i])
		}
		p.raw("</ul>")
	}
	if u.Begin != "" {
		p.inPieces(u)
	}
	if !u.Full {
		p.raw("<input").class("kern-form-input__input", faulty, "kern-form-input__input--error").flag(faulty, `aria-invalid="true"`).
			raw(` type="file"`).attr("id", id).attr("name", f.Name).attrIf("accept", u.Accept).flag(u.Multiple, "multiple").
			flag(f.Required, `aria-required="true"`).flag(f.Disabled, "disabled").describedBy(f, id).raw(">")
	}
	p.fault(f, id)
	if u.ButtonName != "" && !u.Full {
		p.raw(`<div class="lp-files__button">`)
		p.button(&Button{Text: p.tr("ui.files.upload"), Kind: Secondary, Name: u.ButtonName, Value: u.ButtonValue, Icon: "upload"})
		p.raw("</div>")
	}
	p.put(f.After).raw("</div>")
}

// uploadWords are what the script says, as it needs them.
var uploadWords = [...]string{"waiting", "percent", "bar", "sending", "lost", "failed", "unreadable", "done", "cancelled", "hold", "again", "cancel", "discard"}

// inPieces is what the script shows of uploads in pieces; without it nothing
// of this is seen.
func (p *pen) inPieces(u *Upload) {
	p.raw(`<template><li class="lp-file">`).icon("file").raw(`<span class="lp-file__text"><span class="lp-file__name"></span> <span class="lp-file__note"></span><progress max="100" value="0"></progress><span class="lp-file__error"></span></span>`)
	p.button(&Button{Kind: Tertiary, Icon: "upload"})
	p.button(&Button{Kind: Tertiary, Icon: "close"})
	p.raw(`</li></template><ul class="lp-filelist" data-going hidden`).attr("aria-label", p.tr("ui.upload.going")).raw("></ul>")
	if len(u.Unfinished) > 0 {
		p.raw(`<ul class="lp-filelist" data-rest hidden`).attr("aria-label", p.tr("ui.upload.rest.list")).raw(">")
		for i := range u.Unfinished {
			x := &u.Unfinished[i]
			p.raw(`<li class="lp-file"`).attr("data-name", x.Name).attr("data-size", strconv.FormatInt(x.Size, 10)).
				attr("data-modified", x.Modified).url("data-href", x.Href).raw(">").icon("file").
				raw(`<span class="lp-file__text"><span class="lp-file__name">`).value(x.Name).raw(`</span> <span class="lp-file__note">`).
				text(p.tr("ui.upload.rest", "percent", int(x.Done*100/max(x.Size, 1)))).raw("</span></span>")
			p.button(&Button{Text: p.tr("ui.upload.discard"), Label: p.tr("ui.upload.discard.label", "name", x.Name), Kind: Tertiary, Icon: "trash"})
			p.raw("</li>")
		}
		p.raw("</ul>")
	}
	p.raw(`<p class="lp-file__note" data-drag hidden>`).say("ui.upload.drag").raw(`</p><p class="kern-sr-only" role="status"></p>`)
}

func (p *pen) fileItem(x *File) {
	p.raw(`<li class="lp-file">`).icon("file").raw(`<span class="lp-file__text">`)
	if x.Href != "" {
		p.raw(`<a class="kern-link"`).url("href", x.Href).raw(">").text(x.Name).raw("</a> ")
	} else {
		p.raw(`<span class="lp-file__name">`).value(x.Name).raw("</span> ")
	}
	if x.Size != "" || x.Note != "" {
		p.raw(`<span class="lp-file__note">`).text(joinDot(x.Size, x.Note)).raw("</span> ")
	}
	if x.Error != "" {
		p.raw(`<span class="lp-file__error">`).text(x.Error).raw("</span>")
	}
	p.raw("</span> ")
	if x.RemoveName != "" {
		p.button(&Button{
			Text: p.tr("ui.files.remove"), Label: p.tr("ui.files.remove.label", "name", x.Name), Kind: Tertiary,
			Name: x.RemoveName, Value: x.RemoveValue, Icon: "trash",
		})
	}
	p.raw("</li>")
}

// joinValues parts values by blanks; those in them stand as in an address.
func joinValues(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.ReplaceAll(strings.ReplaceAll(v, "%", "%25"), " ", "%20")
	}
	return strings.Join(out, " ")
}
