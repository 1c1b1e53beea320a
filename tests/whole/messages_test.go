package whole

import (
	"net/url"
	"strings"
	"testing"

	"leitportal/tests/apptest"
)

// What people say of barriers on the portal's own site, which has no desk, can
// be read by its operator.
func TestMessagesToTheState(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{DatabaseURL: databaseURL})
		b := open(t, portal)
		send(t, b, get(t, b, "/feedback"), "/feedback", url.Values{"message": {"Die Karte lässt sich nicht bedienen."}})
		for name, want := range map[string]bool{"": true, "paderborn": false} {
			args := []string{"tenant", "messages"}
			if name != "" {
				args = append(args, name)
			}
			out, status := command(t, portal, databaseURL, args...)
			if status != 0 || strings.Contains(out, "nicht bedienen") != want {
				t.Errorf("%q: %d %q", name, status, out)
			}
		}
	})
}
