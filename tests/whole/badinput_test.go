package whole

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// leaks are words of our inside that no page may show.
var leaks = [...]string{"panic", "goroutine", ".go:", "sql:", "SQLITE", "pgx", "internal/", "submission.", "web.error", "form."}

func tight(t testing.TB, p *walker.Page) {
	t.Helper()
	for _, word := range leaks {
		if strings.Contains(p.Text(), word) {
			t.Errorf("%s (%d) shows our inside (%q): %s", p.Path(), p.Status, word, p.Text())
		}
	}
}

// Every kind of bad input gets the right status, words beside the field, and
// what was typed back.
func TestBadInput(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := open(t, portal)
	walk(t, b, walker.Keeper(), 1, "/address")
	const keeper = service + "/seite/keeper"
	for name, in := range map[string]struct {
		field  string
		values []string
		shown  string // "" for what was typed first
	}{
		"over-long":        {"keeper.first", []string{strings.Repeat("x", 200)}, ""},
		"far over-long":    {"keeper.first", []string{strings.Repeat("ü", 20000)}, ""},
		"no day":           {"keeper.birth:day", []string{"xx"}, ""},
		"no such day":      {"keeper.birth:day", []string{"32"}, ""},
		"in the future":    {"keeper.birth:year", []string{"2199"}, ""},
		"year of 5 digits": {"keeper.birth:year", []string{"19800"}, ""},
		"empty":            {"keeper.last", []string{""}, ""},
		"only spaces":      {"keeper.last", []string{" \t\u00a0 "}, "-"},
		"twice":            {"keeper.last", []string{"Weiß", "Schwarz"}, ""},
		"broken UTF-8":     {"keeper.last", []string{"Wei\xff\xfe"}, "Wei\ufffd"},
		"control signs":    {"keeper.last", []string{"We\x00i\x1b[31m"}, "-"},
		"line break":       {"keeper.last", []string{"Weiß\r\nBcc: x"}, "-"},
		"right to left":    {"keeper.last", []string{"Weiß\u202etxt"}, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			p := get(t, b, keeper)
			v := p.Own().Values()
			v[in.field] = in.values
			p, err := b.Send(p.Own(), v)
			must(t, p, err)
			tight(t, p)
			if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside(in.field) == "" {
				t.Fatalf("got %d, error %q", p.Status, p.ErrorBeside(in.field))
			}
			want := in.shown
			if want == "" {
				want = in.values[0]
			}
			if got := p.Own().Shown(in.field); want != "-" && got != want && !strings.HasPrefix(got, want) {
				t.Errorf("shows %.80q, typed was %.80q", got, want)
			}
			if p.Own().Shown("keeper.birth:month") != v.Get("keeper.birth:month") {
				t.Error("the other fields have lost what was typed")
			}
			if p.Focused() == "" {
				t.Error("nothing takes the focus")
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		p, err := b.Post(keeper, url.Values{"_rev": {"1"}})
		must(t, p, err)
		tight(t, p)
		for _, field := range []string{"keeper.first", "keeper.last", "keeper.birth:day"} {
			if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside(field) == "" {
				t.Errorf("%s missing: %d, %q", field, p.Status, p.ErrorBeside(field))
			}
		}
	})
	t.Run("unknown", func(t *testing.T) {
		p := get(t, b, keeper)
		v := p.Own().Values()
		v.Set("keeper.admin", "yes")
		p, err := b.Send(p.Own(), v)
		must(t, p, err)
		tight(t, p)
		if p.Status != http.StatusUnprocessableEntity || !p.Has("keeper.admin") || p.Own().Shown("keeper.last") != "Weiß" {
			t.Errorf("an unknown field: %d %s", p.Status, p.Text())
		}
	})
	t.Run("none of the choices", func(t *testing.T) {
		p := get(t, b, service+"/seite/keeper-kind")
		v := p.Own().Values()
		v.Set("keeper.joint", "perhaps")
		p, err := b.Send(p.Own(), v)
		must(t, p, err)
		tight(t, p)
		if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("keeper.joint") == "" {
			t.Errorf("got %d, %q", p.Status, p.ErrorBeside("keeper.joint"))
		}
	})
	t.Run("large bodies", func(t *testing.T) {
		for path, typ := range map[string]string{
			keeper:               "application/x-www-form-urlencoded",
			service + "/pruefen": "application/x-www-form-urlencoded",
			"/fortsetzen":        "application/x-www-form-urlencoded",
			service:              "application/json",
		} {
			body := []byte("keeper.last=" + strings.Repeat("x", 10<<20))
			p, err := b.Do(http.MethodPost, path, typ, body)
			if err != nil { // the portal hung up while we were still sending
				if !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") {
					t.Error(err)
				}
				continue
			}
			tight(t, p)
			if p.Status != http.StatusRequestEntityTooLarge || len(p.Text()) < 60 {
				t.Errorf("%s takes 10 MB: %d %s", path, p.Status, p.Text())
			}
		}
		typ, body, err := walker.Multipart(url.Values{"keeper.last": {strings.Repeat("x", 10<<20)}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.Do(http.MethodPost, keeper, typ, body)
		must(t, p, err)
		tight(t, p)
		if p.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("10 MB in parts: %d", p.Status)
		}
		if now := get(t, b, keeper); now.Own().Shown("keeper.last") != "Weiß" {
			t.Error("what was saved is lost")
		}
	})
	t.Run("broken bodies", func(t *testing.T) {
		for _, in := range [][2]string{
			{"application/x-www-form-urlencoded", "keeper.last=%zz"},
			{"multipart/form-data", "x"},
			{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"keeper.last\"\r\n\r\nWei"},
			{"multipart/form-data; boundary=b", "--b--"},
			{"application/json", `{"keeper.last":"x"}`},
			{"text/plain", "keeper.last=x"},
			{";;;", "x"},
		} {
			p, err := b.Do(http.MethodPost, keeper, in[0], []byte(in[1]))
			must(t, p, err)
			tight(t, p)
			if p.Status != http.StatusUnprocessableEntity || len(p.Text()) < 60 {
				t.Errorf("%s %q: %d %s", in[0], in[1], p.Status, p.Text())
			}
		}
	})
	t.Run("from another site", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, portal.URL+keeper, strings.NewReader("keeper.last=x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://evil.example")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		for _, c := range b.Cookies() {
			req.AddCookie(c)
		}
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("another site may post: %d", r.StatusCode)
		}
	})
	t.Run("codes", func(t *testing.T) {
		for _, code := range []string{"", "x", strings.Repeat("0", 20), "\xff\xfe", "0000 0000 0000 0000 000\u202e0", strings.Repeat("9", 5000), "../../etc"} {
			p, err := b.Post("/fortsetzen", url.Values{"code": {code}})
			must(t, p, err)
			tight(t, p)
			if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("code") == "" {
				t.Errorf("%.40q: %d %q", code, p.Status, p.ErrorBeside("code"))
			}
		}
	})
	t.Run("addresses", func(t *testing.T) {
		for _, path := range []string{
			service + "/seite/%00", service + "/seite/..%2f..%2fstatus", service + "/seite/dog/99999999999999999999", service + "/seite/dog/-1",
			service + "/nachricht/x", service + "/nachricht/'--", "/paderborn/antrag/%ff", "/paderborn/antrag/gibtsnicht", "/en/paderborn/antrag/hundesteuer/seite/\u202e",
			"/paderborn/amt/vorgang/x", "/aachen/amt/vorgang/%2e%2e", "/paderborn/leistungen/%00",
		} {
			u := &url.URL{Path: path}
			if strings.Contains(path, "%") {
				u = &url.URL{Path: path, RawPath: path}
			}
			p, err := b.Get(u.EscapedPath())
			must(t, p, err)
			tight(t, p)
			if p.Status >= 500 {
				t.Errorf("%s: %d %s", path, p.Status, p.Text())
			}
		}
	})
}

