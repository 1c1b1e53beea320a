package prove

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

// linter finds what needs no walking, and keeps all findings.
type linter struct {
	src   Source
	d     *form.Definition
	found []Finding
	lines map[string][]string
	// undeclared are parameters that were named already: the compiler's words
	// for them would say the same again.
	undeclared bool
}

func (l *linter) add(level Level, kind Kind, where, format string, args ...any) {
	l.trap(Finding{Level: level, Kind: kind, Where: where, Text: fmt.Sprintf(format, args...)})
}

func (l *linter) trap(f Finding) {
	if !slices.Contains(l.found, f) {
		l.found = append(l.found, f)
	}
}

// sorted are the findings, faults first, otherwise as they were found.
func (l *linter) sorted() []Finding {
	slices.SortStableFunc(l.found, func(a, b Finding) int { return strings.Compare(string(a.Level), string(b.Level)) })
	return l.found
}

// file is the lines of a file.
func (l *linter) file(name string) []string {
	if lines, ok := l.lines[name]; ok {
		return lines
	}
	b, _ := fs.ReadFile(l.src.Files, name)
	if l.lines == nil {
		l.lines = map[string][]string{}
	}
	l.lines[name] = strings.Split(string(b), "\n")
	return l.lines[name]
}

// line is file and number of the first line that holds the words, not as a
// part of longer ones.
func (l *linter) line(file, words string) string {
	exact := regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(words) + `($|[^\w.-])`)
	for i, s := range l.file(file) {
		if strings.Contains(s, words) && exact.MatchString(s) {
			return file + ":" + strconv.Itoa(i+1)
		}
	}
	return file
}

// rule is where a rule stands.
func (l *linter) rule(r form.RuleInfo) string {
	switch r.Kind {
	case form.ShowPage, form.ShowNote:
		return l.line("pages.yaml", "id: "+r.ID)
	case form.ShowField, form.Demand:
		return l.line("pages.yaml", "field: "+r.Field)
	}
	return l.line("rules.yaml", "id: "+last(r.ID))
}

// mentionedAt finds the place that an error of the form engine names.
var mentionedAt = regexp.MustCompile(`^((?:schema|pages|rules)\.yaml|lists/[\w-]+\.yaml|texts/[\w-]+\.json): (?:validate |calc |compute )?([\w.-]+)`)

// broken takes the errors of the form engine apart.
func (l *linter) broken(err error) {
	for _, line := range strings.Split(err.Error(), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "|") { // CEL's picture of the place
			continue
		}
		text := strings.TrimPrefix(line, "form: ")
		if l.d != nil {
			text = strings.TrimPrefix(text, "form "+l.d.ID+": ")
		}
		if l.undeclared && strings.Contains(text, "undeclared reference to 'params'") || strings.HasPrefix(text, "texts: ") && strings.Contains(text, "there is no parameter") && l.undeclared {
			continue
		}
		where := ""
		if m := mentionedAt.FindStringSubmatch(text); m != nil {
			for _, words := range []string{"id: " + m[2], "field: " + m[2], "id: " + last(m[2]), m[2]} {
				if where = l.line(m[1], words); where != m[1] {
					break
				}
			}
		}
		l.add(Fault, Broken, where, "%s", text)
	}
}

func (l *linter) lint() {
	l.cycles()
	l.nodes(l.d.Nodes, "", "")
	l.params()
	l.stale()
	l.further()
	l.placeholders()
	l.readable()
}

// cycles finds calculations that need each other.
func (l *linter) cycles() {
	trees, names := map[string]ast.Expr{}, []string{}
	as := map[string]string{}
	for path, n := range repeated(l.d.Nodes, "") {
		as[path] = n.Repeat.As
	}
	for _, c := range l.d.Rules.Calc {
		n := "calc." + c.ID
		if c.Each != "" {
			n = as[c.Each] + "." + c.ID
		}
		trees[n], names = tree(c.Expr), append(names, n)
	}
	uses := map[string][]string{}
	for _, n := range names {
		visit(trees[n], func(x ast.Expr) {
			if of := name(x); trees[of] != nil && !slices.Contains(uses[n], of) {
				uses[n] = append(uses[n], of)
			}
		})
	}
	done := map[string]bool{}
	var follow func(path []string, n string)
	follow = func(path []string, n string) {
		if i := slices.Index(path, n); i >= 0 {
			round := append(slices.Clone(path[i:]), n)
			l.add(Fault, Cycle, l.line("rules.yaml", "id: "+last(n)), "calculations need each other in a circle: %s", strings.Join(round, " → "))
			return
		}
		if done[n] {
			return
		}
		for _, next := range uses[n] {
			follow(append(path, n), next)
		}
		done[n] = true
	}
	for _, n := range names {
		follow(nil, n)
	}
}

