// Package forms walks the forms made of released FIM schemas through a running
// portal, from the first page to the receipt. How a form is answered is worked
// out by internal/form/prove; here the answers are typed into the pages that
// the portal sends, and nothing that a page does not offer.
package forms
