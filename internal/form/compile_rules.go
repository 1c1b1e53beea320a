package form

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

func (c *compiler) makeEnv() {
	reg, err := types.NewRegistry()
	if err != nil {
		c.failf("cel: %v", err)
		return
	}
	c.provider = &provider{Registry: reg, structs: map[string]map[string]*types.FieldType{}}
	for _, g := range c.p.groups {
		members := map[string]*types.FieldType{"index": member(cel.IntType, func(s *scope) ref.Val { return types.Int(s.index) })}
		c.provider.structs[g.id] = members
		c.memberDeps[g.id+".index"] = deps{groups: g.around()}
		for _, f := range g.fields {
			c.member(g, f.rel, member(f.kind.celType(), func(s *scope) ref.Val { return s.value(f) }), deps{map[*field]bool{f: true}, g.around()})
		}
		if out := g.up.group; out != nil {
			c.member(out, g.rel, member(cel.ListType(cel.ObjectType(g.id)), func(s *scope) ref.Val { return s.list(g.idx) }), deps{groups: g.around()})
		}
	}
	c.p.vars["today"] = variable{kind: varToday, typ: cel.TimestampType}
	c.attr = c.attrs()
	// Wrapped, the adapter counts as one that never changes and is not copied.
	opts := append(functions(c.attr), cel.CustomTypeProvider(c.provider), cel.CustomTypeAdapter(struct{ types.Adapter }{reg}))
	if c.env, err = cel.NewEnv(opts...); err != nil {
		c.failf("cel: %v", err)
	}
	c.envs = map[string]*cel.Env{}
}

// namePattern finds what may be a name in an expression, with its members.
var namePattern = regexp.MustCompile(`[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*`)

