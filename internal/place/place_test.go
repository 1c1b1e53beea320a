package place

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func load(t testing.TB) *Atlas {
	t.Helper()
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func has(ps []Place, ars string) bool {
	return slices.ContainsFunc(ps, func(p Place) bool { return p.ARS == ars })
}

func labels(ps []Place) string {
	var s []string
	for _, p := range ps {
		s = append(s, p.Label())
	}
	slices.Sort(s)
	return strings.Join(s, " | ")
}

// Every municipality is found by whatever names it; what fits several asks.
func TestEveryPlaceIsFound(t *testing.T) {
	a := load(t)
	towns, people := a.Municipalities(), 0
	if len(towns) != 396 || len(a.Districts()) != 53 {
		t.Fatalf("%d municipalities, %d districts", len(towns), len(a.Districts()))
	}
	labelled := map[string]string{}
	for _, p := range append(towns, a.Districts()...) {
		one := func(q string) {
			t.Helper()
			if r := a.Find(q); r.Outcome != One || r.Place().ARS != p.ARS {
				t.Errorf("Find(%q) = %d %s, want %s alone", q, r.Outcome, labels(r.Places), p.Label())
			}
		}
		one(p.ARS)
		one(p.Title())
		one(p.Label())
		if other, ok := labelled[p.Label()]; ok && other != p.ARS {
			t.Errorf("the label %q is given twice", p.Label())
		}
		labelled[p.Label()] = p.ARS
		for _, q := range []string{p.Name, p.Official, strings.ToUpper(p.Name), Fold(p.Name), plainASCII(p.Name)} {
			r := a.Find(q)
			if !has(r.Places, p.ARS) {
				t.Errorf("Find(%q) = %s lacks %s", q, labels(r.Places), p.Label())
			}
			if (r.Outcome == One) != (len(r.Places) == 1) || (r.Outcome == Several) != (len(r.Places) > 1) {
				t.Errorf("Find(%q): outcome %d with %d places", q, r.Outcome, len(r.Places))
			}
		}
		if s := a.Suggest(p.Name, 8); !has(s, p.ARS) {
			t.Errorf("Suggest(%q) = %s lacks it", p.Name, labels(s))
		}
		chain := a.Chain(p.ARS)
		if last := chain[len(chain)-1]; last.Level != LevelState || last.ID != "050000000000" {
			t.Errorf("the chain of %s ends with %v", p.Name, last)
		}
		if _, ok := a.Association(p.ARS); !ok {
			t.Errorf("%s belongs to no Landschaftsverband", p.Name)
		}
		if !p.IsMunicipality() {
			if len(a.Within(p.Key)) < 2 {
				t.Errorf("%s holds %d municipalities", p.Title(), len(a.Within(p.Key)))
			}
			continue
		}
		if r := a.FindMunicipality(p.Name); !has(r.Places, p.ARS) {
			t.Errorf("FindMunicipality(%q) lacks it", p.Name)
		}
		one(p.AGS)
		if len(p.PostalCodes()) == 0 || p.Population <= 0 || p.AreaKM2 <= 0 || p.Lat < 50 || p.Lat > 53 || p.Lon < 5 || p.Lon > 10 {
			t.Errorf("%s: facts are missing or absurd: %+v", p.Name, p)
		}
		for _, c := range p.PostalCodes() {
			r := a.Find(c)
			if r.By != ByPostalCode || !has(r.Places, p.ARS) {
				t.Errorf("Find(%q) lacks %s", c, p.Name)
			}
			if r := a.Find(c + " " + p.Name); !has(r.Places, p.ARS) {
				t.Errorf("Find(%q %s) lacks it", c, p.Name)
			}
		}
		if p.Kind != City && len(chain) != 4 || p.Kind == City && len(chain) != 3 {
			t.Errorf("the chain of %s is %v", p.Label(), chain)
		}
	}
	for _, p := range towns {
		people += p.Population
	}
	if people != 18139116 || a.Population() != people {
		t.Errorf("population %d", people)
	}
	inKreise := 0
	for _, d := range a.Districts() {
		inKreise += d.Population
	}
	if inKreise != people {
		t.Errorf("the districts hold %d people, the municipalities %d", inKreise, people)
	}
}

// plainASCII is how somebody types without an umlaut key: Koln.
func plainASCII(s string) string {
	return strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "Ä", "A", "Ö", "O", "Ü", "U").Replace(s)
}

