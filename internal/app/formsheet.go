package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net"
	"os"
	"strings"

	"leitportal/internal/app/preview"
	"leitportal/internal/app/shots"
	"leitportal/internal/clock"
)

type formSheetCmd struct {
	Dir    string `arg:"" help:"A solution's folder, or the bare files of a form." type:"existingdir"`
	Out    string `short:"o" help:"The file to write: .html or .pdf." required:"" placeholder:"FILE"`
	Tenant string `help:"Municipality in which the form is shown, as slug." default:"paderborn" placeholder:"SLUG"`
}

// Run takes a picture of every page in every state.
func (c formSheetCmd) Run(p *process) error {
	if !strings.HasSuffix(c.Out, ".html") && !strings.HasSuffix(c.Out, ".pdf") {
		return fmt.Errorf("%s: the sheet is a .html or a .pdf", c.Out)
	}
	file, err := shots.Find()
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "leitportal-sheet-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	s := newPreview(ctx, c.Dir, c.Tenant, data, "http://"+l.Addr().String(), clock.System())
	defer s.Close()
	go func() { _ = serveUntil(ctx, l, calledHere(l.Addr().String(), s)) }() // ends with ctx
	browser, err := shots.Start(ctx, file)
	if err != nil {
		return err
	}
	defer browser.Close()
	sheet, err := takeSheet(s, browser, "http://"+l.Addr().String())
	if err != nil {
		return err
	}
	page, err := sheet.html()
	if err != nil {
		return err
	}
	if strings.HasSuffix(c.Out, ".pdf") {
		name := data + "/sheet.html"
		if err := os.WriteFile(name, page, 0o600); err != nil {
			return err
		}
		if page, err = browser.PDF("file://" + name); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.err, "%s: %d pages, %d pictures\n", c.Out, len(sheet.Pages), sheet.count)
	return os.WriteFile(c.Out, page, 0o644)
}

// widths of the window, in pixels: a small phone, a desk.
func widths() []int { return []int{320, 1280} }

const tallestShot = 12_000 // pixels; WebP ends at 16,383

// contactSheet is every page in every state as pictures.
type contactSheet struct {
	Title string
	Pages []sheetPage
	count int
}

type sheetPage struct {
	Path   string
	States []sheetState
}

type sheetState struct {
	Name  string
	Shots []sheetShot
}

type sheetShot struct {
	Width, Height int
	Src           template.URL
}

func takeSheet(s *preview.Server, b *shots.Browser, base string) (contactSheet, error) {
	t := preview.Texts().In("de")
	out := contactSheet{Title: s.Title()}
	for _, one := range s.Samples() {
		p := sheetPage{Path: one.Path}
		for _, state := range one.States {
			st := sheetState{Name: t.T("preview.state." + string(state))}
			for _, width := range widths() {
				webp, height, err := b.Picture(base+s.Address(one.Path, state), width, tallestShot)
				if err != nil {
					return out, err
				}
				out.count++
				st.Shots = append(st.Shots, sheetShot{width, height, template.URL("data:image/webp;base64," + base64.StdEncoding.EncodeToString(webp))})
			}
			p.States = append(p.States, st)
		}
		out.Pages = append(out.Pages, p)
	}
	if out.count == 0 {
		return out, errors.New("there is nothing to take pictures of: leitportal form check says why")
	}
	return out, nil
}

const sheetHTML = `<!doctype html>
<html lang="de"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}: alle Seiten</title>
<style>
@page { size: A4 landscape; margin: 12mm }
body { font: 14px/1.4 sans-serif; margin: 1.5rem; color: #1a1a1a; background: #fff }
section { break-inside: avoid; margin: 0 0 2.5rem }
.states { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; align-items: start }
figure { margin: 0 }
figcaption { font-weight: 600; margin: 0 0 .3rem }
.shots { display: grid; grid-template-columns: 1fr 2.4fr; gap: .4rem; align-items: start }
img { width: 100%; height: auto; border: 1px solid #999; }
@media print { img { max-height: 165mm; object-fit: contain; object-position: top left } }
h2 { font-size: 1.1rem; margin: 0 0 .5rem }
</style>
<h1>{{.Title}}</h1>
<p>Jede Seite in jedem Zustand, 320 und 1280 Pixel breit, mit Beispielantworten.</p>
{{range $p := .Pages}}<section><h2>{{.Path}}</h2><div class="states">
{{range $s := .States}}<figure><figcaption>{{.Name}}</figcaption><div class="shots">{{range .Shots}}<img src="{{.Src}}" width="{{.Width}}" height="{{.Height}}" alt="{{$p.Path}}, {{$s.Name}}, {{.Width}} Pixel breit">{{end}}</div></figure>
{{end}}</div></section>
{{end}}</html>
`

func (s contactSheet) html() ([]byte, error) {
	t, err := template.New("sheet").Parse(sheetHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, s)
	return b.Bytes(), err
}
