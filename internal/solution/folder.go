package solution

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"testing/fstest"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// What a folder of solutions may hold at most; the largest in the binary has
// 32 files of 135 kB in all.
const (
	maxFile    = 1 << 20  // bytes of a file
	maxList    = 8 << 20  // bytes of a list of choices: 100,000 entries, and more
	maxBytes   = 16 << 20 // bytes of all files
	maxEntries = 2000     // files and folders
	maxNesting = 32       // brackets in brackets in a YAML file
)

// Folder reads a folder of solution folders, as solutions/ in the source, into
// memory, for [Load]. Whoever wrote the folder need not be trusted: links that
// lead out of it, what is no plain file, and what is larger than any solution
// needs are errors, each in words. As in the binary, names that begin with "."
// or "_" are left out. Later changes in the folder change nothing.
func Folder(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("solution: the folder of solutions cannot be opened: %w", err)
	}
	defer root.Close()
	files := fstest.MapFS{} // the standard library's file system in memory
	entries, left := 0, int64(maxBytes)
	var errs []error
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if base := path.Base(name); name != "." && strings.ContainsAny(base[:1], "._") {
			if err == nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entries++; entries > maxEntries {
			return fmt.Errorf("more than %d files: is this the right folder?", maxEntries)
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := readBounded(root, name)
		if err == nil && strings.HasSuffix(name, ".yaml") {
			err = plain(b)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("solution: %s: %w", name, err))
			return nil
		}
		if left -= int64(len(b)); left < 0 {
			return fmt.Errorf("more than %d MB in all: is this the right folder?", maxBytes>>20)
		}
		files[name] = &fstest.MapFile{Data: b, Mode: 0o444}
		return nil
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("solution: %s: %w", dir, err))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return files, nil
}

// readBounded reads a plain file. It opens without waiting: a pipe would wait
// for a writer for ever.
func readBounded(root *os.Root, name string) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot be read (a link must not lead out of the folder): %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is neither a plain file nor a folder")
	}
	most := maxFile
	if path.Base(path.Dir(name)) == "lists" {
		most = maxList
	}
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("is larger than %d MB", most>>20)
	}
	return b, err
}

// plain refuses YAML that is small to write and large to read: aliases, and
// nesting for its own sake, on which readers spend the square of its depth.
func plain(b []byte) error {
	depth, entries, line := 0, 0, 0
	for _, t := range lexer.Tokenize(string(b)) {
		switch t.Type {
		case token.AliasType, token.MergeKeyType:
			return fmt.Errorf("line %d: aliases (*name) are not read; write the text out", t.Position.Line)
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Line != line {
				entries, line = 0, t.Position.Line
			}
			entries++
		}
		if max(depth, entries) > maxNesting {
			return fmt.Errorf("line %d: more than %d lists or maps in each other", t.Position.Line, maxNesting)
		}
	}
	return nil
}
