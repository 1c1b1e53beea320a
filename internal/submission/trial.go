package submission

import (
	"context"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
	"leitportal/internal/solution"
	"leitportal/internal/ui"
)

// A test case goes the way of an application on the live portal: form, seal,
// ledger, hand-over, desk, notice. It is begun by the authority's own people
// and is one from its first row to its last: nothing turns an application into
// a test, or a test into an application. It says so wherever it is seen, and
// counts nowhere.

// Trial is the offer with which the authority tenantARS tests a solution,
// perhaps before anybody else may see it; it fails as solution.Catalog.Offer.
type Trial func(tenantARS, solutionID string, day clock.Date) (solution.Offer, error)

// At is what a test runs with that began with a version: the offer on trial,
// where that is the version tried now, or else what applied to any case.
func (t Trial) At(c *solution.Catalog, tenantARS, solutionID, version string, day clock.Date) (solution.Offer, error) {
	if t != nil {
		if o, err := t(tenantARS, solutionID, day); err == nil && o.Version.Manifest.Version == version {
			return o, nil
		}
	}
	return c.At(tenantARS, solutionID, version, day)
}

// at is the offer of a draft that began with a version.
func (s *Service) at(test bool, tenant, id, version string, day clock.Date) (solution.Offer, error) {
	if test {
		return s.Trial.At(s.Solutions, tenant, id, version, day)
	}
	return s.Solutions.At(tenant, id, version, day)
}

const (
	// TestDays is how many days after it was begun a test is erased at the
	// latest, whatever has become of it.
	TestDays = 30
	// MostTests is how many tests an authority has at a time.
	MostTests = 50
)

// TestCase is a test as the desk lists it: nothing of its answers.
type TestCase struct {
	Draft             string
	Submission        string // "" while it was not sent
	Number            string // HS-TEST-2026-000001
	Solution, Version string
	State             EventKind // "" while it was not sent
	Began, Ends       time.Time
	// Submitted, Acknowledged (by the desk) and Decided are zero for not yet.
	Submitted, Acknowledged, Decided time.Time
}

// Passed tells whether the test has shown that applications arrive: a holder of
// the office's key has opened and checked it.
func (c TestCase) Passed() bool { return !c.Acknowledged.IsZero() }

// TestEvent is that a member of the staff has begun or erased a test.
type TestEvent struct {
	Tenant, Subject, Actor, Action string // Subject is the solution
	At                             time.Time
}

// Actions of TestEvent.
const (
	TestBegun  = "test.begin"
	TestErased = "test.erase"
)

// Tests lists the tests of an authority, the newest first: of a solution and a
// version, "" for all.
func (s *Service) Tests(ctx context.Context, tenant, solutionID, version string) ([]TestCase, error) {
	return s.store.tests(ctx, s.DB.Read(), tenant, solutionID, version, MostTests)
}

// beginTest makes a draft that is a test, begun by a member of the staff.
// fail.Conflict when there are MostTests.
func (s *Service) beginTest(ctx context.Context, o solution.Offer, lang i18n.Lang, actor string) (ticket, error) {
	now := clock.FromMicros(clock.Micros(s.Clock.Now()))
	d := draft{
		tenant: o.Tenant, id: s.IDs.New(), solution: o.Version.ID, version: o.Version.Manifest.Version, lang: string(lang),
		state: open, created: now, updated: now, expire: now.AddDate(0, 0, TestDays), test: true,
	}
	return s.beginDraft(ctx, d, func(ctx context.Context, tx db.Querier) error {
		list, err := s.store.tests(ctx, tx, o.Tenant, "", "", MostTests+1) // this one among them
		if err != nil {
			return err
		}
		if len(list) > MostTests {
			return fail.Newf(fail.Conflict, "submission: %d tests", len(list))
		}
		return s.TestRecord(ctx, tx, TestEvent{o.Tenant, d.solution, actor, TestBegun, now})
	})
}

// eraseTest erases a test in all rooms, whatever its state; fail.NotFound where
// the authority has none of that draft. Left is the leaf in the ledger, which
// tells nothing without its salt. also runs in the same transaction.
func (s *Service) eraseTest(ctx context.Context, tenant, draft string, also ...func(ctx context.Context, tx db.Querier, solution string) error) error {
	var files []string
	_, err := s.change(ctx, draft, func(ctx context.Context, tx changing) (err error) {
		sub, err := s.store.takeTest(ctx, tx, tenant, draft)
		if err != nil {
			return err
		}
		if sub.ID != "" {
			for _, k := range s.Keepers {
				if err := k.Erase(ctx, tx, tenant, sub.ID); err != nil {
					return err
				}
			}
			if _, err := audit.Erase(ctx, tx, tenant, sub.ID); err != nil {
				return err
			}
		}
		for _, do := range also {
			if err := do(ctx, tx, sub.Solution); err != nil {
				return err
			}
		}
		files, err = s.store.eraseRest(ctx, tx, sub)
		return err
	})
	if err != nil {
		return err
	}
	return s.dropFiles(ctx, tenant, draft, files)
}

// eraseOldTests erases the tests whose days are over.
func (s *Service) eraseOldTests(ctx context.Context) error {
	const batch = 100
	for {
		drafts, err := s.store.oldTests(ctx, s.DB.Read(), s.Clock.Now(), batch)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if err := s.eraseTest(ctx, d.tenant, d.id); err != nil && !fail.Is(err, fail.NotFound) {
				return err
			}
		}
		if len(drafts) < batch {
			return nil
		}
	}
}

// format names the form of the payload.
func (d *desk) format() string {
	if d.test {
		return TestFormat
	}
	return PayloadFormat
}

// isTest tells whether the page is one of a test.
func (d *desk) isTest() bool { return d.session != nil && d.test }

// mark says, on every page of a test, that it is one; nil where it is none.
func (d *desk) mark() *ui.Alert {
	if !d.isTest() {
		return nil
	}
	return &ui.Alert{Tone: ui.Warning, Title: d.t.T("submission.test.mark"), Text: d.t.T("submission.test.text", "until", d.until())}
}

// titled is a title that says that it is of a test, where it is.
func (d *desk) titled(title string) string {
	if d.isTest() {
		return d.t.T("submission.test.titled", "title", title)
	}
	return title
}

// warn writes into a document of a test what it is.
func (d *desk) warn(doc *pdf.Doc) {
	if d.isTest() {
		doc.Strong(d.t.T("submission.test.mark"))
		doc.P(d.t.T("submission.test.text", "until", d.until()))
	}
}
