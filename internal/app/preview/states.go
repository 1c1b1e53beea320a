package preview

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/pdf"
)

// State is how a page is seen.
type State string

// The states of a page.
const (
	Empty  State = "empty"  // nothing typed
	Filled State = "filled" // saved with sample answers
	Wrong  State = "error"  // sent and refused
)

// Sample is a page that sample answers lead to, and the states to see it in.
type Sample struct {
	// Path is the page instance path; StartPage and CheckPage stand for the
	// pages around the form.
	Path   string
	States []State
}

// The pages around the form's own.
const (
	StartPage = "start"
	CheckPage = "pruefen"
)

// samples are the pages of a form with the sample answers that lead there.
type samples struct {
	portal *Portal
	once   sync.Once
	pages  []Sample
	ways   map[string]sight // by state and page instance path

	mu   sync.Mutex
	seen map[string]*answer // by state and path
}

// sight is a page of a way: that of the step at.
type sight struct {
	way prove.Application
	at  int
}

func key(state State, path string) string { return string(state) + " " + path }

func newSamples(p *Portal) *samples { return &samples{portal: p, seen: map[string]*answer{}} }

// sampleBudget is how often the engine is asked for sample answers.
const sampleBudget = 30_000

// load finds the sample answers: for each page the way on which most of it is
// filled in. A list is seen as it is first, with the most entries, and where it
// cannot be left.
func (s *samples) load() {
	s.once.Do(func() {
		s.ways = map[string]sight{}
		report := prove.Check(s.portal.Form, prove.Budget{Left: sampleBudget})
		apps := report.Applications
		path, most := map[string]string{}, map[string]int{} // by page id
		for _, a := range slices.Concat(apps, report.Stops) {
			visits := map[string]int{}
			for i, st := range a.Steps {
				id, _, _ := strings.Cut(st.Path, "/")
				here := sight{a, i}
				if st.Button == "" {
					if _, had := path[id]; !had || filled(st) > most[id] {
						path[id], most[id] = st.Path, filled(st)
						s.ways[key(Empty, st.Path)] = here
						if most[id] > 0 {
							s.ways[key(Filled, st.Path)], s.ways[key(Wrong, st.Path)] = here, here
						}
					}
					continue
				}
				if path[id] == "" {
					path[id] = st.Path
					s.ways[key(Empty, st.Path)] = here
				}
				if path[id] != st.Path {
					continue
				}
				if visits[id]++; visits[id] > max(1, most[id]) {
					most[id] = visits[id]
					s.ways[key(Filled, st.Path)] = here
				}
				if _, had := s.ways[key(Wrong, st.Path)]; st.Refused && !had {
					s.ways[key(Wrong, st.Path)] = here
				}
			}
		}
		s.pages = append(s.pages, Sample{Path: StartPage, States: []State{Empty}})
		for _, id := range s.order() {
			one := Sample{Path: path[id]}
			for _, state := range []State{Empty, Filled, Wrong} {
				if _, ok := s.ways[key(state, one.Path)]; ok {
					one.States = append(one.States, state)
				}
			}
			if one.Path != "" {
				s.pages = append(s.pages, one)
			}
		}
		if len(apps) > 0 {
			longest := slices.MaxFunc(apps, func(a, b prove.Application) int { return len(a.Steps) - len(b.Steps) })
			s.ways[key(Filled, CheckPage)] = sight{longest, len(longest.Steps)}
			s.pages = append(s.pages, Sample{Path: CheckPage, States: []State{Filled}})
		}
	})
}

// filled counts what is typed and uploaded on a page.
func filled(st prove.Filled) int {
	n := len(st.Files)
	for _, list := range st.Posted {
		if strings.Join(list, "") != "" {
			n++
		}
	}
	return n
}

// order is the ids of the pages as the form has them.
func (s *samples) order() []string {
	d, err := form.Load(s.portal.Form.Files)
	if err != nil {
		return nil // it has loaded before
	}
	var out []string
	for _, p := range d.Pages {
		out = append(out, p.ID)
	}
	return out
}

// see is a page in a state, as the portal answers it to somebody who has
// answered all pages before it. It is asked for once.
func (s *samples) see(ctx context.Context, path string, state State) (*answer, error) {
	s.load()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := key(state, path)
	if a := s.seen[at]; a != nil {
		return a, nil
	}
	a, err := s.visit(ctx, path, state)
	if err == nil && ctx.Err() == nil {
		s.seen[at] = a
	}
	return a, err
}

func (s *samples) visit(ctx context.Context, path string, state State) (*answer, error) {
	v := &visitor{ctx: ctx, portal: s.portal, cookies: map[string]string{}}
	if path == StartPage {
		return v.get(s.portal.Start), nil
	}
	seat, ok := s.ways[key(state, path)]
	if !ok {
		return nil, errStopped
	}
	if a := v.post(s.portal.Start, url.Values{}, nil); a.status != http.StatusSeeOther {
		return a, nil
	}
	for _, st := range seat.way.Steps[:seat.at] {
		if a := v.send(s.portal.Start+"/seite/"+st.Path, st); a.status != http.StatusSeeOther {
			return a, nil // the portal says why
		}
	}
	if path == CheckPage {
		return v.get(s.portal.Start + "/pruefen"), nil
	}
	return v.seen(s.portal.Start+"/seite/"+path, seat.way.Steps[seat.at], state), nil
}

