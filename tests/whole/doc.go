// Package whole tests the whole program over HTTP, without a browser and
// without scripts: the way of an application through every room, what happens
// when people go back, press twice and use two windows, and every kind of bad
// input. tests/browser does the same in Chromium.
package whole
