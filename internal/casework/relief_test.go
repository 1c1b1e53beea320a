package casework

import (
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
)

// twoRexes are two dogs of one name: for the second relief is asked as a
// watch dog, for the first as an assistance dog.
func twoRexes() map[string]string {
	pages := application()
	pages["dog/2"] = pages["dog/1"]
	pages["dog-origin/2"] = strings.Replace(pages["dog-origin/1"], "276098106123456", "276098106999999", 1)
	pages["dog-relief/1"] = `{"dogs.assistance":true,"dogs.watch":false}`
	pages["dog-relief/2"] = `{"dogs.assistance":false,"dogs.watch":true,"dogs.watch_distance":250}`
	pages["dogs"] = `{"dogs":{"ids":[1,2],"next":3,"done":true}}`
	return pages
}

// weighed is a reading of answers with its pleas as the rules see them.
func (w *world) weighed(pages map[string]string) (*reading, Case) {
	w.t.Helper()
	c := w.arrived(i18n.DE, pages)
	r, err := w.open(w.t.Context(), c, 1, i18n.DE)
	if err == nil {
		err = w.pleas(w.t.Context(), c, r)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return r, c
}

func TestPleas(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	day := func(y int, m time.Month, d int) clock.Date { return clock.Date{Year: y, Month: m, Day: d} }
	change := func(kv ...string) map[string]string {
		pages := application()
		for i := 0; i < len(kv); i += 2 {
			pages[kv[i]] = kv[i+1]
		}
		return pages
	}
	none := `{"dogs.assistance":false,"dogs.watch":false}`
	for name, c := range map[string]struct {
		pages map[string]string
		want  []plea
	}{
		"none": {application(), nil},
		"a watch dog": {
			change("dog-relief/1", `{"dogs.assistance":false,"dogs.watch":true,"dogs.watch_distance":250}`),
			[]plea{{path: "dogs/1.watch", page: "dog-relief/1", field: "dogs.watch", item: 1, label: "Wachhund", percent: 50, from: day(2026, 3, 1)}},
		},
		"a watch dog too near: the rules give nothing": {
			change("dog-relief/1", `{"dogs.assistance":false,"dogs.watch":true,"dogs.watch_distance":20}`),
			[]plea{{path: "dogs/1.watch", page: "dog-relief/1", field: "dogs.watch", item: 1, label: "Wachhund"}},
		},
		"for nobody in particular": {
			change("relief", `{"relief.social":true,"relief.social_kind":"buergergeld"}`, "dog-relief/1", none),
			[]plea{{path: "relief.social", page: "relief", field: "relief.social", label: "Ermäßigung wegen Sozialleistungen", percent: 50, falls: 1, from: day(2026, 3, 1)}},
		},
		"for a time": { // Paderborn: a dog of a shelter for twelve months
			change("dog-origin/1", `{"dogs.birth":"2018-05-01","dogs.estimated":"exact","dogs.origin":"shelter","dogs.since":"2026-03-05"}`, "dog-relief/1", `{"dogs.assistance":false,"dogs.shelter":true,"dogs.watch":false}`),
			[]plea{{path: "dogs/1.shelter", page: "dog-relief/1", field: "dogs.shelter", item: 1, label: "Nachlass für Tierheimhund", percent: 100, from: day(2026, 3, 1), to: day(2027, 2, 28)}},
		},
		"for a time that has begun": {
			change("dog-origin/1", `{"dogs.birth":"2018-05-01","dogs.estimated":"exact","dogs.origin":"shelter","dogs.since":"2025-09-05"}`, "dog-relief/1", `{"dogs.assistance":false,"dogs.shelter":true,"dogs.watch":false}`),
			[]plea{{path: "dogs/1.shelter", page: "dog-relief/1", field: "dogs.shelter", item: 1, label: "Nachlass für Tierheimhund", percent: 100, from: day(2026, 1, 1), to: day(2026, 8, 31)}},
		},
		"with evidence": {
			change("relief", fileJSON(w.evidence("bescheid.pdf", "application/pdf", []byte("%PDF")))),
			[]plea{{path: "relief.social", page: "relief", field: "relief.social", label: "Ermäßigung wegen Sozialleistungen", proof: true, percent: 50, falls: 1, from: day(2026, 3, 1)}},
		},
		"two of one name": {twoRexes(), []plea{
			{path: "dogs/1.assistance", page: "dog-relief/1", field: "dogs.assistance", item: 1, label: "Blindenführ- oder Assistenzhund", percent: 100, from: day(2026, 3, 1)},
			{path: "dogs/2.watch", page: "dog-relief/2", field: "dogs.watch", item: 2, label: "Wachhund", percent: 50, from: day(2026, 3, 1)},
		}},
	} {
		if r, _ := w.weighed(c.pages); !slices.Equal(r.pleas, c.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, r.pleas, c.want)
		}
	}
}

