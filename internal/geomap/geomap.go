package geomap

import (
	"bytes"
	"container/list"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/media"
)

const (
	patience   = 5 * time.Second  // for one picture, waiting for a place in the queue included
	pause      = 30 * time.Second // in which a server that is away is not asked
	maxAnswer  = 2 << 20          // bytes of one picture
	maxKept    = 12 << 20         // bytes of all pictures in memory
	freshness  = 24 * time.Hour
	maxAtOnce  = 4
	jpegRedraw = 85
)

// Area is a part of the world in degrees of WGS 84.
type Area struct{ South, West, North, East float64 }

// Config names the server.
type Config struct {
	// URL is the address of the service, without the parameters of GetMap.
	URL string
	// Version is "1.3.0", or "1.1.1".
	Version string
	// Layers are the names of its layers, with commas between them.
	Layers string
	// Credit is what the operator must say of whose the map is.
	Credit string
	// Area is where maps are to be seen.
	Area Area
	// Agent is the name under which the server is asked.
	Agent string
	Keys  Keys
	Clock clock.Clock
	Log   *slog.Logger
}

// Keys hide what an address must not tell; seal.Master is one.
type Keys interface {
	Wrap(purpose string, plain []byte) ([]byte, error)
	Unwrap(purpose string, sealed []byte) ([]byte, error)
}

const keysPurpose = "map view"

// Map gives pictures. It is safe for concurrent use.
type Map struct {
	Config
	client *http.Client
	base   url.URL
	query  url.Values
	code   *regexp.Regexp // of a ServiceException: the rest of it may tell what was asked for
	flight singleflight.Group
	places chan struct{}

	mu    sync.Mutex
	kept  map[View]*list.Element
	order list.List // of *stored, the one used last in front
	bytes int
	away  time.Time // until when the server is not asked
}

// Picture is a picture as it is sent on.
type Picture struct {
	Type  string // media type: PNG or JPEG
	Bytes []byte
}

type stored struct {
	view  View
	until time.Time
	Picture
}

