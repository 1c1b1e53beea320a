// Package walker is a browser without scripts for whole-program tests: it
// keeps cookies, follows redirects, reads pages as HTML and sends forms as a
// browser would. It returns errors and never fails a test itself, so that
// many of them can run at once.
package walker