// Evidence of a wrong kind is refused in words beside the field; what was
// taken before stays.
func TestBadFiles(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := open(t, portal)
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	p := walk(t, b, a, 1, "/dog-law")
	field := ""
	for _, c := range p.Own().Controls {
		if strings.HasSuffix(c.Name, "permit_file") && c.Kind == "file" {
			field = c.Name
		}
	}
	if field == "" {
		t.Fatal("the page takes no evidence")
	}
	gif, png := []byte("GIF89a\x01\x00\x01\x00"), []byte("\x89PNG\r\n\x1a\n0000IHDR")
	heic := append([]byte{0, 0, 0, 24}, []byte("ftypheic0000000000000000")...)
	send := func(t *testing.T, f walker.File) *walker.Page {
		f.Field, f.Type = field, "application/pdf"
		v := a.Fill(p.Own())
		p, err := b.Send(p.Own(), p.Own().Press(v, "_upload", field), f)
		must(t, p, err)
		tight(t, p)
		return p
	}
	for name, in := range map[string]struct {
		file walker.File
		say  string
	}{
		"wrong type":       {walker.File{Name: "a.gif", Data: gif}, "PDF"},
		"type in disguise": {walker.File{Name: "a.pdf", Data: gif}, "PDF"},
		"a program":        {walker.File{Name: "a.pdf", Data: []byte("\x7fELF\x02\x01\x01")}, "PDF"},
		"a page":           {walker.File{Name: "a.pdf", Data: []byte("<html><script>alert(1)</script>")}, "PDF"},
		"photo of a phone": {walker.File{Name: "a.heic", Data: heic}, "JPEG"},
		"wrong ending":     {walker.File{Name: "a.pdf", Data: png}, "PNG"},
		"double ending":    {walker.File{Name: "a.pdf.exe", Data: pdf("x")}, "PDF"},
		"turned ending":    {walker.File{Name: "a\u202efdp.exe", Data: pdf("x")}, "afdp.exe"},
		"empty":            {walker.File{Name: "a.pdf", Data: nil}, "a.pdf"},
		"too large":        {walker.File{Name: "a.pdf", Data: append(pdf("x"), bytes.Repeat([]byte("x"), 10_000_001)...)}, "10"},
	} {
		t.Run(name, func(t *testing.T) {
			p := send(t, in.file)
			if wrong := p.ErrorBeside(field); p.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong, in.say) {
				t.Fatalf("got %d and %q", p.Status, wrong)
			}
			if p.Own().Shown(field[:len(field)-len("permit_file")]+"permit_date:year") != "2024" {
				t.Error("what was typed is gone")
			}
		})
	}
	if p := get(t, b, p.Path()); p.Has("a.pdf") {
		t.Error("a refused file is kept")
	}
	// Tricks in the name do no harm: the last part of the path is the name.
	for i, name := range []string{`../../../etc/erlaubnis.pdf`, `C:\fotos\erlaubnis2.pdf`, "erlaub\u2066nis3.PDF"} {
		p := send(t, walker.File{Name: name, Data: pdf("x")})
		want := []string{"erlaubnis.pdf", "erlaubnis2.pdf", "erlaubnis3.PDF"}[i]
		if p.Status != http.StatusOK || !p.Has(want) || p.Has("etc") || p.Has("fotos") {
			t.Errorf("%q: %d %s", name, p.Status, p.Text())
		}
	}
	if p := send(t, walker.File{Name: "vierte.pdf", Data: pdf("x")}); p.Status != http.StatusUnprocessableEntity || p.Has("vierte.pdf ") {
		t.Errorf("a fourth file of three: %d", p.Status)
	}
	// A file can be taken away again, and only by its owner's page.
	p = get(t, b, p.Path())
	var remove string
	for _, c := range p.Own().Controls {
		if c.Name == "_remove" {
			remove = c.Value
		}
	}
	p, err := b.Send(p.Own(), p.Own().Press(a.Fill(p.Own()), "_remove", remove))
	must(t, p, err)
	n := 0
	for _, c := range p.Own().Controls {
		if c.Name == "_remove" {
			n++
		}
	}
	if n != 2 || !slices.Contains([]int{http.StatusOK, http.StatusSeeOther}, p.First) {
		t.Errorf("after taking one of three files away there are %d", n)
	}
}