// envOf is the environment for an expression. It knows the names that occur in
// it and no others: to know them all would cost each rule as much as the whole
// form.
func (c *compiler) envOf(src string) (*cel.Env, error) {
	var names []string
	for _, chain := range namePattern.FindAllString(src, -1) {
		if strings.ContainsAny(chain, " \t\r\n") {
			chain = strings.Join(strings.Fields(strings.ReplaceAll(chain, ".", " ")), ".")
		}
		for i := 0; i <= len(chain); i++ {
			if i < len(chain) && chain[i] != '.' {
				continue
			}
			if v, ok := c.p.vars[chain[:i]]; ok && v.kind >= 0 {
				names = append(names, chain[:i])
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	key := strings.Join(names, " ")
	if env := c.envs[key]; env != nil {
		return env, nil
	}
	opts := make([]cel.EnvOption, len(names))
	for i, name := range names {
		opts[i] = cel.Variable(name, c.p.vars[name].typ)
	}
	env, err := c.env.Extend(opts...)
	c.envs[key] = env
	return env, err
}

// member tells CEL of a member of g's instances. An ordinary group within them
// is the same instance seen under another type.
func (c *compiler) member(g *group, rel string, m *types.FieldType, d deps) {
	owner := g.id
	for {
		head, tail, nested := strings.Cut(rel, ".")
		if !nested {
			break
		}
		sub := owner + "." + head
		if c.provider.structs[sub] == nil {
			c.provider.structs[sub] = map[string]*types.FieldType{}
		}
		c.provider.structs[owner][head] = member(cel.ObjectType(sub), func(s *scope) ref.Val { return s })
		owner, rel = sub, tail
	}
	c.provider.structs[owner][rel] = m
	c.memberDeps[owner+"."+rel] = d
}

func (c *compiler) attrs() func(list, code, key string) string {
	byList := map[string]map[string]map[string]string{}
	for name, list := range c.d.Lists {
		byList[name] = map[string]map[string]string{}
		for _, ch := range list {
			byList[name][ch.Code] = ch.Attrs
		}
	}
	return func(list, code, key string) string { return byList[list][code][key] }
}

func (c *compiler) rules() {
	if c.env == nil {
		return
	}
	for _, def := range c.d.Rules.Calc {
		c.calc(def)
	}
	seen := map[string]bool{}
	for _, def := range c.d.Rules.Validate {
		where := "rules.yaml: validate " + def.ID
		if !pagePattern.MatchString(def.ID) || seen[def.ID] {
			c.failf("%s: the id is missing, malformed or doubled", where)
		}
		seen[def.ID] = true
		ch := &check{id: def.ID, text: c.text("rule."+def.ID, true)}
		in := c.p.top
		if ch.field = c.p.byPath[def.Field]; ch.field != nil {
			in = ch.field.table
			ch.field.checks = append(ch.field.checks, ch)
		} else if ch.group = c.groupNamed(where, def.Field); ch.group != nil && ch.group.list != nil {
			in, ch.group.list.checks = ch.group.up, append(ch.group.list.checks, ch)
		}
		if def.When != "" {
			ch.when = c.compileExpr(where+" when", def.When, cel.BoolType, in)
		}
		ch.must = c.compileExpr(where+" check", def.Check, cel.BoolType, in)
		c.p.checks = append(c.p.checks, ch)
	}
	for _, def := range c.d.Rules.Compute {
		c.compute(def)
	}
	c.destinations()
}

func (c *compiler) destinations() {
	seen := map[string]bool{}
	for i, def := range c.d.Rules.Destinations {
		where := "rules.yaml: destination " + def.ID
		if !pagePattern.MatchString(def.ID) || seen[def.ID] {
			c.failf("%s: the id is missing, malformed or doubled", where)
		}
		seen[def.ID] = true
		to := destination{id: def.ID, label: c.text("destination."+def.ID, true)}
		switch last := i == len(c.d.Rules.Destinations)-1; {
		case def.When != "":
			to.when = c.compileExpr(where+" when", def.When, cel.BoolType, c.p.top)
		case !last:
			c.failf("%s: without `when` none after it is ever chosen", where)
		}
		c.p.destinations = append(c.p.destinations, to)
	}
}

func (c *compiler) calc(def CalcDef) {
	where := "rules.yaml: calc " + def.ID
	if !idPattern.MatchString(def.ID) || strings.Contains(reserved, " "+def.ID+" ") {
		c.failf("%s: cannot be an id", where)
		return
	}
	t, name := c.p.top, "calc."+def.ID
	if def.Each != "" {
		g := c.groupNamed(where, def.Each)
		if g == nil {
			return
		}
		t, name = &g.table, g.as+"."+def.ID
	}
	if c.byPathTaken(name) || t.group != nil && c.provider.structs[t.group.id][def.ID] != nil {
		c.failf("%s: the name is taken", where)
		return
	}
	e := c.compileExpr(where, def.Expr, nil, t)
	if e == nil {
		return
	}
	switch e.out.Kind() {
	case types.BoolKind, types.IntKind, types.DoubleKind, types.StringKind, types.TimestampKind, types.ListKind:
	default:
		c.failf("%s: the value is %s; it must be a yes/no, number, text, date or list", where, e.out)
		return
	}
	i := len(t.calcs)
	t.calcs = append(t.calcs, e)
	c.p.vars[name] = variable{varCalc, t, i, e.out, e.deps}
	if t.group != nil {
		c.provider.structs[t.group.id][def.ID] = member(e.out, func(s *scope) ref.Val { return s.calc(i) })
		d := e.deps
		d.add(deps{groups: t.around()})
		c.memberDeps[t.group.id+"."+def.ID] = d
	}
}

func (c *compiler) compute(def ComputeDef) {
	where := "rules.yaml: compute " + def.ID
	out := &compute{id: def.ID, title: c.text("compute."+def.ID+".title", true)}
	sums := map[string]int{}
	for i, s := range def.Sums {
		sums[s] = i
		out.sums = append(out.sums, sumDef{s, c.text("compute."+def.ID+".sum."+s, true)})
	}
	if len(sums) == 0 || len(sums) != len(def.Sums) {
		c.failf("%s: sums are missing or doubled", where)
	}
	seen := map[string]bool{"title": true, "sum": true}
	for _, ld := range def.Lines {
		where := where + "." + ld.ID
		if !pagePattern.MatchString(ld.ID) || seen[ld.ID] {
			c.failf("%s: the id is missing, malformed or doubled", where)
		}
		seen[ld.ID] = true
		l := &line{id: ld.ID, cents: make([]*expr, len(def.Sums)), text: c.text("compute."+def.ID+"."+ld.ID, true)}
		in := c.p.top
		if ld.Each != "" {
			if l.group = c.groupNamed(where, ld.Each); l.group != nil {
				in = &l.group.table
			}
		}
		if ld.When != "" {
			l.when = c.compileExpr(where+" when", ld.When, cel.BoolType, in)
		}
		for _, s := range slices.Sorted(maps.Keys(ld.Cents)) {
			i, ok := sums[s]
			if !ok {
				c.failf("%s: there is no sum %q", where, s)
				continue
			}
			l.cents[i] = c.compileExpr(where+" cents "+s, ld.Cents[s], cel.IntType, in)
		}
		names := map[string]bool{"label": l.group != nil, "n": l.group != nil}
		for _, g := range in.chain {
			names[g.as+".label"], names[g.as+".n"] = true, true
		}
		for _, name := range slices.Sorted(maps.Keys(ld.Values)) {
			l.values = append(l.values, lineValue{name, c.compileExpr(where+" values "+name, ld.Values[name], nil, in), false})
			names[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(ld.Money)) {
			l.values = append(l.values, lineValue{name, c.compileExpr(where+" money "+name, ld.Money[name], cel.IntType, in), true})
			names[name] = true
		}
		for _, name := range l.text.names() {
			if !names[name] && !strings.HasPrefix(name, "params.") {
				c.failf("texts: compute.%s.%s: nothing gives {%s}", def.ID, ld.ID, name)
			}
		}
		out.lines = append(out.lines, l)
	}
	c.p.computes = append(c.p.computes, out)
}

// conditions compiles what shows and requires pages and fields, and makes
// sure that none of it depends on something that comes later: so there is no
// circle, and answering a page never hides an earlier one.
func (c *compiler) conditions() {
	if c.env == nil {
		return
	}
	for _, pg := range c.p.pages {
		where := "pages.yaml: " + pg.id
		if pg.def.When != "" {
			pg.when = c.compileExpr(where+" when", pg.def.When, cel.BoolType, pg.table)
		}
		for _, pf := range pg.def.Fields {
			f := c.p.byPath[pf.Field]
			if pf.When != "" {
				f.when = c.compileExpr(where+" "+pf.Field+" when", pf.When, cel.BoolType, pg.table)
			}
			if pf.Require != "" {
				f.require = c.compileExpr(where+" "+pf.Field+" require", pf.Require, cel.BoolType, pg.table)
			}
			if f.node.Required || f.kind == Confirm || f.require != nil {
				pg.must = append(pg.must, f)
			}
			c.giving(where, f, pf)
		}
		for _, nd := range pg.def.Notes {
			n := note{id: nd.ID, kind: or(nd.Kind, "info"), text: c.text("note."+nd.ID, true)}
			if n.kind != "info" && n.kind != "warning" {
				c.failf("%s: note %s: kind can be info or warning", where, nd.ID)
			}
			if nd.When != "" {
				n.when = c.compileExpr(where+" note "+nd.ID, nd.When, cel.BoolType, pg.table)
			}
			pg.notes = append(pg.notes, n)
		}
	}
	for _, pg := range c.p.pages {
		limit := pg.order
		if pg.list != nil {
			limit = pg.list.first // the list's condition decides about its instances' pages too
		}
		if pg.when != nil {
			for f := range c.expand(pg.when.deps) {
				if f.page.order >= limit {
					c.failf("pages.yaml: %s when: %s is asked too late (page %s)", pg.id, f.path, f.page.id)
				}
			}
		}
		for i, f := range pg.fields {
			if f.when == nil {
				continue
			}
			for dep := range c.expand(f.when.deps) {
				switch cond := f.when.cond; {
				case dep.page.order < pg.order:
				case dep.page.order > pg.order:
					c.failf("pages.yaml: %s: the condition of %s uses %s, which is asked later (page %s)", pg.id, f.path, dep.path, dep.page.id)
				case cond == nil:
					c.failf("pages.yaml: %s: the condition of %s uses %s of the same page and is not of the form f, !f, f == 'x', f != 'x' or f in ['x', 'y']: put it on a later page", pg.id, f.path, dep.path)
				case slices.Index(pg.fields, dep) >= i:
					c.failf("pages.yaml: %s: %s must stand before %s", pg.id, dep.path, f.path)
				default:
					f.cond = cond
				}
			}
		}
	}
}

// expand is the fields of d, with those that decide whether its groups are
// there at all.
func (c *compiler) expand(d deps) map[*field]bool {
	out := maps.Clone(d.fields)
	if out == nil {
		out = map[*field]bool{}
	}
	for g := range d.groups {
		if g.list != nil && g.list.when != nil {
			maps.Copy(out, g.list.when.deps.fields)
		}
	}
	return out
}

// tryOut runs every rule on an empty application with empty parameters, and
// on one with an instance of each group: a rule that fails on missing answers
// is the author's mistake, not the applicant's.
func (c *compiler) tryOut() {
	params, err := c.p.Params(nil)
	if err != nil {
		c.failf("%v", err)
		return
	}
	for _, extra := range []int{0, 2} {
		a := c.p.Empty()
		a.top.more(c.p.top, extra)
		v := c.p.Open(a, Env{Params: params, Today: clock.Date{Year: 2026, Month: 1, Day: 31}, Lang: i18n.DE})
		try := func(e *expr, t *table) {
			if e == nil {
				return
			}
			v.top.each(t.chain, (*scope).all, func(s *scope) { e.eval(s) })
		}
		for _, pg := range c.p.pages {
			try(pg.when, pg.table)
			for _, f := range pg.fields {
				try(f.when, f.table)
				try(f.require, f.table)
				try(f.value, f.table)
				try(f.initial, f.table)
			}
			for _, n := range pg.notes {
				try(n.when, pg.table)
			}
		}
		for _, t := range append([]*table{c.p.top}, tables(c.p.groups)...) {
			for _, e := range t.calcs {
				try(e, t)
			}
		}
		for _, ch := range c.p.checks {
			t := c.p.top
			if ch.field != nil {
				t = ch.field.table
			} else if ch.group != nil {
				t = ch.group.up
			}
			try(ch.when, t)
			try(ch.must, t)
		}
		for i := range c.p.computes {
			v.compute(c.p.computes[i])
		}
		for i := range c.p.destinations {
			try(c.p.destinations[i].when, c.p.top)
		}
		if v.err != nil {
			c.failf("on an empty application: %v", v.err)
			return
		}
	}
}

func tables(groups []*group) []*table {
	out := make([]*table, len(groups))
	for i, g := range groups {
		out[i] = &g.table
	}
	return out
}
