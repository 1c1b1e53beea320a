package rule

import "strings"

// The vocabulary. A word that is in none of these lists and no name is unknown
// to the grammar, and a clause with it stays open.

// is tells whether the token is one of these words.
func (t token) is(words ...string) bool {
	if t.kind != tWord && t.kind != tNumber {
		return false
	}
	for _, w := range words {
		if t.norm == w {
			return true
		}
	}
	return false
}

func (t token) punct(s string) bool { return t.kind == tPunct && t.norm == s }

func (t token) isIf() bool    { return t.is("wenn", "falls", "sofern") }
func (t token) isThen() bool  { return t.is("dann", "so") }
func (t token) isElse() bool  { return t.is("sonst", "ansonsten", "andernfalls", "anderenfalls") }
func (t token) isAnd() bool   { return t.is("und", "sowie") }
func (t token) isOr() bool    { return t.is("oder", "bzw", "beziehungsweise") }
func (t token) isMust() bool  { return t.is("muss", "müssen", "muß", "soll", "sollen", "sollte") }
func (t token) isMay() bool   { return t.is("darf", "dürfen", "kann", "können") }
func (t token) isBe() bool    { return t.is("ist", "sind", "wird", "werden") }
func (t token) isModal() bool { return t.isMust() || t.isMay() || t.isBe() }
func (t token) isArticle() bool {
	return t.is("der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines")
}

func (t token) isAdjective() bool {
	return t.is("folgende", "folgenden", "folgender", "folgendes", "genannte", "genannten", "obige", "obigen", "o.g.",
		"entsprechende", "entsprechenden", "jeweilige", "jeweiligen", "zugehörige", "zugehörigen", "dazugehörige",
		"dazugehörigen", "darin", "darunter", "enthaltene", "enthaltenen", "liegende", "liegenden", "beide", "beiden",
		"eingegebene", "eingegebenen", "angegebene", "angegebenen", "weitere", "weiteren", "weiteres")
}

// isNoun is a word for an element of a schema.
func (t token) isNoun() bool {
	if t.kind != tWord || strings.HasPrefix(t.norm, "pflicht") {
		return false
	}
	w := t.norm
	for _, end := range []string{"es", "er", "ern", "s", "n"} {
		if cut, ok := strings.CutSuffix(w, end); ok && (strings.HasSuffix(cut, "feld") || strings.HasSuffix(cut, "gruppe")) {
			return true
		}
	}
	return strings.HasSuffix(w, "feld") || strings.HasSuffix(w, "gruppe") || t.is("element", "elemente", "elements", "datenelement", "abschnitt", "abschnitts")
}

// isContent is a word for what stands in a field.
func (t token) isContent() bool {
	return t.is("auswahl", "antwort", "wert", "wertes", "werte", "datum", "datums", "datumsangabe", "angabe", "angaben", "eingabe", "eingaben",
		"eintrag", "eintragung", "inhalt", "option", "auswahlwert", "code", "codes", "jahr", "zahl", "zeitpunkt", "betrag")
}

func (t token) isIn() bool {
	return t.is("in", "im", "bei", "beim", "aus", "von", "vom", "auf", "zu", "zum", "zur")
}

func (t token) isFilled() bool {
	return t.is("befüllt", "ausgefüllt", "gefüllt", "angegeben", "eingegeben", "eingetragen", "beantwortet", "belegt", "hochgeladen", "beigefügt", "vorhanden")
}

func (t token) isToFill() bool {
	return t.is("auszufüllen", "anzugeben", "einzugeben", "einzutragen", "hochzuladen", "beizufügen", "befüllen", "ausfüllen")
}

func (t token) isShown() bool {
	return t.is("angezeigt", "eingeblendet", "sichtbar", "aktiviert", "aktiv", "anzuzeigen", "einzublenden", "gezeigt", "abgefragt", "abzufragen", "dargestellt")
}

func (t token) isHidden() bool {
	return t.is("ausgeblendet", "auszublenden", "verborgen", "versteckt", "deaktiviert", "unsichtbar", "inaktiv")
}

func (t token) isPrefilled() bool {
	return t.is("vorbefüllt", "vorzubefüllen", "vorbelegt", "vorzubelegen", "vorausgewählt", "vorausgefüllt", "vorauszufüllen", "vorauszuwählen")
}

func (t token) isChosen() bool {
	return t.is("ausgewählt", "gewählt", "angekreuzt", "markiert", "ausgesucht", "selektiert", "getroffen", "verwendet", "zulässig", "erlaubt", "angegeben", "eingetragen")
}

