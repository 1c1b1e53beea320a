// Command gen writes facts/catalog.txt, the compact form of the OZG and LeiKa
// catalogue that the service room embeds, from the two CSV files named in
// service's doc.go:
//
//	go run ./internal/service/gen ../shared/data/nrw internal/service/facts/catalog.txt
//
// The text has one record a line, fields parted by tabs, services in the
// order of their OZG id:
//
//	L  name  address            a legal basis; its number is its place among the L lines, from 0
//	S  id  name  event  topic   an OZG service; the K lines after it are its own
//	K  key  type  name  laws    a LeiKa key; laws are L numbers parted by spaces
package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER-OF-CSV OUTPUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(folder, out string) error {
	services, err := read(filepath.Join(folder, "ozg_leistungen.csv"), "ozg_id", "name", "lage", "themenfeld")
	if err != nil {
		return err
	}
	keys, err := read(filepath.Join(folder, "leika_leistungen.csv"), "ozg_id", "leika_key", "typ", "name", "legal_basis")
	if err != nil {
		return err
	}
	sort.Slice(services, func(i, j int) bool { return services[i][0] < services[j][0] })
	sort.Slice(keys, func(i, j int) bool { return keys[i][1] < keys[j][1] })

	laws := map[string]int{}
	var lines, lawLines []string
	for _, s := range services {
		lines = append(lines, "S\t"+strings.Join(s, "\t"))
		for _, k := range keys {
			if k[0] != s[0] {
				continue
			}
			var refs []string
			for _, law := range references(k[4]) {
				n, known := laws[law]
				if !known {
					n = len(lawLines)
					laws[law] = n
					lawLines = append(lawLines, "L\t"+law)
				}
				refs = append(refs, strconv.Itoa(n))
			}
			kind := strings.ReplaceAll(k[2], ", ", "/")
			lines = append(lines, "K\t"+k[1]+"\t"+kind+"\t"+k[3]+"\t"+strings.Join(refs, " "))
		}
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, l := range append(lawLines, lines...) {
		fmt.Fprintln(w, l)
	}
	return errors.Join(w.Flush(), f.Close())
}

// read returns the named columns of a CSV file, with runs of white space made
// one space.
func read(path string, columns ...string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, errors.New("no rows read")))
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var out [][]string
	for _, row := range rows[1:] {
		var rec []string
		for _, c := range columns {
			i, ok := at[c]
			if !ok {
				return nil, fmt.Errorf("%s: no column %q", path, c)
			}
			rec = append(rec, strings.Join(strings.Fields(row[i]), " "))
		}
		out = append(out, rec)
	}
	return out, nil
}

var reference = regexp.MustCompile(`(.+?) \[(https?://[^\]]*)\](?:, )?`)

// references splits "§ 1 X [https://x], § 2 Y [https://y]" into "name\taddress"
// parts. Federal law is served over HTTPS.
func references(s string) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range reference.FindAllStringSubmatch(s, -1) {
		address := strings.Replace(m[2], "http://www.gesetze-im-internet.de", "https://www.gesetze-im-internet.de", 1)
		law := m[1] + "\t" + address
		if !seen[law] && !strings.ContainsAny(address, " \"<>") {
			seen[law] = true
			out = append(out, law)
		}
	}
	return out
}
