package rule

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// Hostile texts end in an open point, not in a long wait or an overflow of the
// stack.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct{ text, why string }{
		"a megabyte":                 {strings.Repeat("Wenn F01000000011 = Ja, dann zeige F01000000012. ", 20_000), "longer than"},
		"open brackets":              {"Wenn " + strings.Repeat("(", 9_000) + "F01000000011 = Ja, dann zeige F01000000012.", ""},
		"nested brackets":            {"Wenn " + strings.Repeat("(", 9_000) + "F01000000011 = Ja" + strings.Repeat(")", 9_000) + ", dann zeige F01000000012.", "nested deeper"},
		"nested values":              {"Wenn F01000000010 = " + strings.Repeat("(", 9_000) + "001" + strings.Repeat(")", 9_000) + ", dann zeige F01000000012.", "nested deeper"},
		"nicht nicht":                {"Wenn F01000000012 " + strings.Repeat("nicht ", 10_000) + "leer ist, dann zeige F01000000023.", "nested deeper"},
		"ist ist":                    {"Wenn F01000000012 " + strings.Repeat("ist ", 10_000) + "leer, dann zeige F01000000023.", "nested deeper"},
		"nicht before brackets":      {"Wenn " + strings.Repeat("nicht (", 5_000) + "F01000000011 = Ja" + strings.Repeat(")", 5_000) + ", dann zeige F01000000012.", "nested deeper"},
		"sonst sonst":                {"Wenn F01000000011 = Ja, dann zeige F01000000012" + strings.Repeat(", sonst zeige F01000000012", 2_000), ""},
		"alternatives":               {"Wenn " + strings.Repeat("F01000000014 > 3 oder ", 1_500) + "F01000000011 = Ja, dann zeige F01000000012.", ""},
		"alternatives and their und": {"Wenn " + strings.Repeat("(F01000000014 > 3 oder F01000000011 = Ja) und ", 600) + "F01000000014 < 2, dann zeige F01000000012.", ""},
		"quotation marks":            {strings.Repeat(`"`, 15_000), ""},
		"elements":                   {"Es muss genau eines der Felder " + strings.Repeat("F01000000023, ", 3_000) + "F01000000024 befüllt sein.", "more than"},
		"invalid bytes":              {"Wenn \xff\xfe F01000000011\xc3 = Ja", ""},
	} {
		t.Run(name, func(t *testing.T) {
			res := Read(sample(c.text))
			if c.why != "" && (len(res.Open) == 0 || !strings.Contains(res.Open[0].Why, c.why)) {
				t.Errorf("compiled %d, open %v", len(res.Compiled), len(res.Open))
			}
			if len(res.Compiled)+len(res.Open) == 0 {
				t.Error("the text was dropped")
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`Wenn F01000000011 = Ja, dann zeige F01000000012 an, sonst nicht.`,
		`Es muss mindestens eines der Felder F01000000023 "Telefon" oder F01000000024 befüllt sein.`,
		`Wenn (F01000000010 = 001 "x" ODER = 002) und F01000000014 <> 3, dann darf F01000000012 nicht leer sein.`,
		`F01000000010 ist mit 001= Natürliche Person vorzubefüllen und auszublenden.`,
		`Für alle Länder außer RP und ST muss G01000000002 befüllt werden. D.h. alles.`,
		`Das Datum im Feld F01000000016 muss vor dem Datum in Feld F01000000017 liegen; Wenn F01000000013 > 18 Jahre, wobei nur`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4_000 {
			return
		}
		res := Read(sample(text))
		if len(res.Compiled)+len(res.Open) == 0 || res.Clauses != len(res.Compiled)+len(res.Open) {
			t.Fatalf("%q is dropped", text)
		}
		for _, o := range res.Open {
			if o.Why == "" || o.Column < 1 || o.Column > utf8.RuneCountInString(text)+1 {
				t.Fatalf("unfit open point %+v", o)
			}
		}
		proof := newBench(t, newIndex(sample(text)), res.Compiled)
		for _, c := range res.Compiled {
			if !strings.Contains(text, c.Sentence) {
				t.Fatalf("the sentence %q is not in %q", c.Sentence, text)
			}
			if err := proof.prove(c); err != nil {
				t.Fatalf("%q: %s: %v", text, brief(res.Compiled), err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	all := schemas(b)
	rules, bytes := 0, 0
	for _, s := range all {
		for _, n := range newIndex(s).nodes {
			for _, r := range n.rules {
				rules++
				bytes += len(r.Text)
			}
		}
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range all {
			Read(s)
		}
	}
	b.ReportMetric(float64(rules*b.N)/b.Elapsed().Seconds(), "rules/s")
}

// Sentences put together of the grammar's own words go deeper than random
// bytes: nothing panics, nothing is dropped, and what compiles is proven.
func TestRandomSentences(t *testing.T) {
	words := strings.Fields(`Wenn wenn falls dann , , . ; sonst ansonsten und oder UND ODER nicht nur ist sind wird muss darf soll es sie die das der Feld Felder Gruppe
		mindestens eines entweder beide alle keines höchstens genau folgenden : ( ) = <> < > >= == zeige an blende aus ein aktiviere mache zu einer Pflichtangabe als Pflichtfeld Pflichtfeld
		befüllt befüllt leer angezeigt ausgeblendet vorzubefüllen mit auf Auswahl Code Codes Wert ausgewählt werden sein erscheint bei im in für anderen Länder Thüringen RP
		F01000000010 F01000000011 F01000000012 F01000000013 F01000000014 F01000000015 F01000000016 F01000000017 F01000000018 F01000000019 F01000000022 G01000000002 G01000000004
		F01000000040 F01000000041 F01000000042 001 002 003 1 18 Jahre heute 01.02.2020 Ja Nein wahr " " "Ja" "001" "Natürliche_Person" Natürliche Person vor nach größer kleiner als zwischen wobei
		kein Eintrag vorgenommen gleich gleichzeitig Datum gültiges ergeben anzeigen ausblenden D.h. setze optional erforderlich bejaht deren`)
	frames := []string{"%s", "Wenn %s, dann %s", "Wenn F01000000011 = Ja, dann %s", "Wenn %s, dann zeige F01000000012 an, sonst %s", "Es muss %s befüllt sein. %s", "F01000000012 %s, wenn %s"}
	r := rand.New(rand.NewPCG(1, 2))
	some := func() string {
		out := make([]string, 1+r.IntN(9))
		for i := range out {
			out[i] = words[r.IntN(len(words))]
		}
		return strings.Join(out, " ")
	}
	compiled := 0
	for range 4_000 {
		frame := frames[r.IntN(len(frames))]
		text := frame
		for strings.Contains(text, "%s") {
			text = strings.Replace(text, "%s", some(), 1)
		}
		res := Read(sample(text))
		if len(res.Compiled)+len(res.Open) == 0 {
			t.Fatalf("%q is dropped", text)
		}
		compiled += len(res.Compiled)
		if len(res.Compiled) == 0 {
			continue
		}
		proof := newBench(t, newIndex(sample(text)), res.Compiled)
		for _, c := range res.Compiled {
			if err := proof.prove(c); err != nil {
				t.Errorf("%q: %s: %v", text, brief([]Clause{c}), err)
			}
		}
	}
	t.Logf("%d clauses compiled", compiled)
}
