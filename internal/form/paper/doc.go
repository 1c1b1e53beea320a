// Package paper prints a form empty, for people who fill it in by hand: every
// page that could be asked, its conditions in words, boxes and lines to write
// on, blank copies of what repeats, and where to send it.
//
// It is pure: a form, its parameters and a day in, a tagged PDF out.
package paper
