package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"leitportal/internal/app/preview"
	"leitportal/internal/clock"
	"leitportal/internal/form/prove"
	"leitportal/tests/whole/walker"
)

// Server and preview agree: the same answers give the same pages, byte for
// byte but for the marked block and the ids of uploaded files. Every page of
// the forms we ship, and of some made of released schemas, is compared as it
// is empty, with nothing and with nonsense sent, with a file that is none,
// filled in, and typed on an older state; and so are the pages around them.
func TestPreviewIsTheServer(t *testing.T) {
	t.Parallel()
	shipped, err := filepath.Glob("../../solutions/*/solution.yaml")
	if err != nil || len(shipped) == 0 {
		t.Fatal("there are no solutions in ../../solutions", err)
	}
	dirs := []string{"../../tests/load/solutions/bewohnerparken"}
	for _, file := range shipped {
		dirs = append(dirs, filepath.Dir(file))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			reached := map[string]bool{}
			if agree(t, dir, "paderborn", reached) > 0 {
				if n := agree(t, dir, "bielefeld", reached); n > 0 { // where no mandate can be given online
					t.Errorf("%d pages are not reached, only %v", n, reached)
				}
			}
		})
	}
	// A small one, and all in the long run.
	some := []string{"S00000000373"}
	schemas, _ := filepath.Glob("../../../shared/data/fim/schemas/*.xml") // the pattern is well formed
	if len(schemas) == 0 {
		t.Log("the released schemas are not here: ../shared/data/fim; their forms are not compared")
	}
	out := t.TempDir()
	for _, file := range schemas {
		id, _, _ := strings.Cut(filepath.Base(file), ".")
		if !slices.Contains(some, id) && os.Getenv("LEITPORTAL_SOAK") == "" {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			run(t, 0, "form", "import", file, "--lists", "../../../shared/data/codelists", "--out", out)
			agree(t, filepath.Join(out, strings.ToLower(id)), "paderborn", map[string]bool{})
		})
	}
}

// pair is two portals that are asked the same.
type pair struct {
	t              *testing.T
	server, author *person
	seen           int
}

var fileID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// numbered is a page with its ids numbered as they come.
func numbered(page []byte) []byte {
	var ids []string
	return fileID.ReplaceAllFunc(page, func(b []byte) []byte {
		n := slices.Index(ids, string(b))
		if n < 0 {
			n, ids = len(ids), append(ids, string(b))
		}
		return []byte("id-" + strconv.Itoa(n))
	})
}

// ask asks both and holds their answers against each other. v is posted as the
// function makes it of the page that each has got last, nil asks with GET.
func (p *pair) ask(what, path string, v url.Values, files ...walker.File) (status int, page []byte) {
	p.t.Helper()
	ask := func(x *person) (int, []byte) {
		switch {
		case v == nil:
			return x.get(path)
		case len(files) == 0:
			return x.post(path, v)
		}
		typ, body, err := walker.Multipart(v, files...)
		if err != nil {
			p.t.Fatal(err)
		}
		return x.do(x.client.Post(x.base+path, typ, bytes.NewReader(body)))
	}
	status, page = ask(p.server)
	other, marked := ask(p.author)
	if plain := preview.Strip(marked); other != status || !bytes.Equal(numbered(plain), numbered(page)) {
		p.t.Fatalf("%s %s: %d and %d\n%s", what, path, status, other, difference(numbered(page), numbered(plain)))
	}
	if bytes.HasPrefix(page, []byte("<!")) && !bytes.Contains(marked, []byte("<!--preview-->")) {
		p.t.Fatalf("%s %s is not marked", what, path)
	}
	p.seen++
	return status, page
}

