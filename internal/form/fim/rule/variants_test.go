package rule

import (
	"fmt"
	"strings"
	"testing"

	"leitportal/internal/form/fim"
)

// sample is a small schema of our own; text hangs at its group "Person".
func sample(text string) *fim.Schema {
	field := func(id, name string, typ fim.DataType, values ...fim.Value) *fim.Part {
		f := &fim.Field{Head: fim.Head{Identity: fim.Identity{ID: "F010000000" + id}, Name: name}, FieldKind: fim.Input, Type: typ, Values: values}
		if len(values) > 0 {
			f.FieldKind = fim.Select
		}
		return &fim.Part{Max: 1, Field: f}
	}
	group := func(id, name string, parts ...*fim.Part) *fim.Part {
		return &fim.Part{Max: 1, Group: &fim.Group{Head: fim.Head{Identity: fim.Identity{ID: "G010000000" + id}, Name: name}, Structure: parts}}
	}
	state := field("22", "Staat", fim.Text)
	state.Field.FieldKind, state.Field.List = fim.Select, &fim.List{URN: "urn:de:staat"}
	hint := field("19", "Hinweis zum Antrag", fim.Text)
	hint.Field.FieldKind = fim.Label
	person := group("01", "Person",
		field("10", "Art der Person", fim.Text, fim.Value{Code: "001", Name: "Natürliche Person"}, fim.Value{Code: "002", Name: "Juristische Person"}, fim.Value{Code: "003", Name: "Verein und Stiftung"}),
		field("11", "Minderjährig", fim.Bool),
		field("12", "Name", fim.Text),
		field("13", "Geburtsdatum", fim.Date),
		field("14", "Anzahl Kinder", fim.Integer),
		field("15", "Einkommen", fim.Currency),
		field("16", "Beginn", fim.Date),
		field("17", "Ende", fim.Date),
		field("18", "Nachweis", fim.File),
		hint,
		group("02", "Anschrift", field("20", "Straße", fim.Text), field("21", "Ort", fim.Text), state),
		group("03", "Postfach (Inland)", field("30", "Postfach", fim.Text)),
		field("23", "Telefon", fim.Text),
		field("24", "E-Mail", fim.Text),
		field("25", "Vorhanden", fim.Text, fim.Value{Code: "1", Name: "Ja"}, fim.Value{Code: "2", Name: "Nein"}),
		group("04", "Teilbekanntes Datum", field("40", "Tag", fim.Integer), field("41", "Monat", fim.Integer), field("42", "Jahr", fim.Integer)),
	)
	person.Group.Rules = []*fim.Rule{{Identity: fim.Identity{ID: "R01000000001"}, Text: text}}
	twice := group("05", "Zweimal", group("06", "Eins", field("50", "Doppelt", fim.Text)), group("07", "Zwei", field("50", "Doppelt", fim.Text)))
	return &fim.Schema{Head: fim.Head{Identity: fim.Identity{ID: "S01000000001"}}, Structure: []*fim.Part{person, twice}}
}

