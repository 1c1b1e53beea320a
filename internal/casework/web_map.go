package casework

import (
	"context"
	"net/http"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/geomap"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// mapZoom shows some streets around a place.
const mapZoom = 16

// mapOf is an answered place in words with a map, nil where there is none. The
// case does not wait for the picture: without it the words remain.
func (s *Service) mapOf(ctx context.Context, d *desk, a form.Answer) *ui.MapImage {
	said, _ := a.Value.(map[string]string)
	lat, lon, ok := form.Point(said["lat"], said["lon"])
	if s.Map == nil || a.Kind != form.Geo || !ok {
		return nil
	}
	p := geomap.Point{Lat: lat, Lon: lon}
	v := geomap.Around(p, mapZoom)
	address, err := s.Map.Address(v)
	if err != nil || !s.Map.Covers(v) || s.Map.Away() && !s.Map.Has(v) {
		return nil
	}
	m := &ui.MapImage{Map: ui.Map{
		Src: web.DeskLink(ctx, "/karte/"+address), Width: geomap.Width, Height: geomap.Height, Text: a.Text,
		Alt: d.t.T("casework.answer.map", "place", a.Text), Credit: d.t.T("casework.answer.credit", "credit", s.Map.Credit),
	}}
	m.X, m.Y, m.Marked = v.Pixel(p)
	return m
}

// picture is the picture of a map; whose place it shows is not in its address.
func (s *Service) picture(w http.ResponseWriter, r *http.Request, _ *desk) error {
	if s.Map == nil {
		return fail.Newf(fail.NotFound, "casework: there are no maps")
	}
	v, ok := s.Map.Named(r.PathValue("picture"))
	if !ok {
		return fail.Newf(fail.NotFound, "casework: no such picture of a map")
	}
	p, err := s.Map.Picture(r.Context(), v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", p.Type)
	_, err = w.Write(p.Bytes)
	return err
}
