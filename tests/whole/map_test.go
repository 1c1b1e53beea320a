package whole

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"leitportal/internal/clock"
	"leitportal/internal/geomap/geomaptest"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// mapped is a page with a map for permit.zone.
type mapped struct {
	t      *testing.T
	b      *walker.Browser
	server *geomaptest.Server
	boxes  map[string][4]float64 // where the server drew each picture
	*walker.Page
}

// seen notes where the server drew the picture on the page: a new one was the
// last that it was asked for.
func (m *mapped) seen() {
	m.t.Helper()
	asked := m.server.Asked()
	box, err := geomaptest.Box(asked[len(asked)-1])
	if err != nil {
		m.t.Fatal(err)
	}
	if _, known := m.boxes[m.shows()]; !known {
		m.boxes[m.shows()] = box
	}
}

// shows is what the map shows, as the page sends it along; the address of the
// picture tells nothing.
func (m *mapped) shows() string { return m.Own().Shown("_map:permit.zone") }

// press presses the picture where the server drew a place, or, as a keyboard
// does, at 0, 0.
func (m *mapped) press(place func(box [4]float64) (x, y int)) {
	m.t.Helper()
	x, y := place(m.boxes[m.shows()])
	v := m.Own().Values()
	v.Del("_go")
	v.Set("_point:permit.zone.x", strconv.Itoa(x))
	v.Set("_point:permit.zone.y", strconv.Itoa(y))
	m.send(v)
}

func (m *mapped) move(way string) {
	m.t.Helper()
	m.send(m.Own().Press(m.Own().Values(), "_move", "permit.zone "+way))
}

// send sends the page for an answer that is the page again, with a map.
func (m *mapped) send(v url.Values) {
	m.t.Helper()
	p, err := m.b.Send(m.Own(), v)
	must(m.t, p, err)
	m.Page = p
	if p.First != http.StatusOK || m.picture() == "" || p.Has("Fehler") {
		m.t.Fatalf("a button of the map got %d: %s", p.First, p.Text())
	}
	m.seen()
}

// picture is the address of the map's picture, "" for none.
func (m *mapped) picture() string {
	src := ""
	root, err := html.Parse(bytes.NewReader(m.Body))
	if err != nil {
		m.t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Data == "input" {
			a := map[string]string{}
			for _, x := range n.Attr {
				a[x.Key] = x.Val
			}
			if a["type"] == "image" && a["name"] == "_point:permit.zone" && a["alt"] != "" {
				src = a["src"]
			}
		}
	}
	return src
}

func (m *mapped) point() (lat, lon float64) {
	m.t.Helper()
	lat, err := strconv.ParseFloat(m.Own().Shown("permit.zone:lat"), 64)
	if err != nil {
		m.t.Fatalf("no latitude: %v", m.Own().Values())
	}
	lon, err = strconv.ParseFloat(m.Own().Shown("permit.zone:lon"), 64)
	if err != nil {
		m.t.Fatalf("no longitude: %v", m.Own().Values())
	}
	return lat, lon
}

