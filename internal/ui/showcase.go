package ui

import (
	"net/http"
	"strconv"

	"leitportal/internal/web"
)

// Routes are the pages that show every component in every state: for
// designers, and for the accessibility tests that walk them.
//
//	GET /komponenten        the components, on a reading page
//	GET /komponenten/start  a start page
//	GET /komponenten/amt    a desk page
func Routes() []web.Route {
	return []web.Route{
		{Site: web.State, Pattern: "GET /komponenten", Access: web.Public, Handle: showComponents},
		{Site: web.State, Pattern: "GET /komponenten/start", Access: web.Public, Handle: showStart},
		{Site: web.State, Pattern: "GET /komponenten/amt", Access: web.Public, Handle: showDeskPage},
	}
}

func showComponents(w http.ResponseWriter, r *http.Request) error {
	return Render(w, r, http.StatusOK, Page{
		Title: "Komponenten", Lead: "Alle Bausteine der Seiten, in allen Zuständen.",
		Crumbs:   []Link{{Href: web.Link(r.Context(), "/"), Text: "Start"}},
		Problems: Problems(showFields("fehler", true, true)),
		Body:     showcase(), Aside: showAside(), AsideFirst: true, NoIndex: true,
	})
}

func showStart(w http.ResponseWriter, r *http.Request) error {
	return Render(w, r, http.StatusOK, Page{Title: "Komponenten", Layout: LayoutWide, Hero: showHero(), Body: Grid(showCards()), NoIndex: true})
}

func showDeskPage(w http.ResponseWriter, r *http.Request) error {
	f := FrameOf(r.Context())
	f.Desk = true
	f.Nav = []Link{{Href: "#", Text: "Eingang", Current: true, Key: "g e"}, {Href: "#", Text: "Bescheide", Key: "g b"}}
	return Render(w, r.WithContext(WithFrame(r.Context(), f)), http.StatusOK, Page{Title: "Eingang", Layout: LayoutDesk, Body: showDesk(), NoIndex: true})
}

func showHref(page int) string { return "#seite-" + strconv.Itoa(page) }

func showSteps() []Step {
	return []Step{
		{Title: "Über Sie", Href: "#schritte", State: StateDone},
		{Title: "Anschrift", Href: "#schritte", State: StateFaulty, Hint: "Die Postleitzahl fehlt."},
		{Title: "Ihre Hunde", State: StateCurrent},
		{Title: "Befreiung oder Ermäßigung", Href: "#schritte", State: StateOpen},
		{Title: "Prüfen und absenden", State: StateLocked},
	}
}

func showCards() []Card {
	return []Card{
		{Title: "Geburt", Href: "#karten", Text: "Urkunde, Elterngeld, Kita", Icon: "birth", Meta: "24 Leistungen"},
		{Title: "Umzug", Href: "#karten", Text: "Wohnsitz, Fahrzeug, Kennzeichen", Icon: "move", Meta: "18 Leistungen"},
		{Title: "Hund anmelden", Href: "#karten", Text: "Hundesteuer anmelden und Marke erhalten", Icon: "dog", Mark: &Badge{Tone: Success, Text: "Online"}},
		{Title: "Grundstücksverkehrsgenehmigungszuständigkeitsübertragung", Href: "#karten", Icon: "law"},
		{Title: "Ohne Verweis", Text: "Diese Leistung gibt es hier noch nicht online.", Icon: "building"},
	}
}

