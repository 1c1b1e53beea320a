package progress

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/service"
)

// The form of the CSV files: UTF-8 with a byte order mark and semicolons, which
// is what German Excel opens, lines ended by CRLF. A cell that a spreadsheet
// would take for a formula begins with an apostrophe, and so does one that
// begins with an apostrophe of its own; reading takes exactly that one off.
const (
	bom       = "\ufeff"
	comma     = ';'
	apostroph = "=+-@'"

	// MaxFile is the size of a file of reports that is read, in bytes: more
	// than one report for each of 557 services in each of 396 municipalities
	// with usual lengths.
	MaxFile = 64 << 20
	maxRows = 396 * 557
)

func escapeCell(s string) string {
	if s != "" && strings.ContainsRune(apostroph, rune(s[0])) {
		return "'" + s
	}
	return s
}

func unescapeCell(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune(apostroph, rune(s[1])) {
		return s[1:]
	}
	return s
}

// reportColumns head the file of reports. name and service are for people;
// reading passes over them.
func reportColumns() []string {
	return []string{
		"ars", "name", "ozg_id", "service", "level_1_1", "criteria_1_1", "level_2_0", "criteria_2_0", "since", "link", "source", "demo", "reported_on",
	}
}

// runningColumns head the file of what runs.
func runningColumns() []string {
	return []string{"ars", "name", "ozg_id", "service", "topic", "solution", "version", "since", "demo"}
}

func writeCSV(w io.Writer, columns []string, rows func(add func(...string))) error {
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = comma, true
	err := out.Write(columns)
	rows(func(cells ...string) {
		for i := range cells {
			cells[i] = escapeCell(cells[i])
		}
		err = errors.Join(err, out.Write(cells))
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// WriteReports writes what all municipalities say of themselves, as
// ReadReports reads it.
func (f *Figures) WriteReports(w io.Writer, c *service.Catalog) error {
	return writeCSV(w, reportColumns(), func(add func(...string)) {
		for _, t := range f.List {
			for _, r := range t.Reports {
				s, _ := c.ByID(r.OZG)
				add(r.Tenant, t.Place.Name, r.OZG, s.Name, r.Level11.String(), r.Ratings11.String(), r.Level20.String(), r.Ratings20.String(),
					dayText(r.Since), r.Link, r.Source, strconv.FormatBool(r.Demo), dayText(r.On))
			}
		}
	})
}

// WriteRunning writes what really runs.
func (f *Figures) WriteRunning(w io.Writer, c *service.Catalog) error {
	return writeCSV(w, runningColumns(), func(add func(...string)) {
		for _, t := range f.List {
			for _, o := range t.Online {
				s, _ := c.ByID(o.OZG)
				add(o.Tenant, t.Place.Name, o.OZG, s.Name, s.Topic.Name, o.Solution, o.Version, dayText(o.Since), strconv.FormatBool(o.Demo))
			}
		}
	})
}

// ReadReports reads a file of reports. Nothing of it is taken when a line is
// wrong: the error then tells the first 20 of them in English, for the command
// line. A report without a day is of today.
func ReadReports(r io.Reader, c *service.Catalog, known func(ars string) bool, today clock.Date) ([]Report, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, fmt.Errorf("the file is larger than %d bytes", MaxFile)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte(bom))))
	in.Comma, in.ReuseRecord = comma, true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line cannot be read: %w", err)
	}
	if !slices.Equal(head, reportColumns()) {
		return nil, fmt.Errorf("the first line must be %q", strings.Join(reportColumns(), string(comma)))
	}
	var out []Report
	var problems []error
	seen := map[string]bool{}
	for len(problems) < 20 {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			problems = append(problems, err)
			break // what follows cannot be told apart from it
		}
		line, _ := in.FieldPos(0)
		rep, err := readReport(cells, c, known, today)
		if err == nil && seen[rep.Tenant+rep.OZG] {
			err = fmt.Errorf("%s and %s come twice", rep.Tenant, rep.OZG)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		seen[rep.Tenant+rep.OZG] = true
		if out = append(out, rep); len(out) > maxRows {
			return nil, fmt.Errorf("more than %d lines", maxRows)
		}
	}
	return out, errors.Join(problems...)
}

