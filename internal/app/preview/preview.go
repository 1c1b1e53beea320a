package preview

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	webassets "leitportal/web"
)

//go:embed texts files
var embedded embed.FS

// Texts is the room's words.
func Texts() *i18n.Catalog { return i18n.MustLoad(embedded) }

// Portal is a running portal: it answers requests until it is closed.
type Portal struct {
	http.Handler
	Close func()
	// Start is the path of the form's first page ("/paderborn/antrag/hund").
	Start string
	// Form is the form with the one setting it is seen in, for sample answers.
	Form prove.Source
	// Title is the form's German name.
	Title string
}

// Config is what a preview needs.
type Config struct {
	// Dir is the folder that is watched.
	Dir string
	// Open starts a portal on the files as they are now.
	Open func(context.Context) (*Portal, error)
	// Assets are for the preview's own pages; nil draws plain HTML.
	Assets *webassets.Set
	// Wrong says what keeps the form from loading, with file and line.
	Wrong func() []prove.Finding
}

// Server is the preview. It is an http.Handler.
type Server struct {
	Config
	texts *i18n.Catalog
	// own are the preview's addresses, static those of a form that does not
	// load.
	own, static *http.ServeMux

	mu     sync.RWMutex // held for reading while a portal answers
	portal *Portal      // nil while the form does not load
	wrong  []prove.Finding
	seen   string // of the folder
	round  int    // counts what was opened
	shots  *samples

	waiting sync.Mutex
	changed chan struct{} // closed at the next change
}

// New opens the preview. A form that does not load is no error: the page says
// what is wrong.
func New(ctx context.Context, c Config) *Server {
	s := &Server{Config: c, texts: Texts(), own: http.NewServeMux(), static: http.NewServeMux(), changed: make(chan struct{})}
	s.own.HandleFunc("GET /_preview/{$}", s.unbroken(s.list))
	s.own.HandleFunc("GET /_preview/show/{state}/{page...}", s.unbroken(s.show))
	s.own.HandleFunc("GET /_preview/events", s.events)
	s.own.HandleFunc("GET /_preview/files/{name}", s.file)
	for _, route := range ui.AssetRoutes(c.Assets) { // while no portal has them
		s.static.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Handle(w, r); err != nil {
				http.NotFound(w, r)
			}
		})
	}
	s.static.HandleFunc("/", s.broken)
	s.open(ctx)
	return s
}

// Close ends the portal.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.portal != nil {
		s.portal.Close()
		s.portal = nil
	}
}

// open takes the folder as it is now.
func (s *Server) open(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.portal != nil {
		s.portal.Close() // the data is for one portal at a time
	}
	s.seen = fingerprint(s.Dir)
	var err error
	s.portal, err = s.Open(ctx)
	s.round++
	s.wrong, s.shots = nil, nil
	if err != nil {
		s.portal = nil
		if s.wrong = s.Wrong(); len(s.wrong) == 0 {
			s.wrong = []prove.Finding{{Level: prove.Fault, Kind: prove.Broken, Text: err.Error()}}
		}
		return
	}
	s.shots = newSamples(s.portal)
}

// Watch opens the form anew whenever a file of the folder has changed, until
// ctx ends.
func (s *Server) Watch(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Look(ctx)
		}
	}
}

// Look opens the form anew if a file of the folder has changed, and tells
// whether it did.
func (s *Server) Look(ctx context.Context) bool {
	s.mu.RLock()
	same := s.seen == fingerprint(s.Dir)
	s.mu.RUnlock()
	if same {
		return false
	}
	s.open(ctx)
	s.waiting.Lock()
	close(s.changed)
	s.changed = make(chan struct{})
	s.waiting.Unlock()
	return true
}

// fingerprint changes with the files of a folder.
func fingerprint(dir string) string {
	var b strings.Builder
	_ = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // gone meanwhile: the next look sees it
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintln(&b, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return b.String()
}

// ServeHTTP answers the preview's own addresses, and hands on all others.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_preview/") {
		s.own.ServeHTTP(w, r)
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.portal == nil {
		s.static.ServeHTTP(w, r)
		return
	}
	if r.URL.Path == "/" {
		http.Redirect(w, r, "/_preview/", http.StatusSeeOther)
		return
	}
	r.Header.Del("Accept-Encoding") // the answer is written into
	a := newAnswer()
	s.portal.ServeHTTP(a, r)
	s.pass(w, a, s.mark(r, s.t(r).T("preview.bar.text")))
}

const (
	begin = "<!--preview-->"
	end   = "<!--/preview-->"
)

// Strip takes what marks a page as a preview out again: what is left is the
// portal's page.
func Strip(page []byte) []byte {
	before, rest, ok := bytes.Cut(page, []byte(begin))
	if !ok {
		return page
	}
	_, after, _ := bytes.Cut(rest, []byte(end))
	return append(bytes.Clone(before), after...)
}

// mark is what stands at the foot of each page.
func (s *Server) mark(r *http.Request, text string) string {
	t := s.t(r)
	return begin + `<link rel="stylesheet" href="/_preview/files/preview.css"><aside class="preview-bar" aria-label="` + t.T("preview.bar.label") + `"><strong>` +
		t.T("preview.bar.label") + `</strong> <span>` + text + `</span> <a href="/_preview/">` + t.T("preview.bar.list") +
		`</a></aside><script src="/_preview/files/reload.js" data-round="` + strconv.Itoa(s.round) + `" defer></script>` + end
}

// pass sends an answer on, with a mark where it is a page.
func (s *Server) pass(w http.ResponseWriter, a *answer, mark string) {
	body := a.body.Bytes()
	if i := bytes.LastIndex(body, []byte("</body>")); i >= 0 && mark != "" && strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		body = append(append(bytes.Clone(body[:i]), mark...), body[i:]...)
	}
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // nobody is there to be told
}

// events tells a page when the form has changed: server-sent events.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		s.waiting.Lock()
		next := s.changed
		s.waiting.Unlock()
		s.mu.RLock()
		round := s.round
		s.mu.RUnlock()
		fmt.Fprintf(w, "data: %d\n\n", round)
		if out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-next:
		}
	}
}

// file is one of the preview's own files.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	b, err := embedded.ReadFile("files/" + r.PathValue("name"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	typ := "text/css; charset=utf-8"
	if strings.HasSuffix(r.PathValue("name"), ".js") {
		typ = "text/javascript; charset=utf-8"
	}
	w.Header().Set("Content-Type", typ)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b)
}

// t is the words of the preview's own pages: ?lang=en, or German.
func (s *Server) t(r *http.Request) i18n.Texts {
	if r.URL.Query().Get("lang") == "en" || strings.HasPrefix(r.URL.Path, "/en/") {
		return s.texts.In(i18n.EN)
	}
	return s.texts.In(i18n.DE)
}

// answer is a response held back.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{header: http.Header{}, status: http.StatusOK} }

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// errStopped says that a sample did not get as far as its page.
var errStopped = errors.New("the sample answers do not lead there")
