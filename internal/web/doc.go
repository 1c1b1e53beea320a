// Package web is the edge of the portal: it takes off the language prefix,
// finds out whose site is asked for, checks who may call the route, bounds
// and guards the request, and turns errors into answers in one place.
//
// Addresses are [/en][/{slug}][/amt]/path; forms are there in further languages
// ([/ar], [/de-simple], …; Route.Further). The slug names a tenant unless the
// host name already does; "amt" leads to the tenant's desk. Each kind of site
// (Root, State, Tenant, Desk) has its own mux; rooms return []Route and know
// paths relative to their site only.
//
// Invariants: every route names who may call it; a request is logged as one
// event by its route pattern, never by its address, and without anything
// about the person; every answer carries the strict Content-Security-Policy.
package web
