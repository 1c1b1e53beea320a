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
// mark-up can stand (attributes, titles, options) the marks are taken away.
// A page without marks is left as it is.
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
			out = append(out, unmarked(b[i:i+n])...)
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
			open = append(open, false)
		}
	}
	return out
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

func unmarked(b []byte) []byte {
	if !bytes.Contains(b, []byte{0xEF, 0xB7}) {
		return b
	}
	out := slices.Clone(b[:0])
	for i := 0; i < len(b); {
		if m := mark(b[i:]); m != 0 {
			i += utf8.RuneLen(m)
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}