// New returns the map of c, without asking whether the server is there. It
// says in words what of c cannot work.
func New(c Config) (*Map, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "" {
		return nil, errors.New("the address of the map is not one like https://maps.example/wms")
	}
	if c.Layers == "" || strings.TrimSpace(c.Credit) == "" {
		return nil, errors.New("a map needs its layers and a line that says whose it is")
	}
	m := &Map{Config: c, base: *u, query: u.Query(), code: regexp.MustCompile(` code="\w{1,40}"`), places: make(chan struct{}, maxAtOnce), kept: map[View]*list.Element{}}
	crs := "CRS"
	switch c.Version {
	case "1.3.0":
	case "1.1.1":
		crs = "SRS"
	default:
		return nil, fmt.Errorf("%q is no version of WMS that the portal speaks: 1.3.0 or 1.1.1", c.Version)
	}
	for name, value := range map[string]string{
		"SERVICE": "WMS", "REQUEST": "GetMap", "VERSION": c.Version, "LAYERS": c.Layers, "STYLES": strings.Repeat(",", strings.Count(c.Layers, ",")), crs: "EPSG:3857", "BBOX": "",
		"WIDTH": strconv.Itoa(Width), "HEIGHT": strconv.Itoa(Height), "FORMAT": media.PNG,
	} {
		for old := range m.query { // names have no case in WMS
			if strings.EqualFold(old, name) {
				delete(m.query, old)
			}
		}
		m.query.Set(name, value)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost, transport.MaxResponseHeaderBytes = maxAtOnce, 64<<10
	m.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return m, nil
}

// Covers tells whether there is a picture of v: its middle lies in the area.
func (m *Map) Covers(v View) bool {
	p := v.Middle()
	return v.ok() && p.Lat >= m.Area.South && p.Lat <= m.Area.North && p.Lon >= m.Area.West && p.Lon <= m.Area.East
}

// Whole shows as much of the area as a picture can.
func (m *Map) Whole() View {
	return Around(Point{(m.Area.South + m.Area.North) / 2, (m.Area.West + m.Area.East) / 2}, minZoom)
}

// Address is what a link calls the picture of v. It does not tell which place
// that is: addresses end up in the logs of others.
func (m *Map) Address(v View) (string, error) {
	sealed, err := m.Keys.Wrap(keysPurpose, []byte(v.String()))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// Named is the view that Address called so; ok is false for anything else.
func (m *Map) Named(address string) (v View, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(address)
	if err != nil {
		return View{}, false
	}
	plain, err := m.Keys.Unwrap(keysPurpose, sealed)
	if err != nil {
		return View{}, false
	}
	return ParseView(string(plain))
}

// Has tells whether the picture of v is in memory, so that nobody is asked.
func (m *Map) Has(v View) bool {
	_, ok := m.find(v)
	return ok
}

// Picture is the picture of v: from memory, or else from the server, which is
// asked once for all who wait. It is fail.NotFound where Covers says no, and
// fail.Unavailable without an answer that can be used, or when ctx ends.
func (m *Map) Picture(ctx context.Context, v View) (Picture, error) {
	if !m.Covers(v) {
		return Picture{}, fail.Newf(fail.NotFound, "geomap: no such picture")
	}
	if p, ok := m.find(v); ok {
		return p, nil
	}
	if m.Away() {
		return Picture{}, fail.Newf(fail.Unavailable, "geomap: the server was away a moment ago")
	}
	answer := m.flight.DoChan(v.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // for all who wait
		defer cancel()
		p, err := m.fetch(ctx, v)
		if err != nil {
			m.Log.Warn("no picture of the map", "error", err)
			return Picture{}, fail.New(fail.Unavailable, "", err)
		}
		m.keep(v, p)
		return p, nil
	})
	select {
	case a := <-answer:
		return a.Val.(Picture), a.Err
	case <-ctx.Done():
		return Picture{}, fail.New(fail.Unavailable, "", ctx.Err())
	}
}

// fetch asks the server. Its errors do not tell for what.
func (m *Map) fetch(ctx context.Context, v View) (Picture, error) {
	select {
	case m.places <- struct{}{}:
		defer func() { <-m.places }()
	case <-ctx.Done():
		return Picture{}, errors.New("geomap: too many pictures are asked for")
	}
	u, query := m.base, url.Values{}
	for name, values := range m.query {
		query[name] = values
	}
	box := v.box()
	query.Set("BBOX", fmt.Sprintf("%.4f,%.4f,%.4f,%.4f", box[0], box[1], box[2], box[3]))
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Picture{}, errors.New("geomap: the address cannot be asked")
	}
	r.Header.Set("User-Agent", m.Agent)
	resp, err := m.client.Do(r)
	if err != nil {
		m.rest()
		var asked *url.Error // which has the address, and with it the place
		if errors.As(err, &asked) {
			err = asked.Err
		}
		return Picture{}, fmt.Errorf("geomap: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 500 {
		m.rest()
	}
	if resp.StatusCode != http.StatusOK {
		return Picture{}, fmt.Errorf("geomap: the server answers with status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		m.rest()
		return Picture{}, fmt.Errorf("geomap: %w", err)
	}
	if len(body) > maxAnswer {
		return Picture{}, fmt.Errorf("geomap: the picture has more than %d bytes", maxAnswer)
	}
	typ, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if !media.Drawn(typ) {
		return Picture{}, fmt.Errorf("geomap: the server answers with %.40q%s", typ, m.code.Find(body))
	}
	return redrawn(typ, body)
}

// redrawn is the picture drawn anew; an error where it is none, or of another
// size than was asked for.
func redrawn(typ string, body []byte) (Picture, error) {
	h, err := media.ReadHeader(bytes.NewReader(body), typ)
	if err != nil {
		return Picture{}, fmt.Errorf("geomap: %w", err)
	}
	if h.Width != Width || h.Height != Height {
		return Picture{}, fmt.Errorf("geomap: the picture is %d by %d", h.Width, h.Height)
	}
	var out bytes.Buffer
	if err := h.Redraw(&out, bytes.NewReader(body), typ, jpegRedraw); err != nil {
		return Picture{}, fmt.Errorf("geomap: %w", err)
	}
	return Picture{typ, out.Bytes()}, nil
}

func (m *Map) rest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = m.Clock.Now().Add(pause)
}

// Away tells that the server did not answer a moment ago, and is not asked now.
func (m *Map) Away() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Clock.Now().Before(m.away)
}

func (m *Map) find(v View) (Picture, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.kept[v]
	if !ok {
		return Picture{}, false
	}
	if s := e.Value.(*stored); m.Clock.Now().Before(s.until) {
		m.order.MoveToFront(e)
		return s.Picture, true
	}
	m.drop(e)
	return Picture{}, false
}

func (m *Map) keep(v View, p Picture) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.kept[v]; ok {
		m.drop(old)
	}
	m.kept[v] = m.order.PushFront(&stored{v, m.Clock.Now().Add(freshness), p})
	for m.bytes += len(p.Bytes); m.bytes > maxKept; {
		m.drop(m.order.Back())
	}
}

func (m *Map) drop(e *list.Element) {
	s := m.order.Remove(e).(*stored)
	delete(m.kept, s.view)
	m.bytes -= len(s.Bytes)
}