// Nothing is deducted before it is granted, and a dog that is not exempt
// counts towards the rate of the others.
func TestReliefIsDeductedOnceGranted(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	r, _ := w.weighed(twoRexes())
	grant := func(percent int) verdict {
		return verdict{kind: solution.ReliefGranted, percent: percent, on: clock.Date{Year: 2026, Month: 3, Day: 11}}
	}
	refuse := verdict{kind: solution.ReliefRefused}
	for name, c := range map[string]struct {
		first, second verdict
		now, full     int64
		says          string // a line of the notice
		pending       string
	}{
		"undecided":              {verdict{}, verdict{}, 19000, 22800, "", "Rex (1): Blindenführ- oder Assistenzhund und Rex (2): Wachhund"},
		"the first granted":      {grant(100), verdict{}, 7500, 9000, "Rex (1): Blindenführ- oder Assistenzhund: Nachlass von 100\u00a0%, bewilligt am 11. März 2026", "(Rex (2): Wachhund)"},
		"both granted":           {grant(100), grant(50), 3750, 4500, "Rex (2): Wachhund: Nachlass von 50\u00a0%", ""},
		"the second, in part":    {refuse, grant(25), 16625, 19950, "Rex (2): Wachhund: Nachlass von 25\u00a0%", ""},
		"both refused":           {refuse, refuse, 19000, 22800, "", ""},
		"the first refused only": {refuse, verdict{}, 19000, 22800, "", "(Rex (2): Wachhund)"},
	} {
		r.pleas[0].last, r.pleas[1].last = c.first, c.second
		a, err := w.assess(r, 2026, i18n.DE)
		if err != nil || a.now != c.now || a.full != c.full {
			t.Errorf("%s: %d and %d, want %d and %d, %v", name, a.now, a.full, c.now, c.full, err)
		}
		if c.says != "" && !slices.ContainsFunc(a.lines, func(l solution.Row) bool { return strings.Contains(l.Label, c.says) }) {
			t.Errorf("%s: no %q in %v", name, c.says, a.lines)
		}
		if strings.Contains(a.pending, "Antrag") != (c.pending != "") || !strings.Contains(a.pending, c.pending) {
			t.Errorf("%s: %q", name, a.pending)
		}
	}
	if en, err := w.assess(r, 2026, i18n.EN); err != nil || len(en.lines) == 0 || strings.Contains(en.lines[0].Label, "Jahr") {
		t.Errorf("%+v, %v", en.lines, err)
	}
}

