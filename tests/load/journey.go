package main

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// towns are walked in turn: some with by-laws of their own, some without.
func towns() []string {
	return []string{"paderborn", "aachen", "bielefeld", "koeln", "soest", "unna", "wesel", "herford"}
}

// course is an application to be walked through, and what is typed on the way.
type course struct {
	solution string
	prefix   string // of case numbers
	// answers by the name of the control without the number of the instance.
	// Controls that are not here stay as the page has them.
	answers map[string]string
	shown   []string // what the check page shows of the answers
}

// permit is the form of 20 fields over 7 pages: a motor home that belongs to
// somebody of the family, so that all is asked, from tomorrow on for two years.
func permit(now time.Time) course {
	tomorrow := clock.DateOf(now.In(clock.Berlin()).AddDate(0, 0, 1))
	return course{"bewohnerparken", "BP", map[string]string{
		"home.registered": "yes",
		"person.first":    "Ada", "person.last": "Weiß", "person.phone": "05251 000000",
		"person.birth:day": "29", "person.birth:month": "2", "person.birth:year": "1980",
		"address.street": "Musterstraße", "address.number": "12a", "address.postcode": "33098", "address.city": "Musterort",
		"vehicle.plate": "PB-AB 123", "vehicle.kind": "camper", "vehicle.owner": "family", "vehicle.owner_name": "Grete Weiß",
		"permit.zone":      "C",
		"permit.start:day": strconv.Itoa(tomorrow.Day), "permit.start:month": strconv.Itoa(int(tomorrow.Month)), "permit.start:year": strconv.Itoa(tomorrow.Year),
		"permit.term": "two", "payment.how": "transfer",
		"declarations.correct": "yes", "declarations.changes": "yes",
	}, []string{
		"Ada", "Weiß", "Musterstraße", "+49 5251000000", "PB-AB 123", "Wohnmobil bis 3,5 t", "Grete Weiß",
		i18n.FormatDate(i18n.DE, tomorrow), "Zwei Jahre", i18n.Money(i18n.DE, 2*(3070+1500)),
	}}
}

// dogTax is the registration of one dog by a keeper who pays by invoice.
func dogTax() course {
	return course{"hundesteuer", "HS", map[string]string{
		"keeper.company": "no", "keeper.joint": "no",
		"keeper.first": "Ada", "keeper.last": "Weiß",
		"keeper.birth:day": "29", "keeper.birth:month": "2", "keeper.birth:year": "1980",
		"address.street": "Musterstraße", "address.number": "12a", "address.postcode": "33098", "address.city": "Musterort",
		"address.moved_in:day": "1", "address.moved_in:month": "5", "address.moved_in:year": "2010",
		"keeper.phone": "05251 000000",
		"dogs.name":    "Rex", "dogs.breed": "labrador_retriever", "dogs.sex": "male", "dogs.found": "no",
		"dogs.birth:day": "1", "dogs.birth:month": "5", "dogs.birth:year": "2018", "dogs.estimated": "exact",
		"dogs.chip":      "276098100000008",
		"dogs.since:day": "1", "dogs.since:month": "1", "dogs.since:year": "2026", "dogs.origin": "breeder",
		"dogs.assistance": "no", "dogs.shelter": "no", "dogs.watch": "no",
		"others.has": "no", "relief.social": "no", "payment.mandate": "no",
		"declarations.correct": "yes", "declarations.changes": "yes",
	}, []string{"Ada", "Weiß", "Musterstraße", "+49 5251000000", "Rex", "Labrador Retriever"}}
}

// maxPages bounds the pages of an application: more means walking in circles.
const maxPages = 40

// walker makes journeys with one browser.
type walker struct {
	*browser
	course
	number *regexp.Regexp // of a case
	asked  []string       // the pages of the form on the way, in order
}

func newWalker(b *browser, c course) *walker {
	return &walker{browser: b, course: c, number: regexp.MustCompile(c.prefix + `-\d{4}-\d{6}`)}
}