func TestFind(t *testing.T) {
	a := load(t)
	for _, c := range []struct{ query, want string }{
		{"Koln", "Köln"},
		{"köln", "Köln"},
		{" KÖLN ", "Köln"},
		{"Ko\u0308ln", "Köln"},
		{"Koeln", "Köln"},
		{"Cologne", "Köln"},
		{"Muenster", "Münster"},
		{"St. Augustin", "Sankt Augustin (Rhein-Sieg-Kreis)"},
		{"St Augustin", "Sankt Augustin (Rhein-Sieg-Kreis)"},
		{"sankt-augustin", "Sankt Augustin (Rhein-Sieg-Kreis)"},
		{"Rheda", "Rheda-Wiedenbrück (Kreis Gütersloh)"},
		{"Oeynhausen", "Bad Oeynhausen (Kreis Minden-Lübbecke)"},
		{"Schloss Holte", "Schloß Holte-Stukenbrock (Kreis Gütersloh)"},
		{"Mülheim", "Mülheim an der Ruhr"},
		{"Mülheim/Ruhr", "Mülheim an der Ruhr"},
		{"Halle", "Halle (Westf.) (Kreis Gütersloh)"},
		{"Fröndenberg", "Fröndenberg/Ruhr (Kreis Unna)"},
		{"Landeshauptstadt Düsseldorf", "Düsseldorf"},
		{"Solingen, Klingenstadt", "Solingen"},
		{"Aachen", "Aachen (Städteregion Aachen)"},
		{"Siegen", "Siegen (Kreis Siegen-Wittgenstein)"},
		{"Wittgenstein", "Kreis Siegen-Wittgenstein"},
		{"Rhein-Sieg", "Rhein-Sieg-Kreis"},
		{"Soest", "Kreis Soest | Soest (Kreis Soest)"},
		{"Stadt Soest", "Soest (Kreis Soest)"},
		{"Soest, Stadt", "Soest (Kreis Soest)"},
		{"Kreis Soest", "Kreis Soest"},
		{"Landkreis Soest", "Kreis Soest"},
		{"Paderborn", "Kreis Paderborn | Paderborn (Kreis Paderborn)"},
		{"Neunkirchen", "Neuenkirchen (Kreis Steinfurt) | Neunkirchen (Kreis Siegen-Wittgenstein) | Neunkirchen-Seelscheid (Rhein-Sieg-Kreis)"},
		{"Neuenkirchen", "Neuenkirchen (Kreis Steinfurt) | Neunkirchen (Kreis Siegen-Wittgenstein)"},
		{"Neunkirchen-Seelscheid", "Neunkirchen-Seelscheid (Rhein-Sieg-Kreis)"},
		{"52538", "Gangelt (Kreis Heinsberg) | Selfkant (Kreis Heinsberg)"},
		{"52538 Gangelt", "Gangelt (Kreis Heinsberg)"},
		{"Selfkant, 52538", "Selfkant (Kreis Heinsberg)"},
		{"33098", "Paderborn (Kreis Paderborn)"},
		{"33098 Paderborn", "Paderborn (Kreis Paderborn)"},
		{"33098 Köln", "Köln | Paderborn (Kreis Paderborn)"},
		{"05774", "Kreis Paderborn"},
		{"05315", "Köln"},
		{"05774032", "Paderborn (Kreis Paderborn)"},
		{"05 7 74 0032 032", "Paderborn (Kreis Paderborn)"},
		{"10115", ""},
		{"", ""},
		{"-", ""},
		{"Hamburg", ""},
		{"Stadt", ""},
		{"12345678901234567890", ""},
		{"K\xffln", ""},
		{strings.Repeat("Köln ", 100), ""},
	} {
		if got := labels(a.Find(c.query).Places); got != c.want {
			t.Errorf("Find(%q) = %s, want %s", c.query, got, c.want)
		}
	}
}

// Where a town and a Kreis bear the same name the town is taken, and the Kreis
// named; a name that can mean but one of them passes nothing over.
func TestFindMunicipalityNamesTheKreisItPassesOver(t *testing.T) {
	a := load(t)
	twice := 0
	for _, d := range a.Districts() {
		if r := a.FindMunicipality(d.Name); d.Kind == District && r.Outcome == One {
			twice++
			if r.Passed.ARS != d.ARS || r.Place().Name != d.Name {
				t.Errorf("%q takes %s and passes %q over", d.Name, r.Place().Label(), r.Passed.Title())
			}
		}
	}
	if twice != 19 {
		t.Errorf("%d names are those of a town and of a Kreis", twice)
	}
	for _, q := range []string{
		"Soest (Kreis Soest)", "Stadt Soest", "59494 Soest", "59494", "059740040040", "Kreis Soest", "Köln", "Aachen", "Detmold",
		"Lippe", "Sundern", "Nirgendwo", "",
	} {
		if r := a.FindMunicipality(q); r.Passed.ARS != "" {
			t.Errorf("%q passes %s over", q, r.Passed.Title())
		}
	}
	for _, p := range a.Municipalities() {
		if r := a.FindMunicipality(p.Label()); r.Passed.ARS != "" {
			t.Errorf("%q passes %s over", p.Label(), r.Passed.Title())
		}
	}
}

