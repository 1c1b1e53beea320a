package geomap

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Width and Height are those of every picture, in pixels.
const (
	Width  = 576
	Height = 384
)

const (
	// cell is the width of the grid's cells, in pixels. Half of it is the most
	// that a place asked for lies off the middle.
	cell = 96
	// minZoom shows a Land, maxZoom a house: 0.4 m to a pixel in Germany.
	minZoom = 7
	maxZoom = 18
	// radius is that of EPSG:3857, in metres.
	radius = 6378137
)

// Point is a place in degrees of WGS 84.
type Point struct{ Lat, Lon float64 }

// View is one picture of the grid: the level, at which the world is
// 256·2^Zoom pixels wide (Web Mercator, EPSG:3857), and the cell at its top
// left, counted from the north-west.
type View struct{ Zoom, X, Y int }

// Around is the view at a level whose middle is nearest to p.
func Around(p Point, zoom int) View {
	v := View{Zoom: min(max(zoom, minZoom), maxZoom)}
	x, y := v.world(p)
	v.X = int(math.Round((x - Width/2) / cell))
	v.Y = int(math.Round((y - Height/2) / cell))
	return v
}

// ParseView reads what View.String writes.
func ParseView(s string) (View, bool) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return View{}, false
	}
	var n [3]int
	for i, part := range parts {
		x, err := strconv.Atoi(part)
		if err != nil || strconv.Itoa(x) != part {
			return View{}, false
		}
		n[i] = x
	}
	v := View{n[0], n[1], n[2]}
	return v, v.ok()
}

// String is "zoom/x/y".
func (v View) String() string { return fmt.Sprintf("%d/%d/%d", v.Zoom, v.X, v.Y) }

// ok tells whether the whole picture lies in the world.
func (v View) ok() bool {
	if v.Zoom < minZoom || v.Zoom > maxZoom || v.X < 0 || v.Y < 0 {
		return false
	}
	size := 256 << v.Zoom
	return v.X <= (size-Width)/cell && v.Y <= (size-Height)/cell
}

// world is where p lies at the view's level, in pixels from the north-west.
func (v View) world(p Point) (x, y float64) {
	size := float64(int(256) << v.Zoom)
	s := math.Sin(p.Lat * math.Pi / 180)
	return size * (p.Lon/360 + 0.5), size * (0.5 - math.Atanh(s)/(2*math.Pi))
}

// Pixel is where p lies in the picture, in pixels from its top left; ok is
// false when it lies outside.
func (v View) Pixel(p Point) (x, y int, ok bool) {
	wx, wy := v.world(p)
	fx, fy := math.Floor(wx)-float64(v.X*cell), math.Floor(wy)-float64(v.Y*cell)
	if !(fx >= 0 && fx < Width && fy >= 0 && fy < Height) { // a pole is no number
		return 0, 0, false
	}
	return int(fx), int(fy), true
}

// At is the place in the middle of a pixel of the picture.
func (v View) At(x, y int) Point {
	size := float64(int(256) << v.Zoom)
	wx, wy := float64(v.X*cell+x)+0.5, float64(v.Y*cell+y)+0.5
	return Point{
		Lat: math.Atan(math.Sinh(math.Pi*(1-2*wy/size))) * 180 / math.Pi,
		Lon: (wx/size - 0.5) * 360,
	}
}

// Middle is the place in the middle of the picture.
func (v View) Middle() Point { return v.At(Width/2, Height/2) }

// The ways in which Go moves a view.
const (
	North = "north"
	South = "south"
	East  = "east"
	West  = "west"
	In    = "in"
	Out   = "out"
)

// Go is the view half a picture further one way, or one level nearer or wider;
// of what is marked, where that lies in the picture, or of its middle. It is v
// itself where the grid ends, or there is no such way.
func (v View) Go(way string, mark *Point) View {
	to := v
	switch way {
	case North:
		to.Y -= Height / 2 / cell
	case South:
		to.Y += Height / 2 / cell
	case East:
		to.X += Width / 2 / cell
	case West:
		to.X -= Width / 2 / cell
	case In, Out:
		about := v.Middle()
		if mark != nil {
			if _, _, ok := v.Pixel(*mark); ok {
				about = *mark
			}
		}
		to = Around(about, v.Zoom+map[string]int{In: 1, Out: -1}[way])
		if to.Zoom == v.Zoom {
			return v
		}
	}
	if !to.ok() {
		return v
	}
	return to
}

// box is the view's area in metres of EPSG:3857: west, south, east, north. Its
// axes are east, north, also in WMS 1.3.0.
func (v View) box() [4]float64 {
	size := float64(int(256) << v.Zoom)
	metres := func(px int) float64 { return (float64(px)/size - 0.5) * 2 * math.Pi * radius }
	return [4]float64{
		metres(v.X * cell), -metres(v.Y*cell + Height), metres(v.X*cell + Width), -metres(v.Y * cell),
	}
}
