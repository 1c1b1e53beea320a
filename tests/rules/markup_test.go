package rules_test

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	kernClass   = regexp.MustCompile(`\bkern-[a-z]`)
	classAttr   = regexp.MustCompile(`\sclass\??=`)
	inlineStyle = regexp.MustCompile(`\sstyle\??=`)
	handlerAttr = regexp.MustCompile(`(?i)\s(on[a-z]+)\??\s*=\s*["{'(]`)
	templBlock  = regexp.MustCompile(`^(css|script) \w+\(`)
	scriptTag   = regexp.MustCompile(`(?i)<script(\s[^>]*)?>`)
)

// markupRule finds class names outside ui and web, and what the
// Content-Security-Policy would refuse: inline styles, handlers and scripts.
func markupRule(tr *tree) []finding {
	var out []finding
	for _, name := range tr.files {
		room := roomOf(path.Dir(name))
		templ := path.Ext(name) == ".templ"
		if room == "" || !templ && path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		src, err := fs.ReadFile(tr.fsys, name)
		if err != nil {
			continue
		}
		out = append(out, lines(name, src, func(line string) string {
			switch {
			case room != "ui" && kernClass.MatchString(line):
				return "KERN class name outside ui"
			case !templ || strings.HasPrefix(strings.TrimSpace(line), "//"):
				return ""
			case room != "ui" && classAttr.MatchString(line):
				return "class attribute outside ui: ui has a component for it"
			case inlineStyle.MatchString(line):
				return "style attribute: the Content-Security-Policy refuses it"
			case templBlock.MatchString(line):
				return "templ css or script block: it draws inline code"
			}
			if m := handlerAttr.FindStringSubmatch(line); m != nil {
				return fmt.Sprintf("%s attribute: the Content-Security-Policy refuses it", m[1])
			}
			if m := scriptTag.FindStringSubmatch(line); m != nil && !strings.Contains(m[1], "src") && !strings.Contains(m[1], "application/") {
				return "inline script: the Content-Security-Policy refuses it"
			}
			return ""
		})...)
	}
	return out
}

func TestMarkup(t *testing.T) { keep(t, markupRule, nil) }

func TestMarkupRuleSees(t *testing.T) {
	page := func(line string) map[string]string {
		return map[string]string{"internal/x/page.templ": "package x\n" + line}
	}
	try(t, markupRule, []seed{
		{"class in a page", page(`<p class="kern-body">`), []string{"page.templ:2: KERN class name outside ui"}},
		{"class in Go", map[string]string{"internal/x/web.go": "package x\nconst c = `kern-btn`"}, []string{"web.go:2: KERN class"}},
		{"own class", page(`<p class="wide">`), []string{"class attribute"}},
		{"style", page(`<p style="color:red">`), []string{"style attribute"}},
		{"computed style", page(`<p style={ x }>`), []string{"style attribute"}},
		{"style in ui", map[string]string{"internal/ui/a.templ": "\t<p style=\"x\">"}, []string{"style attribute"}},
		{"handler", page(`<a onclick="x()">`), []string{"onclick attribute"}},
		{"handler by templ", page(`<a onClick={ x() }>`), []string{"onClick attribute"}},
		{"css block", page(`css red() {`), []string{"css or script block"}},
		{"script", page(`<script>x()</script>`), []string{"inline script"}},
		{"script file", page(`<script src={ x } defer></script>`), nil},
		{"data", page(`<script type="application/ld+json">`), nil},
		{"class in ui", map[string]string{"internal/ui/a.templ": `<p class="kern-body">`}, nil},
		{"words", page(`@ui.Text{On: "on=off"}`), nil},
	})
}