func readReport(cells []string, c *service.Catalog, known func(string) bool, today clock.Date) (Report, error) {
	v := make([]string, len(cells))
	for i := range cells {
		v[i] = unescapeCell(strings.Clone(cells[i]))
	}
	r := Report{Tenant: v[0], OZG: v[2], Link: v[9], Source: v[10], Demo: v[11] == "true"}
	if !known(r.Tenant) {
		return r, fmt.Errorf("ars: %q is no municipality", clip(v[0]))
	}
	if _, ok := c.ByID(r.OZG); !ok {
		return r, fmt.Errorf("ozg_id: %q is no service of the catalogue", clip(v[2]))
	}
	if v[11] != "true" && v[11] != "false" {
		return r, fmt.Errorf("demo: %q is neither true nor false", clip(v[11]))
	}
	var errs [6]error
	r.Level11, errs[0] = Model11().ParseLevel(v[4])
	r.Ratings11, errs[1] = Model11().ParseRatings(v[5])
	r.Level20, errs[2] = Model20().ParseLevel(v[6])
	r.Ratings20, errs[3] = Model20().ParseRatings(v[7])
	r.Since, errs[4] = parseDay(v[8])
	r.On, errs[5] = parseDay(v[12])
	for _, err := range errs {
		if err != nil {
			return r, err
		}
	}
	if r.On.IsZero() {
		r.On = today
	}
	bad := r.Check(today)
	for _, column := range slices.Sorted(keys(bad)) {
		return r, fmt.Errorf("%s: %s", column, Texts().In(i18n.EN).T(bad[column]))
	}
	return r, nil
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// clip shortens what a stranger wrote for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Changes are the reports of list that differ from what is stored, who
// reported it left aside.
func Changes(stored, list []Report) []Report {
	before := map[string]Report{}
	for _, r := range stored {
		before[r.Tenant+r.OZG] = r
	}
	var out []Report
	for _, r := range list {
		if b, ok := before[r.Tenant+r.OZG]; !ok || !same(b, r) {
			out = append(out, r)
		}
	}
	return out
}

func same(a, b Report) bool {
	return a.Tenant == b.Tenant && a.OZG == b.OZG && a.Level11 == b.Level11 && a.Level20 == b.Level20 && a.Since == b.Since && a.On == b.On &&
		a.Link == b.Link && a.Source == b.Source && a.Demo == b.Demo && slices.Equal(a.Ratings11, b.Ratings11) && slices.Equal(a.Ratings20, b.Ratings20)
}

// files are the downloads, made when they are first asked for.
type files struct {
	running, reports, json sync.Once
	csv, own, data         []byte
	errs                   [3]error
}

func (f *Figures) runningFile(c *service.Catalog) ([]byte, error) {
	f.files.running.Do(func() {
		var b bytes.Buffer
		f.files.errs[0] = f.WriteRunning(&b, c)
		f.files.csv = b.Bytes()
	})
	return f.files.csv, f.files.errs[0]
}

func (f *Figures) reportsFile(c *service.Catalog) ([]byte, error) {
	f.files.reports.Do(func() {
		var b bytes.Buffer
		f.files.errs[1] = f.WriteReports(&b, c)
		f.files.own = b.Bytes()
	})
	return f.files.own, f.files.errs[1]
}

// document is the JSON of the figures, for programs.
type document struct {
	Day            string            `json:"day"`
	Catalogue      int               `json:"services_in_catalogue"`
	Services       int               `json:"services_online"`
	Municipalities int               `json:"municipalities"`
	With           int               `json:"municipalities_with_services_online"`
	Offers         int               `json:"offers_online"`
	Demo           int               `json:"offers_with_demo_values"`
	Reports        int               `json:"self_reports"`
	Topics         []documentTopic   `json:"topics"`
	Levels         map[string][]int  `json:"self_reported_levels"`
	Unassessed     map[string]int    `json:"self_reports_not_assessed"`
	Towns          []documentTown    `json:"by_municipality"`
	Projects       []Project         `json:"cooperation_projects"`
	Attribution    []string          `json:"attribution"`
	Notes          map[string]string `json:"notes"`
}

type documentTopic struct {
	Name     string `json:"name"`
	Services int    `json:"services"`
	Online   int    `json:"services_online"`
	Offers   int    `json:"offers_online"`
	Reports  int    `json:"self_reports"`
}

type documentTown struct {
	ARS        string  `json:"ars"`
	Name       string  `json:"name"`
	Population int     `json:"population"`
	Lat        float64 `json:"lat"`
	Lon        float64 `json:"lon"`
	Online     int     `json:"services_online"`
	Demo       int     `json:"with_demo_values"`
	Reports    int     `json:"self_reports"`
}

func (f *Figures) dataFile(c *service.Catalog, attribution []string) ([]byte, error) {
	f.files.json.Do(func() { f.files.data, f.files.errs[2] = json.MarshalIndent(f.document(c, attribution), "", " ") })
	return f.files.data, f.files.errs[2]
}

func (f *Figures) document(c *service.Catalog, attribution []string) document {
	last11, last20 := len(f.Levels11)-1, len(f.Levels20)-1
	d := document{
		Day: f.Day.String(), Catalogue: f.All.Services, Services: f.All.Online, Municipalities: f.Of, With: f.Towns, Offers: f.All.Offers,
		Demo: f.Demo, Reports: f.All.Reported, Attribution: attribution,
		Levels:     map[string][]int{"1.1": f.Levels11[:last11], "2.0": f.Levels20[:last20]},
		Unassessed: map[string]int{"1.1": f.Levels11[last11], "2.0": f.Levels20[last20]},
		Projects:   append([]Project{}, f.Projects...),
		Notes: map[string]string{
			"services_online": "counted from what runs in this portal, never from self-reports",
			"maturity":        "of what runs no level is claimed: not all criteria can be told from the portal alone",
			"catalogue":       "OZG catalogue of October 2019",
			"population":      "2022-12-31",
		},
	}
	for _, t := range c.Topics {
		n := f.Topics[t]
		d.Topics = append(d.Topics, documentTopic{t.Name, n.Services, n.Online, n.Offers, n.Reported})
	}
	for _, t := range f.List {
		p := t.Place
		d.Towns = append(d.Towns, documentTown{p.ARS, p.Name, p.Population, p.Lat, p.Lon, len(t.Online), t.Demo, len(t.Reports)})
	}
	return d
}
