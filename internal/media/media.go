package media

import (
	"bytes"
	"net/http"
	"strings"
)

// Media types that are told apart with certainty.
const (
	PDF  = "application/pdf"
	JPEG = "image/jpeg"
	PNG  = "image/png"
	HEIC = "image/heic"
)

// HeadSize is how much of a file Sniff looks at, in bytes.
const HeadSize = 1024

// Sniff tells the media type of a file by its first bytes: one of those above,
// or what it looks like otherwise (WHATWG MIME sniffing).
func Sniff(head []byte) string {
	head = head[:min(len(head), HeadSize)]
	if bytes.Contains(head, []byte("%PDF-")) {
		return PDF
	}
	if len(head) > 12 && string(head[4:8]) == "ftyp" {
		switch string(head[8:12]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return HEIC
		}
	}
	typ, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return typ
}

// Endings are the file name endings that go with a type, none for one that is
// not told apart with certainty.
func Endings(typ string) []string {
	switch typ {
	case PDF:
		return []string{".pdf"}
	case JPEG:
		return []string{".jpg", ".jpeg", ".jpe", ".jfif"}
	case PNG:
		return []string{".png"}
	}
	return nil
}

// Drawn tells whether Redraw takes a type.
func Drawn(typ string) bool { return typ == JPEG || typ == PNG }