// repeated are the groups that repeat, with their schema paths, the outer ones
// first.
func repeated(nodes []form.Node, prefix string) iter.Seq2[string, form.Node] {
	return func(yield func(string, form.Node) bool) {
		for _, n := range nodes {
			if n.Repeat != nil && !yield(prefix+n.ID, n) {
				return
			}
			for path, inner := range repeated(n.Group, prefix+n.ID+".") {
				if !yield(path, inner) {
					return
				}
			}
		}
	}
}

// nodes finds fields without a legal basis and limits that leave nothing.
func (l *linter) nodes(nodes []form.Node, prefix, basis string) {
	for _, n := range nodes {
		path, b := prefix+n.ID, basis
		if n.Basis != "" {
			b = n.Basis
		}
		where := l.line("schema.yaml", "id: "+n.ID)
		if n.Type == "" {
			l.nodes(n.Group, path+".", b)
			continue
		}
		if b == "" && form.Kind(n.Type) != form.Confirm {
			l.add(Fault, NoBasis, where, "field %s names no legal basis: give it or its group a `basis`", path)
		}
		if why := l.empty(n); why != "" {
			l.add(Fault, Bounds, where, "field %s: %s", path, why)
		}
	}
}

// empty says why the limits of a field leave nothing over, or "".
func (l *linter) empty(n form.Node) string {
	low, errLow := strconv.ParseFloat(string(n.Min), 64)
	high, errHigh := strconv.ParseFloat(string(n.Max), 64)
	switch form.Kind(n.Type) {
	case form.Date, form.PartialDate, form.DateTime, form.Period:
		from, has := n.Min.On(l.src.Today)
		to, hasTo := n.Max.On(l.src.Today)
		if has && hasTo && to.Before(from) {
			return fmt.Sprintf("min %s is later than max %s", n.Min, n.Max)
		}
		return ""
	case form.Files:
		if errHigh == nil && high < 1 {
			return "a file is asked for and max allows none"
		}
		if n.MaxBytes != 0 && n.MaxBytes < 1000 {
			return fmt.Sprintf("no real file has at most %d bytes (maxBytes)", n.MaxBytes)
		}
		for _, t := range n.Accept {
			if !mediaType.MatchString(t) {
				return fmt.Sprintf("accept: %q is no media type such as application/pdf, so no file fits", t)
			}
		}
		return ""
	case form.Time:
		if n.Min != "" && n.Max != "" && n.Max < n.Min {
			return fmt.Sprintf("min %s is later than max %s", n.Min, n.Max)
		}
		return ""
	case form.SomeOf, form.Ranking:
		if count := len(n.Choices) + len(l.d.Lists[n.List]); errLow == nil && int(low) > count {
			return fmt.Sprintf("min asks for %s choices and there are %d", n.Min, count)
		}
	}
	if errLow == nil && errHigh == nil && low > high {
		return fmt.Sprintf("min %s is larger than max %s", n.Min, n.Max)
	}
	return ""
}

var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)

// inText finds parameters in expressions and texts.
var inText = regexp.MustCompile(`\bparams\.([a-z][a-z0-9_]*)`)

