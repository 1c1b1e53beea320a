package build

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/prove"
)

// elem is an XML element as it stands in a file; a text has no name.
type elem struct {
	name  string
	attrs []xml.Attr
	kids  []*elem
	text  string
}

func parseXML(t testing.TB, b []byte) *elem {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	root := &elem{}
	stack := []*elem{root}
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			t.Fatal(err)
		}
		top := stack[len(stack)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &elem{name: strings.TrimPrefix(tok.Name.Space+":"+tok.Name.Local, ":"), attrs: slices.Clone(tok.Attr)}
			top.kids = append(top.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.kids = append(top.kids, &elem{text: string(tok)})
		}
	}
}

func (e *elem) write(w *bytes.Buffer) {
	escape := func(s string) { _ = xml.EscapeText(w, []byte(s)) }
	if e.name == "" {
		escape(e.text)
	} else {
		w.WriteString("<" + e.name)
		for _, a := range e.attrs {
			w.WriteString(" " + strings.TrimPrefix(a.Name.Space+":"+a.Name.Local, ":") + `="`)
			escape(a.Value)
			w.WriteString(`"`)
		}
		w.WriteString(">")
	}
	for _, k := range e.kids {
		k.write(w)
	}
	if e.name != "" {
		w.WriteString("</" + e.name + ">")
	}
}

func (e *elem) clone() *elem {
	out := *e
	out.attrs = slices.Clone(e.attrs)
	out.kids = make([]*elem, len(e.kids))
	for i, k := range e.kids {
		out.kids[i] = k.clone()
	}
	return &out
}

// local is the name without its prefix.
func (e *elem) local() string { return e.name[strings.IndexByte(e.name, ':')+1:] }

// all are the elements below e of a name, "" for any, with those around them.
func (e *elem) all(local string, do func(at, parent *elem)) {
	for _, k := range e.kids {
		if k.name == "" {
			continue
		}
		if local == "" || k.local() == local {
			do(k, e)
		}
		k.all(local, do)
	}
}

// pick is one of the elements of a name, and the one around it.
func (e *elem) pick(r *rand.Rand, local string) (at, parent *elem) {
	n := 0
	e.all(local, func(a, p *elem) {
		if n++; r.IntN(n) == 0 {
			at, parent = a, p
		}
	})
	return at, parent
}

func (e *elem) say(s string) { e.kids = []*elem{{text: s}} }

func (e *elem) said() string {
	var b strings.Builder
	for _, k := range e.kids {
		b.WriteString(k.text)
	}
	return b.String()
}

func (e *elem) drop(kid *elem) {
	e.kids = slices.DeleteFunc(e.kids, func(k *elem) bool { return k == kid })
}