func TestFindMunicipality(t *testing.T) {
	a := load(t)
	if r := a.FindMunicipality("Soest"); r.Outcome != One || r.Place().Kind != Town {
		t.Errorf("Soest = %s", labels(r.Places))
	}
	if r := a.FindMunicipality("Kreis Soest"); r.Outcome != Several || len(r.Places) != 14 {
		t.Errorf("Kreis Soest = %s", labels(r.Places))
	}
	if r := a.FindMunicipality("Lippe"); r.Outcome != Several || len(r.Places) != 16 {
		t.Errorf("Lippe = %s", labels(r.Places))
	}
	if r := a.FindMunicipality("05974"); len(r.Places) != 14 {
		t.Errorf("05974 = %s", labels(r.Places))
	}
}

func TestTypingErrorsAreSuggestedNeverTaken(t *testing.T) {
	a := load(t)
	for query, want := range map[string]string{
		"Padeborn": "Paderborn", "Paderbron": "Paderborn", "Düseldorf": "Düsseldorf", "Gelsenkirhcen": "Gelsenkirchen",
		"Bielefled": "Bielefeld", "Kölnn": "Köln", "Bergisch Gladbch": "Bergisch Gladbach", "Recklinghaussen": "Recklinghausen",
	} {
		r := a.Find(query)
		if r.Outcome != None || len(r.Places) != 0 || len(r.Similar) == 0 || r.Similar[0].Name != want || len(r.Similar) > 5 {
			t.Errorf("Find(%q): outcome %d, similar %s, want %s first", query, r.Outcome, labels(r.Similar), want)
		}
	}
}

func TestSuggest(t *testing.T) {
	a := load(t)
	for _, c := range []struct{ prefix, first string }{
		{"Kö", "Köln"},
		{"ko", "Köln"},
		{"pad", "Paderborn (Kreis Paderborn)"},
		{"Sankt A", "Sankt Augustin (Rhein-Sieg-Kreis)"},
		{"St. A", "Sankt Augustin (Rhein-Sieg-Kreis)"},
		{"St", "Steinfurt (Kreis Steinfurt)"},
		{"kreis so", "Kreis Soest"},
		{"3309", "Paderborn (Kreis Paderborn)"},
		{"Padeborn", "Paderborn (Kreis Paderborn)"},
	} {
		got := a.Suggest(c.prefix, 8)
		if len(got) == 0 || len(got) > 8 {
			t.Errorf("Suggest(%q) gives %d", c.prefix, len(got))
		} else if !slices.ContainsFunc(got, func(p Place) bool { return p.Label() == c.first }) || c.prefix != "St" && got[0].Label() != c.first {
			t.Errorf("Suggest(%q) = %s, want %s first", c.prefix, labels(got), c.first)
		}
	}
	if got := a.Suggest("xyzzy", 8); len(got) != 0 {
		t.Errorf("nonsense suggests %s", labels(got))
	}
}

func TestCompetent(t *testing.T) {
	a := load(t)
	key := func(name string) string { return a.FindMunicipality(name).Place().ARS }
	for _, c := range []struct {
		place, task string
		level       Level
		want        string
	}{
		{"Paderborn", "hundesteuer", "", "Stadt Paderborn"},
		{"Hövelhof", "hundesteuer", "", "Gemeinde Hövelhof"},
		{"Köln", "kfz-zulassung", "", "Stadt Köln"},
		{"Hövelhof", "kfz-zulassung", "", "Kreis Paderborn"},
		{"Paderborn", "baugenehmigung", "", "Stadt Paderborn"},
		{"Ahaus", "baugenehmigung", "", "Stadt Ahaus"},
		{"Hövelhof", "baugenehmigung", "", "Kreis Paderborn"},
		{"Wülfrath", "baugenehmigung", "", "Kreis Mettmann / Stadt Wülfrath"},
		{"Breckerfeld", "baugenehmigung", "", "Ennepe-Ruhr-Kreis"},
		{"Paderborn", "jugendamt", "", "Kreis Paderborn / Stadt Paderborn"},
		{"Hövelhof", "jugendamt", "", "Kreis Paderborn"},
		{"Aachen", "hundesteuer", "", "Stadt Aachen"},
		{"Aachen", "auslaenderwesen", "", "Städteregion Aachen"},
		{"Aachen", "baugenehmigung", "", "Stadt Aachen"},
		{"Aachen", "schwerbehinderung", "", "Stadt Aachen / Städteregion Aachen"},
		{"Eschweiler", "auslaenderwesen", "", "Städteregion Aachen"},
		{"Bonn", "eingliederungshilfe", "", "Landschaftsverband Rheinland (LVR)"},
		{"Soest", "eingliederungshilfe", "", "Landschaftsverband Westfalen-Lippe (LWL)"},
		{"Soest", "stiftungsaufsicht", "", "Bezirksregierung Arnsberg"},
		{"Soest", "", LevelState, "Land Nordrhein-Westfalen"},
		{"Essen", "", LevelDistrict, "Stadt Essen"},
	} {
		got, err := a.Competent(key(c.place), c.task, c.level)
		if err != nil {
			t.Fatal(err)
		}
		names := got.Authority.Name
		for _, o := range got.Or {
			names += " / " + o.Name
		}
		if names != c.want || got.Sure() != !strings.Contains(c.want, "/") || c.task != "" && got.Source == "" {
			t.Errorf("%s in %s: %s (source %q), want %s", c.task, c.place, names, got.Source, c.want)
		}
	}
	if _, err := a.Competent("999", "hundesteuer", ""); err == nil {
		t.Error("an unknown place has a competent authority")
	}
	for _, p := range a.Municipalities() {
		for _, task := range a.Tasks() {
			if got, err := a.Competent(p.ARS, task, ""); err != nil || got.Authority.Name == "" {
				t.Errorf("%s in %s: %v", task, p.Name, err)
			}
		}
	}
}

