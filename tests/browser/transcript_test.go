package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const transcriptFile = "testdata/transcript.txt"

// changing is what differs from run to run: times and codes.
var changing = regexp.MustCompile(`\d{1,2}:\d{2}( Uhr)?|([0-9A-HJKMNP-TV-Z]{4} ?){5}|\d{1,2}\. (Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember) 20(2[6-9]|[3-9]\d)|[1-9]\d*,\d\d €|Version \S+`)

// TestTranscript keeps what a screen reader has to say of the form's pages:
// roles, names and states, in order. Read the difference as text; -update
// takes it over.
func TestTranscript(t *testing.T) {
	full(t)
	t.Parallel()
	var out strings.Builder
	j := (&journey{
		portal: apptest.Start(t, apptest.Options{Demo: true}), browser: launch(t), town: paderborn, lang: i18n.DE, scripts: true,
		look: func(b *tab, page, state string) {
			if strings.HasPrefix(page, "form-") && state != "filled" {
				fmt.Fprintf(&out, "== %s %s\n%s\n", page, state, b.spoken())
			}
		},
		faulty: func(page string) bool { return page == "form-keeper" },
	}).begin(t)
	b := j.tab()
	j.find(b)
	j.apply(b, firstDog())
	j.apply(b, secondDog())
	b.at(j.w.say("submission.check.title"))
	fmt.Fprintf(&out, "== form-check\n%s", b.spoken())
	got := out.String()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(transcriptFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(transcriptFile)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	a, c := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(c)) {
		if i >= len(a) || i >= len(c) || a[i] != c[i] {
			t.Fatalf("the transcript differs from line %d on (go test ./tests/browser -run Transcript -update takes it over):\nwas %q\nis  %q", i+1, line(a, i), line(c, i))
		}
	}
}

func line(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// silent are roles that a screen reader does not speak of.
var silent = map[string]bool{
	"none": true, "generic": true, "InlineTextBox": true, "StaticText": true, "RootWebArea": true, "paragraph": true, "LabelText": true,
	"ListMarker": true, "listitem": true, "LineBreak": true, "rowgroup": true, "image": true, "DescriptionList": true, "SvgRoot": true, "Section": true, "Legend": true, "definition": true,
}

// said are roles whose text is not their name.
var said = map[string]bool{"paragraph": true, "definition": true, "listitem": true, "cell": true, "Section": true}

// spoken is the accessible tree of the page's main part.
func (b *tab) spoken() string {
	b.t.Helper()
	// Asked for by hand: the tree names properties that the library of this
	// version does not know.
	var tree struct {
		Nodes []*axNode `json:"nodes"`
	}
	b.do(accessibility.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		return cdp.Execute(ctx, accessibility.CommandGetFullAXTree, nil, &tree)
	}))
	byID := map[string]*axNode{}
	for _, n := range tree.Nodes {
		byID[n.NodeID] = n
	}
	var out strings.Builder
	var walk func(n *axNode, depth int, inside string)
	walk = func(n *axNode, depth int, inside string) {
		role := word(n.Role)
		if role == "contentinfo" || role == "banner" {
			return // the same on every page
		}
		name := word(n.Name)
		if role == "StaticText" && !n.Ignored && said[inside] {
			fmt.Fprintf(&out, "%s%s\n", strings.Repeat("  ", depth), name)
		}
		if role != "generic" && role != "none" && !n.Ignored {
			inside = role
		}
		if !n.Ignored && !silent[role] {
			fmt.Fprintf(&out, "%s%s", strings.Repeat("  ", depth), role)
			if name != "" {
				fmt.Fprintf(&out, " %q", name)
			}
			if d := word(n.Description); d != "" {
				fmt.Fprintf(&out, " (%s)", d)
			}
			for _, p := range n.Properties {
				switch v := word(p.Value); p.Name + "=" + v {
				case "required=true", "invalid=true", "checked=true", "expanded=true", "expanded=false", "disabled=true":
					fmt.Fprintf(&out, " %s=%s", p.Name, v)
				}
			}
			out.WriteByte('\n')
			depth++
			if role == "option" || role == "MenuListPopup" {
				return
			}
		}
		for _, c := range n.ChildIDs {
			if child := byID[c]; child != nil {
				if word(child.Role) == "MenuListPopup" {
					continue
				}
				walk(child, depth, inside)
			}
		}
	}
	walk(tree.Nodes[0], 0, "")
	return changing.ReplaceAllString(out.String(), "…")
}

// axNode is what we read of a node of the accessibility tree.
type axNode struct {
	NodeID      string       `json:"nodeId"`
	ParentID    string       `json:"parentId"`
	ChildIDs    []string     `json:"childIds"`
	Ignored     bool         `json:"ignored"`
	Role        axValue      `json:"role"`
	Name        axValue      `json:"name"`
	Description axValue      `json:"description"`
	Properties  []axProperty `json:"properties"`
}

type axProperty struct {
	Name  string  `json:"name"`
	Value axValue `json:"value"`
}

type axValue struct {
	Value any `json:"value"`
}

func word(v axValue) string {
	if v.Value == nil {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprint(v.Value)), " ")
}
