package solution

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
)

// Release is what a publisher signs of a version: which archive it is. The
// signed text is a note (golang.org/x/mod/sumdb/note, ed25519).
type Release struct {
	// ID and Version are those of the manifest in the archive.
	ID, Version string
	// SHA256 is the digest of the archive in hex, Size its length in bytes.
	SHA256 string
	Size   int64
	// Day is when it was signed.
	Day clock.Date
	// Signer is the name of the key that signed it; "" before it is signed,
	// and where no trusted key did.
	Signer string
}

// releaseHead is the first line of the signed text, so that nothing else the
// same key may sign is ever taken for a release.
const releaseHead = "leitportal solution release 1"

// maxNote bounds a signed release, in bytes.
const maxNote = 8 << 10

// Describe reads the archive and says what there is to sign.
func Describe(archive []byte, day clock.Date) (Release, error) {
	files, err := Unpack(archive)
	if err != nil {
		return Release{}, err
	}
	m, err := ReadManifest(files)
	if err != nil {
		return Release{}, err
	}
	sum := sha256.Sum256(archive)
	return Release{ID: m.ID, Version: m.Version, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(archive)), Day: day}, nil
}

// ReadManifest reads the solution.yaml of a solution's folder.
func ReadManifest(files fs.FS) (Manifest, error) {
	var m Manifest
	if err := readYAML(files, "solution.yaml", &m); err != nil {
		return m, fmt.Errorf("solution: %w", err)
	}
	if err := m.valid(); err != nil {
		return m, fmt.Errorf("solution: solution.yaml: %w", err)
	}
	return m, nil
}

// Name is how the files of the release are called, without their ending.
func (r Release) Name() string { return r.ID + "-" + r.Version }

// text is what is signed.
func (r Release) text() string {
	return fmt.Sprintf("%s\nid %s\nversion %s\nsha256 %s\nsize %d\nday %s\n", releaseHead, r.ID, r.Version, r.SHA256, r.Size, r.Day)
}

// parseRelease reads the signed text; any other spelling of it is refused.
func parseRelease(text string) (Release, error) {
	var r Release
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[0] != releaseHead {
		return r, errors.New("solution: this is not a release of a solution")
	}
	value := func(i int, key string) string { return strings.TrimPrefix(lines[i], key+" ") }
	r = Release{ID: value(1, "id"), Version: value(2, "version"), SHA256: value(3, "sha256")}
	r.Size, _ = strconv.ParseInt(value(4, "size"), 10, 64)
	r.Day, _ = clock.ParseDate(value(5, "day"))
	_, err := semver(r.Version)
	if digest, hexErr := hex.DecodeString(r.SHA256); err != nil || hexErr != nil || len(digest) != sha256.Size ||
		!validID(r.ID) || r.Size < 1 || r.Size > MaxArchive || r.Day.IsZero() || r.text() != text {
		return Release{}, errors.New("solution: the release is not written as it must be")
	}
	return r, nil
}

func validID(id string) bool {
	return id != "" && len(id) <= 60 && id[0] != '-' && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// NewKey makes a key for signing releases, under the publisher's name (such as
// the host of its portal; no spaces and no "+"). The private part stays with
// the publisher, the public one is what others trust.
func NewKey(rand io.Reader, name string) (private, public string, err error) {
	private, public, err = note.GenerateKey(rand, name)
	if err == nil {
		_, err = note.NewVerifier(public) // refuses a name that is none
	}
	if err != nil {
		return "", "", fmt.Errorf("solution: no key for the name %q (a host such as kreis.example; no spaces, no +): %w", name, err)
	}
	return private, public, nil
}

// PublicKey is the public part of a private key.
func PublicKey(private string) (string, error) {
	s, err := note.NewSigner(strings.TrimSpace(private))
	if err != nil {
		return "", errNoPrivateKey
	}
	parts := strings.Split(strings.TrimSpace(private), "+") // PRIVATE+KEY+name+hash+base64, which may hold a + itself
	key, err := base64.StdEncoding.DecodeString(strings.Join(parts[4:], "+"))
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return "", errNoPrivateKey
	}
	pair := ed25519.NewKeyFromSeed(key[1:]) // the first byte names the algorithm
	return note.NewEd25519VerifierKey(s.Name(), ed25519.PublicKey(pair[ed25519.SeedSize:]))
}