// A place is marked on a map without scripts: nearer and nearer, to the metre.
// What else was typed stays, nothing is saved before the page is, and without
// the map server the words and numbers do.
func TestAPlaceOnAMap(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../load/solutions")); err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(dir, "bewohnerparken", "schema.yaml")
	b, err := os.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(b), "{id: zone, type: text, max: 40}", "{id: zone, type: geo, required: true}", 1)
	if err := os.WriteFile(schema, []byte(with), 0o644); err != nil || with == string(b) {
		t.Fatal("the solution has no field of zones", err)
	}
	server := geomaptest.Start(t)
	portal := apptest.Start(t, apptest.Options{Demo: true, Solutions: dir, Map: server.URL})
	m := &mapped{t: t, b: open(t, portal), server: server, boxes: map[string][4]float64{}}
	p, err := m.b.Begin("/paderborn/antrag/bewohnerparken")
	must(t, p, err)
	p, err = m.b.Walk(p, walker.Answers{}.With(
		"home.registered", "yes", "person.first", "Ada", "person.last", "Weiß",
		"person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980",
		"address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort",
		"vehicle.plate", "PB-AB 123", "vehicle.kind", "camper", "vehicle.owner", "self",
	), 0, "/permit", nil)
	m.Page = must(t, p, err)
	if m.picture() == "" || !m.Has("© Vermessungsamt Musterland") || strings.Contains(string(m.Body), server.URL) {
		t.Fatalf("the page has no map: %s", m.Text())
	}
	m.seen()

	picture, err := m.b.Get(m.picture())
	must(t, picture, err)
	if size, _, err := image.DecodeConfig(bytes.NewReader(picture.Body)); err != nil || size.Width != 576 || size.Height != 384 || picture.Status != http.StatusOK ||
		picture.Header.Get("Content-Type") != "image/png" || picture.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture is %v, %d %v", err, picture.Status, picture.Header)
	}
	if n := len(server.Asked()); n != 1 {
		t.Errorf("the server was asked %d times for one picture", n)
	}
	stranger := open(t, portal)
	for path, want := range map[string]int{m.picture(): http.StatusOK /* the page to begin */, "/paderborn/antrag/bewohnerparken/karte/13/1/1": http.StatusNotFound, m.picture() + "A": http.StatusNotFound, "/paderborn/antrag/bewohnerparken/karte/MTMvMS8x": http.StatusNotFound} {
		who := m.b
		if want == http.StatusOK {
			who = stranger
		}
		if p, err := who.Get(path); must(t, p, err).Status != want || p.Header.Get("Content-Type") == "image/png" {
			t.Errorf("%s answers %d", path, p.Status)
		}
	}

	// The Dom, as anybody presses it: where it is drawn, then nearer.
	const lat, lon = 51.71905, 8.75439
	dom := func(box [4]float64) (x, y int) {
		east := lon * math.Pi / 180 * 6378137
		north := math.Log(math.Tan(math.Pi/4+lat*math.Pi/360)) * 6378137
		x, y = int((east-box[0])/(box[2]-box[0])*576), int((box[3]-north)/(box[3]-box[1])*384)
		if x < 0 || y < 0 || x >= 576 || y >= 384 {
			t.Fatalf("the Dom is not in the picture: %d, %d", x, y)
		}
		return x, y
	}
	v := m.Own().Values()
	v.Set("permit.start:day", "31")
	v.Set("permit.zone:place", "vor dem Dom")
	m.send(m.Own().Press(v, "_move", "permit.zone north"))
	if !strings.Contains(string(m.Body), `aria-label="Nach Norden: Karte zu „Gebiet“" autofocus>`) {
		t.Error("the button is not in focus again")
	}
	m.move("south")
	for range 5 {
		m.press(dom)
		m.move("in")
	}
	m.press(dom)
	got, east := m.point()
	if off := math.Hypot((got-lat)*111195, (east-lon)*111195*math.Cos(lat*math.Pi/180)); off > 1 {
		t.Errorf("the place is %.2f m off: %f, %f", off, got, east)
	}
	if m.Own().Shown("permit.start:day") != "31" || m.Own().Shown("permit.zone:place") != "vor dem Dom" || !m.Has("Weiter") || !strings.Contains(string(m.Body), "Markiert ist 51,719") {
		t.Errorf("typed was %v", m.Own().Values())
	}

	// By key: the middle.
	m.move("east")
	m.press(func([4]float64) (x, y int) { return 0, 0 })
	if _, x := m.point(); x < east+0.0005 || x > east+0.002 {
		t.Errorf("the middle lies at %f, the Dom at %f", x, east)
	}
	m.move("west")
	m.press(dom)
	v = m.Own().Values()
	v.Set("permit.zone:lat", "51.5136") // elsewhere, typed: the map follows
	v.Set("permit.zone:lon", "8.5")
	v.Del("_go")
	v.Set("_move", "")
	m.send(v)
	if !strings.Contains(string(m.Body), "Markiert ist 51,51360") {
		t.Error("the map does not show what was typed")
	}
	v.Set("_point:permit.zone.x", "9999") // a hostile press changes nothing
	v.Set("_point:permit.zone.y", "-1")
	m.send(v)
	if x, _ := m.point(); x != 51.5136 {
		t.Errorf("a press beside the map made %f", x)
	}

	// The server is away: the page says so and goes on.
	server.Fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	p, err = m.b.Send(m.Own(), m.Own().Press(m.Own().Values(), "_move", "permit.zone out"))
	if m.Page = must(t, p, err); p.First != http.StatusOK || m.picture() != "" || !p.Has("Die Karte ist gerade nicht zu sehen") {
		t.Fatalf("without the map server: %d, %s", p.First, p.Text())
	}
	tomorrow := clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1))
	v = p.Own().Values()
	v.Set("permit.zone:lat", fmt.Sprint(got))
	v.Set("permit.zone:lon", fmt.Sprint(east))
	v.Set("permit.start:day", fmt.Sprint(tomorrow.Day))
	v.Set("permit.start:month", fmt.Sprint(int(tomorrow.Month)))
	v.Set("permit.start:year", fmt.Sprint(tomorrow.Year))
	v.Set("permit.term", "one")
	p, err = m.b.Send(p.Own(), v)
	if must(t, p, err); p.First != http.StatusSeeOther {
		t.Fatalf("the page got %d: %s", p.First, p.Text())
	}
	p, err = m.b.Walk(p, walker.Answers{}.With("payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes"), 0, "", nil)
	shown := fmt.Sprintf("vor dem Dom (%s° N, ", strings.Replace(strconv.FormatFloat(got, 'f', -1, 64), ".", ",", 1))
	if must(t, p, err); !p.Has(shown) {
		t.Errorf("the check page does not show %q: %s", shown, p.Text())
	}

	// The desk sees it on the map.
	number := submit(t, m.b, p, "").Number()
	server.Fail(nil)
	c := openCase(t, signIn(t, portal, "", clerk), number)
	if !c.Has(shown) || !strings.Contains(string(c.Body), `<img src="/paderborn/amt/karte/`) || !strings.Contains(string(c.Body), "<circle") {
		t.Errorf("the desk does not show %q on a map: %s", shown, c.Text())
	}
	for _, q := range server.Asked() {
		if len(q) > 11 {
			t.Errorf("the map server learns %v", q)
		}
	}
}
