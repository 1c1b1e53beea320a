package geomap

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/geomap/geomaptest"
	"leitportal/internal/seal"
)

// hand is a clock that is set by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) on(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

var land = Area{South: 50, West: 5.5, North: 53, East: 10}

func newMap(t *testing.T, c Config) (*Map, *hand, *bytes.Buffer) {
	t.Helper()
	clk, log := &hand{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}, &bytes.Buffer{}
	if c.Version == "" {
		c.Version = "1.3.0"
	}
	c.Layers, c.Credit, c.Area, c.Clock, c.Log = "town,names", "© Vermessungsamt", land, clk, slog.New(slog.NewTextHandler(log, nil))
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m, clk, log
}

var cathedral = Point{Lat: 51.71905, Lon: 8.75439}

// metres is how far a lies from b, near enough for small distances.
func metres(a, b Point) float64 {
	const degree = math.Pi / 180 * 6371000
	return math.Hypot((a.Lat-b.Lat)*degree, (a.Lon-b.Lon)*degree*math.Cos(a.Lat*math.Pi/180))
}

func TestViews(t *testing.T) {
	for zoom := minZoom; zoom <= maxZoom; zoom++ {
		v := Around(cathedral, zoom)
		x, y, ok := v.Pixel(cathedral)
		if !ok || x < Width/2-cell/2-1 || x > Width/2+cell/2 || y < Height/2-cell/2-1 || y > Height/2+cell/2 {
			t.Errorf("%v has the place at %d, %d, %v", v, x, y, ok)
		}
		pixel := 2 * math.Pi * radius / float64(int(256)<<zoom) * math.Cos(cathedral.Lat*math.Pi/180)
		if off := metres(v.At(x, y), cathedral); off > pixel {
			t.Errorf("%v: the pixel is %.2f m off, it is %.2f m wide", v, off, pixel)
		}
		if again, ok := ParseView(v.String()); !ok || again != v {
			t.Errorf("%v is read as %v, %v", v, again, ok)
		}
		for way, back := range map[string]string{North: South, East: West} {
			to := v.Go(way, nil)
			if to == v || to.Go(back, nil) != v {
				t.Errorf("%v: %s and %s is %v", v, way, back, to.Go(back, nil))
			}
		}
		if up := v.Go(North, nil); up.Middle().Lat <= v.Middle().Lat || v.Go(East, nil).Middle().Lon <= v.Middle().Lon {
			t.Errorf("%v: the north is elsewhere: %v", v, up)
		}
	}
	v := Around(cathedral, 13)
	corner := v.At(Width-1, Height-1)
	if in := v.Go(In, &corner); in.Zoom != 14 || in != Around(corner, 14) {
		t.Errorf("nearer to the mark is %v", in)
	}
	outside := Point{Lat: 50, Lon: 6}
	if in := v.Go(In, &outside); in != Around(v.Middle(), 14) {
		t.Errorf("nearer is %v", in)
	}
	if v := Around(cathedral, maxZoom); v.Go(In, nil) != v || v.Go("up", nil) != v {
		t.Error("it goes beyond the last level")
	}
	// OGC 06-042 has east before north for EPSG:3857; the whole world is known.
	half := math.Pi * radius
	if box := (View{Zoom: 7, X: 0, Y: 0}).box(); math.Abs(box[0]+half) > 1e-6 || math.Abs(box[3]-half) > 1e-6 || box[2] <= box[0] || box[1] >= box[3] {
		t.Errorf("the north-western picture is %v", box)
	}
}

func FuzzParseView(f *testing.F) {
	for _, s := range []string{"13/11200/7200", "", "7/0/0", "18/699050/699050", "13/-1/2", "13/01/2", "99/1/1", "13/9223372036854775807/1", "13/1/2/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := ParseView(s)
		if !ok {
			return
		}
		if v.String() != s {
			t.Fatalf("%q is %v", s, v)
		}
		if x, y, in := v.Pixel(v.At(5, 7)); !in || x != 5 || y != 7 {
			t.Fatalf("%v: 5, 7 is %d, %d, %v", v, x, y, in)
		}
		for _, way := range []string{North, South, East, West, In, Out} {
			if to := v.Go(way, nil); !to.ok() {
				t.Fatalf("%v %s is %v", v, way, to)
			}
		}
	})
}

