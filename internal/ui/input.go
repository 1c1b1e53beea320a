package ui

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"
)

// The three parts that nearly every field of every form page has (label, hint
// and input) are written by hand: generated code formats each value through
// fmt and took three times as long for a page of twenty fields.

// tag appends mark-up to a byte slice; values are escaped.
type tag []byte

func (b tag) raw(s string) tag { return append(b, s...) }

// special has a bit for each character that text escapes.
const special uint64 = 1<<'&' | 1<<'<' | 1<<'>' | 1<<'"' | 1<<'\''

func (b tag) text(s string) tag {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 64 || special>>c&1 == 0 {
			continue
		}
		var esc string
		switch c {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '"':
			esc = "&#34;"
		default:
			esc = "&#39;"
		}
		b = append(append(b, s[from:i]...), esc...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// attr appends name="value"; name is a constant of this package.
func (b tag) attr(name, value string) tag {
	return b.raw(" ").raw(name).raw(`="`).text(value).raw(`"`)
}

// attrIf appends the attribute unless the value is empty.
func (b tag) attrIf(name, value string) tag {
	if value == "" {
		return b
	}
	return b.attr(name, value)
}

// flag appends s, an attribute in full, when on.
func (b tag) flag(on bool, s string) tag {
	if !on {
		return b
	}
	return b.raw(" ").raw(s)
}

var tags = sync.Pool{New: func() any { b := make(tag, 0, 1024); return &b }}

// written is a component of one write. A request that has gone away draws no
// further, as in generated code.
func written(fill func(context.Context, tag) tag) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf := tags.Get().(*tag)
		*buf = fill(ctx, (*buf)[:0])
		_, err := w.Write(*buf)
		tags.Put(buf)
		return err
	})
}

func labelOf(f *Field, forID string) templ.Component {
	return written(func(ctx context.Context, b tag) tag {
		if f.Heading {
			b = b.raw(`<h1 class="lp-h1 lp-h1--label"><label`)
		} else {
			b = b.raw(`<label class="kern-label"`)
		}
		b = b.attr("for", forID).raw(">").text(f.Label)
		if isOptional(f) {
			b = b.raw(` <span class="kern-label__optional">`).text(tr(ctx, "ui.field.optional")).raw("</span>")
		}
		b = b.raw("</label>")
		if f.Heading {
			b = b.raw("</h1>")
		}
		return b
	})
}

func hint(f *Field) templ.Component {
	if f.Hint == "" {
		return templ.NopComponent
	}
	return written(func(_ context.Context, b tag) tag {
		return b.raw(`<div class="kern-hint"`).attr("id", f.ElementID()+"-hint").raw(">").text(f.Hint).raw("</div>")
	})
}

func input(f *Field) templ.Component {
	return written(func(_ context.Context, b tag) tag {
		class := "kern-form-input__input"
		if f.Error != "" {
			class += " kern-form-input__input--error"
		}
		id := f.ElementID()
		b = b.raw("<input").attr("class", widthClass(f, class)).flag(f.Error != "", `aria-invalid="true"`).
			attr("id", id).attr("name", f.Name).attr("type", inputType(f))
		if f.Kind != KindPassword { // a password is never sent back
			b = b.attrIf("value", f.Value)
		}
		b = b.attrIf("aria-describedby", describedBy(f)).flag(f.Required, `aria-required="true"`).
			flag(f.Disabled, "disabled").flag(f.ReadOnly, "readonly").flag(f.Focus, "autofocus").
			attrIf("autocomplete", f.Autocomplete).attrIf("inputmode", inputMode(f)).
			flag(!f.Spell, `spellcheck="false"`)
		if f.MaxLength > 0 {
			b = b.attr("maxlength", strconv.Itoa(f.MaxLength))
		}
		if f.Kind != KindCombo {
			return b.raw(">")
		}
		b = b.attrIf("data-suggest", f.Suggest)
		if len(f.Choices) == 0 {
			return b.raw(">")
		}
		b = b.attr("list", id+"-list").raw("><datalist").attr("id", id+"-list").raw(">")
		for i := range f.Choices {
			b = b.raw("<option").attr("value", f.Choices[i].Label).raw("></option>")
		}
		return b.raw("</datalist>")
	})
}

func isOptional(f *Field) bool { return !f.Required && !f.ReadOnly && f.Kind != KindConfirm }