// isDuty is a word for a field that must be filled.
func (t token) isDuty() bool {
	return t.is("pflicht", "pflichtfeld", "pflichtfelder", "pflichtfeldern", "pflichtangabe", "pflichtangaben", "pflichtgruppe", "pflichtgruppen",
		"pflichtfeldgruppe", "pflichtfeldgruppen", "pflichtdatenfeld", "pflichteingabe")
}

func (t token) isDutiful() bool {
	return t.is("verpflichtend", "verpflichtende", "verpflichtendes", "erforderlich", "notwendig", "obligatorisch", "zwingend")
}

func (t token) isOptional() bool {
	return t.is("optional", "optionale", "optionales", "optionaler", "freiwillig", "freiwillige", "freiwilliges")
}

// isAdverb is a word that changes nothing.
func (t token) isAdverb() bool {
	return t.is("auch", "immer", "ebenfalls", "zusätzlich", "jeweils", "automatisch", "stets", "unbedingt", "zeitlich", "dabei", "dort", "hier", "nun", "dazu", "zudem", "außerdem", "bereits", "noch", "wieder", "komplett", "vollständig")
}

// isParticle ends a sentence with a verb of two parts: zeige … an.
func (t token) isParticle() bool { return t.is("an", "aus", "ein") }

// isAux is a verb that may follow a condition.
func (t token) isAux() bool {
	return t.isBe() || t.is("wurde", "wurden", "worden", "hat", "haben", "sein", "liegt", "liegen", "lautet", "beträgt", "enthält", "enthalten", "annimmt", "aufweist", "besitzt", "entspricht")
}

func (t token) isImperative() bool {
	return t.is("zeige", "blende", "aktiviere", "deaktiviere", "verberge", "verstecke", "mache", "setze", "befülle", "belege")
}

// isInfinitive ends an order without a verb in front: dann F… anzeigen.
func (t token) isInfinitive() bool {
	return t.is("anzeigen", "einblenden", "aktivieren", "ausblenden", "deaktivieren", "verbergen", "verstecken")
}

// isGrammar tells whether a word has a meaning in the grammar, so that it
// cannot be swallowed as part of a name that the schema does not have.
func (t token) isGrammar() bool {
	return t.isIf() || t.isThen() || t.isElse() || t.isAnd() || t.isOr() || t.isModal() || t.isFilled() || t.isToFill() || t.isShown() ||
		t.isHidden() || t.isPrefilled() || t.isChosen() || t.isDuty() || t.isDutiful() || t.isOptional() || t.isImperative() || t.isAux() || t.isInfinitive() ||
		t.is("nicht", "kein", "keine", "keinen", "keiner", "keines", "leer", "nur", "mit", "als", "wobei", "außer", "entweder", "weder", "noch",
			"erscheint", "erscheinen", "entfällt", "entfallen", "mindestens", "höchstens", "größer", "kleiner", "gleich", "ungleich", "maximal", "minimal", "gleichzeitig", "zugleich", "zwischen", "deren", "dessen", "vor", "nach", "ab", "bis", "über", "unter", "älter", "jünger", "auf",
			"bejaht", "verneint", "angehakt", "zutrifft")
}

// changes tells whether a word is not in the grammar, but changes the meaning of
// what stands around it, so that it is no part of a name.
func (t token) changes() bool {
	return t.is("plus", "minus", "zuzüglich", "abzüglich", "mal", "geteilt", "ohne", "statt", "anstelle", "nie", "niemals", "nichts", "niemand",
		"teilweise", "unvollständig", "fehlerhaft", "fehlt", "fehlen", "weniger", "mehr", "doppelt", "jedoch", "aber", "sondern", "sei", "denn",
		"ausgenommen", "ausgeschlossen", "außerhalb", "unzutreffend", "leerer", "leere", "leeres", "ungültig", "ungültige")
}

// stateOf gives the two letters of a federal state by its name or letters.
func stateOf(t token) string {
	if t.kind != tWord {
		return ""
	}
	const states = " bw=baden-württemberg by=bayern be=berlin bb=brandenburg hb=bremen hh=hamburg he=hessen mv=mecklenburg-vorpommern" +
		" ni=niedersachsen nw=nordrhein-westfalen rp=rheinland-pfalz sl=saarland sn=sachsen st=sachsen-anhalt sh=schleswig-holstein th=thüringen "
	if i := strings.Index(states, "="+t.norm+" "); i >= 0 {
		return strings.ToUpper(states[i-2 : i])
	}
	if len(t.norm) == 2 && strings.Contains(states, " "+t.norm+"=") {
		return strings.ToUpper(t.norm)
	}
	if t.norm == "nrw" {
		return "NW"
	}
	return ""
}

// truthOf reads a word for yes or no.
func truthOf(t token) (string, bool) {
	switch {
	case t.is("ja", "wahr", "true"):
		return "true", true
	case t.is("nein", "falsch", "false"):
		return "false", true
	}
	return "", false
}
