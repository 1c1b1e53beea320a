package ui

import (
	"net/http"
	"strconv"

	"leitportal/internal/i18n"
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

// both says a word in the language of the page. These pages are for designers
// and tests, so their words stand side by side and not in the catalogues.
type both func(de, en string) string

func bothIn(lang i18n.Lang) both {
	return func(de, en string) string {
		if lang == i18n.EN {
			return en
		}
		return de
	}
}

func showComponents(w http.ResponseWriter, r *http.Request) error {
	s := bothIn(FrameOf(r.Context()).Lang)
	return Render(w, r, http.StatusOK, Page{
		Title: s("Komponenten", "Components"), Lead: s("Alle Bausteine der Seiten, in allen Zuständen.", "Every part that pages are made of, in every state."),
		Crumbs:   []Link{{Href: web.Link(r.Context(), "/"), Text: s("Start", "Home")}},
		Problems: Problems(showFields(s, "fehler", true, true)),
		Body:     showcase(s), Aside: showAside(s), AsideFirst: true, NoIndex: true,
	})
}

func showStart(w http.ResponseWriter, r *http.Request) error {
	s := bothIn(FrameOf(r.Context()).Lang)
	return Render(w, r, http.StatusOK, Page{Title: s("Komponenten", "Components"), Layout: LayoutWide, Hero: showHero(s), Body: Grid(showCards(s)), NoIndex: true})
}

func showDeskPage(w http.ResponseWriter, r *http.Request) error {
	f := FrameOf(r.Context())
	s := bothIn(f.Lang)
	f.Desk = true
	f.Nav = []Link{{Href: "#", Text: s("Eingang", "Inbox"), Current: true, Key: "g e"}, {Href: "#", Text: s("Bescheide", "Notices"), Key: "g b"}}
	return Render(w, r.WithContext(WithFrame(r.Context(), f)), http.StatusOK, Page{Title: s("Eingang", "Inbox"), Layout: LayoutDesk, Body: showDesk(s), NoIndex: true})
}

func showHref(page int) string { return "#seite-" + strconv.Itoa(page) }

func showSteps(s both) []Step {
	return []Step{
		{Title: s("Über Sie", "About you"), Href: "#schritte", State: StateDone},
		{Title: s("Anschrift", "Address"), Href: "#schritte", State: StateFaulty, Hint: s("Die Postleitzahl fehlt.", "The postal code is missing.")},
		{Title: s("Ihre Hunde", "Your dogs"), State: StateCurrent},
		{Title: s("Befreiung oder Ermäßigung", "Exemption or reduction"), Href: "#schritte", State: StateOpen},
		{Title: s("Prüfen und absenden", "Check and send"), State: StateLocked},
	}
}

func showCards(s both) []Card {
	return []Card{
		{Title: s("Geburt", "Birth"), Href: "#karten", Text: s("Urkunde, Elterngeld, Kita", "Certificate, parental allowance, nursery"), Icon: "birth", Meta: s("24 Leistungen", "24 services")},
		{Title: s("Umzug", "Moving house"), Href: "#karten", Text: s("Wohnsitz, Fahrzeug, Kennzeichen", "Residence, vehicle, number plates"), Icon: "move", Meta: s("18 Leistungen", "18 services")},
		{Title: s("Hund anmelden", "Registering a dog"), Href: "#karten", Text: s("Hundesteuer anmelden und Marke erhalten", "Register for dog tax and get the tag"), Icon: "dog", Mark: &Badge{Tone: Success, Text: "Online"}},
		{Title: "Grundstücksverkehrsgenehmigungszuständigkeitsübertragung", Lang: i18n.DE, Href: "#karten", Icon: "law"},
		{Title: s("Ohne Verweis", "Without a link"), Text: s("Diese Leistung gibt es hier noch nicht online.", "This service is not online here yet."), Icon: "building"},
	}
}

// showFields is one field of each kind; prefix keeps names and ids apart.
func showFields(s both, prefix string, filled, faulty bool) []Field {
	breeds := []Choice{
		{Value: "dackel", Label: s("Dackel", "Dachshund"), Group: s("Häufig", "Frequent")},
		{Value: "labrador", Label: "Labrador Retriever"},
		{Value: "mischling", Label: s("Mischling", "Crossbreed"), Group: s("Weitere", "Others")},
		{Value: "spitz", Label: "Spitz"},
	}
	places := []Choice{{Value: "1", Label: "1"}, {Value: "2", Label: "2"}, {Value: "3", Label: "3"}}
	reveal := Field{Name: prefix + "-mehr", Label: s("Welche Versicherung?", "Which insurance?"), Required: true}
	list := []Field{
		{Name: prefix + "-vorname", Label: s("Vorname", "First name"), Required: true, Autocomplete: "given-name", Value: "Kim", Error: s("Geben Sie Ihren Vornamen ein.", "Enter your first name.")},
		{Name: prefix + "-nachname", Label: s("Nachname", "Last name"), Required: true, Autocomplete: "family-name", Beside: true, Value: "Muster"},
		{Name: prefix + "-plz", Label: s("Postleitzahl", "Postal code"), Required: true, Autocomplete: "postal-code", InputMode: "numeric", Width: Width8, MaxLength: 5, Value: "3309", Error: s("Eine Postleitzahl hat fünf Ziffern, zum Beispiel 33098.", "A postal code has five digits, for example 33098.")},
		{Name: prefix + "-ort", Label: s("Ort", "Town"), Required: true, Autocomplete: "address-level2", Beside: true, Value: "Paderborn"},
		{Name: prefix + "-mail", Label: s("E-Mail-Adresse", "Email address"), Type: "email", Autocomplete: "email", Hint: s("Für Nachrichten zu Ihrem Antrag. Wir schreiben nichts Persönliches hinein.", "For messages about your application. We put nothing personal into them."), Value: "kim@example.org"},
		{Kind: KindDate, Name: prefix + "-geburt", Label: s("Wann ist der Hund geboren?", "When was the dog born?"), Hint: s("Zum Beispiel 27 3 2024", "For example 27 3 2024"), Required: true, Date: DateParts{Day: "31", Month: "2", Year: "2024", BadDay: true}, Error: s("Den 31. Februar gibt es nicht. Bitte prüfen Sie den Tag.", "There is no 31 February. Please check the day.")},
		{Kind: KindRadios, Name: prefix + "-geschlecht", Label: s("Geschlecht des Hundes", "Sex of the dog"), Required: true, Value: "w", Choices: []Choice{{Value: "w", Label: s("Hündin", "Female")}, {Value: "m", Label: s("Rüde", "Male"), Hint: s("Auch wenn er kastriert ist.", "Even if he is neutered.")}, {Value: "u", Label: s("Weiß ich nicht", "I do not know"), Divider: true}}, Error: s("Wählen Sie eine Antwort.", "Choose an answer.")},
		{Kind: KindYesNo, Name: prefix + "-versichert", Label: s("Ist der Hund versichert?", "Is the dog insured?"), Required: true, Value: "yes"},
		{Kind: KindRadios, Name: prefix + "-gefahr", Label: s("Gab es einen Vorfall?", "Has there been an incident?"), Choices: []Choice{{Value: "yes", Label: s("Ja", "Yes"), Reveals: showReveal(reveal)}, {Value: "no", Label: s("Nein", "No")}}},
		{Kind: KindCheckboxes, Name: prefix + "-grund", Label: s("Warum beantragen Sie eine Ermäßigung?", "Why do you apply for a reduction?"), Hint: s("Mehrere Antworten sind möglich.", "You can choose several answers."), Values: []string{"sozial"}, Choices: []Choice{{Value: "assistenz", Label: s("Assistenzhund", "Assistance dog")}, {Value: "sozial", Label: s("Ich beziehe Sozialleistungen", "I receive social benefits")}, {Value: "nein", Label: s("Nichts davon", "None of these"), Divider: true, Exclusive: true}}, Error: s("Wählen Sie mindestens einen Grund.", "Choose at least one reason.")},
		{Kind: KindSelect, Name: prefix + "-rasse", Label: s("Rasse", "Breed"), Required: true, Choices: breeds, Value: "spitz", Error: s("Wählen Sie eine Rasse.", "Choose a breed.")},
		{Kind: KindCombo, Name: prefix + "-rasse2", Label: s("Rasse, mit Suche", "Breed, with a search"), Hint: s("Tippen Sie die ersten Buchstaben.", "Type the first letters."), Required: true, Choices: breeds, Value: "dackel"},
		{Kind: KindCombo, Free: true, Name: prefix + "-farbe", Label: s("Fellfarbe", "Colour of the coat"), Choices: []Choice{{Label: s("braun", "brown")}, {Label: s("schwarz", "black")}}, Value: s("braun", "brown")},
		{Kind: KindMoney, Name: prefix + "-betrag", Label: s("Bisher gezahlte Steuer", "Tax paid so far"), Value: s("168,00", "168.00"), Error: s("Schreiben Sie den Betrag mit Ziffern, zum Beispiel 168,00.", "Write the amount in digits, for example 168.00.")},
		{Kind: KindNumber, Name: prefix + "-gewicht", Label: s("Gewicht", "Weight"), Unit: "kg", Width: Width4, Value: "24"},
		{Kind: KindTextArea, Name: prefix + "-text", Label: s("Möchten Sie uns noch etwas mitteilen?", "Is there anything else you would like to tell us?"), MaxLength: 500, Spell: true, Value: s("Der Hund ist sehr freundlich.", "The dog is very friendly.")},
		{Kind: KindFiles, Name: prefix + "-nachweis", Label: s("Nachweis über die Versicherung", "Proof of the insurance"), Hint: s("PDF oder Foto, höchstens 10 MB", "PDF or photo, 10 MB at most"), Required: true, Upload: Upload{Accept: ".pdf,image/*", ButtonName: "hochladen", ButtonValue: "nachweis", Files: []File{
			{Name: "Haftpflichtversicherungsbescheinigung-2026.pdf", Size: s("1,2 MB", "1.2 MB"), RemoveName: "entfernen", RemoveValue: "1"},
			{Name: "bild.heic", Size: s("0 Bytes", "0 bytes"), Error: s("Diese Datei ist leer.", "This file is empty."), RemoveName: "entfernen", RemoveValue: "2"},
		}}, Error: s("Diese Datei ist leer. Bitte wählen Sie eine andere.", "This file is empty. Please choose another one.")},
		{Kind: KindGroup, Name: prefix + "-gruppe", Label: s("Zweite Halterin oder zweiter Halter", "Second keeper"), Hint: s("Wer den Hund mit Ihnen hält.", "Who keeps the dog with you."), Fields: []Field{
			{Name: prefix + "-h2", Label: "Name", Required: true, Value: "Toni Beispiel"},
			{Kind: KindPassword, Name: prefix + "-pw", Label: s("Kennwort", "Password"), Required: true, Autocomplete: "off"},
		}},
		{Kind: KindParts, Name: prefix + "-zeit", Label: s("Wann war der Hund in Pflege?", "When was the dog in care?"), Hint: s("Das Ende kann leer bleiben, wenn es noch andauert.", "The end may stay empty if it still goes on."), Fields: []Field{
			{Kind: KindDate, Part: true, Name: prefix + "-zeit:from", Label: s("Von", "From"), Date: DateParts{Day: "1", Month: "4", Year: "2026"}},
			{Kind: KindDate, Part: true, Name: prefix + "-zeit:to", Label: s("Bis", "To"), Date: DateParts{Day: "31", Month: "3", Year: "2026", BadDay: true}, Error: s("Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Daten.", "The end lies before the beginning. Please check both dates.")},
		}},
		{Kind: KindParts, Name: prefix + "-rang", Label: s("Was ist Ihnen am wichtigsten?", "What matters most to you?"), Hint: s("Geben Sie jeder Angabe einen Platz. 1 ist Ihnen am wichtigsten.", "Give each item a place. 1 matters most to you."), Required: true, Error: s("Platz 2 fehlt. Bitte vergeben Sie die Plätze ohne Lücke.", "Place 2 is missing. Please give the places without a gap."), Fields: []Field{
			{Kind: KindSelect, Part: true, Name: prefix + "-rang:a", Label: s("Kurze Wege", "Short distances"), Required: true, Choices: places, Value: "1"},
			{Kind: KindSelect, Part: true, Name: prefix + "-rang:b", Label: s("Lange Öffnungszeiten", "Long opening hours"), Required: true, Choices: places, Value: "3"},
		}},
		{Kind: KindConfirm, Name: prefix + "-ok", Label: s("Ich bestätige, dass meine Angaben richtig und vollständig sind.", "I confirm that what I have stated is correct and complete."), Required: true, Error: s("Bitte bestätigen Sie Ihre Angaben.", "Please confirm what you have stated.")},
		{Kind: KindFind, Name: prefix + "-staat", Label: s("Staat", "Country"), Hint: s("Geben Sie den Anfang des Namens ein.", "Type the beginning of the name."), Required: true, Value: s("Kongo", "Congo"), Find: Find{
			Asked: true, Total: 14, ButtonName: "suchen", ButtonValue: "staat", Matches: []Choice{{Value: "246", Label: s("Kongo, Demokratische Republik", "Congo, Democratic Republic")}, {Value: "245", Label: s("Kongo, Republik", "Congo, Republic"), Hint: s("Kürzel CG", "Code CG")}},
		}, Error: s("Wählen Sie einen der gefundenen Einträge.", "Choose one of the entries found.")},
	}
	empty(list, filled, faulty)
	return list
}

// empty takes errors and answers away again.
func empty(list []Field, filled, faulty bool) {
	for i := range list {
		f := &list[i]
		if f.Kind == KindParts {
			empty(f.Fields, filled, faulty)
		}
		if !faulty {
			f.Error, f.Date = "", DateParts{}
		}
		if !filled {
			f.Value, f.Values, f.Upload.Files, f.Find.Asked = "", nil, nil, false
		}
	}
}

func showDisabled(s both) []Field {
	return []Field{
		{Kind: KindFact, Label: s("Kommune", "Municipality"), Value: "Paderborn"},
		{Name: "fest", Label: s("Aktenzeichen", "Case number"), Value: "HS-2026-000123", ReadOnly: true},
		{Name: "aus", Label: s("Nicht änderbar", "Cannot be changed"), Value: s("gesperrt", "locked"), Required: true, Disabled: true},
		{Kind: KindSelect, Name: "aus-liste", Label: s("Nicht änderbare Liste", "List that cannot be changed"), Required: true, Disabled: true, Value: "a", Choices: []Choice{{Value: "a", Label: s("Auswahl", "Choice")}}},
		{Kind: KindConfirm, Name: "aus-haken", Label: s("Nicht änderbares Häkchen", "Tick that cannot be changed"), Value: "yes", Disabled: true},
	}
}
