package pdf

import "encoding/binary"

// greyProfile is a small ICC profile (version 2.1, ICC.1:1998-09): grey with a
// gamma of 2.2 under D50. Documents use grey only; the output intent tells
// which grey, as PDF/A wants.
func greyProfile() []byte {
	text := func(s string) []byte { return append([]byte("text\x00\x00\x00\x00"+s), 0) }
	desc := []byte("desc\x00\x00\x00\x00\x00\x00\x00\x0bGrey 2.2  \x00")
	desc = append(desc, make([]byte, 4+4+2+1+67)...) // no Unicode, no ScriptCode text
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", desc},
		{"cprt", text("No copyright, use freely")},
		{"wtpt", []byte("XYZ \x00\x00\x00\x00\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")},
		{"kTRC", []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33\x00\x00")},
	}
	be := binary.BigEndian
	out := make([]byte, 128, 512)
	be.PutUint32(out[8:], 0x02100000)
	copy(out[12:], "mntrGRAYXYZ ")
	for i, v := range []uint16{2026, 1, 1} {
		be.PutUint16(out[24+2*i:], v)
	}
	copy(out[36:], "acsp")
	copy(out[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d") // D50
	out = be.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	for _, t := range tags {
		out = append(out, t.name...)
		out = be.AppendUint32(out, uint32(at))
		out = be.AppendUint32(out, uint32(len(t.data)))
		at += len(pad4(t.data))
	}
	for _, t := range tags {
		out = append(out, pad4(t.data)...)
	}
	be.PutUint32(out, uint32(len(out)))
	return out
}
