package service

import (
	"embed"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"leitportal/internal/i18n"
)

// Level is the tier of the administration that answers for a service as a
// rule; place resolves it to an authority.
type Level byte

// The levels. Unrecorded means that nobody has written it down yet.
const (
	Unrecorded   Level = '-'
	Municipality Level = 'm'
	District     Level = 'd' // Kreis or district-free city
	Region       Level = 'r' // Bezirksregierung
	State        Level = 's'
	Federal      Level = 'f'
	OtherBody    Level = 'o' // court, chamber, insurer, church
)

// Law is one legal basis: its name as the catalogue writes it, and the address
// of its text.
type Law struct{ Name, Href string }

// LeiKa is one key of the LeiKa catalogue.
type LeiKa struct {
	// Key has 14 digits.
	Key string
	// Type says who regulates and carries out: "1" federal, "2", "3" or "2/3"
	// federal law carried out by state or municipality, "4" state law, "5"
	// municipal law, "6" other; "" where not recorded.
	Type string
	// Name is the official German name.
	Name string
	laws []int
}

// URN names the key as FIT-Connect and FIM do.
func (k LeiKa) URN() string { return "urn:de:fim:leika:leistung:" + k.Key }

// Group tells whether the key names a subject as a whole rather than one act
// upon it: its act (digits 9 to 11) is 000.
func (k LeiKa) Group() bool { return k.Key[8:11] == "000" }

// Topic is one of the 14 fields of the OZG catalogue.
type Topic struct {
	// Name is the official one; Slug its part of the address; Icon a name of
	// ui's icons.
	Name, Slug, Icon string
	de, en           string
	Events           []*Event
	Services         []*Service
}

// Title is the topic's name on screen.
func (t *Topic) Title(l i18n.Lang) string { return pick(l, t.de, t.en) }

// Event is one of the 55 life and business events.
type Event struct {
	Name, Slug, Icon string
	de, en           string
	Topic            *Topic
	Services         []*Service
}

// Title is the event's name on screen.
func (e *Event) Title(l i18n.Lang) string { return pick(l, e.de, e.en) }

// Service is one OZG service.
type Service struct {
	// OZGID has five digits; Name is the official German name; Slug its part
	// of the address.
	OZGID, Slug, Name string
	Event             *Event
	Topic             *Topic
	Keys              []LeiKa
	// Level answers as a rule.
	Level Level
	// Task is the name of place's own rule for the competence; "" for none.
	Task string
	// Popular orders the often used ones from 1; 0 for the others.
	Popular int
	de, en  string
}

// Title is the service's name in the person's words, and the language it is
// in: German where no English title is written yet.
func (s *Service) Title(l i18n.Lang) (title string, in i18n.Lang) {
	if l == i18n.EN && s.en != "" {
		return s.en, i18n.EN
	}
	if s.de != "" {
		return s.de, i18n.DE
	}
	return s.Name, i18n.DE
}

// Catalog is the whole catalogue. It is immutable.
type Catalog struct {
	// Services by OZG id, topics and events as the catalogue orders them.
	Services []*Service
	Topics   []*Topic
	Events   []*Event
	laws     []Law
	byID     map[string]*Service
	bySlug   map[string]*Service
	old      map[string]*Service
	topics   map[string]*Topic
	events   map[string]*Event
	popular  []*Service
	sorted   map[i18n.Lang][]*Service
}

//go:embed facts/catalog.txt
var catalogFacts string

//go:embed facts/*.tsv
var ownFacts embed.FS