var errNoPrivateKey = errors.New("solution: this is not a private key, as leitportal solution key writes it")

// Keys reads the public keys that are trusted, as [NewKey] gives them.
func Keys(public ...string) (note.Verifiers, error) {
	var known []note.Verifier
	for _, k := range public {
		v, err := note.NewVerifier(strings.TrimSpace(k))
		if err != nil {
			return nil, fmt.Errorf("solution: %q is not a public key, as leitportal solution key prints it", k)
		}
		known = append(known, v)
	}
	return note.VerifierList(known...), nil
}

// Sign signs the release with a private key.
func (r Release) Sign(private string) ([]byte, error) {
	s, err := note.NewSigner(strings.TrimSpace(private))
	if err != nil {
		return nil, errNoPrivateKey
	}
	if _, err := parseRelease(r.text()); err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: r.text()}, s)
}

// OpenRelease reads a signed release. It fails, in words, where no trusted key
// signed it or the signature is wrong.
func OpenRelease(signed []byte, trusted note.Verifiers) (Release, error) {
	r, err := readRelease(signed, trusted)
	var unknown *note.UnverifiedNoteError
	if _, by := note.Open(signed, trusted); err == nil && errors.As(by, &unknown) {
		var keys []string
		for _, s := range unknown.Note.UnverifiedSigs {
			keys = append(keys, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
		}
		return Release{}, fmt.Errorf("solution: %s is signed by a key that is not trusted here (%s): ask the publisher for its key, compare it, and trust it first", r.Name(), strings.Join(keys, ", "))
	}
	return r, err
}

// readRelease is OpenRelease that takes a release of an unknown key, too: such
// a one has no Signer, and nothing in it is proven.
func readRelease(signed []byte, trusted note.Verifiers) (Release, error) {
	if len(signed) > maxNote {
		return Release{}, fmt.Errorf("solution: the release is larger than %d kB", maxNote>>10)
	}
	n, err := note.Open(signed, trusted)
	var unknown *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &unknown):
		return parseRelease(unknown.Note.Text)
	case errors.As(err, &wrong):
		return Release{}, fmt.Errorf("solution: the signature of %s is wrong: the release was changed after it was signed", wrong.Name)
	case err != nil:
		return Release{}, fmt.Errorf("solution: this is not a signed release: %w", err)
	}
	r, err := parseRelease(n.Text)
	if err == nil {
		r.Signer = n.Sigs[0].Name
	}
	return r, err
}

// Package is a release that was proven, and its archive.
type Package struct {
	Release Release
	// Signed is the release as it was signed, Archive what it speaks of.
	Signed, Archive []byte
	// Files is the solution's folder, Manifest its solution.yaml.
	Files    fs.FS
	Manifest Manifest
}

// OpenPackage proves that archive is the one that a trusted key signed, and
// reads it.
func OpenPackage(signed, archive []byte, trusted note.Verifiers) (*Package, error) {
	r, err := OpenRelease(signed, trusted)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(archive); int64(len(archive)) != r.Size || hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("solution: the archive of %s is not the one that was signed: it was changed, or not transmitted in full", r.Name())
	}
	files, err := Unpack(archive)
	if err != nil {
		return nil, err
	}
	m, err := ReadManifest(files)
	if err != nil {
		return nil, err
	}
	if m.ID != r.ID || m.Version != r.Version {
		return nil, fmt.Errorf("solution: the release says %s, the solution.yaml in its archive %s-%s", r.Name(), m.ID, m.Version)
	}
	return &Package{Release: r, Signed: bytes.Clone(signed), Archive: archive, Files: files, Manifest: m}, nil
}

// NotOlder refuses a release that is older than the version in use ("" where
// none is): a publisher's old version may have a fault that was mended since.
func (r Release) NotOlder(inUse string) error {
	if inUse != "" && newer(inUse, r.Version) {
		return fmt.Errorf("solution: %s is older than version %s, which is in use; going back has to be asked for", r.Name(), inUse)
	}
	return nil
}
