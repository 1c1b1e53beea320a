package casework

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/seal"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
)

func TestTexts(t *testing.T) {
	i18ntest.Check(t, textFiles)
	de := Texts().In(i18n.DE)
	var keys []string
	for _, s := range States() {
		keys = append(keys, "state."+string(s))
	}
	for _, k := range []EntryKind{EntryReceived, EntryCorrected, EntryWithdrawn, EntryTaken, EntryAssigned, EntryReturned, EntryNote, EntryQuestion, EntryDecision, EntryPrinted, EntryClosed} {
		keys = append(keys, "entry."+string(k))
	}
	for _, a := range []Action{Take, Assign, Unassign, Note, Ask, Decide, Close} {
		keys = append(keys, "action.case."+string(a), "done."+string(a))
	}
	for _, k := range decisionKinds() {
		keys = append(keys, "kind."+k, "decided."+k)
		for _, f := range decisionFields(k) {
			if f != fieldYear && f != fieldPlea {
				keys = append(keys, "field."+f)
			}
		}
	}
	for _, k := range keys {
		if !de.Has("casework." + k) {
			t.Errorf("no text casework.%s", k)
		}
	}
}

func TestMay(t *testing.T) {
	for state, want := range map[State]string{
		New:       "take assign note ask decide",
		InWork:    "take assign note ask decide",
		Asked:     "take assign note ask decide",
		Answered:  "take assign note ask decide",
		Withdrawn: "take assign note close",
		Decided:   "note",
		Closed:    "note",
	} {
		var got []string
		for _, a := range []Action{Take, Assign, Unassign, Note, Ask, Decide, Close} {
			if (Case{State: state}).May(a) {
				got = append(got, string(a))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
		if (Case{State: state, Assignee: "x"}).May(Unassign) != state.Open() {
			t.Errorf("%s: give back", state)
		}
	}
}

func TestAfter(t *testing.T) {
	for name, c := range map[string]struct {
		from  Case
		do    Action
		final bool
		want  Case
	}{
		"take a new one":        {Case{State: New}, Take, false, Case{State: InWork, Assignee: "me"}},
		"take an answered one":  {Case{State: Answered, Assignee: "you"}, Take, false, Case{State: Answered, Assignee: "me"}},
		"give back":             {Case{State: InWork, Assignee: "me"}, Unassign, false, Case{State: New}},
		"give back, asked":      {Case{State: Asked, Assignee: "me"}, Unassign, false, Case{State: Asked}},
		"ask takes":             {Case{State: New}, Ask, false, Case{State: Asked, Assignee: "me"}},
		"ask leaves a holder":   {Case{State: InWork, Assignee: "you"}, Ask, false, Case{State: Asked, Assignee: "you"}},
		"decide":                {Case{State: Answered, Assignee: "me"}, Decide, true, Case{State: Decided, Assignee: "me"}},
		"decide, more to come":  {Case{State: Asked, Assignee: "me"}, Decide, false, Case{State: InWork, Assignee: "me"}},
		"close":                 {Case{State: Withdrawn}, Close, false, Case{State: Closed}},
		"a note changes nought": {Case{State: New}, Note, false, Case{State: New}},
	} {
		if got := c.from.After(c.do, "me", c.final); got.State != c.want.State || got.Assignee != c.want.Assignee {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for from, want := range map[State]State{New: Answered, InWork: Answered, Asked: Answered, Decided: Answered, Withdrawn: Withdrawn, Closed: Closed} {
		if got := (Case{State: from}).received(2); got.State != want || got.Revision != 2 {
			t.Errorf("a correction of a case that is %s: %+v", from, got)
		}
	}
}

func TestCashReference(t *testing.T) {
	for _, c := range []struct {
		year int
		n    int64
		want string
	}{{2026, 1, "2026.000001-1"}, {2026, 123, "2026.000123-3"}, {2027, 999999, "2027.999999-7"}} {
		if got := cashReference(c.year, c.n); got != c.want {
			t.Errorf("%d %d: %s, want %s", c.year, c.n, got, c.want)
		}
	}
	// One wrong digit, or two neighbours changed places (but for 09 and 90),
	// are seen: the known strength of the check digit.
	ref := strings.NewReplacer(".", "", "-", "").Replace(cashReference(2026, 123))
	for i := range len(ref) - 1 {
		for d := byte('0'); d <= '9'; d++ {
			bad := []byte(ref)
			bad[i] = d
			if d != ref[i] && luhn(string(bad[:10])) == int(ref[10]-'0') {
				t.Errorf("%s passes for %s", bad, ref)
			}
		}
	}
}

func TestCents(t *testing.T) {
	for s, want := range map[string]int64{
		"180": 18000, "180,00": 18000, "180.00": 18000, "1.234,56 €": 123456, "1.234,56\u00a0€": 123456, "€1,234.56": 123456, "12,5": 1250, "0": 0, "1.234": 123400,
		"1 234,56": 123456, "9.999.999,99": 999999999,
	} {
		if got, ok := cents(s); !ok || got != want {
			t.Errorf("%q: %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "x", "-5", "1,2,3", "1.23.456", "12,345,6", "1e3", ",", "10.000.000", "1.234.56", "١٢", strings.Repeat("9", 40)} {
		if got, ok := cents(s); ok {
			t.Errorf("%q is taken for %d", s, got)
		}
	}
}

func FuzzCents(f *testing.F) {
	for _, s := range []string{"1.234,56 €", "€1,234.56", ",", "1.,2", "0,0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := cents(s)
		if again, ok2 := cents(euros(n)); ok && (!ok2 || again != n || n < 0) {
			t.Errorf("%q: %d, again %d", s, n, again)
		}
	})
}

func TestFilterIsCleanAndRoundTrips(t *testing.T) {
	for _, f := range []Filter{
		{},
		{View: ViewDone, State: Asked, Solution: "hundesteuer", Who: WhoMe, Older: 7, Sort: "nummer", Page: 3},
		{View: "x", State: "x", Sort: "x; DROP TABLE", Older: -4, Page: -1, Who: strings.Repeat("x", 99)},
		{Page: 1 << 40},
		{Number: "hs 2026/123", View: ViewAll},
		{Number: "%_'\\" + strings.Repeat("9", 99)},
		{Number: strings.Repeat("a1", 99)},
		{Who: "\xff"},
		{Solution: "a\x00"},
	} {
		f = f.clean()
		if !plain(f.Who + f.Solution) {
			t.Errorf("%q goes to the database", f.Who+f.Solution)
		}
		u := f.query()
		_, query, _ := strings.Cut(u, "?")
		if got := parseFilter(mustQuery(t, query)); got != f {
			t.Errorf("%s: %+v, want %+v", u, got, f)
		}
	}
}

func TestNumberParts(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "HS-2026-000123": "HS 2026 000123", "hs2026/123": "HS 2026 123", " 123 ": "123", "%_": "", "a\u202eb": "A B", "Ⅷ٣": "", "\xff1": "1",
	} {
		if got := strings.Join(numberParts(s), " "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestFirstMonth(t *testing.T) {
	line := func(now, full int64) share { return share{now: now, full: full} }
	for name, c := range map[string]struct {
		lines []share
		want  time.Month
	}{
		"the whole year":    {[]share{line(9000, 9000)}, 1},
		"from March":        {[]share{line(7500, 9000)}, 3},
		"rounded down":      {[]share{line(9499, 11399)}, 3},
		"December":          {[]share{line(750, 9000)}, 12},
		"two, one earlier":  {[]share{line(750, 9000), line(4500, 9000)}, 7},
		"with a relief":     {[]share{line(7500, 9000), {relief: true, now: -3750, full: -4500}}, 3},
		"nothing this year": {[]share{line(0, 9000)}, 1},
		"no lines":          {nil, 1},
	} {
		if got := firstMonth(c.lines); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCheckDecision(t *testing.T) {
	day := func(m time.Month, d int) clock.Date { return clock.Date{Year: 2026, Month: m, Day: d} }
	tax := assessment{year: 2026, now: 7500, full: 9000, from: day(3, 1), to: day(12, 31)}
	watch := plea{path: "dogs/1.watch", item: 1, label: "Wachhund", percent: 50, from: day(3, 1)}
	office := sender{address: []string{"Straße 1"}, contact: "05251 1"}
	with := func(kind string, change ...string) decision {
		d := proposed(kind, tax, watch, facts{items: []item{{id: 1, name: "Rex"}}}, "2026.000001-9", Texts().In(i18n.DE))
		if kind == solution.ReliefRefused {
			d[fieldReason] = "Der Nachweis fehlt."
		}
		for i := 0; i < len(change); i += 2 {
			d[change[i]] = change[i+1]
		}
		return d
	}
	for name, c := range map[string]struct {
		d    decision
		want string // fields with a fault
	}{
		"as proposed":              {with(solution.Assessment), ""},
		"other amount, why":        {with(solution.Assessment, fieldAmount, "50", fieldReason, "Der Hund ist umgezogen."), ""},
		"other amount":             {with(solution.Assessment, fieldAmount, "50"), fieldReason},
		"other full amount":        {with(solution.Assessment, fieldFull, "50"), fieldReason},
		"no amount":                {with(solution.Assessment, fieldAmount, "viel"), fieldAmount},
		"nothing to pay":           {with(solution.Assessment, fieldAmount, "0", fieldReason, "x"), fieldAmount},
		"no reference":             {with(solution.Assessment, fieldReference, " "), fieldReference},
		"a day that is none":       {with(solution.Assessment, fieldFrom, "2026-02-30"), fieldFrom},
		"the wrong year":           {with(solution.Assessment, fieldTo, "2027-01-01"), fieldFrom},
		"ends before it begins":    {with(solution.Assessment, fieldTo, "2026-02-28"), fieldFrom},
		"right to left":            {with(solution.Assessment, fieldReference, "1\u202e2"), fieldReference},
		"broken UTF-8":             {with(solution.Assessment, fieldTags, "\xff"), fieldTags},
		"endless":                  {with(solution.Assessment, fieldReason, strings.Repeat("ä", 3001)), fieldReason},
		"relief granted":           {with(solution.ReliefGranted), ""},
		"more than all":            {with(solution.ReliefGranted, fieldPercent, "101"), fieldPercent},
		"until before from":        {with(solution.ReliefGranted, fieldTo, "2026-02-28"), fieldTo},
		"does it decide the case?": {with(solution.ReliefGranted, fieldFinal, "vielleicht"), fieldFinal},
		"relief refused":           {with(solution.ReliefRefused), ""},
		"refused without a reason": {with(solution.ReliefRefused, fieldReason, ""), fieldReason},
		"granted in part":          {with(solution.ReliefGranted, fieldPercent, "25 %", fieldRelief, "Hofhund"), ""},
		"final, but others wait":   {with(solution.ReliefGranted, fieldFinal, "yes"), fieldFinal},
		"no such kind":             {decision{fieldKind: "x"}, "art abschluss"},
	} {
		_, faults := c.d.check(tax, office, watch, strings.HasSuffix(name, "others wait"))
		var got []string
		for _, f := range faults {
			if got = append(got, f.field); !Texts().In(i18n.DE).Has(f.key) {
				t.Errorf("%s: no text %s", name, f.key)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, faults := with(solution.Assessment).check(tax, sender{}, plea{}, false); len(faults) != 1 || faults[0].key != "casework.problem.office" {
		t.Errorf("a notice without an address to object to: %v", faults)
	}
	if _, faults := with(solution.Assessment).check(tax, sender{demo: true}, plea{}, false); len(faults) != 0 {
		t.Errorf("in a demonstration the address may be missing: %v", faults)
	}
}

func TestReceive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := w.sent(i18n.DE, application(), nil)
		for range 3 {
			if err := w.Receive(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		c := w.now(s.Submission)
		if c.State != New || c.Number != "HS-2026-000001" || c.Revision != 1 || c.Rev != 1 || c.Assignee != "" || c.Due.String() != "2026-03-24" {
			t.Errorf("case: %+v", c)
		}
		entries, err := w.store.Entries(ctx, w.DB.Read(), paderborn, c.ID)
		if err != nil || len(entries) != 1 || entries[0].Kind != EntryReceived {
			t.Errorf("entries: %+v, %v", entries, err)
		}
		log, err := audit.ForSubject(ctx, w.DB.Read(), paderborn, c.ID)
		if err != nil || len(log) != 1 || log[0].Action != "case.receive" || log[0].Purpose != purposeReceive {
			t.Errorf("audit: %+v, %v", log, err)
		}

		// A correction, received before and after its predecessor.
		pages := application()
		pages["dog/1"] = strings.Replace(pages["dog/1"], "Rex", "Bello", 1)
		two := w.revision(c.ID, i18n.DE, pages, nil)
		for _, s := range []submission.Sealed{two, two, s} {
			if err := w.Receive(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		if c = w.now(c.ID); c.State != Answered || c.Revision != 2 || c.Rev != 2 {
			t.Errorf("after a correction: %+v", c)
		}
		early := w.sent(i18n.DE, application(), nil)
		late := w.revision(early.Submission, i18n.DE, pages, nil)
		for _, s := range []submission.Sealed{late, early} {
			if err := w.Receive(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		if c = w.now(early.Submission); c.State != Answered || c.Revision != 2 {
			t.Errorf("a correction that came first: %+v", c)
		}

		// Withdrawn, twice, and before it was received.
		for range 2 {
			if err := w.Withdrawn(ctx, paderborn, c.ID); err != nil {
				t.Fatal(err)
			}
		}
		if c = w.now(c.ID); c.State != Withdrawn {
			t.Errorf("withdrawn: %+v", c)
		}
		unknown := w.sent(i18n.DE, application(), nil)
		if err := w.Withdrawn(ctx, paderborn, unknown.Submission); !fail.Is(err, fail.Unavailable) {
			t.Errorf("a withdrawal before the submission: %v", err)
		}
	})
}

func TestReceiveRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		page := func(path, body string) func(*submission.Payload) {
			return func(p *submission.Payload) { p.Answers[path] = []byte(body) }
		}
		for name, change := range map[string]func(*submission.Payload){
			"another tenant":       func(p *submission.Payload) { p.Tenant = bielefeld },
			"another submission":   func(p *submission.Payload) { p.Submission = w.IDs.New() },
			"another revision":     func(p *submission.Payload) { p.Revision = 7 },
			"another solution":     func(p *submission.Payload) { p.Solution = "x" },
			"another version":      func(p *submission.Payload) { p.Version = "9.9.9" },
			"another time":         func(p *submission.Payload) { p.Received = p.Received.Add(time.Second) },
			"another day":          func(p *submission.Payload) { p.Today = p.Today.AddDays(-2) },
			"tomorrow":             func(p *submission.Payload) { p.Today = p.Today.AddDays(1) },
			"another format":       func(p *submission.Payload) { p.Format = "x/9" },
			"no answers":           func(p *submission.Payload) { p.Answers = nil },
			"a page missing":       func(p *submission.Payload) { delete(p.Answers, "keeper") },
			"an unknown page":      page("nirgends", `{}`),
			"an unknown field":     page("keeper", `{"keeper.birth":"1980-02-29","keeper.first":"A","keeper.last":"B","x.y":1}`),
			"a wrong type":         page("keeper", `{"keeper.birth":7,"keeper.first":"A","keeper.last":"B"}`),
			"a broken rule":        page("dog-origin/1", `{"dogs.birth":"2018-05-01","dogs.estimated":"exact","dogs.origin":"breeder","dogs.since":"2017-03-05"}`),
			"an abandoned branch":  page("partner/1", `{"partners.first":"Max"}`),
			"a list out of bounds": page("dogs", `{"dogs":{"ids":[5,4],"next":2,"done":true}}`),
		} {
			err := w.Receive(t.Context(), w.sent(i18n.DE, application(), change))
			if !fail.Is(err, fail.Invalid) && !fail.Is(err, fail.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s := w.sent(i18n.DE, application(), nil)
		for i := 0; i < len(s.JWE); i += 97 { // any changed byte
			bad := s
			bad.JWE = slices.Clone(s.JWE)
			bad.JWE[i] ^= 1
			if err := w.Receive(t.Context(), bad); err == nil {
				t.Errorf("a payload with byte %d changed is taken", i)
			}
		}
		foreign := s
		foreign.Tenant = bielefeld
		if err := w.Receive(t.Context(), foreign); !fail.Is(err, fail.NotFound) {
			t.Errorf("under another tenant: %v", err)
		}
		other := w.sent(i18n.DE, application(), nil)
		other.JWE = s.JWE // sealed to the right key, for another submission
		if err := w.Receive(t.Context(), other); !fail.Is(err, fail.Invalid) {
			t.Errorf("another's payload: %v", err)
		}
		n, err := w.store.Count(t.Context(), w.DB.Read(), paderborn, Filter{View: ViewAll}, "", w.clock.Now())
		if err != nil || n != 0 {
			t.Errorf("%d cases came of refused payloads, %v", n, err)
		}
	})
}

func TestInboxAndCount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, ctx := w.member(paderborn, "Kim", "clerk"), t.Context()
		var ids []string
		for i := range 30 {
			w.clock.Advance(24 * time.Hour)
			c := Case{
				Tenant: paderborn, ID: w.IDs.New(), Number: submission.CaseNumber("HS-2026", int64(30-i)), Solution: "hundesteuer", Version: "1.0.0",
				State: New, Received: w.clock.Now(), Changed: w.clock.Now(), Rev: 1, Revision: 1, Key: []byte{1},
			}
			switch {
			case i%3 == 1:
				c.State, c.Assignee = InWork, me.ID
			case i%3 == 2:
				c.State = Decided
			}
			if err := w.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				_, err := w.store.insert(ctx, tx, c)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		for name, c := range map[string]struct {
			f     Filter
			n     int
			first string
		}{
			"open":           {Filter{}, 20, ids[0]},
			"newest first":   {Filter{Sort: "neueste"}, 20, ids[28]},
			"by number":      {Filter{Sort: "nummer"}, 20, ids[28]},
			"done":           {Filter{View: ViewDone}, 10, ids[2]},
			"all, page two":  {Filter{View: ViewAll, Page: 2}, 30, ids[25]},
			"mine":           {Filter{Who: WhoMe}, 10, ids[1]},
			"nobody's":       {Filter{Who: WhoNobody}, 10, ids[0]},
			"new":            {Filter{State: New}, 10, ids[0]},
			"old":            {Filter{Older: 14}, 11, ids[0]},
			"another's":      {Filter{Who: "x"}, 0, ""},
			"by its ending":  {Filter{Number: "018"}, 1, ids[12]},
			"by a part":      {Filter{Number: " hs 2026 / 11", View: ViewAll}, 1, ids[19]},
			"as on the page": {Filter{Number: "HS-2026-000030"}, 1, ids[0]},
			"said in one go": {Filter{Number: "hs2026000030"}, 1, ids[0]},
			"and a filter":   {Filter{Number: "30", State: InWork}, 0, ""},
			"and whose":      {Filter{Number: "2", Who: WhoMe}, 10, ids[1]},
			"no wildcard":    {Filter{Number: "%"}, 20, ids[0]},
			"no such number": {Filter{Number: "777", View: ViewAll}, 0, ""},
			"of another one": {Filter{Solution: "x"}, 0, ""},
		} {
			n, err := w.store.Count(ctx, w.DB.Read(), paderborn, c.f, me.ID, w.clock.Now())
			if err != nil || n != c.n {
				t.Errorf("%s: %d, want %d, %v", name, n, c.n, err)
			}
			list, err := w.store.Inbox(ctx, w.DB.Read(), paderborn, c.f, me.ID, w.clock.Now())
			if err != nil || (c.first == "") != (len(list) == 0) || len(list) > 0 && list[0].ID != c.first {
				t.Errorf("%s: %d cases, %v", name, len(list), err)
			}
		}
		for _, f := range []Filter{{View: ViewAll}, {View: ViewAll, Number: "HS-2026-000030"}} {
			if n, err := w.store.Count(ctx, w.DB.Read(), bielefeld, f, "", w.clock.Now()); n != 0 || err != nil {
				t.Errorf("another tenant sees %d, %v", n, err)
			}
			if list, err := w.store.Inbox(ctx, w.DB.Read(), bielefeld, f, "", w.clock.Now()); len(list) != 0 || err != nil {
				t.Errorf("another tenant sees %d, %v", len(list), err)
			}
		}
	})
}

// The inbox is narrowed by the office that a form's rules chose, and offers
// that only where there is a choice.
func TestInboxByDestination(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.Solutions, w.Program = offices(t)
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		put := func(tenant, solution, destination string) Case {
			t.Helper()
			w.clock.Advance(time.Minute)
			c := Case{
				Tenant: tenant, ID: w.IDs.New(), Solution: solution, Version: "1.0.0", Destination: destination,
				State: New, Received: w.clock.Now(), Changed: w.clock.Now(), Rev: 1, Revision: 1, Key: []byte{1},
			}
			c.Number = submission.CaseNumber("AB-2026", int64(w.clock.Now().Minute()))
			if err := w.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				_, err := w.store.insert(ctx, tx, c)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return c
		}
		inbox := func(f Filter) string {
			t.Helper()
			list, err := w.store.Inbox(ctx, w.DB.Read(), paderborn, f, "", w.clock.Now())
			n, err2 := w.store.Count(ctx, w.DB.Read(), paderborn, f, "", w.clock.Now())
			if err != nil || err2 != nil || n != len(list) {
				t.Fatal(n, err, err2)
			}
			var out []string
			for _, c := range list {
				out = append(out, c.Solution+"/"+c.Destination)
			}
			return strings.Join(out, " ")
		}
		const field = `name="stelle"`
		put(paderborn, "hundesteuer", "")
		put(bielefeld, "hundesteuer", "elsewhere")
		put(paderborn, "hundesteuer", "counter")
		put(paderborn, "hundesteuer", "counter")
		if page := kim.do("GET", amt+"/", nil, 200); strings.Contains(page, field) {
			t.Error("one office is offered to choose from")
		}
		put(paderborn, "hundesteuer", "fleet")
		put(paderborn, "gone", "counter")
		page := kim.do("GET", amt+"/", nil, 200, field, "Zuständig nach den Antworten", `value="hundesteuer/counter"`, "Bürgerbüro", "Stelle für Wohnmobile", `value="gone/counter"`)
		if strings.Contains(page, "elsewhere") {
			t.Error("the office of another tenant is offered")
		}
		kim.do("GET", "/en"+amt+"/", nil, 200, "Office for motor homes")
		kim.do("GET", amt+"/eingang?stelle=hundesteuer/counter", nil, 200, "2 Vorgänge", "Bürgerbüro")
		kim.do("GET", amt+"/eingang?stelle=x", nil, 200, "Kein Vorgang passt", field)
		kim.do("GET", amt+"/eingang?stelle=%3Cscript%3E%00", nil, 200)
		for f, want := range map[string]string{
			"hundesteuer/counter": "hundesteuer/counter hundesteuer/counter", "hundesteuer/fleet": "hundesteuer/fleet", "gone/counter": "gone/counter",
			"hundesteuer/elsewhere": "", "hundesteuer/": "hundesteuer/", "%": "",
		} {
			if got := inbox(Filter{Destination: f}); got != want {
				t.Errorf("%s: %s", f, got)
			}
		}
		if got := inbox(Filter{Destination: "hundesteuer/counter", Solution: "gone"}); got != "" {
			t.Errorf("with a filter beside it: %s", got)
		}
	})
}

// What the form's rules chose is kept with the case when it is received and
// when it is corrected; of a case from before that, when it is opened.
func TestDestinationIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Solutions, w.Program = offices(t)
		is := func(id, want string) {
			t.Helper()
			if got := w.now(id).Destination; got != want {
				t.Errorf("for %q, want %q", got, want)
			}
		}
		c := w.arrived(i18n.DE, application())
		is(c.ID, "counter")
		pages := application()
		pages["keeper"] = strings.Replace(pages["keeper"], "Weiß", "Meier", 1)
		if err := w.Receive(t.Context(), w.revision(c.ID, i18n.DE, pages, nil)); err != nil {
			t.Fatal(err)
		}
		is(c.ID, "fleet")
		if err := w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			_, err := tx.Exec(ctx, `UPDATE casework_cases SET destination = '' WHERE tenant = $1 AND id = $2`, paderborn, c.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		rev := w.now(c.ID).Rev
		w.browser(w.member(paderborn, "Kim", staff.Clerk)).do("GET", amt+"/vorgang/"+c.ID, nil, 200, "Stelle für Wohnmobile")
		is(c.ID, "fleet")
		if now := w.now(c.ID).Rev; now != rev {
			t.Errorf("looking changed the case: %d, %d", rev, now)
		}
	})
}

// offices is the dog tax with two offices to choose from.
func offices(t *testing.T) (*solution.Catalog, func(string, string) (*form.Program, error)) {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.solutions.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	def, err := form.Load(v.Files())
	if err != nil {
		t.Fatal(err)
	}
	def.Rules.Destinations = []form.DestinationDef{{ID: "fleet", When: "keeper.last == 'Meier'"}, {ID: "counter"}}
	for lang, words := range map[i18n.Lang][2]string{i18n.DE: {"Stelle für Wohnmobile", "Bürgerbüro"}, i18n.EN: {"Office for motor homes", "Counter"}} {
		def.Texts[lang]["destination.fleet"], def.Texts[lang]["destination.counter"] = words[0], words[1]
	}
	types := map[string]form.ParamType{}
	for name, typ := range v.FormTypes() {
		types[name] = form.ParamType(typ)
	}
	p, err := form.Compile(def, form.Options{Params: types})
	if err != nil {
		t.Fatal(err)
	}
	return c.solutions, func(string, string) (*form.Program, error) { return p, nil }
}

func TestRewrap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.arrived(i18n.DE, application())
		sealed, err := w.seal(c, "entry 1", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if w.Master, err = w.master.Rotate(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if n, err := w.Rewrap(t.Context()); n != want || err != nil {
				t.Fatalf("%d, want %d: %v", n, want, err)
			}
		}
		if plain, err := w.unseal(w.now(c.ID), "entry 1", sealed); err != nil || string(plain) != "x" {
			t.Errorf("%q, %v", plain, err)
		}
		if _, err := w.unseal(c, "entry 2", sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("another row's text opens: %v", err)
		}
	})
}