// params finds parameters that are used and not declared, and the reverse.
func (l *linter) params() {
	used := map[string]bool{}
	for _, name := range l.src.Used {
		used[name] = true
	}
	said := map[string]bool{}
	err := fs.WalkDir(l.src.Files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && (file == "parameters" || file == "samples") {
				return fs.SkipDir
			}
			return err
		}
		ours := slices.Contains([]string{"pages.yaml", "rules.yaml"}, file) || strings.HasPrefix(file, "texts/")
		for i, s := range l.file(file) {
			for _, m := range inText.FindAllStringSubmatch(s, -1) {
				used[m[1]] = true
				if ours && l.src.Params[m[1]] == "" && !said[m[1]] {
					said[m[1]], l.undeclared = true, true
					l.add(Fault, Parameter, file+":"+strconv.Itoa(i+1), "parameter %s is used and not declared in parameters.yaml", m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		l.add(Fault, Broken, "", "%v", err)
	}
	for _, name := range l.src.Declared {
		if !used[name] && !used[name+"_text"] {
			l.add(Fault, Parameter, l.line("parameters.yaml", "name: "+name), "parameter %s is declared and nothing uses it", name)
		}
	}
}

// german is every German text that has a translation, by its key.
func (l *linter) german() map[string]string {
	all := l.d.German()
	maps.Copy(all, l.src.Texts)
	return all
}

// further finds what the catalogues of further languages lack, and what they
// have and German does not.
func (l *linter) further() {
	german := l.german()
	for _, lang := range i18n.Further() {
		texts, there := l.d.Texts[lang]
		if !there {
			continue
		}
		file := "texts/" + string(lang) + ".json"
		var missing []string
		for _, key := range slices.Sorted(maps.Keys(german)) {
			if texts[key] == "" && !(lang.German() && strings.HasPrefix(key, "list.")) { // a list's German words are those of Leichte Sprache too
				missing = append(missing, key)
			}
		}
		if len(missing) > 0 {
			some := strings.Join(missing[:min(5, len(missing))], ", ")
			if len(missing) > 5 {
				some += ", …"
			}
			l.add(Note, Untranslated, file, "%d of %d texts are not there, and are shown in German: %s", len(missing), len(german), some)
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			of, ok := german[key]
			if !ok {
				l.add(Fault, Stale, l.line(file, `"`+key+`"`), "%s: there is no German text of this name", key)
				continue
			}
			for _, m := range placeholderPattern.FindAllStringSubmatch(texts[key], -1) {
				if !strings.Contains(of, m[0]) {
					l.add(Fault, Placeholder, l.line(file, `"`+key+`"`), "%s: nothing fills in %s; known here are those of the German text", key, m[0])
				}
			}
		}
	}
}

// stale finds translations of an older German text.
func (l *linter) stale() {
	source := l.german()
	for _, lang := range append(i18n.Langs()[1:], i18n.Further()...) {
		file := "texts/" + string(lang) + ".json"
		b, err := fs.ReadFile(l.src.Files, file)
		if err != nil {
			continue // Load has said so
		}
		var raw map[string]json.RawMessage
		if json.Unmarshal(b, &raw) != nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(raw)) {
			var e struct {
				Of string `json:"of"`
			}
			german, ok := source[key]
			if json.Unmarshal(raw[key], &e) == nil && e.Of != "" && ok && e.Of != i18n.Hash(german) {
				l.add(Fault, Stale, l.line(file, `"`+key+`"`), "%s: the German text was changed after it was translated: read the translation again and stamp it", key)
			}
		}
	}
}

// placeholderPattern is a placeholder in a text.
var placeholderPattern = regexp.MustCompile(`\{([^{}]*)\}`)

// placeholders finds those that nothing fills in. Lines of a computation and
// params.… are checked by the compiler.
func (l *linter) placeholders() {
	within := map[string]bool{} // keys, without their last part, of what stands in a group
	entry := map[string]bool{}  // {kind.label}: of a group around it
	var groups []string
	for path, n := range repeated(l.d.Nodes, "") {
		entry[n.Repeat.As+".label"], entry[n.Repeat.As+".n"] = true, true
		groups = append(groups, path)
	}
	inGroup := func(path string) bool {
		return slices.ContainsFunc(groups, func(g string) bool { return path == g || strings.HasPrefix(path, g+".") })
	}
	for _, p := range l.d.Pages {
		if p.Each != "" {
			within["page."+p.ID] = true
			for _, n := range p.Notes {
				within["note."+n.ID] = true
			}
		}
	}
	for _, c := range l.d.Rules.Validate {
		if i := strings.LastIndexByte(c.Field, '.'); i > 0 { // a check of a group runs in what is around it
			within["rule."+c.ID] = inGroup(c.Field[:i])
		}
	}
	for _, lang := range i18n.Langs() {
		for _, key := range slices.Sorted(maps.Keys(l.d.Texts[lang])) {
			parts := strings.SplitN(key, ".", 3)
			if len(parts) < 2 || !slices.Contains([]string{"section", "page", "field", "group", "rule", "note", "destination", "basis", "purpose"}, parts[0]) {
				continue
			}
			own := within[parts[0]+"."+parts[1]]
			if parts[0] == "field" || parts[0] == "group" {
				own = inGroup(strings.TrimPrefix(key, parts[0]+"."))
			}
			for _, m := range placeholderPattern.FindAllStringSubmatch(l.d.Texts[lang][key], -1) {
				instance := (m[1] == "n" || m[1] == "label") && own
				if !instance && !entry[m[1]] && !strings.HasPrefix(m[1], "params.") {
					l.add(Fault, Placeholder, l.line("texts/"+string(lang)+".json", `"`+key+`"`), "%s: nothing fills in {%s}; known here are {params.…}%s", key, m[1], map[bool]string{true: ", {n} and {label}"}[own])
				}
			}
		}
	}
}