func TestPictures(t *testing.T) {
	for _, version := range []string{"1.3.0", "1.1.1"} {
		server := geomaptest.Start(t)
		m, clk, _ := newMap(t, Config{URL: server.URL + "&version=9&Layers=other", Version: version, Agent: "leitportal/test"})
		v := Around(cathedral, 15)
		if m.Has(v) {
			t.Fatal("it has a picture before it asked")
		}
		p, err := m.Picture(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(p.Bytes))
		if err != nil || p.Type != "image/png" || img.Bounds().Size() != image.Pt(Width, Height) {
			t.Fatalf("the picture is %s, %v", p.Type, err)
		}
		q := server.Asked()[0]
		crs := map[string]string{"1.3.0": "CRS", "1.1.1": "SRS"}[version]
		for name, want := range map[string]string{"map": "town", "VERSION": version, "LAYERS": "town,names", "STYLES": ",", crs: "EPSG:3857", "FORMAT": "image/png", "version": "", "Layers": ""} {
			if q.Get(name) != want {
				t.Errorf("%s: %s=%q", version, name, q.Get(name))
			}
		}
		if !m.Has(v) {
			t.Error("it has forgotten the picture")
		}
		if _, err := m.Picture(t.Context(), v); err != nil || len(server.Asked()) != 1 {
			t.Errorf("asked %d times, %v", len(server.Asked()), err)
		}
		clk.on(freshness)
		if _, err := m.Picture(t.Context(), v); err != nil || len(server.Asked()) != 2 {
			t.Errorf("a day later asked %d times, %v", len(server.Asked()), err)
		}
	}
}

// What is outside the area, or no picture of the grid, is never asked for.
func TestForeignViewsAreRefused(t *testing.T) {
	server := geomaptest.Start(t)
	m, _, _ := newMap(t, Config{URL: server.URL})
	for _, v := range []View{Around(Point{48.1, 11.6}, 15), {Zoom: 3, X: 0, Y: 0}, {Zoom: 19, X: 1, Y: 1}, {Zoom: 13, X: -5, Y: 3}, {Zoom: 13, X: 1 << 40, Y: 3}, Around(Point{90, 180}, 9)} {
		if _, err := m.Picture(t.Context(), v); !fail.Is(err, fail.NotFound) || m.Covers(v) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if !m.Covers(m.Whole()) || len(server.Asked()) != 0 {
		t.Errorf("the server was asked %v", server.Asked())
	}
}

func TestAnswersThatAreNoPicture(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it went elsewhere") }))
	defer elsewhere.Close()
	picture := func(typ string, size image.Point) []byte {
		var b bytes.Buffer
		img := image.NewGray(image.Rectangle{Max: size})
		if typ == "image/png" {
			_ = png.Encode(&b, img)
		} else {
			_ = jpeg.Encode(&b, img, nil)
		}
		return b.Bytes()
	}
	right := image.Pt(Width, Height)
	say := func(typ string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", typ)
			_, _ = w.Write(body)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		rests  bool
		ok     bool
	}{
		"a JPEG":        {say("image/jpeg", picture("image/jpeg", right)), false, true},
		"with charset":  {say("image/png; charset=x", picture("image/png", right)), false, true},
		"an exception":  {say("text/xml", []byte(`<ServiceException code="LayerNotDefined">BBOX=1,2,3,4</ServiceException>`)), false, false},
		"a lie":         {say("image/png", []byte("<script>alert(1)</script>")), false, false},
		"another type":  {say("image/png", picture("image/jpeg", right)), false, false},
		"svg":           {say("image/svg+xml", []byte("<svg/>")), false, false},
		"another size":  {say("image/png", picture("image/png", image.Pt(Width+1, Height))), false, false},
		"huge":          {say("image/png", picture("image/png", image.Pt(20000, 20000))), false, false},
		"cut off":       {say("image/png", picture("image/png", right)[:300]), false, false},
		"too long":      {say("image/png", make([]byte, maxAnswer+1)), false, false},
		"elsewhere":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, false, false},
		"refused":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, false, false},
		"in trouble":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, true, false},
		"a broken line": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := geomaptest.Start(t)
			server.Fail(c.answer)
			m, clk, log := newMap(t, Config{URL: server.URL})
			v := Around(cathedral, 14)
			p, err := m.Picture(t.Context(), v)
			if c.ok {
				if err != nil || len(p.Bytes) == 0 {
					t.Fatal(err)
				}
				return
			}
			if !fail.Is(err, fail.Unavailable) || m.Has(v) {
				t.Fatalf("%v", err)
			}
			box := v.box()
			if out := log.String(); !strings.Contains(out, "no picture") || strings.Contains(out, "BBOX") || strings.Contains(out, fmt.Sprintf("%.0f", box[0])) {
				t.Errorf("the log has %s", out)
			}
			if name == "an exception" && !strings.Contains(log.String(), "LayerNotDefined") {
				t.Errorf("the log does not say why: %s", log)
			}
			server.Fail(nil)
			before := len(server.Asked())
			if _, err := m.Picture(t.Context(), v); (err != nil) != c.rests || c.rests && len(server.Asked()) != before {
				t.Errorf("right after it: %v, asked %d times", err, len(server.Asked())-before)
			}
			clk.on(pause)
			if _, err := m.Picture(t.Context(), v); err != nil {
				t.Errorf("later: %v", err)
			}
		})
	}
}

