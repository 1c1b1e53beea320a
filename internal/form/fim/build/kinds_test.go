package build

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/prove"
)

func ask(id, name string, t fim.DataType, min, max int) *fim.Part {
	return &fim.Part{Min: min, Max: max, Field: &fim.Field{
		Head: fim.Head{Identity: fim.Identity{ID: id}, Name: name}, Labels: fim.Labels{Input: name}, FieldKind: fim.Input, Type: t,
	}}
}

func within(id, name string, min, max int, parts ...*fim.Part) *fim.Part {
	return &fim.Part{Min: min, Max: max, Group: &fim.Group{
		Head: fim.Head{Identity: fim.Identity{ID: id}, Name: name}, Labels: fim.Labels{Input: name}, Structure: parts,
	}}
}

func schemaOf(rules []string, parts ...*fim.Part) *fim.Schema {
	s := &fim.Schema{Head: fim.Head{Identity: fim.Identity{ID: "S99000000009", Version: "1.0"}, Name: "Probe"}, Title: "Probe", Structure: parts}
	for i, text := range rules {
		s.Rules = append(s.Rules, &fim.Rule{Identity: fim.Identity{ID: fmt.Sprintf("R9900000000%d", i)}, Text: text})
	}
	return s
}

// made compiles the form of a schema and walks it.
func made(t *testing.T, s *fim.Schema, o Options) (*form.Program, *form.Definition, *Report) {
	t.Helper()
	d, r := Form(s, o)
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
		if _, err := prove.Walk(p, prove.Setting{Today: clock.Date{Year: 2026, Month: 11, Day: 22}}, how, &prove.Budget{Left: 20000}); err != nil {
			t.Error(err)
		}
	}
	return p, d, r
}

func kinds(p *form.Program) map[string]form.FieldInfo {
	out := map[string]form.FieldInfo{}
	for _, f := range p.Inspect().Fields {
		out[f.Path] = f
	}
	return out
}

func TestKinds(t *testing.T) {
	born := within("G60000000083", "Geburtsdatum (teilbekannt)", 1, 1,
		ask("F60000000231", "Tag", fim.Integer, 0, 1), ask("F60000000232", "Monat", fim.Integer, 0, 1), ask("F60000000233", "Jahr", fim.Integer, 1, 1))
	born.Group.Structure[2].Field.Bounds = fim.Bounds{MinValue: "1850", MaxValue: "2080"}
	plz := ask("F99000000003", "Postleitzahl (Meldeadresse)", fim.Text, 0, 1)
	five := 5
	plz.Field.Bounds.MaxLength = &five
	number := ask("F99000000008", "Aktenzeichen", fim.Text, 0, 1)
	number.Field.Bounds.Pattern = `\d{3}/[A-Z]`
	s := schemaOf([]string{`Wenn das Feld F60000000233 "Jahr" > 1970, dann muss das Feld F99000000001 "Impfung" angezeigt werden.`},
		born, ask("F99000000001", "Impfung", fim.Bool, 0, 1), ask("F99000000002", "Steuer-ID", fim.Text, 0, 1), plz,
		ask("F99000000004", "Uhrzeit", fim.Time, 0, 1), ask("F99000000005", "Zeitpunkt", fim.DateTime, 0, 1),
		ask("F99000000006", "von", fim.Date, 1, 1), ask("F99000000007", "bis", fim.Date, 0, 1), number,
		within("G99000000001", "Zeitraum", 0, 1, ask("F99000000009", "Startdatum (Von)", fim.Date, 1, 1), ask("F99000000010", "Enddatum (Bis)", fim.Date, 1, 1)),
		ask("F99000000011", "amtliches Kennzeichen", fim.Text, 0, 1), ask("F99000000012", "Staatsangehörigkeit", fim.Text, 0, 1))
	p, d, r := made(t, s, Options{})
	if r.NotKept > 0 {
		t.Errorf("not kept: %v", r.Warnings)
	}
	got := kinds(p)
	for path, want := range map[string]form.Kind{
		"g60000000083": form.PartialDate, "f99000000002": form.TaxID, "f99000000003": form.Postcode, "f99000000004": form.Time,
		"f99000000005": form.DateTime, "f99000000006": form.Period, "f99000000008": form.Text, "g99000000001": form.Period,
		"f99000000011": form.Plate, "f99000000012": form.Nationality,
	} {
		if got[path].Kind != want {
			t.Errorf("%s is %q, want %q", path, got[path].Kind, want)
		}
	}
	b := got["g60000000083"].Node
	if !b.Required || b.Min != "1850-01-01" || b.Max != "2080-12-31" || got["f99000000008"].Node.Pattern != `\d{3}/[A-Z]` || !got["f99000000006"].Node.Open || got["g99000000001"].Node.Open {
		t.Errorf("not as the schema has it: %+v", b)
	}
	page := d.Pages[slices.IndexFunc(d.Pages, func(p form.PageDef) bool {
		return slices.ContainsFunc(p.Fields, func(f form.PageField) bool { return f.Field == "f99000000001" })
	})]
	if when := page.Fields[0].When; !strings.Contains(when, "year(earliest(g60000000083)) > 1970") {
		t.Errorf("the question about the year hangs on %q", when)
	}
}