// showFields is one field of each kind; prefix keeps names and ids apart.
func showFields(prefix string, filled, faulty bool) []Field {
	breeds := []Choice{
		{Value: "dackel", Label: "Dackel", Group: "Häufig"},
		{Value: "labrador", Label: "Labrador Retriever"},
		{Value: "mischling", Label: "Mischling", Group: "Weitere"},
		{Value: "spitz", Label: "Spitz"},
	}
	reveal := Field{Name: prefix + "-mehr", Label: "Welche Versicherung?", Required: true}
	list := []Field{
		{Name: prefix + "-vorname", Label: "Vorname", Required: true, Autocomplete: "given-name", Value: "Kim", Error: "Geben Sie Ihren Vornamen ein."},
		{Name: prefix + "-nachname", Label: "Nachname", Required: true, Autocomplete: "family-name", Beside: true, Value: "Muster"},
		{Name: prefix + "-plz", Label: "Postleitzahl", Required: true, Autocomplete: "postal-code", InputMode: "numeric", Width: Width8, MaxLength: 5, Value: "3309", Error: "Eine Postleitzahl hat fünf Ziffern, zum Beispiel 33098."},
		{Name: prefix + "-ort", Label: "Ort", Required: true, Autocomplete: "address-level2", Beside: true, Value: "Paderborn"},
		{Name: prefix + "-mail", Label: "E-Mail-Adresse", Type: "email", Autocomplete: "email", Hint: "Für Nachrichten zu Ihrem Antrag. Wir schreiben nichts Persönliches hinein.", Value: "kim@example.org"},
		{Kind: KindDate, Name: prefix + "-geburt", Label: "Wann ist der Hund geboren?", Hint: "Zum Beispiel 27 3 2024", Required: true, Date: DateParts{Day: "31", Month: "2", Year: "2024", BadDay: true}, Error: "Den 31. Februar gibt es nicht. Bitte prüfen Sie den Tag."},
		{Kind: KindRadios, Name: prefix + "-geschlecht", Label: "Geschlecht des Hundes", Required: true, Value: "w", Choices: []Choice{{Value: "w", Label: "Hündin"}, {Value: "m", Label: "Rüde", Hint: "Auch wenn er kastriert ist."}, {Value: "u", Label: "Weiß ich nicht", Divider: true}}, Error: "Wählen Sie eine Antwort."},
		{Kind: KindYesNo, Name: prefix + "-versichert", Label: "Ist der Hund versichert?", Required: true, Value: "yes"},
		{Kind: KindRadios, Name: prefix + "-gefahr", Label: "Gab es einen Vorfall?", Choices: []Choice{{Value: "yes", Label: "Ja", Reveals: showReveal(reveal)}, {Value: "no", Label: "Nein"}}},
		{Kind: KindCheckboxes, Name: prefix + "-grund", Label: "Warum beantragen Sie eine Ermäßigung?", Hint: "Mehrere Antworten sind möglich.", Values: []string{"sozial"}, Choices: []Choice{{Value: "assistenz", Label: "Assistenzhund"}, {Value: "sozial", Label: "Ich beziehe Sozialleistungen"}, {Value: "nein", Label: "Nichts davon", Divider: true, Exclusive: true}}, Error: "Wählen Sie mindestens einen Grund."},
		{Kind: KindSelect, Name: prefix + "-rasse", Label: "Rasse", Required: true, Choices: breeds, Value: "spitz", Error: "Wählen Sie eine Rasse."},
		{Kind: KindCombo, Name: prefix + "-rasse2", Label: "Rasse, mit Suche", Hint: "Tippen Sie die ersten Buchstaben.", Required: true, Choices: breeds, Value: "dackel"},
		{Kind: KindCombo, Free: true, Name: prefix + "-farbe", Label: "Fellfarbe", Choices: []Choice{{Label: "braun"}, {Label: "schwarz"}}, Value: "braun"},
		{Kind: KindMoney, Name: prefix + "-betrag", Label: "Bisher gezahlte Steuer", Value: "168,00", Error: "Schreiben Sie den Betrag mit Ziffern, zum Beispiel 168,00."},
		{Kind: KindNumber, Name: prefix + "-gewicht", Label: "Gewicht", Unit: "kg", Width: Width4, Value: "24"},
		{Kind: KindTextArea, Name: prefix + "-text", Label: "Möchten Sie uns noch etwas mitteilen?", MaxLength: 500, Spell: true, Value: "Der Hund ist sehr freundlich."},
		{Kind: KindFiles, Name: prefix + "-nachweis", Label: "Nachweis über die Versicherung", Hint: "PDF oder Foto, höchstens 10 MB", Required: true, Upload: Upload{Accept: ".pdf,image/*", ButtonName: "hochladen", ButtonValue: "nachweis", Files: []File{
			{Name: "Haftpflichtversicherungsbescheinigung-2026.pdf", Size: "1,2 MB", RemoveName: "entfernen", RemoveValue: "1"},
			{Name: "bild.heic", Size: "0 Bytes", Error: "Diese Datei ist leer.", RemoveName: "entfernen", RemoveValue: "2"},
		}}, Error: "Diese Datei ist leer. Bitte wählen Sie eine andere."},
		{Kind: KindGroup, Name: prefix + "-gruppe", Label: "Zweite Halterin oder zweiter Halter", Hint: "Wer den Hund mit Ihnen hält.", Fields: []Field{
			{Name: prefix + "-h2", Label: "Name", Required: true, Value: "Toni Beispiel"},
			{Kind: KindPassword, Name: prefix + "-pw", Label: "Kennwort", Required: true, Autocomplete: "off"},
		}},
		{Kind: KindConfirm, Name: prefix + "-ok", Label: "Ich bestätige, dass meine Angaben richtig und vollständig sind.", Required: true, Error: "Bitte bestätigen Sie Ihre Angaben."},
	}
	for i := range list {
		f := &list[i]
		if !faulty {
			f.Error, f.Date = "", DateParts{}
		}
		if !filled {
			f.Value, f.Values, f.Upload.Files = "", nil, nil
		}
	}
	return list
}

func showDisabled() []Field {
	return []Field{
		{Kind: KindFact, Label: "Kommune", Value: "Paderborn"},
		{Name: "fest", Label: "Aktenzeichen", Value: "HS-2026-000123", ReadOnly: true},
		{Name: "aus", Label: "Nicht änderbar", Value: "gesperrt", Required: true, Disabled: true},
		{Kind: KindSelect, Name: "aus-liste", Label: "Nicht änderbare Liste", Required: true, Disabled: true, Value: "a", Choices: []Choice{{Value: "a", Label: "Auswahl"}}},
		{Kind: KindConfirm, Name: "aus-haken", Label: "Nicht änderbares Häkchen", Value: "yes", Disabled: true},
	}
}
