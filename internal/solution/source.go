package solution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// IndexFile is the list of the releases in a source.
const IndexFile = "solutions.json"

// What a source may have at most, and how long it may take to answer.
const (
	maxReleases   = 5000
	maxIndex      = 8 << 20
	sourceTimeout = 30 * time.Second
)

// index is the file that lists a source's releases, oldest first.
type index struct {
	Format   int      `json:"format"` // 1
	Releases []string `json:"releases"`
}

func parseIndex(b []byte) ([][]byte, error) {
	var in index
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("solution: %s cannot be read: %w", IndexFile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("solution: %s goes on after its end", IndexFile)
	}
	if in.Format != 1 {
		return nil, fmt.Errorf("solution: %s is of format %d; this portal reads 1", IndexFile, in.Format)
	}
	if len(in.Releases) > maxReleases {
		return nil, fmt.Errorf("solution: %s lists more than %d releases", IndexFile, maxReleases)
	}
	out := make([][]byte, len(in.Releases))
	for i, r := range in.Releases {
		out[i] = []byte(r)
	}
	return out, nil
}

// Source is where releases are to be had: a folder, or an address under which
// the same files lie (another portal's, or any web server's). It is safe for
// concurrent use.
type Source struct {
	address string
	read    func(ctx context.Context, name string, most int) ([]byte, error)
}

// OpenSource takes the path of a folder or an https address. Plain http is
// taken from this machine alone, or where insecure says so: signatures protect
// the content, but not who asks for what.
func OpenSource(address string, insecure bool) (*Source, error) {
	if !strings.Contains(address, "://") {
		root, err := filepath.Abs(address)
		if err != nil {
			return nil, err
		}
		return &Source{root, func(_ context.Context, name string, most int) ([]byte, error) {
			return readIn(root, name, most)
		}}, nil
	}
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("solution: %q is not the address of a folder of releases", address)
	case base.Scheme == "https", base.Scheme == "http" && (insecure || loopback(base.Hostname())):
	default:
		return nil, fmt.Errorf("solution: %s is not an https address", address)
	}
	client := &http.Client{Timeout: sourceTimeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 || r.URL.Host != base.Host || r.URL.Scheme != base.Scheme {
			return fmt.Errorf("it leads on to %s, which is not asked", r.URL.Host)
		}
		return nil
	}}
	return &Source{address, func(ctx context.Context, name string, most int) ([]byte, error) {
		return get(ctx, client, base.JoinPath(name).String(), most)
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Address is where the source is, as it was named.
func (s *Source) Address() string { return s.address }

func readIn(dir, name string, most int) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a plain file", name))
	}
	return bounded(f, most)
}

func get(ctx context.Context, client *http.Client, address string, most int) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return bounded(res.Body, most)
	case http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", address, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("%s answers %s", address, res.Status)
}

func bounded(r io.Reader, most int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("is larger than the %d bytes that are read", most)
	}
	return b, err
}

// List is the releases of the source, by id and then the newest first. One
// whose key is not among the trusted has no Signer; one that says nothing
// sensible, or whose signature is wrong, makes the list fail.
func (s *Source) List(ctx context.Context, trusted note.Verifiers) ([]Release, error) {
	b, err := s.read(ctx, IndexFile, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("solution: %s: %w", s.address, err)
	}
	notes, err := parseIndex(b)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []Release
	for _, n := range notes {
		r, err := readRelease(n, trusted)
		if err != nil {
			return nil, err
		}
		if seen[r.Name()] {
			return nil, fmt.Errorf("solution: %s lists %s twice", s.address, r.Name())
		}
		seen[r.Name()] = true
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Release) int {
		switch {
		case a.ID != b.ID:
			return strings.Compare(a.ID, b.ID)
		case newer(a.Version, b.Version):
			return -1
		}
		return 1
	})
	return out, nil
}

// Fetch gets a version and proves it: signed by a trusted key, the very bytes
// that were signed, and the solution that it says it is.
func (s *Source) Fetch(ctx context.Context, id, version string, trusted note.Verifiers) (*Package, error) {
	if _, err := semver(version); err != nil || !validID(id) {
		return nil, fmt.Errorf("solution: %q in version %q is not the name of a release", id, version)
	}
	want := Release{ID: id, Version: version}
	signed, err := s.read(ctx, want.Name()+".note", maxNote)
	if err != nil {
		return nil, fmt.Errorf("solution: %s in %s: %w", want.Name(), s.address, err)
	}
	r, err := OpenRelease(signed, trusted)
	if err != nil {
		return nil, err
	}
	if r.Name() != want.Name() {
		return nil, fmt.Errorf("solution: %s gives %s where %s was asked for", s.address, r.Name(), want.Name())
	}
	archive, err := s.read(ctx, want.Name()+".zip", int(r.Size))
	if err != nil {
		return nil, fmt.Errorf("solution: %s in %s: %w", want.Name(), s.address, err)
	}
	return OpenPackage(signed, archive, trusted)
}

// Publish puts an archive and its signed release into a folder, and into the
// folder's index; the folder is made where there is none. A version that is
// there stays as it is: the same content again changes nothing, other content
// is an error. Whoever reads the folder meanwhile finds it before or after.
func Publish(dir string, signed, archive []byte, trusted note.Verifiers) (Release, error) {
	p, err := OpenPackage(signed, archive, trusted)
	if err != nil {
		return Release{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Release{}, fmt.Errorf("solution: publish: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return Release{}, fmt.Errorf("solution: publish: %w", err)
	}
	defer lock.Close() // lets go of it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return Release{}, fmt.Errorf("solution: publish: %w", err)
	}
	var have [][]byte
	switch b, err := readIn(dir, IndexFile, maxIndex); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return Release{}, fmt.Errorf("solution: publish: %w", err)
	default:
		if have, err = parseIndex(b); err != nil {
			return Release{}, err
		}
	}
	for _, n := range have {
		old, err := readRelease(n, trusted)
		switch {
		case err != nil:
			return Release{}, err
		case old.Name() != p.Release.Name():
		case old.SHA256 == p.Release.SHA256:
			return old, nil
		default:
			return Release{}, fmt.Errorf("solution: %s is published already, with other content; a published version never changes: give this one a new number, in solution.yaml", old.Name())
		}
	}
	list := index{Format: 1}
	for _, n := range append(have, signed) {
		list.Releases = append(list.Releases, string(n))
	}
	b, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return Release{}, err
	}
	// The index last: what it names is there.
	for _, f := range []struct {
		name string
		data []byte
	}{{p.Release.Name() + ".zip", archive}, {p.Release.Name() + ".note", signed}, {IndexFile, append(b, '\n')}} {
		if err := replace(filepath.Join(dir, f.name), f.data); err != nil {
			return Release{}, fmt.Errorf("solution: publish: %w", err)
		}
	}
	return p.Release, nil
}

// replace writes a file so that it is there in full or not at all.
func replace(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
