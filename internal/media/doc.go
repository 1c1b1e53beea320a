// Package media knows files that strangers send: what they are by their
// content, how many pages they have, and how to draw a picture anew so that
// nothing is left of where and with what it was taken.
//
// Invariants: everything is hostile. Nothing is held whole but the pixels of
// one picture, whose memory is estimated from its header before it is taken;
// what is packed is unpacked to a bound. A type is decided by content, never
// by a name.
//
// The room owns no tables.
package media
