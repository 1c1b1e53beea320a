package solution

import (
	"fmt"
	"strings"
	"testing"
)

const delivery = `
schema: urn:leitportal:bin:1.2.0:payload
services: ["urn:de:fim:leika:leistung:99001001000000"]
destination: office
`

func TestDelivery(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{"urn:leitportal:bin:1.2.0:payload", "https://kreis.example/schemas/bin/1.2.0/payload.schema.json", ""},
		{"destination: office", "", ""},
		{":1.2.0:", ":1.2.1:", "is neither urn:leitportal:bin:1.2.0:payload nor an https address that ends in /bin/1.2.0/payload.schema.json"},
		{"urn:leitportal:bin:1.2.0:payload", "http://kreis.example/bin/1.2.0/payload.schema.json", "is neither"},
		{"leistung:99001001000000", "leistung:9900100100000", "is not urn:de:fim:leika:leistung: and 14 digits"},
		{"leistung:99001001000000", "leistung:99001001000001", "no online service with the key 99001001000001"},
		{`["urn:de:fim:leika:leistung:99001001000000"]`, "[]", "services is empty"},
		{"destination: office", "destination: share", `no parameter "share" of type text`},
		{"destination: office", "destination: nobody", `no parameter "nobody" of type text`},
		{"destination: office", "whereto: office", "whereto"},
	} {
		files := small()
		files["bin/delivery.yaml"] = strings.Replace(delivery, c.from, c.to, 1)
		cat, err := Load(folder(files))
		if c.want != "" {
			refused(t, err, c.want)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.to, err)
			continue
		}
		if v, err := cat.Solution("bin"); err != nil || len(v.Delivery.Services) != 1 || v.Delivery.Schema == "" {
			t.Errorf("got %+v, %v", v.Delivery, err)
		}
	}
	cat, err := Load(folder(small()))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := cat.Solution("bin"); err != nil || v.Delivery.Schema != "" {
		t.Errorf("without a file: %+v, %v", v.Delivery, err)
	}
}

func TestPublicCode(t *testing.T) {
	d := Draft{ID: "bin", Version: "1.2.0", Title: "Tonne bestellen", Released: "2026-11-23"}
	drafted, err := d.Files()
	if err != nil {
		t.Fatal(err)
	}
	good := string(drafted[PublicCodeFile])
	for _, c := range []struct{ from, to, want string }{
		{"", "", "<nil>"},
		{"softwareVersion: 1.2.0", "softwareVersion: 1.1.0", `softwareVersion is "1.1.0", in solution.yaml "1.2.0"`},
		{"Tonne bestellen", "Tonne", `name is "Tonne", in solution.yaml`},
		{"2026-11-23", "2026-11-22", "releaseDate is"},
		{"Status: development", "Status: ready", `"ready" is none of concept`},
		{"license: EUPL-1.2", "license: MIT", "legal/license is"},
		{"[digital-citizenship]", "[]", "categories are"},
		{"platforms: [web]", "", "platforms or localisation is missing"},
		{"type: internal", "type: me", "maintenance/type"},
		{"shortDescription: An", "shortDescription: " + strings.Repeat("a", 150), "description/en/shortDescription has 2"},
		{"  de:\n", "  fr:\n", "description/de/longDescription has 0"},
		{good, "", "is"},
		{good, "[", "publiccode.yml: "},
	} {
		files := small()
		files["bin/solution.yaml"] += "software: {licence: EUPL-1.2, status: development, released: \"2026-11-23\", categories: [digital-citizenship]}\n"
		files["bin/"+PublicCodeFile] = strings.Replace(good, c.from, c.to, 1)
		cat, err := Load(folder(files))
		if err != nil {
			t.Fatal(err)
		}
		v, err := cat.Solution("bin")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(v.CheckPublicCode()); !strings.Contains(got, c.want) {
			t.Errorf("%q for %q: got %s, want %s", c.to, c.from, got, c.want)
		}
	}
	cat, err := Load(folder(small()))
	if err != nil {
		t.Fatal(err)
	}
	v, err := cat.Solution("bin")
	if err != nil {
		t.Fatal(err)
	}
	refused(t, v.CheckPublicCode(), "publiccode.yml is missing")
}
