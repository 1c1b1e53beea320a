package submission

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A browser puts the key aside that another takes the place of, keeps the
// newest, and has each draft once.
func TestCookies(t *testing.T) {
	jar := map[string]string{"ort": "Paderborn", "antrag-": "x", "weitere-x": "y"}
	ask := func() (*httptest.ResponseRecorder, *http.Request) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for name, value := range jar {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		return httptest.NewRecorder(), r
	}
	key := func(n int, secret string) string {
		return "019a0000-0000-7000-8000-00000000000" + string(rune('0'+n)) + "." + strings.Repeat(secret, 42) + "A"
	}
	keep := func(ticket string) {
		t.Helper()
		w, r := ask()
		if err := (cookies{w, r}).Keep(t.Context(), Kept{paderborn, "hundesteuer", ticket}); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.Result().Cookies() {
			if jar[c.Name] = c.Value; c.MaxAge < 0 {
				delete(jar, c.Name)
			}
		}
	}
	want := func(tickets ...string) {
		t.Helper()
		_, r := ask()
		list, err := cookies{r: r}.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range list {
			if k.Tenant == paderborn && k.Solution == "hundesteuer" {
				got = append(got, k.Ticket)
			}
		}
		if !slices.Equal(got, tickets) {
			t.Errorf("it has %q, want %q", got, tickets)
		}
		if k, ok, err := (cookies{r: r}).Open(t.Context(), paderborn, "hundesteuer"); err != nil || !ok || k.Ticket != tickets[0] {
			t.Errorf("in use is %q, %v", k.Ticket, err)
		}
	}
	keep(key(1, "a"))
	want(key(1, "a"))
	keep(key(1, "b")) // the same draft, by its code
	want(key(1, "b"))
	keep(key(2, "a"))
	keep(key(3, "a"))
	want(key(3, "a"), key(2, "a"), key(1, "b"))
	keep(key(1, "c"))
	want(key(1, "c"), key(3, "a"), key(2, "a"))
	for n := range 5 {
		keep(key(n+4, "a"))
	}
	want(key(8, "a"), key(7, "a"), key(6, "a"), key(5, "a"), key(4, "a"), key(1, "c"))
	jar["weitere-"+paderborn+"-hundesteuer"] = "rubbish~~" + key(8, "z") + "~" + strings.Repeat("x", 2000)
	keep(key(8, "b"))
	want(key(8, "b"))
}
