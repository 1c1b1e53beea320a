package ui

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"leitportal/internal/i18n"
)

// SwitchName is the control that is sent when another language is chosen with
// Page.Switch: what was typed is to be shown again, and neither checked nor
// saved.
const SwitchName = "_lang"

func (p *pen) rtl() bool { return p.f.Lang.Dir() == "rtl" }

// value draws what a person typed, a figure or an amount. Where text is
// written from right to left it has its own direction.
func (p *pen) value(s string) *pen {
	if !p.rtl() {
		return p.text(s)
	}
	return p.raw("<bdi>").text(s).raw("</bdi>")
}

// dir tells the direction of what is typed where text is written from right
// to left: codes and figures never are.
func (p *pen) dir(f *Field) *pen {
	switch {
	case !p.rtl():
		return p
	case f.LTR:
		return p.raw(` dir="ltr"`)
	}
	return p.raw(` dir="auto"`)
}

// mark is the mark that b begins with, 0 for none.
func mark(b []byte) rune {
	if len(b) > 2 && b[0] == 0xEF && b[1] == 0xB7 {
		switch r, _ := utf8.DecodeRune(b); r {
		case i18n.MarkGerman, i18n.MarkOwn, i18n.MarkEnd:
			return r
		}
	}
	return 0
}

// spoken turns the marks in a page in lang into mark-up: text in another
// language than the page's says in which, and has its direction. Where no
// mark-up can stand (attributes, titles, options) the element says it of itself
// (see alone), or “[de]” stands before the words. A page without marks is left
// as it is.
func spoken(b []byte, lang i18n.Lang) []byte {
	if !bytes.Contains(b, []byte{0xEF, 0xB7}) {
		return b
	}
	dir := ""
	if lang.Dir() == "rtl" {
		dir = ` dir="ltr"`
	}
	out := make([]byte, 0, len(b)+len(b)/4)
	var open []bool // marks that are open in this piece of text: whether they drew anything
	end := func() {
		if n := len(open) - 1; n >= 0 {
			if open[n] {
				out = append(out, "</span>"...)
			}
			open = open[:n]
		}
	}
	only := "" // the element that takes text only, while in it
	whole := false
	for i := 0; i < len(b); {
		if b[i] == '<' {
			for len(open) > 0 {
				end()
			}
			n := tagLen(b[i:])
			for _, c := range [...]string{"title", "option", "textarea", "script"} {
				switch {
				case only == "" && begins(b[i+1:], c):
					only = c
				case only == c && begins(b[i+1:], "/"+c):
					only = ""
				}
			}
			whole = !lang.German() && alone(b[i:i+n], b[i+n:])
			switch tag := b[i : i+n]; {
			case whole:
				name := 1 + bytes.IndexAny(tag[1:], " >")
				out = append(append(out, tag[:name]...), ` lang="de"`...)
				if only != "" {
					out = append(out, dir...)
				}
				out = append(out, unmarked(tag[name:], "")...)
			case lang.German():
				out = append(out, unmarked(tag, "")...)
			default:
				out = append(out, unmarked(tag, inGerman)...)
			}
			i += n
			continue
		}
		m := mark(b[i:])
		if m == 0 {
			out = append(out, b[i])
			i++
			continue
		}
		i += utf8.RuneLen(m)
		switch drawn := only == "" && !lang.German(); {
		case m == i18n.MarkEnd && len(open) == 1 && mark(bytes.TrimLeft(b[i:], " ")) == i18n.MarkGerman:
			// German sentences that follow each other are one text: alone each
			// would stand at the left of the one before.
			n := len(b[i:]) - len(bytes.TrimLeft(b[i:], " "))
			out = append(out, b[i:i+n]...)
			i += n + utf8.RuneLen(i18n.MarkGerman)
		case m == i18n.MarkEnd:
			end()
		case drawn && m == i18n.MarkGerman:
			out = append(append(append(out, `<span lang="de"`...), dir...), '>')
			open = append(open, true)
		case drawn:
			out = append(append(append(append(append(append(out, `<span lang="`...), lang...), `" dir="`...), lang.Dir()...), '"'), '>')
			open = append(open, true)
		default:
			if m == i18n.MarkGerman && (only == "title" || only == "option") && !whole && !lang.German() {
				out = append(out, inGerman...)
			}
			open = append(open, false)
		}
	}
	return out
}

// inGerman stands before German words where no mark-up can.
const inGerman = "[de] "

// alone tells that tag begins an element that may say lang="de" of itself, for
// all its words are German: in its attributes where it is a control, a picture
// or an option, or in its text, which is what follows, where it takes no
// elements.
func alone(tag, after []byte) bool {
	german := []byte(string(i18n.MarkGerman))
	if bytes.Contains(tag, []byte(` lang="`)) {
		return false
	}
	for _, name := range [...]string{"input", "textarea", "img", "option"} {
		if begins(tag[1:], name) && bytes.Contains(tag, german) {
			return true
		}
	}
	if !begins(tag[1:], "option") && !begins(tag[1:], "title") {
		return false
	}
	text, _, _ := bytes.Cut(after, []byte("<"))
	return bytes.HasPrefix(text, german) && bytes.HasSuffix(text, []byte(string(i18n.MarkEnd))) && bytes.Count(text, german) == 1
}

// begins tells whether b begins with the name of an element.
func begins(b []byte, name string) bool {
	return bytes.HasPrefix(b, []byte(name)) && len(b) > len(name) && (b[len(name)] == '>' || b[len(name)] == ' ')
}

// tagLen is the length of the tag at the beginning of b.
func tagLen(b []byte) int {
	quoted := false
	for i, c := range b {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return i + 1
		}
	}
	return len(b)
}

// unmarked is b with german in the place of marks of German, and without others.
func unmarked(b []byte, german string) []byte {
	if !bytes.Contains(b, []byte{0xEF, 0xB7}) {
		return b
	}
	out := slices.Clone(b[:0])
	for i := 0; i < len(b); {
		if m := mark(b[i:]); m != 0 {
			if m == i18n.MarkGerman {
				out = append(out, german...)
			}
			i += utf8.RuneLen(m)
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}
