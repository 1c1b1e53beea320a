package web

import (
	"net/http"
	"strings"
)

// Handler answers a request. A returned error becomes a page or a
// problem+json (see package fail); nothing must have been written then.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Access names who may call a route.
type Access string

// Who may call a route. Signed gives the fourth: signed-in staff.
const (
	Public    Access = "public"    // anyone
	Applicant Access = "applicant" // who holds the key of a draft or submission; the room checks it
	Probe     Access = "probe"     // the operator's monitoring: loopback or the probe token
)

// Signed is the access of signed-in staff of the tenant who have one of the
// roles; with no role, of any of its staff.
func Signed(roles ...string) Access { return Access("signed:" + strings.Join(roles, ",")) }

// roles splits what Signed has put together.
func (a Access) roles() (roles []string, signed bool) {
	list, ok := strings.CutPrefix(string(a), "signed:")
	if !ok || list == "" {
		return nil, ok
	}
	return strings.Split(list, ","), true
}

// Route is one row of the route table.
type Route struct {
	Site    Kind
	Pattern string // as http.ServeMux takes it: "GET /leistungen/{slug}"
	Access  Access
	Handle  Handler
	MaxBody int64 // most bytes of a body; 0 means 256 KiB
	// Holds is how many bytes of a body the handler holds at once, at most; 0
	// means all of it. What is beyond it reads and drops.
	Holds int64
	// Further: the page is there in further languages too (i18n.Lang.Further).
	// Asked for in one, any other page is answered in German.
	Further bool
	// Streams says that the handler takes the body piece by piece, and holds
	// none of it.
	Streams bool
}

const defaultMaxBody = 256 << 10