// journey is one application from the start page to the status page.
func (w *walker) journey(town string) error {
	if err := w.walk(town); err != nil {
		return err
	}
	d := parse(string(w.body))
	for _, text := range w.shown {
		if err := w.want(200, ">"+text); err != nil {
			return err
		}
	}
	if err := w.send(&d, w.path, "_send"); err != nil {
		return err
	}
	if err := w.want(200, "<h1"); err != nil {
		return err
	}
	if !strings.HasSuffix(w.path, "/status") || !w.number.Match(w.body) {
		return fmt.Errorf("%s does not show a case number", w.path)
	}
	return nil
}

// begin begins a new application, and looks at its first page.
func (w *walker) begin(town string) error {
	w.cookies, w.asked = w.cookies[:0], w.asked[:0]
	start := "/" + town + "/antrag/" + w.solution
	if err := w.get(start); err != nil {
		return err
	}
	d, err := w.page(start)
	if err != nil {
		return err
	}
	return w.send(d, start, "")
}

// walk begins a new application and fills it in up to the check page.
func (w *walker) walk(town string) error {
	return w.walkTo(town, func(*document) bool { return strings.HasSuffix(w.path, "/pruefen") })
}

// walkTo begins a new application and fills it in up to the page that is it.
func (w *walker) walkTo(town string, it func(d *document) bool) error {
	if err := w.begin(town); err != nil {
		return err
	}
	for range maxPages {
		d, err := w.page(w.path)
		if err != nil || it(d) {
			return err
		}
		from := w.path
		w.asked = append(w.asked, from)
		if err := w.send(d, from, "next"); err != nil {
			return err
		}
		if w.status == 200 && w.path == from {
			return fmt.Errorf("%s leads nowhere: %s", from, problems(w.body))
		}
	}
	return fmt.Errorf("the application in %s does not end", town)
}

// page checks that the browser looks at a page with a heading, no error, and
// a form that posts to action, and reads it.
func (w *walker) page(action string) (*document, error) {
	d := parse(string(w.body))
	switch {
	case w.status != 200:
		return nil, fmt.Errorf("%s answers %d: %s", w.path, w.status, problems(w.body))
	case d.h1 == "" || strings.HasPrefix(d.title, "Fehler"):
		return nil, fmt.Errorf("%s has title %q and heading %q", w.path, d.title, d.h1)
	case d.form(action) == nil:
		return nil, fmt.Errorf("%s has no form to %s", w.path, action)
	}
	return &d, nil
}

// problems is what the error summary of a page says, for the message.
func problems(body []byte) string {
	_, list, _ := bytes.Cut(body, []byte("lp-errors__list"))
	list, _, _ = bytes.Cut(list, []byte("</ul>"))
	return textOf(string(list)+"</ul", "</ul")
}

// send fills in the form to action and presses the button with the value, or
// the first.
func (w *walker) send(d *document, action, button string) error {
	f := d.form(action)
	if f == nil {
		return fmt.Errorf("%s has no form to %s", w.path, action)
	}
	return w.post(action, w.fill(f, button))
}

func (w *walker) fill(f *form, button string) url.Values {
	values := url.Values{}
	var pressed *control
	for i := range f.controls {
		c := &f.controls[i]
		mine, known := w.answers[question(c.name)]
		switch c.kind {
		case "submit":
			if pressed == nil || c.value == button {
				pressed = c
			}
		case "hidden":
			values.Set(c.name, c.value)
		case "radio", "checkbox":
			if known && mine == c.value || !known && c.on {
				values.Set(c.name, c.value)
			}
		case "file":
		default:
			if !known {
				mine = c.value
			}
			values.Set(c.name, mine)
		}
	}
	if pressed != nil && pressed.name != "" {
		values.Set(pressed.name, pressed.value)
	}
	return values
}

// question is the name of a control without the number of the dog:
// "dogs/1.name" asks for "dogs.name".
func question(name string) string {
	group, rest, ok := strings.Cut(name, "/")
	if !ok {
		return name
	}
	return group + strings.TrimLeft(rest, "0123456789")
}
