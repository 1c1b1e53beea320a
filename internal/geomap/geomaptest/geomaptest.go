// Package geomaptest is a map server (WMS) for tests. It draws a made-up town
// that lies where it is asked for, so that a pixel can be held against its
// place.
package geomaptest

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is a map server that can be told to fail.
type Server struct {
	URL string

	mu    sync.Mutex
	asked []url.Values
	fail  http.HandlerFunc
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL + "/wms?map=town"
	return s
}

// Fail lets h answer from now on; nil draws again.
func (s *Server) Fail(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = h
}

// Asked is what GetMap was asked for, the latest request last.
func (s *Server) Asked() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.asked...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Query())
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		fail(w, r)
		return
	}
	img, err := draw(r.URL.Query())
	if err != nil {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<ServiceExceptionReport><ServiceException code="InvalidParameterValue">%v</ServiceException></ServiceExceptionReport>`, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, img) // who asked may have gone
}

// Box is the BBOX of a request in metres of EPSG:3857: west, south, east, north.
func Box(q url.Values) (box [4]float64, err error) {
	parts := strings.Split(q.Get("BBOX"), ",")
	if len(parts) != 4 || q.Get("CRS")+q.Get("SRS") != "EPSG:3857" || q.Get("REQUEST") != "GetMap" {
		return box, fmt.Errorf("not a map of EPSG:3857: %v", q)
	}
	for i, p := range parts {
		if box[i], err = strconv.ParseFloat(p, 64); err != nil {
			return box, err
		}
	}
	return box, nil
}

// draw draws streets, houses, a park and a river, by metres.
func draw(q url.Values) (image.Image, error) {
	box, err := Box(q)
	if err != nil {
		return nil, err
	}
	w, err := strconv.Atoi(q.Get("WIDTH"))
	if err != nil {
		return nil, err
	}
	h, err := strconv.Atoi(q.Get("HEIGHT"))
	if err != nil || w > 2000 || h > 2000 {
		return nil, fmt.Errorf("%d by %d: %v", w, h, err)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, ground(box[0]+(float64(x)+0.5)*(box[2]-box[0])/float64(w), box[3]-(float64(y)+0.5)*(box[3]-box[1])/float64(h)))
		}
	}
	return img, nil
}

func ground(east, north float64) color.Color {
	within := func(x, size float64) float64 { return x - math.Floor(x/size)*size }
	bx, by := within(east, 400), within(north, 260)
	hx, hy := within(bx, 50), within(by, 65)
	switch {
	case math.Abs(within(north, 3000)-1500-200*math.Sin(east/700)) < 45:
		return color.RGBA{0x9c, 0xc9, 0xe8, 0xff} // river
	case bx < 14 || by < 14:
		return color.RGBA{0xff, 0xff, 0xff, 0xff} // street
	case math.Floor(east/400)+math.Floor(north/260)*3 == math.Floor((math.Floor(east/400)+math.Floor(north/260)*3)/7)*7:
		return color.RGBA{0xb9, 0xd9, 0xa4, 0xff} // park
	case bx > 24 && by > 24 && hx > 15 && hy > 25:
		return color.RGBA{0xb5, 0xa8, 0x9a, 0xff} // house
	}
	return color.RGBA{0xea, 0xe6, 0xdc, 0xff}
}
