// Package browser tests the portal as people meet it: in headless Chromium,
// through what is on the screen. The way of one application is walked with
// scripts, without them and in English; every page is held against axe-core,
// a keyboard, 320 pixels and text at twice its size.
//
// The tests run when LEITPORTAL_TEST_FULL is set (make test); a plain
// "go test ./..." skips them. LEITPORTAL_SCREENSHOTS=folder makes
// TestScreenshots write docs/screenshots.
package browser
