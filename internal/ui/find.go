package ui

// Find is the state of a KindFind field: a list too long for a page, asked for
// by a text. The entries that fit what was typed are radios named Name:code.
type Find struct {
	// Matches are the entries found, best first, Total is how many fit.
	Matches []Choice
	Total   int
	// Chosen is the value of one of them.
	Chosen string
	// Asked says that something was searched for.
	Asked bool
	// Button is the name and value of the button that searches at once without
	// leaving the page; "" for none.
	ButtonName, ButtonValue string
}

func (p *pen) find(f *Field, id string) {
	x := &f.Find
	if x.ButtonName == "" {
		p.input(f, id)
		return
	}
	p.raw(`<div class="lp-unit">`)
	p.input(f, id)
	p.button(&Button{
		Text: p.tr("ui.find.button"), Label: p.tr("ui.find.button.label", "field", f.Label), Kind: Secondary,
		Name: x.ButtonName, Value: x.ButtonValue, Icon: "search",
	})
	p.raw("</div>")
}

// found is what a search has found, under the field's error.
func (p *pen) found(f *Field, id string) {
	x := &f.Find
	switch {
	case f.Kind != KindFind || !x.Asked:
	case len(x.Matches) > 0:
		hint := ""
		if x.Total > len(x.Matches) {
			hint = p.tr("ui.find.more", "n", x.Total, "shown", len(x.Matches))
		}
		p.fieldset(&Field{
			Kind: KindRadios, Name: f.Name + ":code", Label: p.tr("ui.find.found", "field", f.Label), Hint: hint, Choices: x.Matches,
			Value: x.Chosen, Required: true, Focus: f.Focus,
		}, id+"-found")
	case f.Error == "":
		p.raw(`<p class="kern-hint" role="status">`).say("ui.combo.none").raw("</p>")
	}
}