// The embedded facts are those of the source tables.
func TestFactsAreCurrent(t *testing.T) {
	const dir = "../../../shared/data/nrw/"
	b, err := os.ReadFile(dir + "plz_nrw.csv")
	if err != nil {
		t.Skip("the source tables are not here: " + err.Error())
	}
	a := load(t)
	rows := strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	for _, row := range rows {
		f := strings.Split(strings.TrimSpace(row), ",")
		p, ok := a.ByKey(f[1])
		if !ok || p.Name != f[2] || !slices.Contains(p.PostalCodes(), f[0]) {
			t.Errorf("%s of %s (%s) is missing; run go generate ./internal/place", f[0], f[2], f[1])
		}
	}
	if len(rows) != 873 {
		t.Errorf("%d postal codes, want 873", len(rows))
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"Köln", "St. Augustin", "52538 Selfkant", "05774032", "\u0308", "ß", "Kreis", "K\xff", "a\u202eb", "00000"} {
		f.Add(s)
	}
	a := load(f)
	f.Fuzz(func(t *testing.T, q string) {
		r := a.Find(q)
		if (r.Outcome == One) != (len(r.Places) == 1) || (r.Outcome == None) != (len(r.Places) == 0) {
			t.Fatalf("Find(%q): outcome %d with %d places", q, r.Outcome, len(r.Places))
		}
		if len(r.Similar) > 5 || r.Outcome != None && r.Similar != nil {
			t.Fatalf("Find(%q): %d similar", q, len(r.Similar))
		}
		for _, p := range a.FindMunicipality(q).Places {
			if !p.IsMunicipality() {
				t.Fatalf("FindMunicipality(%q) gives %s", q, p.Label())
			}
		}
		if len(a.Suggest(q, 8)) > 8 {
			t.Fatal("too many suggestions")
		}
		if f := Fold(q); utf8.ValidString(q) && Fold(f) != f && !strings.Contains(f, "st") {
			t.Fatalf("Fold(%q) = %q is not stable", q, f)
		}
	})
}

func BenchmarkSuggest(b *testing.B) {
	a := load(b)
	for i, prefixes := 0, []string{"b", "Bad", "Pad", "köl", "334"}; b.Loop(); i++ {
		a.Suggest(prefixes[i%len(prefixes)], 8)
	}
}

func BenchmarkFindMisspelt(b *testing.B) {
	a := load(b)
	towns := a.Municipalities()
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		a.Find(towns[r.IntN(len(towns))].Name + "xy")
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

func TestSaysThatAPostalCodeIsElsewhere(t *testing.T) {
	a := load(t)
	for query, want := range map[string]By{
		"20095": ByPostalCode, "20095 Hamburg": ByPostalCode, " 2 0095": ByPostalCode,
		"Hamburg": ByName, "1234": ByKey, "12345678": ByKey,
	} {
		if r := a.FindMunicipality(query); r.Outcome != None || r.By != want {
			t.Errorf("%q: %v by %v, want none by %v", query, r.Outcome, r.By, want)
		}
	}
	if r := a.FindMunicipality("20095 Paderborn"); r.Place().Name != "Paderborn" {
		t.Errorf("a name that is known does not lead there: %v", r)
	}
}