// mutate changes one thing in a schema, and says what.
func mutate(root *elem, r *rand.Rand) string {
	any := func(list ...string) string { return list[r.IntN(len(list))] }
	set := func(local string, values ...string) string {
		at, _ := root.pick(r, local)
		if at == nil {
			return ""
		}
		v := any(values...)
		if code, _ := at.pick(r, "code"); code != nil {
			at = code
		}
		at.say(v)
		return fmt.Sprintf("%s is now %.40q", local, v)
	}
	switch r.IntN(14) {
	case 0:
		at, parent := root.pick(r, "")
		parent.drop(at)
		return "without a " + at.local()
	case 1:
		at, parent := root.pick(r, any("", "struktur", "regel", "wert", "datenfeld", "datenfeldgruppe"))
		if at == nil {
			return ""
		}
		parent.kids = append(parent.kids, at.clone())
		return "twice " + at.local()
	case 2:
		at, parent := root.pick(r, "struktur")
		parent.drop(at)
		return "without a part"
	case 3:
		return set("anzahl", "0:*", "1:*", "0:1", "1:1", "3:7", "0:100", "90:200", "5:5", "0:0", "2:1", "1:0", "0:999999999", "a:b", "")
	case 4:
		return set("datentyp", "text", "text_latin", "date", "time", "datetime", "bool", "num", "num_int", "num_currency", "file", "obj", "nonsense")
	case 5:
		return set("feldart", "input", "select", "label", "locked", "hidden", "nonsense")
	case 6:
		at, _ := root.pick(r, "datenfeld")
		if at == nil {
			return ""
		}
		p, _ := at.pick(r, "praezisierung")
		if p == nil {
			p = &elem{name: strings.Replace(at.name, "datenfeld", "praezisierung", 1)}
			at.kids = append(at.kids, p)
		}
		name := any("minLength", "maxLength", "minValue", "maxValue", "pattern")
		v := any("0", "1", "5", "40", "-7", "0.5", "1000000", "99999999999999999999", "2020-01-01", "1899-12-31", "08:30", "NaN", "x", "[0-9]{5}", "[a-z", "^A{1,3}$", `\d+`, `\p{IsGreek}+`, "(a|b)?", ".*", "[A-Z]{2}[0-9]{2,18}")
		p.attrs = slices.DeleteFunc(p.attrs, func(a xml.Attr) bool { return a.Name.Local == name })
		p.attrs = append(p.attrs, xml.Attr{Name: xml.Name{Local: name}, Value: v})
		return name + " is now " + v
	case 7: // deeper
		at, _ := root.pick(r, "datenfeldgruppe")
		from, _ := root.pick(r, "struktur")
		if at == nil || from == nil {
			return ""
		}
		at.kids = append(at.kids, from.clone())
		return "a part more in a group"
	case 8: // deeper still, and repeating
		at, _ := root.pick(r, "datenfeldgruppe")
		if at == nil {
			return ""
		}
		inner := at.clone()
		from, _ := root.pick(r, "struktur")
		part := from.clone()
		part.all("enthaelt", func(e, _ *elem) { e.kids = nil })
		if e, _ := part.pick(r, "enthaelt"); e != nil {
			e.kids = []*elem{inner}
		}
		part.all("anzahl", func(e, _ *elem) { e.say(any("0:*", "1:*", "2:100")) })
		at.kids = append(at.kids, part)
		return "a group within itself, many times"
	case 9:
		at, _ := root.pick(r, "id")
		from, _ := root.pick(r, "id")
		v := any(from.said(), "", "F1", "G60000000083", "F60000000231", "S99", "F 123 <>", strings.Repeat("9", 200))
		at.say(v)
		return fmt.Sprintf("an id is now %.20q", v)
	case 10:
		at, _ := root.pick(r, any("name", "bezeichnungEingabe", "hilfetextEingabe", "inhalt", "bezeichnung"))
		if at == nil {
			return ""
		}
		v := any("", "  ", "{n}", "<b>fett</b> & {label}", strings.Repeat("lang ", 300), "Geburtsdatum", "E-Mail", "IBAN", "Telefon", "Steuer-ID", "von", "bis", "„“\"'\\", "a\x0b\u202eb")
		at.say(strings.Map(func(c rune) rune {
			if c == 0x0b {
				return ' '
			}
			return c
		}, v))
		return fmt.Sprintf("%s says %.20q", at.local(), v)
	case 11:
		at, _ := root.pick(r, "freitextRegel")
		from, _ := root.pick(r, "freitextRegel")
		if at == nil {
			return ""
		}
		at.kids = from.clone().kids
		return "a rule says what another says"
	case 12:
		at, _ := root.pick(r, any("code", "wert"))
		if at == nil {
			return ""
		}
		v := any("", " ", "A b", "ÄÖ/1.2", "001", "'", `\`, "0", strings.Repeat("c", 300), "x\ny")
		at.say(v)
		return fmt.Sprintf("%s is now %.20q", at.local(), v)
	default:
		at, parent := root.pick(r, "struktur")
		other, to := root.pick(r, "struktur")
		inside := at == other
		at.all("", func(e, _ *elem) { inside = inside || e == to || e == other })
		if inside {
			return ""
		}
		parent.drop(at)
		to.kids = append(to.kids, at)
		return "a part has moved"
	}
}

// TestMutants changes schemas here and there: what comes is refused with line,
// element and reason, or is a form that a person can fill in.
func TestMutants(t *testing.T) {
	lists, err := codelist.Open(os.DirFS("../../../../../shared/data/codelists"))
	if err != nil {
		t.Log(err)
	}
	files, _ := filepath.Glob("../../../../../shared/data/fim/schemas/S0[07]*.xml")
	rounds, seeds := 60, []uint64{1}
	if os.Getenv("LEITPORTAL_SOAK") != "" {
		rounds = 60
		files, _ = filepath.Glob("../../../../../shared/data/fim/schemas/*.xml")
		seeds = []uint64{1, 2, 3}
	} else {
		files = files[:min(2, len(files))]
	}
	files = append([]string{example}, files...)
	set := prove.Setting{Today: clock.Date{Year: 2026, Month: time.November, Day: 22}}
	for i, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := rounds
		if i > 0 {
			n = 4
		}
		if os.Getenv("LEITPORTAL_SOAK") != "" {
			n = rounds
		}
		origin := parseXML(t, b)
		for _, seed := range seeds {
			for k := range n {
				r := rand.New(rand.NewPCG(seed, uint64(k)))
				root := origin.clone()
				var did []string
				for range 1 + r.IntN(3) {
					if what := mutate(root, r); what != "" {
						did = append(did, what)
					}
				}
				name := fmt.Sprintf("%s, seed %d, round %d: %s", filepath.Base(file), seed, k, strings.Join(did, ", "))
				var w bytes.Buffer
				root.write(&w)
				if err := mutant(w.Bytes(), lists, set); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

func mutant(b []byte, lists Lists, set prove.Setting) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	doc, err := fim.Read(bytes.NewReader(b))
	if err != nil {
		var broken *fim.Error
		if !errors.As(err, &broken) || broken.Line == 0 || broken.Element == "" || broken.Reason == "" {
			return fmt.Errorf("refused without line, element and reason: %v", err)
		}
		return nil
	}
	if doc.Schema == nil {
		return nil
	}
	d, _ := Form(doc.Schema, Options{Lists: lists})
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		return err
	}
	for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
		if _, err := prove.Walk(p, set, how, &prove.Budget{Left: 20000}); err != nil {
			return err
		}
	}
	return nil
}