// TestFurther answers a field without bound forty times.
func TestFurther(t *testing.T) {
	outer := within("G99000000001", "Person", 0, 0, ask("F99000000001", "Name", fim.Text, 1, 1), ask("F60000000240", "Telefon", fim.Text, 0, 0))
	p, _, r := made(t, schemaOf(nil, ask("F60000000242", "E-Mail", fim.Text, 1, 0), ask("F99000000002", "Zeile", fim.Text, 2, 5), outer), Options{})
	if len(r.Warnings) > 0 {
		t.Errorf("there is something to say: %v", r.Warnings)
	}
	most := map[string]int{}
	for _, g := range p.Inspect().Groups {
		most[g.Path] = g.Max
	}
	if most["f60000000242_weitere"] != 100 || most["g99000000001.f60000000240_weitere"] != 100 || len(most) != 3 {
		t.Errorf("groups: %v", most)
	}
	if got := kinds(p); got["f99000000002_5"].Kind != form.Text || !got["f99000000002_2"].Node.Required || got["f99000000002_3"].Node.Required {
		t.Error("five lines do not stand on one page")
	}
	if _, d, r := made(t, schemaOf(nil, within("G99000000001", "A", 0, 0, within("G99000000002", "B", 0, 0, within("G99000000003", "C", 0, 500,
		ask("F99000000001", "Name", fim.Text, 1, 0))))), Options{}); len(r.Warnings) != 2 || len(d.Nodes) != 1 {
		t.Errorf("three deep: %v", r.Warnings)
	}
}

// given is one list.
type given struct{ list *codelist.List }

func (g given) Find(string, string) (*codelist.List, bool) { return g.list, true }

// TestCodes takes the codes of a list as they are.
func TestCodes(t *testing.T) {
	codes := []string{"001", "NRW", "A b", "ä/ö.1", "1", "x'y", `back\slash`, "a-_b"}
	l := &codelist.List{URN: "urn:example:liste", Version: "1"}
	for _, c := range codes {
		l.Entries = append(l.Entries, codelist.Entry{Code: c, Name: "Eintrag " + c})
	}
	listed := ask("F99000000001", "Liste", fim.Text, 1, 1)
	listed.Field.FieldKind, listed.Field.List = fim.Select, &fim.List{URN: l.URN}
	inline := ask("F99000000002", "Wahl", fim.Text, 1, 1)
	inline.Field.FieldKind = fim.Select
	for _, c := range codes {
		inline.Field.Values = append(inline.Field.Values, fim.Value{Code: c, Name: "Wahl " + c})
	}
	s := schemaOf([]string{`Wenn das Feld F99000000002 "Wahl" = NRW "Wahl NRW", dann muss das Feld F99000000003 "Warum" befüllt sein.`},
		listed, inline, ask("F99000000003", "Warum", fim.Text, 0, 1))
	p, d, r := made(t, s, Options{Lists: given{l}})
	if len(r.Warnings) > 0 {
		t.Errorf("there is something to say: %v", r.Warnings)
	}
	for path, f := range kinds(p) {
		for i, c := range f.Choices {
			if c.Code != codes[i] {
				t.Errorf("%s: %q, want %q", path, c.Code, codes[i])
			}
		}
	}
	require := ""
	for _, pg := range d.Pages {
		for _, f := range pg.Fields {
			require += f.Require
		}
	}
	if require != "f99000000002 == 'NRW'" {
		t.Errorf("required when %q", require)
	}
	many := &codelist.List{URN: "urn:example:viele", Version: "1"}
	for i := range 100_000 {
		many.Entries = append(many.Entries, codelist.Entry{Code: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("Eintrag %d", i)})
	}
	listed.Field.List = &fim.List{URN: many.URN}
	d, _ = Form(s, Options{Lists: given{many}})
	if list := d.Lists[d.Nodes[0].List]; len(list) != 100_000 || list[99_999].Code != "099999" {
		t.Error("the long list is not the same")
	}
}

