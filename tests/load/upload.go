package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// uploadTurns is how often each side takes the file; the quickest counts, for
// a disk is not equally quick from one second to the next.
const uploadTurns = 3

// uploadPatience bounds one upload.
const uploadPatience = 10 * time.Minute

// keepBody writes a body beside the page, and answers when it is on the disk.
func keepBody(dir string, r *http.Request) error {
	f, err := os.CreateTemp(dir, "body-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := io.Copy(f, r.Body); err != nil {
		return err
	}
	return f.Sync()
}

// upload sends a file of the form's page, and a file to the bare handler, which
// syncs the same body to the same disk.
func (b *bench) upload(context.Context) error {
	size := b.uploadSize
	if b.quick {
		size = 4_000_000
	}
	br, err := newBrowser(b.portal.host)
	if err != nil {
		return err
	}
	defer br.close()
	c := permit(time.Now())
	c.answers = maps.Clone(c.answers)
	c.answers["vehicle.kind"] = "van"
	w := newWalker(br, c)
	const field = "permit.proof"
	if err := w.walkTo(b.towns()[0], w.asks(field)); err != nil {
		return err
	}
	plain, err := newBrowser(b.bare.host)
	if err != nil {
		return err
	}
	defer plain.close()
	before, err := residentMemory(b.portal.pid())
	if err != nil {
		return err
	}
	var ours, bare []time.Duration
	most := before
	for range uploadTurns {
		if err := b.portal.without(func() error {
			took, err := plain.sendFile("/", nil, field, size)
			bare = append(bare, took)
			return err
		}); err != nil {
			return err
		}
		path := w.path
		d, err := w.page(path)
		if err != nil {
			return err
		}
		values := w.fill(d.form(path), field)
		stop := watchMemory(b.portal.pid(), &most)
		took, err := w.sendFile(path, values, field, size)
		stop()
		if err == nil {
			err = w.want(200, "nachweis.pdf")
		}
		if err != nil {
			return err
		}
		ours = append(ours, took)
		if d, err = w.page(path); err != nil {
			return err
		}
		remove := d.form(path).named("_remove")
		if remove == "" {
			return fmt.Errorf("%s does not let the file be removed", path)
		}
		if err := w.send(d, path, remove); err != nil {
			return err
		}
	}
	perSecond := func(all []time.Duration) float64 { return float64(size) / slices.Min(all).Seconds() }
	figure := func(bytes float64) string { return fmt.Sprintf("%.0f MB/s", bytes/1e6) }
	extra := most - before
	b.table.add(row{what: "bare handler that syncs a body of " + mega(size), figure: figure(perSecond(bare))})
	b.table.add(row{
		what: "upload of " + mega(size) + ", sealed and synced", figure: figure(perSecond(ours)),
		bar: "≥ 50 % of bare", ratio: perSecond(ours) / perSecond(bare), ok: perSecond(ours) >= 0.5*perSecond(bare),
	})
	b.table.add(row{what: "  memory for it", figure: mega(extra), bar: "≤ 30 MB", ratio: float64(extra) / 30e6, ok: extra <= 30e6})
	return nil
}

// watchMemory raises most to what the process takes, until stop.
func watchMemory(pid int, most *int64) (stop func()) {
	end := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			if now, err := residentMemory(pid); err == nil {
				*most = max(*most, now)
			}
			select {
			case <-end:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	return func() { close(end); done.Wait() }
}

// asks tells whether a page asks for a control of this name.
func (w *walker) asks(name string) func(d *document) bool {
	return func(d *document) bool {
		return slices.ContainsFunc(d.form(w.path).controls, func(c control) bool { return c.name == name })
	}
}

// named is the value of the first control of a name, "" for none.
func (f *form) named(name string) string {
	for _, c := range f.controls {
		if c.name == name {
			return c.value
		}
	}
	return ""
}

// sendFile posts a form with a PDF of size bytes, and answers how long that
// took.
func (b *browser) sendFile(path string, values url.Values, field string, size int64) (time.Duration, error) {
	var head, tail bytes.Buffer
	m := multipart.NewWriter(&head)
	for name := range values {
		if err := m.WriteField(name, values.Get(name)); err != nil {
			return 0, err
		}
	}
	if _, err := m.CreateFormFile(field, "nachweis.pdf"); err != nil {
		return 0, err
	}
	head.WriteString("%PDF-1.4\n")
	fmt.Fprintf(&tail, "\r\n--%s--\r\n", m.Boundary())
	o := append(b.head("POST", path), "\r\nContent-Type: "+m.FormDataContentType()+"\r\nContent-Length: "...)
	o = append(strconv.AppendInt(o, int64(head.Len())+size+int64(tail.Len()), 10), "\r\n\r\n"...)
	b.out = o
	start := time.Now()
	if err := b.conn.SetDeadline(start.Add(uploadPatience)); err != nil {
		return 0, err
	}
	_, err := b.conn.Write(append(o, head.Bytes()...))
	block := []byte(strings.Repeat("what a stranger sends ", 12_000)) // about 256 kB
	for left := size; left > 0 && err == nil; {
		n := min(left, int64(len(block)))
		_, err = b.conn.Write(block[:n])
		left -= n
	}
	if err == nil {
		_, err = b.conn.Write(tail.Bytes())
	}
	if err == nil {
		err = b.answer()
	}
	if err != nil {
		return 0, fmt.Errorf("upload to %s: %w", path, err)
	}
	return time.Since(start), nil
}
