package prove

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// examples are texts that a regular expression matches: the shortest, and one
// with a little more of what may repeat. Whatever the pattern asks at its
// edges (\b, ^) is left to chance, so each is tried.
func examples(pattern string) []string {
	exact, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	tree = tree.Simplify()
	var out []string
	for extra := range 2 {
		var b strings.Builder
		example(&b, tree, extra)
		if s := b.String(); b.Len() < maxExample && exact.MatchString(s) {
			out = append(out, s)
		}
	}
	return out
}

const maxExample = 2000 // bytes

func example(b *strings.Builder, re *syntax.Regexp, extra int) {
	if b.Len() >= maxExample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(ordinary(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			example(b, sub, extra)
		}
	case syntax.OpAlternate:
		example(b, re.Sub[min(extra, len(re.Sub)-1)], extra)
	case syntax.OpPlus:
		for range 1 + extra {
			example(b, re.Sub[0], extra)
		}
	case syntax.OpStar, syntax.OpQuest:
		for range extra {
			example(b, re.Sub[0], extra)
		}
	case syntax.OpRepeat:
		n := re.Min + extra
		if re.Max >= 0 {
			n = min(n, re.Max)
		}
		for range n {
			example(b, re.Sub[0], extra)
		}
	}
}

// ordinary is a character of a class, a letter or digit where it has one.
func ordinary(ranges []rune) rune {
	for _, want := range "Aa1" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				return want
			}
		}
	}
	return ranges[0]
}
