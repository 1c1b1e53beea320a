package submission

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/geomap"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// The map beside the words and numbers of a place. What it shows is in the
// page ("_map:" and the field), each button sends the whole page: everything
// typed stays, and nothing needs a script.

const (
	mapView  = "_map:"   // hidden: what the picture shows
	mapPoint = "_point:" // the picture itself, sent with .x and .y
	mapMove  = "_move"   // a button: the field and the way
	// mapPatience is how long a page waits for its picture, to say that there
	// is none.
	mapPatience = 2 * time.Second
	// townZoom shows most of a town.
	townZoom = 13
)

// mapsPerHour is how many pictures that are not in memory one network address
// may ask for.
const mapsPerHour = 1500

// pointed writes the place that was pressed on a map into the field's numbers,
// and tells whether a button of a map was pressed at all.
func (s *Service) pointed(fields []form.Field, values url.Values) bool {
	if s.Map == nil {
		return false
	}
	pressed := values.Has(mapMove)
	for i := range fields {
		f := &fields[i]
		if f.Kind != form.Geo || !values.Has(mapPoint+f.Name+".x") {
			continue
		}
		pressed = true
		x, err := strconv.Atoi(values.Get(mapPoint + f.Name + ".x"))
		y, err2 := strconv.Atoi(values.Get(mapPoint + f.Name + ".y"))
		v, ok := geomap.ParseView(values.Get(mapView + f.Name))
		if err != nil || err2 != nil || !ok || x < 0 || y < 0 || x >= geomap.Width || y >= geomap.Height {
			continue
		}
		if x == 0 && y == 0 { // by key: the cross
			x, y = geomap.Width/2, geomap.Height/2
		}
		p := v.At(x, y)
		values.Set(f.Name+":lat", strconv.FormatFloat(p.Lat, 'f', 5, 64))
		values.Set(f.Name+":lon", strconv.FormatFloat(p.Lon, 'f', 5, 64))
		values.Set(mapPoint, f.Name) // for the focus
	}
	return pressed
}

// maps puts a map under each place among the fields, and tells whether there
// is one.
func (s *Service) maps(r *http.Request, d *desk, from []form.Field, to []ui.Field) bool {
	any := false
	for i := range from {
		if s.Map != nil && from[i].Kind == form.Geo {
			to[i].After, any = s.mapOf(r, d, &from[i]), true
		}
	}
	return any
}

func (s *Service) mapOf(r *http.Request, d *desk, f *form.Field) ui.Map {
	ctx, t := r.Context(), d.t
	var mark *geomap.Point
	if lat, lon, ok := form.Point(f.Parted[1].Value, f.Parted[2].Value); ok {
		mark = &geomap.Point{Lat: lat, Lon: lon}
	}
	field, way, _ := strings.Cut(r.FormValue(mapMove), " ")
	moved := field == f.Name
	v := s.viewOfMap(r.FormValue(mapView+f.Name), d, mark, moved)
	if moved {
		if to := v.Go(way, mark); s.Map.Covers(to) {
			v = to
		}
	}
	address, err := s.Map.Address(v)
	if err != nil || !s.pictured(ctx, v) {
		return ui.Map{Text: t.T("submission.map.missing")}
	}
	label := own(t, f.Label)
	m := ui.Map{
		Src: web.Link(ctx, d.path("/karte/"+address)), Width: geomap.Width, Height: geomap.Height,
		Name: mapPoint + f.Name, ViewName: mapView + f.Name, View: v.String(), Focus: r.FormValue(mapPoint) == f.Name,
		Label: t.T("submission.map.label", "field", label), Text: t.T("submission.map.text"), Credit: t.T("submission.map.credit", "credit", s.Map.Credit),
		Alt: t.T("submission.map.alt", "field", label),
	}
	if mark != nil {
		if m.X, m.Y, m.Marked = v.Pixel(*mark); m.Marked {
			m.Alt += " " + t.T("submission.map.marked", "lat", degrees(t.Lang(), mark.Lat), "lon", degrees(t.Lang(), mark.Lon))
		}
	}
	for _, w := range []string{geomap.In, geomap.Out, geomap.North, geomap.South, geomap.West, geomap.East} {
		text := t.T("submission.map." + w)
		m.Moves = append(m.Moves, ui.Button{
			Text: text, Label: text + ": " + m.Label, Kind: ui.Secondary, Name: mapMove, Value: f.Name + " " + w, Focus: moved && way == w,
		})
	}
	return m
}

// viewOfMap is what a map shows: what it has shown (old), unless another place
// was typed since; else the marked place, or the town.
func (s *Service) viewOfMap(old string, d *desk, mark *geomap.Point, moved bool) geomap.View {
	v, ok := geomap.ParseView(old)
	ok = ok && s.Map.Covers(v)
	zoom := townZoom
	if ok {
		zoom = v.Zoom
	}
	if mark != nil && !moved {
		if _, _, seen := v.Pixel(*mark); !ok || !seen {
			if at := geomap.Around(*mark, max(zoom, townZoom)); s.Map.Covers(at) {
				return at
			}
		}
	}
	if ok {
		return v
	}
	if at := d.tenant.Place; at.Lat != 0 {
		if v := geomap.Around(geomap.Point{Lat: at.Lat, Lon: at.Lon}, townZoom); s.Map.Covers(v) {
			return v
		}
	}
	return s.Map.Whole()
}

// pictured tells whether a picture can be had now, within mapPatience.
func (s *Service) pictured(ctx context.Context, v geomap.View) bool {
	if !s.Map.Has(v) && s.pictures.take(web.ClientKey(ctx), 1) > 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, mapPatience)
	defer cancel()
	_, err := s.Map.Picture(ctx, v)
	return err == nil
}

// picture is the picture of a map, for who has an application open.
func (s *Service) picture(w http.ResponseWriter, r *http.Request) error {
	d, err := s.offered(r)
	if err != nil {
		return err
	}
	if _, err := s.openFor(r, d.tenant.ID, d.offer.Version.ID); fail.Is(err, fail.NotFound) {
		return web.SeeOther(w, r, d.path(""))
	} else if err != nil {
		return err
	}
	if s.Map == nil {
		return fail.Newf(fail.NotFound, "submission: there are no maps")
	}
	v, ok := s.Map.Named(r.PathValue("picture"))
	if !ok {
		return fail.Newf(fail.NotFound, "submission: no such picture of a map")
	}
	if !s.Map.Has(v) {
		if wait := s.pictures.take(web.ClientKey(r.Context()), 1); wait > 0 {
			w.Header().Set("Retry-After", itoa(int(wait/time.Second)+1))
			return fail.Newf(fail.Limited, "submission: too many pictures of a map")
		}
	}
	p, err := s.Map.Picture(r.Context(), v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", p.Type)
	w.Header().Set("Content-Length", itoa(len(p.Bytes)))
	_, err = w.Write(p.Bytes)
	return err
}

// degrees is an angle as it is read.
func degrees(lang i18n.Lang, x float64) string {
	s := fmt.Sprintf("%.5f", x)
	if lang != i18n.EN {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
