// Package preview serves one form to its author while it is being written.
//
// The pages are the portal's own: every request is handed to a portal
// (Config.Open), wired as always, whose answer is passed on byte for byte. On
// HTML pages a block between <!--preview--> and <!--/preview--> is put before
// </body>; Strip takes it out again. There is no second renderer.
//
// The folder is looked at twice a second. When it has changed, another portal
// is opened on the same data, so that the answers stay; if the form does not
// load, what is wrong stands on the page until it is mended.
package preview
