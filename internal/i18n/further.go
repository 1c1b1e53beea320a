package i18n

import (
	"maps"
	"slices"
	"strings"
)

// Simple is Leichte Sprache, German for people who do not read well. The
// subtag is the registered variant "simple", simplified form (IANA Language
// Subtag Registry, 2015-12-29).
const Simple Lang = "de-simple"

// further are the languages that a form may have beside the portal's own, by
// their own names.
var further = map[Lang]string{
	"ar": "العربية", "bg": "Български", "el": "Ελληνικά", "es": "Español", "fa": "فارسی", "fr": "Français",
	"he": "עברית", "hr": "Hrvatski", "hu": "Magyar", "it": "Italiano", "ku": "Kurdî", "nl": "Nederlands",
	"pl": "Polski", "ps": "پښتو", "pt": "Português", "ro": "Română", "ru": "Русский", "so": "Soomaali",
	"sq": "Shqip", "sr": "Српски", "ti": "ትግርኛ", "tr": "Türkçe", "uk": "Українська", "ur": "اردو",
	"vi": "Tiếng Việt", "zh": "中文", Simple: "Leichte Sprache",
}

// inOrder are the further languages, Leichte Sprache first.
var inOrder = append([]Lang{Simple}, slices.DeleteFunc(slices.Sorted(maps.Keys(further)), func(l Lang) bool { return l == Simple })...)

// Further lists the languages that a form may have beside the portal's own,
// Leichte Sprache first.
func Further() []Lang { return slices.Clone(inOrder) }

// Portal tells whether every text of the portal exists in l.
func (l Lang) Portal() bool { return l == DE || l == EN }

// Further tells whether l is a language that only forms have.
func (l Lang) Further() bool { _, ok := further[l]; return ok }

// Official is the language of what the portal writes on its own account to
// somebody who reads l: letters, receipts, mails. It is German for further
// languages.
func (l Lang) Official() Lang {
	if l.Portal() {
		return l
	}
	return DE
}

// Name is what the language calls itself; "" for one that is not known.
func (l Lang) Name() string {
	switch l {
	case DE:
		return "Deutsch"
	case EN:
		return "English"
	}
	return further[l]
}

// Dir is the direction of writing, as the attribute dir has it.
func (l Lang) Dir() string {
	switch l {
	case "ar", "fa", "he", "ps", "ur":
		return "rtl"
	}
	return "ltr"
}

// German tells whether l is a sort of German.
func (l Lang) German() bool { return l == DE || l == Simple }

// Marks in texts for a page in a further language. They are noncharacters,
// which Unicode keeps for a program's own use (The Unicode Standard, section
// 23.7); ui turns them into mark-up, and nothing that leaves the house has any.
const (
	MarkGerman = '\uFDD0' // German follows, in place of a translation that is missing
	MarkOwn    = '\uFDD1' // text in the page's language follows, within German
	MarkEnd    = '\uFDD2' // ends the innermost mark
)

// AsGerman marks each line of s as German on a page in another language.
func AsGerman(s string) string { return marked(MarkGerman, s) }

// AsOwn marks s, which is to stand within a German text, as being in the
// language of the page; what is marked already stays as it is. On pages in
// the portal's own languages lang is one of those, and s stays as it is too.
func AsOwn(lang Lang, s string) string {
	if lang.Portal() || strings.ContainsRune(s, MarkGerman) {
		return s
	}
	return marked(MarkOwn, s)
}

func marked(mark rune, s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = string(mark) + line + string(MarkEnd)
		}
	}
	return strings.Join(lines, "\n")
}

// Isolated is s for a place within text that is written from right to left: its
// own direction comes from its first letter, and it does not change that of
// what stands around it (Unicode Bidirectional Algorithm, FSI and PDI).
func Isolated(s string) string {
	if s == "" {
		return ""
	}
	return "\u2068" + s + "\u2069"
}

// Plain is s without marks.
func Plain(s string) string {
	if !strings.Contains(s, "\uFDD0"[:2]) {
		return s
	}
	return strings.NewReplacer(string(MarkGerman), "", string(MarkOwn), "", string(MarkEnd), "").Replace(s)
}