// brief writes clauses with the last two digits of the ids.
func brief(clauses []Clause) string {
	short := func(p Path) string {
		if p == State {
			return "land"
		}
		s := string(p[strings.LastIndex(string(p), "/")+1:])
		return s[:1] + s[len(s)-2:]
	}
	var out []string
	for _, c := range clauses {
		idx := c.idx
		b := bench{idx: idx}
		name := func(p Path) Ref { return Ref{short(p), "?" + short(p), b.kind(p), nil} }
		s := string(c.Effect)
		for _, t := range c.Targets {
			s += " " + short(t)
		}
		if c.Value.Text != "" {
			s += " := " + c.Value.Text
		}
		if c.Hidden {
			s += " hidden"
		}
		if len(c.Codes) > 0 {
			s += fmt.Sprint(" ", c.Codes)
		}
		for _, part := range []struct {
			word string
			e    *Expr
		}{{" check ", c.Check}, {" when ", c.When}} {
			if part.e != nil {
				src, err := part.e.CEL(name)
				if err != nil {
					src = err.Error()
				}
				s += part.word + src
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestSentences(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`Wenn F01000000011 = ja, dann zeige F01000000012.`, "show F12 when F11"},
		{`Falls das Datenfeld F01000000011 „Minderjährig“ mit „Ja“ belegt ist, muss F01000000012 „Name“ ausgefüllt werden`, "require F12 when F11"},
		{"Sofern F01000000011\n\"Minderjährig\" den Wert \"wahr\" hat, so ist die Gruppe G01000000002 verpflichtend auszufüllen.", "require G02 when F11"},
		{`Wenn F01000011 = Ja, dann zeige F01000012 an.`, "show F12 when F11"},
		{`WENN F01000000011 = NEIN DANN blende G01000000002 Anschrift aus SONST blende G01000000002 Anschrift ein`, "hide G02 when ?F11 && !F11; show G02 when !(?F11 && !F11)"},
		{`Wenn F01000000010 = "Natürliche Person", dann ist F01000000012 ein Pflichtfeld, andernfalls ist F01000000012 optional.`, "require F12 when F10 == '001'; optional F12 when F10 != '001'"},
		{`Wenn F01000000010 = 003 Verein und Stiftung oder 002 Juristische Person, dann zeige F01000000012 an`, "show F12 when F10 in ['003', '002']"},
		{`Wenn F01000000010 gleich 001, 002 oder 003 ist, dann zeige F01000000012 an`, "show F12 when F10 in ['001', '002', '003']"},
		{`Wenn F01000000010 ungleich "001" ist, dann darf F01000000012 nicht befüllt werden.`, "forbid F12 when F10 != '001'"},
		{`Wenn F01000000010 === "001 Natürliche Person" UND (F01000000011 = Ja ODER F01000000014 > 2), dann zeige F01000000012`, "show F12 when F10 == '001' && (F11 || (?F14 && F14 > 2))"},
		{`Wenn nicht (F01000000011 = Ja und F01000000014 >= 3), dann zeige F01000000012`, "show F12 when !(F11 && (?F14 && F14 >= 3))"},
		{`Wenn F01000000014 größer oder gleich 3 ist, dann zeige F01000000012`, "show F12 when ?F14 && F14 >= 3"},
		{`Wenn F01000000014 zwischen 3 und 5 liegt, dann zeige F01000000012`, "show F12 when (?F14 && F14 >= 3) && (?F14 && F14 <= 5)"},
		{`Wenn F01000000015 "Einkommen" < 1.000,50 Euro, dann zeige F01000000012`, "show F12 when ?F15 && F15 < 100050"},
		{`Wenn F01000000013 vor dem 01.02.2000 liegt, dann zeige F01000000012`, "show F12 when ?F13 && F13 < date('2000-02-01')"},
		{`Wenn F01000000013 < 18 Jahre, dann zeige F01000000012`, "show F12 when ?F13 && years(F13, today) < 18"},
		{`Wenn F01000000013 nach dem heutigen Datum liegt, dann zeige F01000000012`, "show F12 when ?F13 && F13 > today"},
		{`Wenn F01000000012 leer ist, dann zeige F01000000023 nicht an.`, "hide F23 when !?F12"},
		{`Wenn F01000000012 nicht ausgefüllt wurde, muss F01000000023 ausgefüllt werden.`, "require F23 when !?F12"},
		{`Wenn in F01000000012 keine Angabe gemacht wurde, dann muss F01000000023 befüllt sein.`, "require F23 when !?F12"},
		{`Wenn F01000000023 und F01000000024 leer sind, dann muss F01000000012 befüllt sein.`, "require F12 when !?F23 && !?F24"},
		{`Wenn mindestens eines der Felder F01000000023, F01000000024 befüllt ist, dann zeige F01000000012`, "show F12 when ?F23 || ?F24"},
		{`Wenn keines der Felder F01000000023, F01000000024 befüllt ist, dann zeige F01000000012`, "show F12 when !(?F23 || ?F24)"},
		{`Zeige F01000000012 an, falls F01000000011 mit "Nein" beantwortet wurde`, "show F12 when ?F11 && !F11"},
		{`Zeige F01000000012 an, wenn F01000000011 = Ja.`, "show F12 when F11"},
		{`Das Feld F01000000012 wird nur angezeigt, wenn F01000000011 = Ja ist.`, "show F12 when F11"},
		{`Das Feld F01000000012 darf nur befüllt werden, wenn F01000000011 = Ja.`, "forbid F12 when !F11"},
		{`Das Feld F01000000012 muss angezeigt werden, falls F01000000011 = Nein.`, "show F12 when ?F11 && !F11"},
		{`Mindestens eines der Felder F01000000023 "Telefon" oder F01000000024 "E-Mail" muss ausgefüllt sein.`, "at least one F23 F24"},
		{`Es ist mindestens eines der Felder F01000000023, F01000000024 zu befüllen.`, "at least one F23 F24"},
		{`Es darf höchstens eines der Felder F01000000023, F01000000024 befüllt werden.`, "at most one F23 F24"},
		{`Es darf nur eines der Felder F01000000023, F01000000024 befüllt werden.`, "at most one F23 F24"},
		{`Genau eines der Felder F01000000023, F01000000024 muss befüllt sein.`, "exactly one F23 F24"},
		{`Entweder F01000000023 oder F01000000024 muss befüllt sein.`, "exactly one F23 F24"},
		{`F01000000010 ist mit "Natürliche Person" vorzubelegen.`, "prefill F10 := 001"},
		{`Setze F01000000010 auf 002 und blende F01000000010 aus.`, "prefill F10 := 002 hidden"},
		{`Im Feld F01000000010 dürfen nur die Codes 001 und 002 ausgewählt werden.`, "only F10 [001 002]"},
		{`Im Feld F01000000010 dürfen die Codes 001 und 002 nicht ausgewählt werden.`, "except F10 [001 002]"},
		{`Wenn F01000000011 = Ja, dann darf im Feld F01000000010 die Auswahl 002 nicht ausgewählt werden.`, "except F10 [002] when F11"},
		{`F01000000017 "Ende" darf nicht vor F01000000016 "Beginn" liegen.`, "check F17 F16 check !?F17 || !?F16 || !(?F17 && ?F16 && F17 < F16)"},
		{`Der Wert im Feld F01000000014 muss größer als 0 sein.`, "check F14 check !?F14 || (?F14 && F14 > 0)"},
		{`Das Datum in F01000000016 darf nicht in der Vergangenheit liegen.`, "check F16 check !?F16 || !(?F16 && F16 < today)"},
		{`Wenn F01000000025 = Ja, dann zeige G01000000003 "Postfach (Inland)" an und mache F01000000030 zum Pflichtfeld.`, "show G03 when F25 == '1'; require F30 when F25 == '1'"},
		{`Wenn F01000000025 mit "Ja" beantwortet wird, erscheint F01000000012.`, "show F12 when F25 == '1'"},
		{`Wenn F01000000025 mit "Ja" beantwortet wurde, wird die Gruppe G01000000002 eingeblendet und ist verpflichtend auszufüllen. Ansonsten wird die Gruppe ausgeblendet.`, "show G02 when F25 == '1'; require G02 when F25 == '1'; hide G02 when F25 != '1'"},
		{`Wenn F01000000022 "Staat" = 000 "Deutschland", dann muss F01000000021 befüllt werden.`, "require F21 when F22 == '000'"},
		{`In Bayern und Hessen muss F01000000012 befüllt werden.`, "require F12 when land in ['BY', 'HE']"},
		{`Wenn F01000000040, F01000000041 und F01000000042 befüllt sind, muss sich ein gültiges Datum ergeben.`, "check F40 F41 F42 check"},
		{`Wenn G01000000004 > 17 Jahre, dann ist F01000000018 hochzuladen.`, "require F18 when ?G04 && years(G04, today) > 17"},
		{`Die Felder F01000000012 und F01000000023 sind Pflichtfelder.`, "require F12 F23"},
		{`Das Feld F01000000012 ist ein Pflichtfeld.`, "require F12"},
		{`Die Angabe in F01000000012 ist erforderlich, wenn F01000000011 bejaht wird.`, "require F12 when F11"},
		{`Wenn F01000000010 in (001, 002), dann zeige F01000000012`, "show F12 when F10 in ['001', '002']"},
		{`Wenn F01000000010 den Code 001 oder 002 enthält, dann ist F01000000012 anzuzeigen.`, "show F12 when F10 in ['001', '002']"},
		{`Wenn im Feld F01000000010 die Auswahl "Juristische Person" getroffen wurde, dann entfällt F01000000012.`, "hide F12 when F10 == '002'"},
		{`Wenn in F01000000010 "Juristische Person" ausgewählt wurde, wird F01000000012 nicht angezeigt.`, "hide F12 when F10 == '002'"},
		{`Wenn F01000000011 = Ja, dann F01000000012 anzeigen, sonst ausblenden.`, "show F12 when F11; hide F12 when !F11"},
		{`Wenn F01000000011 = Ja, DANN F01000000012 als Pflichtfeld einblenden`, "show F12 when F11; require F12 when F11"},
		{`Wenn F01000000011 = Ja, dann zeige an: F01000000012, F01000000023.`, "show F12 F23 when F11"},
		{`Wenn F01000000011 = Ja, dann sind die folgenden Felder Pflichtfelder: F01000000012, F01000000023 und F01000000024.`, "require F12 F23 F24 when F11"},
		{`Ist das Feld F01000000012 befüllt, muss F01000000023 befüllt werden.`, "require F23 when ?F12"},
		{`Wird in F01000000010 "Juristische Person" ausgewählt, dann wird F01000000012 zum Pflichtfeld.`, "require F12 when F10 == '002'"},
		{`Die Felder F01000000023 und F01000000024 dürfen nicht gleichzeitig befüllt sein.`, "at most one F23 F24"},
		{`Es dürfen nicht beide Felder F01000000023 und F01000000024 befüllt sein.`, "at most one F23 F24"},
		{`Der Wert in F01000000014 darf nicht größer als 10 sein, wenn F01000000011 = Ja.`, "check F14 check !?F14 || !(?F14 && F14 > 10) when F11"},
		{`Der Wert in F01000000014 muss mindestens 1 betragen.`, "check F14 check !?F14 || (?F14 && F14 >= 1)"},
		{`Nur wenn F01000000011 = Ja ist, wird F01000000012 angezeigt.`, "show F12 when F11"},
		{`Bei Auswahl von "Juristische Person" im Feld F01000000010 ist F01000000012 anzugeben.`, "require F12 when F10 == '002'"},
		{`Bei der Auswahl des Wertes 001 in F01000000010 wird F01000000012 ausgeblendet.`, "hide F12 when F10 == '001'"},
		{`Es muss mindestens eines der Felder F01000000023 (Telefon), F01000000024 (E-Mail) ausgefüllt sein.`, "at least one F23 F24"},
		{`Wenn das Feld "Minderjährig" (F01000000011) = Ja, dann muss das Feld "Name" (F01000000012) befüllt werden.`, "require F12 when F11"},
		{`Wenn F01000000011 den Wert "Ja" hat, dann wird die Datenfeldgruppe G01000000002 sichtbar und verpflichtend.`, "show G02 when F11; require G02 when F11"},
		{`Wenn F01000000011 nicht den Wert "Ja" hat, dann darf F01000000012 nicht leer bleiben.`, "require F12 when !F11"},
		{`Eines der Felder F01000000023 oder F01000000024 muss angegeben werden.`, "at least one F23 F24"},
		{`F01000000012 ist auszufüllen, sofern F01000000011 = ja.`, "require F12 when F11"},
		{`Wenn F01000000011 = Ja und F01000000010 = 001 oder F01000000014 > 3, dann ist F01000000012 anzuzeigen.`, "show F12 when (F11 && F10 == '001') || (?F14 && F14 > 3)"},
		{`Wenn F01000000018 hochgeladen wurde, dann muss F01000000012 nicht befüllt werden.`, "optional F12 when ?F18"},
		{`F01000000023 oder F01000000024 muss befüllt sein.`, "at least one F23 F24"},
		{`Wenn das Geburtsdatum F01000000013 nach dem 31.12.1999 liegt, muss der Nachweis (F01000000018) hochgeladen werden.`, "require F18 when ?F13 && F13 > date('1999-12-31')"},
		{`Wenn F01000000011 = "Ja" ausgewählt wurde, dann ist F01000000012 Pflicht.`, "require F12 when F11"},
		{`Wenn F01000000010 ausgewählt wurde, muss F01000000012 befüllt werden.`, "require F12 when ?F10"},
		{`Die Datenfelder F01000000012 und F01000000023 müssen identisch sein.`, "check F12 F23 check !?F12 || !?F23 || (?F12 && ?F23 && F12 == F23)"},
		{`Bei F01000000010 sind nur die Werte 001 und 002 zulässig.`, "only F10 [001 002]"},
		{`Wenn weder F01000000012 noch F01000000023 befüllt ist, dann zeige F01000000024 an.`, "show F24 when !(?F12 || ?F23)"},
		{`Weder F01000000012 noch F01000000023 darf befüllt werden.`, "forbid F12 F23"},
		{`Wenn F01000000010 = 001 und nicht F01000000012 befüllt ist, dann zeige F01000000024 an.`, "show F24 when F10 == '001' && !?F12"},
		{`Sofern nicht F01000000011 = Ja ist, ist F01000000012 auszufüllen.`, "require F12 when !F11"},
		{`Wenn F01000000011 nicht nicht Ja ist, zeige F01000000012.`, "show F12 when F11"},
		{`Wenn F01000000012 und/oder F01000000023 befüllt ist, zeige F01000000024.`, "show F24 when ?F12 || ?F23"},
		{`F01000000012 und/oder F01000000023 müssen befüllt sein.`, "at least one F12 F23"},
		{`Alle Felder der Gruppe G01000000002 müssen befüllt werden.`, "require F20 F21 F22"},
		{`Wenn alle Felder der Gruppe G01000000002 befüllt sind, zeige F01000000012.`, "show F12 when ?F20 && ?F21 && ?F22"},
		{`Höchstens ein Feld der Gruppe G01000000002 darf befüllt sein.`, "at most one F20 F21 F22"},
		{`Wenn F01000000015 > -5 Euro ist, zeige F01000000012.`, "show F12 when ?F15 && F15 > -500"},
		{`Wenn F01000000010 = "001" und F01000000011 = Ja oder F01000000010 = "002", dann zeige F01000000012.`, "show F12 when (F10 == '001' && F11) || F10 == '002'"},
		{`F01000000012 darf nur befüllt werden, wenn F01000000011 = Ja. Sonst muss F01000000023 befüllt werden.`, "forbid F12 when !F11; require F23 when !F11"},
		{`Wenn F01000000012 = "x\y", zeige F01000000023.`, `show F23 when F12 == 'x\\y'`},
	} {
		res := Read(sample(c.text))
		got := brief(res.Compiled)
		if c.want == "" || !strings.HasPrefix(got, c.want) || c.want[len(c.want)-5:] != "check" && got != c.want || len(res.Open) > 0 {
			t.Errorf("%s\n got  %s\n want %s\n open %v", c.text, got, c.want, res.Open)
		}
		proof := newBench(t, newIndex(sample(c.text)), res.Compiled)
		for _, cl := range res.Compiled {
			if err := proof.prove(cl); err != nil {
				t.Errorf("%s: %v", c.text, err)
			}
		}
	}
}

// What may mean two things, or what something behind it that cannot be read may
// change, is not compiled.
func TestNeverGuesses(t *testing.T) {
	for _, text := range []string{
		`Wenn F01000000011 = Ja, dann blende F01000000012 nicht aus.`,
		`Wenn F01000000011 = Ja, dann verstecke F01000000012 nicht.`,
		`Wenn F01000000011 = Ja, dann zeige F01000000012 nicht als Pflichtfeld an.`,
		`Das Feld F01000000012 ist nicht als Pflichtfeld anzuzeigen, wenn F01000000011 = Ja.`,
		`F01000000012 muss befüllt werden, es sei denn F01000000011 = Ja.`,
		`F01000000012 muss befüllt werden. Dies gilt nicht, wenn F01000000011 = Ja.`,
		"F01000000012 muss befüllt sein\naußer F01000000011 = Ja.",
		`Wenn F01000000011 = Ja, muss F01000000012 befüllt werden, sofern F01000000014 > 3.`,
		`F01000000012 muss befüllt sein, F01000000023 muss befüllt sein, wenn F01000000011 = Ja.`,
		`Nur wenn F01000000011 = Ja, darf F01000000012 befüllt werden.`,
		`Wenn F01000000012 und F01000000023 oder F01000000024 befüllt sind, zeige F01000000020.`,
		`Wenn die Gruppe G01000000002 vollständig ausgefüllt ist, zeige F01000000012.`,
		`Wenn F01000000014 nicht < 3 oder > 10 ist, zeige F01000000012.`,
		`Wenn nicht F01000000011 = Ja oder F01000000014 > 3, zeige F01000000012.`,
		`Der Wert in F01000000014 muss nicht größer als 10 sein.`,
		`In F01000000010 muss nicht die Auswahl 001 gewählt werden.`,
		`Es muss nur eines der Felder F01000000023, F01000000024 befüllt werden.`,
		`Wenn F01000000013 vor 18 Jahren liegt, zeige F01000000012.`,
		`Wenn F01000000013 älter als 31.12.2000 ist, zeige F01000000012.`,
		`Wenn F01000000014 > 31.12.2020 ist, zeige F01000000012.`,
		`Wenn F01000000015 > 1,000.50 ist, zeige F01000000012.`,
		`Wenn F01000000013 Datum minus 3 Monate < heute, zeige F01000000012.`,
		`Wenn F01000000012 Straße unvollständig ausgefüllt ist, zeige F01000000024.`,
		`Wenn in F01000000010 kein Verein ausgewählt wurde, zeige F01000000012.`,
		`Wenn in F01000000010 eine Stiftung ausgewählt wurde, zeige F01000000012.`,
		`Wenn F01000000012 F01000000023 befüllt ist, zeige F01000000024.`,
		`Wenn F01000000010 = 001 dann zeige F01000000012 Wenn F01000000010 = 002 dann zeige F01000000023 sonst zeige F01000000024.`,
		`F01000000012 darf nicht angezeigt und befüllt werden.`,
		`Wenn F01000000011 Ja und F01000000012 leer, zeige F01000000023.`,
		`Wenn F01000000010 001 oder F01000000011 Ja, zeige F01000000012.`,
		`Wenn F01000000010 = 001, dann zeige F01000000012; wenn F01000000010 = 002, dann zeige F01000000023; sonst zeige F01000000024.`,
	} {
		res := Read(sample(text))
		if len(res.Compiled) > 0 || len(res.Open) == 0 {
			t.Errorf("%s\n got %s", text, brief(res.Compiled))
		}
	}
	// The sentence before stands for itself; what "es" means in the second does not.
	res := Read(sample(`Wenn F01000000011 = Ja, zeige F01000000012. Wenn F01000000023 befüllt ist, muss es ausgeblendet werden.`))
	if got := brief(res.Compiled); got != "show F12 when F11" || len(res.Open) != 1 {
		t.Errorf("got %s, open %v", got, res.Open)
	}
}

// What the grammar does not have, or what contradicts itself, stays open with
// the reason.
func TestOpen(t *testing.T) {
	for _, c := range []struct{ text, why string }{
		{"", "no text"},
		{`Das hier ist Prosa ohne jede Regel.`, "expected"},
		{`Wenn F01000000011 = Ja, dann tanze F01000000012.`, "expected"},
		{`Wenn F01000000011 = Ja, dann zeige F01000000099.`, "the schema has no F01000000099"},
		{`Wenn F01000000011 = vielleicht, dann zeige F01000000012.`, "yes or no is expected"},
		{`Wenn F01000000010 = 007, dann zeige F01000000012.`, "no such choice"},
		{`Wenn F01000000010 = "007", dann zeige F01000000012.`, "no choice"},
		{`Wenn F01000000010 = 001 "Juristische Person", dann zeige F01000000012.`, "001 is"},
		{`Wenn F01000000012 = irgendwas, dann zeige F01000000023.`, "a value is expected"},
		{`Wenn entweder F01000000012 oder F01000000023 befüllt ist, muss F01000000024 befüllt werden.`, "one of several"},
		{`Wenn F01000000013 = gestern, dann zeige F01000000012.`, "expected"},
		{`Wenn F01000000013 = 31.02.2020, dann zeige F01000000012.`, "expected"},
		{`Wenn G01000000002 = "x", dann zeige F01000000012.`, "is a group"},
		{`Zeige F01000000050, wenn F01000000011 = Ja.`, "ambiguous"},
		{`Wenn F01000000011 = Ja oder F01000000011 <> Ja, dann zeige F01000000012.`, "always holds"},
		{`Wenn F01000000010 <> 001 ODER <> 002, dann zeige F01000000012.`, "always holds"},
		{`Wenn F01000000010 = 001 UND = 002, dann zeige F01000000012.`, "never hold"},
		{`Wenn F01000000014 > 5 und F01000000014 < 3, dann zeige F01000000012.`, "never hold"},
		{`Wenn F01000000011 = Ja, dann zeige F01000000012, sonst zeige F01000000012.`, ""},
		{`Wenn F01000000011 = Ja, dann zeige F01000000012. Wenn F01000000011 = Ja, dann blende F01000000012 aus.`, "show and hide"},
		{`Wenn F01000000014 > 3, dann muss F01000000012 befüllt werden. Wenn F01000000014 > 5, dann darf F01000000012 nicht befüllt werden.`, "require and forbid"},
		{`Das Feld F01000000012 muss nicht angezeigt werden, wenn F01000000011 = Ja.`, "whether"},
		{`Sonst zeige F01000000012.`, "“sonst” without a condition"},
		{`Wenn (F01000000011 = Ja, dann zeige F01000000012.`, ""},
		{`Wenn F01000000011 = Ja), dann zeige F01000000012.`, "expected"},
		{`Wenn F01000000012 = "ohne Ende, dann zeige F01000000023.`, "does not end"},
		{`Das Feld F01000000012 wird nur angezeigt.`, "“nur” without a condition"},
		{`Wenn F01000000011 = Ja, dann zeige F01000000012 außer sonntags.`, "not read"},
		{`Wenn F01000000011 = Ja, dann zeige F01000000012 sonntags.`, "not read"},
		{`Wenn F01000000011 = Ja, dann erscheint keines der Felder F01000000012, F01000000023.`, "one of several"},
		{`Wenn F01000000011 = Ja, dann zeige F01000000012 und koche Kaffee.`, "not read"},
	} {
		res := Read(sample(c.text))
		if c.why == "" {
			if len(res.Open) > 0 {
				t.Errorf("%s\n open %v", c.text, res.Open)
			}
			continue
		}
		if n := len(res.Compiled); n > 0 && c.why != "always holds" && c.why != "does not end" {
			t.Errorf("%s compiles in spite of it: %s", c.text, brief(res.Compiled))
		}
		if len(res.Open) == 0 || !strings.Contains(res.Open[0].Why, c.why) {
			t.Errorf("%s\n want open because of %q\n got %v, compiled %s", c.text, c.why, res.Open, brief(res.Compiled))
		}
		if len(res.Open) > 0 && !strings.Contains(c.text, res.Open[0].Sentence) {
			t.Errorf("%s: the sentence kept is %q", c.text, res.Open[0].Sentence)
		}
	}
}