// visitor is a person without a browser: cookies, and pages asked in turn.
type visitor struct {
	ctx     context.Context
	portal  *Portal
	cookies map[string]string
}

func (v *visitor) do(r *http.Request) *answer {
	r.RemoteAddr = "127.0.0.1:1"
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	a := newAnswer()
	v.portal.ServeHTTP(a, r)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		v.cookies[c.Name] = c.Value
	}
	a.header.Del("Set-Cookie") // whoever looks on keeps their own draft
	return a
}

func (v *visitor) get(path string) *answer {
	r, err := http.NewRequestWithContext(v.ctx, http.MethodGet, "http://preview.localhost"+path, nil)
	if err != nil {
		return &answer{header: http.Header{}, status: http.StatusBadRequest}
	}
	return v.do(r)
}

// post sends a form as a browser does, with files where there are.
func (v *visitor) post(path string, values url.Values, files map[string][]form.File) *answer {
	typ, body := "application/x-www-form-urlencoded", bytes.NewBufferString(values.Encode())
	if len(files) > 0 {
		body = &bytes.Buffer{}
		m := multipart.NewWriter(body)
		typ = m.FormDataContentType()
		for name, list := range values {
			for _, s := range list {
				_ = m.WriteField(name, s) // into memory
			}
		}
		for name, list := range files {
			for _, f := range list {
				h := textproto.MIMEHeader{"Content-Type": {f.Type}}
				h.Set("Content-Disposition", `form-data; name="`+name+`"; filename="`+f.Name+`"`)
				if w, err := m.CreatePart(h); err == nil {
					_, _ = w.Write(Content(f.Type))
				}
			}
		}
		_ = m.Close()
	}
	r, err := http.NewRequestWithContext(v.ctx, http.MethodPost, "http://preview.localhost"+path, body)
	if err != nil {
		return &answer{header: http.Header{}, status: http.StatusBadRequest}
	}
	r.Header.Set("Content-Type", typ)
	return v.do(r)
}

var revision = regexp.MustCompile(`name="_rev" value="(\d+)"`)

// with is what is posted on a page, with what its form hides.
func with(page *answer, values url.Values, more ...string) url.Values {
	out := url.Values{}
	for k, list := range values {
		out[k] = list
	}
	if m := revision.FindSubmatch(page.body.Bytes()); m != nil {
		out.Set("_rev", string(m[1]))
	}
	for i := 0; i+1 < len(more); i += 2 {
		out.Set(more[i], more[i+1])
	}
	return out
}

// send answers a page as the sample has it.
func (v *visitor) send(path string, st prove.Filled) *answer {
	page := v.get(path)
	if st.Button != "" {
		return v.post(path, with(page, nil, "_list", st.Button), nil)
	}
	return v.post(path, with(page, st.Posted, "_go", "next"), st.Files)
}

var control = regexp.MustCompile(`<(?:input|select|textarea)[^>]* name="([^_"][^"]*)"`)

// seen is a page in a state.
func (v *visitor) seen(path string, st prove.Filled, state State) *answer {
	page := v.get(path)
	if st.Button != "" {
		if state == Wrong {
			return v.post(path, with(page, nil, "_list", form.ListNext), nil)
		}
		return page
	}
	switch state {
	case Filled:
		if a := v.send(path, st); a.status != http.StatusSeeOther {
			return a
		}
		return v.get(path)
	case Wrong:
		if a := v.post(path, with(page, nil, "_go", "next"), nil); a.status != http.StatusSeeOther {
			return a
		}
		nonsense := url.Values{}
		for _, m := range control.FindAllSubmatch(page.body.Bytes(), -1) {
			nonsense.Set(string(m[1]), "?")
		}
		if a := v.post(path, with(v.get(path), nonsense, "_go", "next"), nil); a.status != http.StatusSeeOther {
			return a
		}
		return v.get(path) // it takes everything
	}
	return page
}

// Content is a small file of a media type, as sample answers upload it.
func Content(typ string) []byte {
	var b bytes.Buffer
	dot := image.NewGray(image.Rect(0, 0, 8, 8))
	switch typ {
	case "application/pdf":
		d := pdf.New(nil, pdf.Meta{Title: "Beispiel", Lang: "de", Created: time.Unix(0, 0).UTC()})
		d.H1("Beispiel")
		return d.Bytes()
	case "image/jpeg":
		_ = jpeg.Encode(&b, dot, nil) // into memory
	case "image/png":
		_ = png.Encode(&b, dot)
	default:
		b.WriteString("Beispiel\n")
	}
	return b.Bytes()
}
