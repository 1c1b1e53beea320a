package form

import (
	"encoding/json"
	"iter"
)

// Salvage is Decode for answers to an earlier state of the form, for an author
// who changes it: what still fits is read, and the rest left out.
func (p *Program) Salvage(rows iter.Seq2[string, []byte]) (*Answers, error) {
	kept := map[string][]byte{}
	for path, b := range rows {
		pg, _, ok := p.locate(path)
		if !ok {
			continue
		}
		if pg.list != nil {
			if _, err := newRec(pg.table, nil, 0, nil).decodeList(pg.list, b); err == nil {
				kept[path] = b
			}
			continue
		}
		var row map[string]json.RawMessage
		if json.Unmarshal(b, &row) != nil {
			continue
		}
		fit := map[string]json.RawMessage{}
		for _, f := range pg.fields {
			if raw, ok := row[f.path]; ok {
				if _, err := f.decode(string(raw)); err == nil {
					fit[f.path] = raw
				}
			}
		}
		b, err := json.Marshal(fit)
		if err != nil {
			return nil, err
		}
		kept[path] = b
	}
	return p.Decode(func(yield func(string, []byte) bool) {
		for path, b := range kept {
			if !yield(path, b) {
				return
			}
		}
	})
}
