package place

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed places.tsv
var placesTSV string

// The size of the state, checked when the atlas is loaded.
const (
	Municipalities = 396 // district-free cities and municipalities of a Kreis
	Districts      = 53  // 31 Kreise and 22 district-free cities
)

// Kind says what sort of local authority a place has.
type Kind int

// The kinds of places.
const (
	Commune  Kind = iota // kreisangehörige Gemeinde
	Town                 // kreisangehörige Stadt
	City                 // kreisfreie Stadt: municipality and district in one
	District             // Kreis, or the Städteregion Aachen
)

// Place is a municipality or a Kreis. The zero Place is no place.
type Place struct {
	ARS      string // 12 digits (Regionalschlüssel); of a Kreis filled up with zeros
	AGS      string // 8 digits (Gemeindeschlüssel); "" for a Kreis
	Key      string // 5 digits: the district it is or lies in
	Kind     Kind
	Name     string // "Stolberg (Rhld.)", "Soest"
	Official string // with its official addition: "Soest, Stadt"
	// InDistrict is the title of the Kreis it lies in ("Kreis Soest"), or ""
	// for a district-free city and for a Kreis.
	InDistrict string
	Region     string  // name of the Regierungsbezirk: "Arnsberg"
	Seat       string  // of a Kreis: the town its administration sits in
	Population int     // people on 2022-12-31 (Destatis)
	AreaKM2    float64 // square kilometres; 0 for a Kreis
	Lat, Lon   float64 // WGS 84, a point inside the area; 0 for a Kreis

	postal []string
}

// IsMunicipality tells a municipality (a tenant of the portal) from a Kreis.
func (p Place) IsMunicipality() bool { return p.Kind != District && p.ARS != "" }

// Title is the place's name as an authority: "Stadt Soest", "Gemeinde
// Hövelhof", "Kreis Soest", "Rhein-Sieg-Kreis".
func (p Place) Title() string {
	switch {
	case p.Kind == Commune:
		return "Gemeinde " + p.Name
	case p.Kind != District:
		return "Stadt " + p.Name
	case strings.Contains(strings.ToLower(p.Name), "kreis"), strings.HasPrefix(p.Name, "Städteregion"):
		return p.Name
	}
	return "Kreis " + p.Name
}

// Label names the place so that no other has the same label: "Soest (Kreis
// Soest)" is the town, "Kreis Soest" the Kreis, "Köln" needs no addition.
// Find(Label) finds exactly this place.
func (p Place) Label() string {
	switch {
	case p.Kind == District:
		return p.Title()
	case p.InDistrict == "":
		return p.Name
	}
	return p.Name + " (" + p.InDistrict + ")"
}

// PostalCodes lists the known postal codes (5 digits), sorted; empty for a
// Kreis.
func (p Place) PostalCodes() []string { return slices.Clone(p.postal) }

// Atlas holds all places and the ways to find them. It is immutable.
type Atlas struct {
	places    []Place // municipalities by ARS, then Kreise by key
	byKey     map[string]int
	byPostal  map[string][]int
	codes     []string // postal codes, sorted
	index     index
	competent competences
}

