package casework

import (
	"context"
	"net/http"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/geomap"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

const (
	// mapPatience is how long a case waits for the picture of a place.
	mapPatience = 2 * time.Second
	// mapZoom shows some streets around it.
	mapZoom = 16
)

// mapOf is an answered place in words with a map, nil where there is none to
// be had.
func (s *Service) mapOf(ctx context.Context, d *desk, a form.Answer) *ui.MapImage {
	said, _ := a.Value.(map[string]string)
	lat, lon, ok := form.Point(said["lat"], said["lon"])
	if s.Map == nil || a.Kind != form.Geo || !ok {
		return nil
	}
	p := geomap.Point{Lat: lat, Lon: lon}
	v := geomap.Around(p, mapZoom)
	patient, cancel := context.WithTimeout(ctx, mapPatience)
	defer cancel()
	if _, err := s.Map.Picture(patient, v); err != nil {
		return nil
	}
	m := &ui.MapImage{Map: ui.Map{
		Src: web.DeskLink(ctx, "/karte/"+v.String()), Width: geomap.Width, Height: geomap.Height, Text: a.Text,
		Alt: d.t.T("casework.answer.map", "place", a.Text), Credit: d.t.T("casework.answer.credit", "credit", s.Map.Credit),
	}}
	m.X, m.Y, m.Marked = v.Pixel(p)
	return m
}

// picture is the picture of a map; whose place it shows is not in its address.
func (s *Service) picture(w http.ResponseWriter, r *http.Request, _ *desk) error {
	v, ok := geomap.ParseView(r.PathValue("view"))
	if s.Map == nil || !ok {
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
