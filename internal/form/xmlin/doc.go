// Package xmlin reads XML that strangers wrote: once from front to back, element
// by element against a vocabulary, within Limits. Document types, and with them
// entities, are refused; what is wrong is an *Error with line, element and
// reason. The readers of XDatenfelder (fim) and genericode (codelist) stand on it.
package xmlin
