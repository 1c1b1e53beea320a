package rule

import (
	"leitportal/internal/form/fim"
)

// Read reads all rules of a schema, at each place where they hang: of the
// schema, then group by group and field by field in the order of the schema.
func Read(s *fim.Schema) *Result {
	res := &Result{}
	idx := newIndex(s)
	for _, n := range idx.nodes {
		for _, r := range n.rules {
			res.Rules++
			p := &parser{idx: idx, rule: r, at: n, res: res}
			p.text()
		}
	}
	res.Clauses = len(res.Compiled) + len(res.Open)
	return res
}