// Load reads the facts in the binary. An error is a mistake of the build.
func Load() (*Atlas, error) {
	a := &Atlas{byKey: map[string]int{}, byPostal: map[string][]int{}}
	for n, line := range strings.Split(strings.TrimSpace(placesTSV), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		p, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("place: places.tsv line %d: %w", n+1, err)
		}
		a.places = append(a.places, p)
	}
	slices.SortFunc(a.places, func(p, q Place) int {
		if p.IsMunicipality() != q.IsMunicipality() {
			if p.IsMunicipality() {
				return -1
			}
			return 1
		}
		return strings.Compare(p.ARS, q.ARS)
	})
	for i, p := range a.places {
		for _, key := range []string{p.ARS, p.AGS} {
			if _, taken := a.byKey[key]; taken {
				return nil, fmt.Errorf("place: key %s is given twice", key)
			}
			if key != "" {
				a.byKey[key] = i
			}
		}
		if p.Kind == District || p.Kind == City {
			a.byKey[p.Key] = i
		}
		for _, c := range p.postal {
			a.byPostal[c] = append(a.byPostal[c], i)
		}
	}
	districts := 0
	for i, p := range a.places {
		d, ok := a.byKey[p.Key]
		if !ok {
			return nil, fmt.Errorf("place: %s lies in the unknown district %s", p.Name, p.Key)
		}
		if d != i {
			a.places[i].InDistrict = a.places[d].Title()
		} else {
			districts++
		}
	}
	if n := len(a.Municipalities()); n != Municipalities || districts != Districts {
		return nil, fmt.Errorf("place: %d municipalities and %d districts, want %d and %d", n, districts, Municipalities, Districts)
	}
	for c := range a.byPostal {
		a.codes = append(a.codes, c)
	}
	slices.Sort(a.codes)
	a.index = newIndex(a.places)
	var err error
	a.competent, err = loadCompetences(a)
	return a, err
}

func parse(line string) (Place, error) {
	f := strings.Split(line, "\t")
	if len(f) != 10 || len(f[1]) != 12 {
		return Place{}, fmt.Errorf("want 10 fields and an ARS of 12 digits")
	}
	p := Place{ARS: f[1], Key: f[1][:5], Name: f[2], Official: f[3], Seat: f[4], postal: strings.Fields(f[9])}
	switch f[0] {
	case "G":
		p.Kind = Commune
	case "T":
		p.Kind = Town
	case "C":
		p.Kind = City
	case "K":
		p.Kind = District
	default:
		return Place{}, fmt.Errorf("unknown kind %q", f[0])
	}
	if p.Kind != District {
		p.AGS = p.ARS[:5] + p.ARS[9:]
	}
	r, ok := regionOf(p.ARS)
	if !ok {
		return Place{}, fmt.Errorf("%s lies in no Regierungsbezirk", p.ARS)
	}
	p.Region = r.name
	var err error
	if p.Population, err = strconv.Atoi(f[5]); err != nil {
		return Place{}, err
	}
	for i, v := range []*float64{&p.AreaKM2, &p.Lat, &p.Lon} {
		if f[6+i] == "" {
			continue
		}
		if *v, err = strconv.ParseFloat(f[6+i], 64); err != nil {
			return Place{}, err
		}
	}
	return p, nil
}

// Municipalities lists the 396 municipalities in the order of their ARS.
func (a *Atlas) Municipalities() []Place {
	n := slices.IndexFunc(a.places, func(p Place) bool { return !p.IsMunicipality() })
	if n < 0 {
		n = len(a.places)
	}
	return slices.Clone(a.places[:n])
}

// Districts lists the 53 districts in the order of their keys: Kreise, and
// the district-free cities, which are their own district.
func (a *Atlas) Districts() []Place {
	var out []Place
	for i, p := range a.places {
		if a.byKey[p.Key] == i {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(p, q Place) int { return strings.Compare(p.Key, q.Key) })
	return out
}

// Within lists the municipalities of the district with the 5-digit key, in
// the order of their names; a district-free city holds itself.
func (a *Atlas) Within(key string) []Place {
	var out []Place
	for _, p := range a.places {
		if p.IsMunicipality() && p.Key == key {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, byName)
	return out
}

// ByKey returns the place with an ARS (12 digits), AGS (8) or district key
// (5). The 5-digit key of a district-free city gives the city.
func (a *Atlas) ByKey(key string) (Place, bool) {
	i, ok := a.byKey[key]
	if !ok {
		return Place{}, false
	}
	return a.places[i], true
}

// Population is the number of people in the state on 2022-12-31.
func (a *Atlas) Population() int {
	n := 0
	for _, p := range a.places {
		if p.IsMunicipality() {
			n += p.Population
		}
	}
	return n
}

func byName(p, q Place) int {
	if c := strings.Compare(Fold(p.Name), Fold(q.Name)); c != 0 {
		return c
	}
	return strings.Compare(p.ARS, q.ARS)
}
