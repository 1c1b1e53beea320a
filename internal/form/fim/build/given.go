package build

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/rule"
)

// What the schema fills in: the content of a field (inhalt), and rules that
// fill one in beforehand. What the person does not see, or may not change, is
// given in its place and sent like an answer; the rest stands in the control
// at first.

// content gives a field what the schema has as its content.
func (b *builder) content(n *node) {
	f := n.part.Field
	text := strings.TrimSpace(f.Content)
	if text == "" || n.gone || f.FieldKind == fim.Label {
		return
	}
	v, err := b.literal(n, text)
	if err != nil {
		b.warn(n, "der Inhalt %.60q von „%s“ wird nicht eingetragen: %v", text, n.label(), err)
		n.gone = n.gone || f.FieldKind == fim.Locked || f.FieldKind == fim.Hidden
		return
	}
	n.gives = &cond{expr: v}
	switch n.fixed = f.FieldKind == fim.Locked || f.FieldKind == fim.Hidden; {
	case f.FieldKind == fim.Locked:
		n.shows = n.label() + ": " + text
		fallthrough
	case n.fixed:
		n.field.Required = false
		b.constant(n, v)
		b.warn(n, "„%s“ wird nicht gefragt; mitgesendet wird immer %s", n.label(), text)
	}
}

// constant makes a value known to all rules, wherever its field stands.
func (b *builder) constant(n *node, v string) {
	if n.in == nil {
		n.constant = v
		b.d.Rules.Calc = append(b.d.Rules.Calc, form.CalcDef{ID: constantID(n), Expr: v})
	}
}

// literal is a value of the schema as an expression of the field's type.
func (b *builder) literal(n *node, s string) (string, error) {
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", "").Replace(s) + "'"
	wrong := fmt.Errorf("das ist keine Antwort auf diese Frage")
	switch form.Kind(n.field.Type) {
	case form.OneOf:
		code := b.codeOf(n)(s)
		list := n.field.Choices
		if n.field.List != "" {
			list = b.d.Lists[n.field.List]
		}
		if !slices.ContainsFunc(list, func(c form.Choice) bool { return c.Code == code }) {
			return "", wrong
		}
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(code) + "'", nil
	case form.Text, form.Multiline, form.HouseNumber:
		if n.unlisted {
			return "", missing{n}
		}
		if most, err := strconv.Atoi(string(n.field.Max)); err == nil && len([]rune(s)) > most {
			return "", wrong
		}
		return quoted, nil
	case form.Email, form.Phone, form.Postcode, form.IBAN, form.BIC, form.Time:
		if v := quoted; form.Kind(n.field.Type) != form.Time || hours.FindString(s) == s {
			return v, nil
		}
	case form.Bool:
		switch strings.ToLower(s) {
		case "true", "wahr", "ja", "1":
			return "true", nil
		case "false", "falsch", "nein", "0":
			return "false", nil
		}
	case form.Int:
		if v := whole(s, true); v != "" && v == whole(s, false) {
			return string(v), nil
		}
	case form.Money:
		if v := cents(s); v != "" {
			return string(v), nil
		}
	case form.Decimal:
		if v := decimal(s); v != "" {
			if !strings.Contains(s, ".") {
				v += ".0"
			}
			return string(v), nil
		}
	case form.Date:
		if v := day(s); v != "" {
			return "date('" + string(v) + "')", nil
		}
	}
	return "", wrong
}

// prefill fills in what a rule gives.
func (b *builder) prefill(c *rule.Clause) error {
	targets, err := b.targets(c)
	if err != nil {
		return err
	}
	for _, n := range targets {
		if n.nowhere {
			continue
		}
		if n.part.Field == nil || n.gone || n.gives != nil {
			return fmt.Errorf("„%s“ ist keine Frage, oder ein Wert steht schon da", n.label())
		}
		v, err := b.literal(n, c.Value.Text)
		if err != nil && c.Hidden && c.When == nil && n.unlisted {
			// Only this code is ever sent, so its list need not be known.
			v, err = "'"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(c.Value.Text)+"'", nil
		}
		if err != nil {
			return err
		}
		when, err := b.cel(c.When, n)
		switch {
		case err != nil:
			return err
		case when.expr == "false":
			continue
		case when.expr == "true":
			n.gives = &cond{expr: v}
		case strings.HasPrefix(v, "'"):
			n.gives = &cond{expr: "(" + when.expr + ") ? " + v + " : ''", deps: when.deps}
		case strings.HasPrefix(v, "date("):
			n.gives = &cond{expr: "(" + when.expr + ") ? " + v + " : date(1, 1, 1)", deps: when.deps}
		default:
			return errors.New("eine Zahl oder ein Ja oder Nein wird unter einer Bedingung nicht eingetragen")
		}
		if n.fixed = c.Hidden; n.fixed && when.expr == "true" {
			n.field.Required = false
			b.constant(n, v)
			b.warn(n, "„%s“ wird nicht gefragt; mitgesendet wird immer %s", n.label(), c.Value.Text)
		}
	}
	return nil
}
