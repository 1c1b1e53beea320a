package solution

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

// MaxArchive bounds an archive, in bytes: the files, and what a zip adds for
// each.
const MaxArchive = maxBytes + maxEntries*2*(maxName+64)

// maxName bounds the name of a file in an archive, in bytes.
const maxName = 160

// Pack makes the one archive there is of a solution's folder: a zip of its
// files as they are, in the order of their names, without times or anything
// else that could differ. The same files give the same bytes. It refuses what
// [Unpack] would refuse. Names that begin with "." or "_" are left out, as
// [Folder] leaves them out.
func Pack(folder fs.FS) ([]byte, error) {
	var names []string
	total := 0
	seen := map[string]string{}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if base := path.Base(name); name != "." && strings.ContainsAny(base[:1], "._") {
			if err == nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("solution: pack: %w", err)
	}
	slices.Sort(names)
	if len(names) > maxEntries {
		return nil, fmt.Errorf("solution: pack: more than %d files", maxEntries)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	var errs []error
	for _, name := range names {
		b, err := fs.ReadFile(folder, name)
		if err == nil {
			err = packable(name, b, seen)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("solution: pack: %s: %w", name, err))
			continue
		}
		if total += len(b); total > maxBytes {
			errs = append(errs, fmt.Errorf("solution: pack: more than %d MB in all", maxBytes>>20))
			break
		}
		// A raw entry: the library would add a time and a trailer of its own.
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(b),
			CompressedSize64: uint64(len(b)), UncompressedSize64: uint64(len(b)),
		})
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("solution: pack: %s: %w", name, err))
		}
	}
	if _, ok := seen["solution.yaml"]; !ok && len(errs) == 0 {
		errs = append(errs, errors.New("solution: pack: there is no solution.yaml; name the folder of one solution"))
	}
	if err := errors.Join(append(errs, z.Close())...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Unpack reads an archive that [Pack] made into memory, as the folder of one
// solution. Whoever made it need not be trusted: it takes the exact bytes that
// Pack gives for what is in it and nothing else, so that no byte can hide
// where nobody looks.
func Unpack(archive []byte) (fs.FS, error) {
	files, err := unpack(archive)
	if err != nil {
		return nil, fmt.Errorf("solution: archive: %w", err)
	}
	again, err := Pack(files)
	if err != nil {
		return nil, fmt.Errorf("solution: archive: %w", err)
	}
	if !bytes.Equal(again, archive) {
		return nil, errors.New("solution: archive: it holds more than its files, or holds them otherwise than leitportal solution pack does: pack the folder anew")
	}
	return files, nil
}

func unpack(archive []byte) (fstest.MapFS, error) {
	if len(archive) > MaxArchive {
		return nil, fmt.Errorf("larger than %d MB", MaxArchive>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("cannot be read as a zip file: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("more than %d files", maxEntries)
	}
	files, seen, left := fstest.MapFS{}, map[string]string{}, uint64(maxBytes)
	for _, f := range z.File {
		switch {
		case !f.Mode().IsRegular():
			return nil, fmt.Errorf("%q is a folder or a link, not a plain file", f.Name)
		case f.Method != zip.Store:
			return nil, fmt.Errorf("%q is compressed; files are stored as they are", f.Name)
		case f.UncompressedSize64 > left:
			return nil, fmt.Errorf("more than %d MB in all", maxBytes>>20)
		case files[f.Name] != nil:
			return nil, fmt.Errorf("%q is in it twice", f.Name)
		}
		left -= f.UncompressedSize64
		b, err := content(f)
		if err == nil {
			err = packable(f.Name, b, seen)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		files[f.Name] = &fstest.MapFile{Data: b, Mode: 0o444}
	}
	for name := range files {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if files[dir] != nil {
				return nil, fmt.Errorf("%q is a file and a folder", dir)
			}
		}
	}
	return files, nil
}

// content is the bytes of a stored file, no more than it says.
func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
}

// packable refuses a file that has no place in an archive. seen are the names
// so far, by what they are called where capitals do not count.
func packable(name string, b []byte, seen map[string]string) error {
	if !fs.ValidPath(name) || len(name) > maxName {
		return errors.New("is no name of a file within the folder")
	}
	for _, part := range strings.Split(name, "/") {
		if strings.ContainsAny(part[:1], "._-") || strings.HasSuffix(part, ".") || strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return errors.New("a name is made of letters from a to z, digits, and . _ - in between")
		}
	}
	lower := strings.ToLower(name)
	if other, taken := seen[lower]; taken {
		return fmt.Errorf("differs from %q in nothing but capital letters", other)
	}
	seen[lower] = name
	most := maxFile
	if path.Base(path.Dir(name)) == "lists" {
		most = maxList
	}
	if len(b) > most {
		return fmt.Errorf("is larger than %d MB", most>>20)
	}
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		return plain(b)
	}
	return nil
}
