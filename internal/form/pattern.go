package form

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

const (
	// patternKey is the problem of a text that does not fit its pattern; the
	// author says it in words.
	patternKey = "form.pattern"
	maxPattern = 1000 // characters
)

// Pattern makes a regular expression of one in the language of XML
// Schema (XML Schema Part 2, second edition, appendix F), which is what FIM's
// "präzisierung" has. It must fit the whole text: ^ at the very beginning and $
// at the very end, which many authors write, are taken as that; elsewhere they
// are ordinary characters, as the standard says. What RE2 cannot do
// (subtraction of classes, Unicode blocks) is refused.
func Pattern(src string) (*regexp.Regexp, error) {
	s, err := rewritePattern(src)
	if err != nil {
		return nil, err
	}
	re, err := syntax.Parse(`\A`+s[1:len(s)-1]+`\z`, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be used: %w", src, err)
	}
	return regexp.Compile(re.String())
}

// rewritePattern writes the expression as RE2 and ECMA-262 (with its flag u)
// read it alike: ^(?:…)$.
func rewritePattern(src string) (string, error) {
	if len(src) > maxPattern {
		return "", fmt.Errorf("longer than %d characters", maxPattern)
	}
	body := strings.TrimPrefix(src, "^")
	if rest, ok := strings.CutSuffix(body, "$"); ok && !strings.HasSuffix(rest, `\`) {
		body = rest
	}
	var b strings.Builder
	b.WriteString(`^(?:`)
	class := 0 // how far into a class: the characters since its [
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '\\' && i+1 < len(body):
			s, n, err := patternEscape(body[i+1:], class > 0)
			if err != nil {
				return "", err
			}
			b.WriteString(s)
			i += n
		case c == '[' && class > 0:
			if i > 0 && body[i-1] == '-' {
				return "", fmt.Errorf("subtraction of classes in %q cannot be used", src)
			}
			b.WriteString(`\[`)
		case c == '[':
			class++
			b.WriteByte(c)
			continue
		case c == ']' && class > 1:
			class = 0
			b.WriteByte(c)
			continue
		case class > 0:
			b.WriteByte(c)
		case c == '^' || c == '$':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '(' && i+1 < len(body) && body[i+1] == '?', (c == '*' || c == '+' || c == '?' || c == '}') && i+1 < len(body) && body[i+1] == '?':
			return "", fmt.Errorf("%q: XML Schema has no %q", src, body[i:i+2])
		default:
			b.WriteByte(c)
		}
		if class > 0 {
			class++
		}
	}
	b.WriteString(`)$`)
	return b.String(), nil
}

// patternEscape is what stands for an escape, and how many bytes of rest, which
// follows the backslash, belong to it.
func patternEscape(rest string, inClass bool) (string, int, error) {
	var set string
	switch rest[0] {
	case 'd':
		set = `\p{Nd}`
	case 'D':
		return `\P{Nd}`, 1, nil
	case 's':
		set = ` \t\n\r`
	case 'w':
		set = `\p{L}\p{M}\p{N}\p{S}`
	case 'i':
		set = `\p{L}_:`
	case 'c':
		set = `\p{L}\p{M}\p{Nd}_:.·-`
	case 'S', 'W', 'I', 'C':
		if inClass {
			return "", 0, fmt.Errorf(`\%c cannot stand in a class`, rest[0])
		}
		return map[byte]string{'S': `[^ \t\n\r]`, 'W': `[^\p{L}\p{M}\p{N}\p{S}]`, 'I': `[^\p{L}_:]`, 'C': `[^\p{L}\p{M}\p{Nd}_:.·\-]`}[rest[0]], 1, nil
	case 'p', 'P':
		name, _, ok := strings.Cut(rest, "}")
		if !ok || !strings.HasPrefix(name[1:], "{") || strings.HasPrefix(name[1:], "{Is") {
			return "", 0, fmt.Errorf(`\%s: Unicode blocks cannot be used`, name)
		}
		return `\` + name + "}", len(name) + 1, nil
	case 'n', 'r', 't', '\\', '|', '.', '-', '^', '?', '*', '+', '{', '}', '(', ')', '[', ']', '$', '/', '@', '"', '\'', '#', '%', '&', ',', ':', ';', '=', '!', '<', '>', '~', '`', '_', ' ':
		if strings.IndexByte(`/@"'#%&,:;=!<>~_ `+"`", rest[0]) >= 0 || rest[0] == '-' && !inClass {
			return rest[:1], 1, nil // needs no escape, though authors write one
		}
		return `\` + rest[:1], 1, nil
	default:
		return "", 0, fmt.Errorf(`XML Schema has no \%c`, rest[0])
	}
	if inClass {
		return strings.ReplaceAll(set, ".·-", `.·\-`), 1, nil
	}
	return "[" + set + "]", 1, nil
}