// Who waits no longer goes; the answer still comes for the next one.
func TestASlowServer(t *testing.T) {
	server := geomaptest.Start(t)
	asked, answer := make(chan bool), make(chan bool)
	server.Fail(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		<-answer
		server.Fail(nil)
		server.ServeHTTP(w, r)
	})
	m, _, _ := newMap(t, Config{URL: server.URL})
	v := Around(cathedral, 14)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := m.Picture(ctx, v)
		gone <- err
	}()
	<-asked
	cancel()
	if err := <-gone; !fail.Is(err, fail.Unavailable) {
		t.Errorf("who has gone got %v", err)
	}
	close(answer)
	if _, err := m.Picture(t.Context(), v); err != nil {
		t.Error(err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m, _, _ := newMap(t, Config{URL: "https://maps.example/wms"})
	first := View{Zoom: 18, X: 0, Y: 0}
	for x := range 40 {
		m.keep(View{Zoom: 18, X: x}, Picture{"image/png", make([]byte, maxKept/20)})
		m.find(first)
	}
	if m.bytes > maxKept || m.order.Len() > 20 || len(m.kept) != m.order.Len() || !m.Has(first) || m.Has(View{Zoom: 18, X: 1}) || !m.Has(View{Zoom: 18, X: 39}) {
		t.Errorf("%d bytes, %d pictures", m.bytes, m.order.Len())
	}
}

func TestConfig(t *testing.T) {
	good := Config{URL: "https://maps.example/wms?", Version: "1.3.0", Layers: "a", Credit: "© x"}
	for name, change := range map[string]func(*Config){
		"file:":      func(c *Config) { c.URL = "file:///etc/passwd" },
		"no host":    func(c *Config) { c.URL = "/wms" },
		"fragment":   func(c *Config) { c.URL += "#a" },
		"no layers":  func(c *Config) { c.Layers = "" },
		"no credit":  func(c *Config) { c.Credit = " " },
		"WMS 1.0.0":  func(c *Config) { c.Version = "1.0.0" },
		"no version": func(c *Config) { c.Version = "" },
	} {
		c := good
		if change(&c); func() error { _, err := New(c); return err }() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

// An address does not tell which place its picture shows, and none can be made
// up or changed.
func TestAddressesTellNothing(t *testing.T) {
	keys, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m, _, _ := newMap(t, Config{URL: "https://maps.example/wms", Keys: keys})
	v := Around(cathedral, 17)
	address, err := m.Address(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m.Named(address); !ok || got != v {
		t.Errorf("%s is read back as %v %v", address, got, ok)
	}
	if again, err := m.Address(v); err != nil || again == address {
		t.Errorf("the same place has the same address twice: %v", err)
	}
	if strings.ContainsAny(address, "/+=?") || strings.Contains(address, strconv.Itoa(v.X)) || strings.Contains(address, base64.RawURLEncoding.EncodeToString([]byte(v.String()))[:8]) {
		t.Errorf("the address is %s", address)
	}
	for i := range address {
		other := []byte(address)
		if other[i]++; other[i] > 'z' {
			other[i] = 'A'
		}
		if got, ok := m.Named(string(other)); ok && got != v {
			t.Fatalf("changed at %d it is %v", i, got)
		}
	}
	sealed, err := keys.Wrap("something else", []byte(v.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"", v.String(), address + "A", address[1:], base64.RawURLEncoding.EncodeToString(sealed), "../../etc"} {
		if got, ok := m.Named(no); ok {
			t.Errorf("%q is %v", no, got)
		}
	}
}