// TestReliefAtTheDesk walks two applications for relief: granted, refused, and
// assessed, with what the rules know filled in.
func TestReliefAtTheDesk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		c := w.arrived(i18n.EN, twoRexes())
		here := amt + "/vorgang/" + c.ID
		decide := here + "/entscheidung"
		kim.do("GET", here, nil, 200, "Über 2 Anträge auf Nachlass ist noch nicht entschieden", "Entscheiden über Rex (2): Wachhund", "190,00", "Hunde: Rex (2)", "Rex (1): Jahressatz")
		kim.do("GET", "/en"+here, nil, 200, "2 applications for relief have not been decided", "Decide on Rex (2): Watch dog")
		kim.do("GET", decide, nil, 200, "Über 2 Anträge auf Nachlass", `value="190,00"`, "entscheiden wir mit einem eigenen Bescheid")

		// What is open comes first; what the rules know is filled in.
		kim.do("GET", decide+"?art=relief_granted", nil, 200, "Blindenführ- oder Assistenzhund", `value="100"`, `value="dogs/1.assistance"`)
		page := kim.do("GET", decide+"?art=relief_granted&antrag=dogs/2.watch", nil, 200, `value="Wachhund"`, `value="50"`, "250", "Die Voraussetzungen liegen nach Ihren Angaben")
		kim.do("GET", "/en"+decide+"?art=relief_granted&antrag=dogs/2.watch", nil, 200, "Rex (2): Watch dog (open)")
		form := with(kim.hidden(page, decide), "nachlass", "Wachhund", "prozent", "50", "von:day", "1", "von:month", "3", "von:year", "2026",
			"begruendung", "Die Voraussetzungen liegen nach Ihren Angaben vor.", "abschluss", "yes", "schritt", "senden")
		kim.do("POST", decide, form, 422, "Über einen anderen Antrag auf Nachlass ist noch nicht entschieden")
		form.Set("abschluss", "no")
		gone := mustQuery(t, form.Encode())
		gone.Set("antrag", "dogs/7.watch")
		kim.do("POST", decide, gone, 422, "Diesen Antrag gibt es nicht mehr")
		kim.do("POST", decide, form, 303)
		m := w.post.messages[0]
		if !strings.Contains(m.Text, "Rex (2)") || !strings.Contains(m.Text, "50\u00a0%") || !strings.Contains(m.Text, "Watch dog") || !strings.Contains(m.Text, "According to your answers") || len(m.PDF) == 0 || w.now(c.ID).State != InWork {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		kim.do("GET", here, nil, 200, "Über einen Antrag auf Nachlass", "Rex (2): Wachhund: Nachlass von 50\u00a0%", "142,50", "Nachlass bewilligt von Kim Clerk", "Rex (2): Wachhund, 50\u00a0%. Die Voraussetzungen")

		// Assessed before the other is decided: the case stays open.
		assess := func(page string, amount, full, reason string) {
			kim.do("POST", decide, with(kim.hidden(page, decide), "von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
				"betrag", amount, "jahresbetrag", full, "kassenzeichen", "2026.000001-1", "begruendung", reason, "schritt", "senden"), 303)
		}
		page = kim.do("GET", decide, nil, 200)
		wrong := with(kim.hidden(page, decide), "von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
			"betrag", "1", "jahresbetrag", "171,00", "kassenzeichen", "2026.000001-1", "begruendung",
			"Über Ihren Antrag auf Befreiung oder Ermäßigung (Rex (1): Blindenführ- oder Assistenzhund) entscheiden wir mit einem eigenen Bescheid. Bis dahin ist nichts abgezogen.")
		kim.do("POST", decide, wrong, 422, "weicht vom berechneten ab") // the proposed sentence is no reason for another amount
		assess(page, "142,50", "171,00", "")
		if got := w.now(c.ID); got.State != InWork || w.states(c.ID) != "in-work in-work" {
			t.Errorf("%+v, %s", got, w.states(c.ID))
		}

		// The other is refused, and the last assessment ends the case.
		page = kim.do("GET", decide+"?art=relief_refused", nil, 200, `value="dogs/1.assistance"`)
		form = with(kim.hidden(page, decide), "nachlass", "Assistenzhund", "begruendung", "Der Nachweis fehlt.", "abschluss", "no", "schritt", "senden")
		kim.do("POST", decide, form, 303)
		page = kim.do("GET", decide, nil, 200)
		if strings.Contains(page, "noch nicht entschieden") {
			t.Error("an application that was refused is called open")
		}
		assess(page, "142,50", "171,00", "")
		if got := w.now(c.ID); got.State != Decided {
			t.Errorf("%+v", got)
		}
		kim.do("GET", here, nil, 200, "Rex (1): Assistenzhund. Der Nachweis fehlt.", "Nachlass abgelehnt von Kim Clerk")
		log, err := audit.ForSubject(t.Context(), w.DB.Read(), paderborn, c.ID)
		if err != nil || !slices.ContainsFunc(log, func(e audit.Entry) bool {
			return e.Unit == "Steueramt" && e.Action == "case.decide" && e.Actor == kim.who.ID
		}) {
			t.Errorf("%+v, %v", log, err)
		}
	})
}

// Relief for which nobody applied in the form can still be decided on; one
// granted for another time than the rules have it asks for a second look.
func TestReliefApart(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
	pages := application()
	decide := amt + "/vorgang/" + w.arrived(i18n.DE, pages).ID + "/entscheidung"
	page := kim.do("GET", decide+"?art=relief_granted", nil, 200, "Rex: etwas anderes")
	form := with(kim.hidden(page, decide), "nachlass", "Rettungshund", "prozent", "100", "von:day", "1", "von:month", "7", "von:year", "2026", "abschluss", "no", "schritt", "senden")
	kim.do("POST", decide, form, 303)
	if m := w.post.messages[0]; !strings.Contains(m.Text, "Rettungshund") || !strings.Contains(m.Text, "zahlen Sie für Rex keine Hundesteuer") {
		t.Error(m.Text)
	}
	kim.do("GET", decide, nil, 200, `value="75,00"`) // the rules know nothing of it: the clerk corrects the amount

	pages["dog-relief/1"] = `{"dogs.assistance":false,"dogs.watch":true,"dogs.watch_distance":250}`
	decide = amt + "/vorgang/" + w.arrived(i18n.DE, pages).ID + "/entscheidung"
	page = kim.do("GET", decide+"?art=relief_granted", nil, 200)
	form = with(kim.hidden(page, decide), "nachlass", "Wachhund", "prozent", "50", "von:day", "1", "von:month", "7", "von:year", "2026", "abschluss", "no", "schritt", "senden")
	kim.do("POST", decide, form, 303)
	kim.do("GET", decide, nil, 200, "Anders bewilligt als berechnet")
}
