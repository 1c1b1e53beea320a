// Command stamp writes into the translations of a folder texts/ the hashes of
// the German texts they were made from: go run ./internal/i18n/stamp
// internal/<room>/texts. Run it after you have checked the translations.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"leitportal/internal/i18n"
)

func main() {
	for _, dir := range os.Args[1:] {
		if err := stamp(dir); err != nil {
			fmt.Fprintln(os.Stderr, "stamp:", err)
			os.Exit(1)
		}
	}
}

func stamp(dir string) error {
	de, err := os.ReadFile(filepath.Join(dir, "de.json"))
	if err != nil {
		return err
	}
	for _, lang := range append(i18n.Langs()[1:], i18n.Further()...) {
		file := filepath.Join(dir, string(lang)+".json")
		b, err := os.ReadFile(file)
		if lang.Further() && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		out, err := i18n.Stamp(de, b)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := os.WriteFile(file, out, 0o644); err != nil {
			return err
		}
	}
	return nil
}
