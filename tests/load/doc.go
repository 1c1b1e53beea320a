// Load measures the portal against the bars of speed and size: it starts the
// binary on fresh data, and walks it as browsers do, with cookies, redirects,
// links and forms, checking what each answer holds.
//
// The driver shares the machine's cores with the portal, so its own CPU time
// is printed beside each figure. The bare handler, a plain net/http server in
// a process of its own that writes the bytes of the service page, is measured
// in the same run; bars are shares of its requests per second.
package main