// Load reads the embedded catalogue. An error means that the facts embedded
// do not fit each other: a mistake of the build. Its strings are parts of the
// embedded text, so that 557 services and 4,797 keys cost little memory.
func Load() (*Catalog, error) {
	c := &Catalog{
		byID: map[string]*Service{}, bySlug: map[string]*Service{}, old: map[string]*Service{},
		topics: map[string]*Topic{}, events: map[string]*Event{}, sorted: map[i18n.Lang][]*Service{},
	}
	topics, events := map[string]*Topic{}, map[string]*Event{}
	err := records("facts/topics.tsv", 5, func(f []string) error {
		t := &Topic{Name: f[0], Slug: f[1], Icon: f[4], de: f[2], en: f[3]}
		topics[t.Name], c.topics[t.Slug] = t, t
		c.Topics = append(c.Topics, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = records("facts/events.tsv", 5, func(f []string) error {
		e := &Event{Name: f[0], Slug: f[1], Icon: f[4], de: f[2], en: f[3]}
		events[e.Name], c.events[e.Slug] = e, e
		c.Events = append(c.Events, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.readFacts(topics, events); err != nil {
		return nil, err
	}
	if err := c.readOwn(); err != nil {
		return nil, err
	}
	return c, c.index()
}

// readFacts reads the generated catalogue (its form: see gen).
func (c *Catalog) readFacts(topics map[string]*Topic, events map[string]*Event) error {
	var s *Service
	for line := range strings.Lines(catalogFacts) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "L" && len(f) == 3:
			c.laws = append(c.laws, Law{f[1], f[2]})
		case f[0] == "S" && len(f) == 5:
			s = &Service{OZGID: f[1], Name: f[2], Event: events[f[3]], Topic: topics[f[4]], Level: Unrecorded}
			if s.Event == nil || s.Topic == nil {
				return fmt.Errorf("service: %s has an unknown event or topic", s.OZGID)
			}
			c.Services = append(c.Services, s)
			c.byID[s.OZGID] = s
			s.Event.Services = append(s.Event.Services, s)
			s.Topic.Services = append(s.Topic.Services, s)
			if s.Event.Topic == nil {
				s.Event.Topic = s.Topic
				s.Topic.Events = append(s.Topic.Events, s.Event)
			}
		case f[0] == "K" && len(f) == 5 && s != nil && len(f[1]) == 14:
			k := LeiKa{Key: f[1], Type: f[2], Name: f[3]}
			for n := range strings.FieldsSeq(f[4]) {
				i, err := strconv.Atoi(n)
				if err != nil || i < 0 || i >= len(c.laws) {
					return fmt.Errorf("service: key %s names law %q", k.Key, n)
				}
				k.laws = append(k.laws, i)
			}
			s.Keys = append(s.Keys, k)
		default:
			return fmt.Errorf("service: catalog.txt: cannot read %q", line)
		}
	}
	return nil
}

// readOwn adds our own titles and levels.
func (c *Catalog) readOwn() error {
	return records("facts/services.tsv", 7, func(f []string) error {
		s := c.byID[f[0]]
		if s == nil {
			return fmt.Errorf("no service %s", f[0])
		}
		s.Level, s.Slug, s.de, s.en, s.Task = Level(f[1][0]), f[3], f[4], f[5], f[6]
		if f[2] != "" {
			n, err := strconv.Atoi(f[2])
			if err != nil {
				return err
			}
			s.Popular = n
			c.popular = append(c.popular, s)
		}
		return nil
	})
}

// index gives every service its address and sorts the lists.
func (c *Catalog) index() error {
	for _, s := range c.Services {
		official := Slugify(s.Name)
		if s.Slug == "" {
			s.Slug = official
		} else if s.Slug != official {
			c.old[official] = s
		}
		if twin := c.bySlug[s.Slug]; twin != nil {
			return fmt.Errorf("service: %s and %s have the same address %q", twin.OZGID, s.OZGID, s.Slug)
		}
		c.bySlug[s.Slug] = s
		if s.Level == Unrecorded {
			s.Level = levelOf(s.Keys)
		}
	}
	sort.Slice(c.popular, func(i, j int) bool { return c.popular[i].Popular < c.popular[j].Popular })
	for _, l := range i18n.Langs() {
		c.sorted[l] = c.alphabetical(l, c.Services)
	}
	return nil
}

// levelOf is the level that follows from the LeiKa types when they all agree:
// federal law carried out by the federation (1), or municipal law (5).
func levelOf(keys []LeiKa) Level {
	kinds := map[string]bool{}
	for _, k := range keys {
		kinds[k.Type] = true
	}
	switch {
	case len(kinds) != 1:
		return Unrecorded
	case kinds["1"]:
		return Federal
	case kinds["5"]:
		return Municipality
	}
	return Unrecorded
}

func (c *Catalog) alphabetical(l i18n.Lang, in []*Service) []*Service {
	col := collate.New(language.German)
	var buf collate.Buffer
	type entry struct {
		s   *Service
		key []byte
	}
	entries := make([]entry, len(in))
	for i, s := range in {
		title, _ := s.Title(l)
		entries[i] = entry{s, col.KeyFromString(&buf, title)}
	}
	sort.SliceStable(entries, func(i, j int) bool { return string(entries[i].key) < string(entries[j].key) })
	out := make([]*Service, len(in))
	for i, e := range entries {
		out[i] = e.s
	}
	return out
}

// ByID is the service with the five-digit OZG id.
func (c *Catalog) ByID(ozgID string) (*Service, bool) { s, ok := c.byID[ozgID]; return s, ok }

// BySlug is the service at that address; moved says that the address is that
// of its official name and that it now lives at Service.Slug.
func (c *Catalog) BySlug(slug string) (s *Service, moved, ok bool) {
	if s, ok = c.bySlug[slug]; ok {
		return s, false, true
	}
	s, ok = c.old[slug]
	return s, ok, ok
}

// Topic is the topic at that address.
func (c *Catalog) Topic(slug string) (*Topic, bool) { t, ok := c.topics[slug]; return t, ok }

// Event is the life or business event at that address.
func (c *Catalog) Event(slug string) (*Event, bool) { e, ok := c.events[slug]; return e, ok }

// Popular lists the often used services, most used first.
func (c *Catalog) Popular() []*Service { return c.popular }

// Alphabetical lists all services by their title in l, sorted as German
// dictionaries do.
func (c *Catalog) Alphabetical(l i18n.Lang) []*Service { return c.sorted[l] }

// Laws lists the legal bases of s without repetition, in the order of its
// keys.
func (c *Catalog) Laws(s *Service) []Law {
	var out []Law
	seen := map[int]bool{}
	for _, k := range s.Keys {
		for _, i := range k.laws {
			if !seen[i] {
				seen[i] = true
				out = append(out, c.laws[i])
			}
		}
	}
	return out
}

// Slugify turns a German name into the last part of an address: lower case,
// umlauts written out, everything else a single hyphen, at most 80 bytes.
func Slugify(name string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(name) {
		part := ""
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			part = string(r)
		case r == 'ä':
			part = "ae"
		case r == 'ö':
			part = "oe"
		case r == 'ü':
			part = "ue"
		case r == 'ß':
			part = "ss"
		case r == 'é':
			part = "e"
		default:
			hyphen = b.Len() > 0
			continue
		}
		if hyphen {
			b.WriteByte('-')
			hyphen = false
		}
		b.WriteString(part)
	}
	s := b.String()
	if len(s) > 80 {
		s = s[:80]
		if i := strings.LastIndexByte(s, '-'); i > 0 {
			s = s[:i]
		}
	}
	return s
}

// records reads the lines of an embedded table, each of n fields parted by
// tabs ("-" is empty but for a level), and leaves out comments.
func records(name string, n int, each func([]string) error) error {
	b, err := ownFacts.ReadFile(name)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != n {
			return fmt.Errorf("service: %s: %q has %d fields, not %d", name, line, len(f), n)
		}
		for i := range f {
			if f[i] == "-" && i > 1 {
				f[i] = ""
			}
		}
		if err := each(f); err != nil {
			return fmt.Errorf("service: %s: %q: %w", name, line, err)
		}
	}
	return nil
}

func pick(l i18n.Lang, de, en string) string {
	if l == i18n.EN {
		return en
	}
	return de
}