// TestNowhere leaves out what belongs to another federal state.
func TestNowhere(t *testing.T) {
	s := schemaOf([]string{
		`Das Feld F99000000002 "Nachweis (TH)" muss in Thüringen befüllt werden. Für die anderen Bundesländer darf es nicht angezeigt werden.`,
		`Wenn das Feld F99000000002 "Nachweis (TH)" befüllt ist, dann muss das Feld F99000000003 "Mehr" befüllt sein.`,
	}, ask("F99000000001", "Name", fim.Text, 1, 1), ask("F99000000002", "Nachweis (TH)", fim.Text, 0, 1), ask("F99000000003", "Mehr", fim.Text, 0, 1))
	p, _, r := made(t, s, Options{})
	if got := kinds(p); len(got) != 2 || r.NotKept != 0 || !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Element == "F99000000002" }) {
		t.Errorf("%d fields, %v", len(got), r.Warnings)
	}
	if p, _, _ := made(t, s, Options{State: "TH"}); len(kinds(p)) != 3 {
		t.Error("in Thuringia it is not asked")
	}
}

// TestContent fills in what the schema has.
func TestContent(t *testing.T) {
	filled := func(id, name string, t fim.DataType, kind fim.FieldKind, content string) *fim.Part {
		p := ask(id, name, t, 1, 1)
		p.Field.FieldKind, p.Field.Content = kind, content
		return p
	}
	s := schemaOf([]string{`Das Feld F99000000005 "Kanal" muss mit "online" vorbefüllt und ausgeblendet werden.`},
		ask("F99000000001", "Name", fim.Text, 1, 1), filled("F99000000002", "Ort", fim.Text, fim.Input, "Paderborn"),
		filled("F99000000003", "Behörde", fim.Text, fim.Locked, "Ordnungsamt"), filled("F99000000004", "Version", fim.Integer, fim.Hidden, "3"),
		ask("F99000000005", "Kanal", fim.Text, 1, 1), filled("F99000000006", "Zahl", fim.Integer, fim.Input, "viele"),
		within("G99000000001", "Technik", 1, 1, filled("F99000000007", "Stand", fim.Date, fim.Hidden, "2026-01-02")))
	p, d, r := made(t, s, Options{})
	fields := map[string]form.PageField{}
	for _, pg := range d.Pages {
		for _, f := range pg.Fields {
			fields[f.Field] = f
		}
	}
	for path, want := range map[string]form.PageField{
		"f99000000002": {Default: "'Paderborn'"}, "f99000000003": {Value: "'Ordnungsamt'"}, "f99000000004": {Value: "3"},
		"f99000000005": {Value: "'online'"}, "f99000000006": {}, "g99000000001.f99000000007": {Value: "date('2026-01-02')"},
	} {
		if want.Field = path; fields[path] != want {
			t.Errorf("%s: %+v, want %+v", path, fields[path], want)
		}
	}
	if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Element == "F99000000006" }) {
		t.Errorf("nothing says that a number cannot be %q", "viele")
	}
	app, err := prove.Walk(p, prove.Setting{Today: clock.Date{Year: 2026, Month: 11, Day: 22}}, prove.Smallest, &prove.Budget{Left: 20000})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{"f99000000003": "Ordnungsamt", "f99000000004": int64(3), "g99000000001.f99000000007": clock.Date{Year: 2026, Month: 1, Day: 2}} {
		if got := app.Answers.Value(path); got != want {
			t.Errorf("sent as %s is %v, want %v", path, got, want)
		}
	}
}

// Of two rules that show and hide one field with the same answers the author
// hears, with such answers; of two that exclude each other there is nothing to say.
func TestTornBetweenRules(t *testing.T) {
	for sentence, want := range map[string]int{
		`Wenn das Feld F99000000003 "Alter" > 60, darf das Feld F99000000001 "Impfung" nicht angezeigt werden.`: 1,
		`Wenn das Feld F99000000003 "Alter" < 5, darf das Feld F99000000001 "Impfung" nicht angezeigt werden.`:  0,
	} {
		s := schemaOf([]string{`Wenn das Feld F99000000003 "Alter" > 50, dann muss das Feld F99000000001 "Impfung" angezeigt werden.`, sentence},
			ask("F99000000003", "Alter", fim.Integer, 1, 1), ask("F99000000001", "Impfung", fim.Text, 0, 1))
		_, d, r := made(t, s, Options{})
		if len(r.Warnings) != want || want > 0 && !strings.Contains(r.Warnings[0].Text, "beide etwa bei Alter = 6") {
			t.Errorf("%s: %v", sentence, r.Warnings)
		}
		if when := d.Pages[len(d.Pages)-1].Fields; when[len(when)-1].When == "" {
			t.Errorf("the field is always shown: %+v", when)
		}
	}
}