// agree compares the pages of one form in a town, in its smallest and its
// fullest way, and in those that come by pages that were not reached before. It
// answers how many pages are left.
func agree(t *testing.T, dir, town string, reached map[string]bool) (left int) {
	t.Helper()
	clk := clock.NewManual(testDay().Time(clock.Berlin()).Add(12 * time.Hour))
	files, err := asSolution(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAt(t.Context(), Config{
		Data: t.TempDir(), MailFrom: "portal@localhost", DraftsPerHour: boundless, UploadsPerHour: boundless, only: files,
	}, "http://portal.example", slog.New(slog.DiscardHandler), clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	s := newPreview(t.Context(), dir, town, t.TempDir(), "http://portal.example", clk)
	t.Cleanup(s.Close)
	as, err := a.asPreview(town)
	if err != nil {
		t.Fatal(err)
	}
	f := ownFormIn(t, dir)
	var ways []prove.Application
	consider := func(app prove.Application, always bool) {
		for _, st := range app.Steps {
			id, _, _ := strings.Cut(st.Path, "/")
			always, reached[id] = always || !reached[id], true
		}
		if always {
			ways = append(ways, app)
		}
	}
	for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
		app, err := prove.Walk(f.program, as.Form.Settings[0], how, &prove.Budget{Left: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		consider(app, true)
	}
	pages := len(f.program.Inspect().Pages)
	if len(reached) < pages {
		for _, app := range prove.Check(as.Form, prove.Budget{Left: 20_000}).Applications {
			consider(app, false)
		}
	}
	seen := 0
	for _, app := range ways {
		p := &pair{t: t, server: newPerson(t, a.router), author: newPerson(t, s)}
		p.walk(as.Start, app)
		seen += p.seen
	}
	t.Logf("%d ways, %d of %d pages, %d answers compared", len(ways), len(reached), pages, seen)
	return pages - len(reached)
}

var hiddenRevision = regexp.MustCompile(`name="_rev" value="(\d+)"`)

// walk goes the way of one application up to its check page.
func (p *pair) walk(start string, app prove.Application) {
	t := p.t
	t.Helper()
	p.ask("start", start, nil)
	p.ask("begin", start, url.Values{})
	p.ask("begun", start, nil)
	p.ask("too early", start+"/pruefen", nil)
	p.ask("nowhere", start+"/seite/nirgends", nil)
	for _, st := range app.Steps {
		path := start + "/seite/" + st.Path
		// on is what is posted: the form as it stands, and this.
		on := func(set ...string) url.Values {
			_, page := p.ask("empty", path, nil)
			v := url.Values{}
			if m := hiddenRevision.FindSubmatch(page); m != nil {
				v.Set("_rev", string(m[1]))
			}
			for i := 0; i < len(set); i += 2 {
				v.Set(set[i], set[i+1])
			}
			return v
		}
		if st.Button != "" {
			p.ask("wrong button", path, on("_list", "fly"))
			if status, page := p.ask("button", path, on("_list", st.Button)); status != http.StatusSeeOther {
				t.Fatalf("%s: %d\n%s", path, status, page)
			}
			continue
		}
		p.ask("nothing", path, on("_go", "next"))
		nonsense := on("_go", "next")
		for name := range st.Posted {
			nonsense.Set(name, "\u2603 ?")
		}
		p.ask("nonsense", path, nonsense)
		var files []walker.File
		for name, list := range st.Files {
			p.ask("no file", path, on("_upload", name), walker.File{Field: name, Name: "nichts.exe", Type: "application/octet-stream", Data: []byte("MZ")})
			for _, x := range list {
				files = append(files, walker.File{Field: name, Name: x.Name, Type: x.Type, Data: preview.Content(x.Type)})
			}
		}
		v := on("_go", "next")
		stale := v.Get("_rev")
		for name, list := range st.Posted {
			v[name] = list
		}
		if status, page := p.ask("answered", path, v, files...); status != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", path, status, page)
		}
		p.ask("filled", path, nil)
		nonsense.Set("_rev", stale)
		p.ask("stale", path, nonsense)
	}
	if status, _ := p.ask("check", start+"/pruefen", nil); status != http.StatusOK {
		t.Fatalf("the check page is answered with %d", status)
	}
}

// difference is where two pages begin to differ.
func difference(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-100)
	return string(a[from:min(len(a), i+200)]) + "\n---\n" + string(b[from:min(len(b), i+200)])
}
