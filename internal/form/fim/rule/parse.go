package rule

import "leitportal/internal/form/fim"

// parser reads the text of one rule at one place.
type parser struct {
	idx  *index
	rule *fim.Rule
	at   *node
	res  *Result
}

func (p *parser) text() {
	p.res.Open = append(p.res.Open, Open{p.rule.Identity, p.at.path, p.rule.Text, 1, "no sentence of the grammar"})
}
