package service

import (
	"context"

	"leitportal/internal/ui"
)

// Offer is an online service as one town offers it, in words of the language
// of ctx (web.Lang).
type Offer struct {
	// Href is where it begins, within the town's site ("/antrag/hundesteuer").
	Href string
	// Fee and Duration are one line each; "" where unknown.
	Fee, Duration string
	// Demo marks values that are made up for a demonstration.
	Demo bool
}

// Live counts what is really online, for the start page.
type Live struct {
	Services int // distinct services
	Towns    int // municipalities with at least one
	Of       int // municipalities in all
	// Href is the page that tells it in full, within the site; "" for none.
	Href string
}

// Online tells what can be done online; app fills it from solution.
type Online interface {
	// Online is the offer of the tenant (ARS) for the service with the OZG id.
	Online(ctx context.Context, tenantARS, ozgID string) (Offer, bool)
	// Live counts over all tenants, or with an ARS what is online in that town.
	Live(ctx context.Context, tenantARS string) Live
}

// Text is what is written about one act within a service (register a dog,
// deregister it), in the language of ctx. Empty parts are left out.
type Text struct {
	// ID is the part of the page's address the act is reached by ("abmeldung").
	ID    string
	Title string
	// Short is one sentence.
	Short                  string
	What, Who, Need, Steps []string
	Fee, Duration, Legal   []string
	// Online says that the tenant's online service covers it.
	Online bool
}

// Texts gives the texts of a service as the tenant (ARS) uses it, or the
// general ones for "". The first is the main act; none means that nothing is
// written yet. App fills it from solution.
type Texts interface {
	Texts(ctx context.Context, tenantARS, ozgID string) []Text
}

// Offices knows the towns' sites and what they have entered about their
// offices; app fills it from tenant.
type Offices interface {
	// Base is the path of a town's site ("/paderborn").
	Base(ctx context.Context, tenantARS string) (base string, ok bool)
	// Office is the card of the office of an authority (ARS) for a service;
	// ozgID "" asks for the town hall as such.
	Office(ctx context.Context, authorityARS, ozgID string) (ui.Contact, bool)
}
