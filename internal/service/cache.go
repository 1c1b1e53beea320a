package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"leitportal/internal/i18n"
)

// pageKey is everything a service page depends on: it is the same for every
// visitor of a site.
type pageKey struct {
	tenant, base, id string
	lang             i18n.Lang
	revision         uint64
	minute           int64 // "heute geöffnet bis …" changes with the clock
}

// drawn is a page as it is sent.
type drawn struct {
	body    []byte
	headers [4][]string // values of Content-Type, Content-Length, ETag, Cache-Control
}

func newDrawn(body []byte) *drawn {
	sum := sha256.Sum256(body)
	return &drawn{body, [4][]string{
		{"text/html; charset=utf-8"},
		{strconv.Itoa(len(body))},
		{`"` + hex.EncodeToString(sum[:12]) + `"`},
		// Browsers and proxies may keep it, and ask each time whether it changed.
		{"public, no-cache"},
	}}
}

// send answers r with the page, or with 304 when the caller has it.
func (d *drawn) send(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = d.headers[2], d.headers[3]
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, d.headers[2][0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Type"], h["Content-Length"] = d.headers[0], d.headers[1]
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(d.body)
	return err
}

// pages keeps drawn pages in two generations: when the young one is full it
// becomes the old one, and what nobody asked for since is gone. At most
// 2×size pages are held.
type pages struct {
	mu         sync.RWMutex
	size       int
	young, old map[pageKey]*drawn
}

func newPages(size int) *pages {
	return &pages{size: size, young: map[pageKey]*drawn{}}
}

func (p *pages) get(k pageKey) *drawn {
	p.mu.RLock()
	d, young := p.young[k]
	if d == nil {
		d = p.old[k]
	}
	p.mu.RUnlock()
	if d != nil && !young {
		p.put(k, d)
	}
	return d
}

func (p *pages) put(k pageKey, d *drawn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.young) >= p.size {
		p.old, p.young = p.young, make(map[pageKey]*drawn, p.size)
	}
	p.young[k] = d
}

// capture is a ResponseWriter that keeps what is written.
type capture struct {
	header http.Header
	bytes.Buffer
}

func (c *capture) Header() http.Header { return c.header }
func (c *capture) WriteHeader(int)     {}
