package whole

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the database as a thief would

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// lockedBuffer collects the portal's log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// Nothing that a person types lies readable on the disk, in the database or
// in the log: not while it is a draft, not after it was sent, not after the
// desk has worked on it. Only mail shows the address it goes to.
func TestNothingReadable(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		var log lockedBuffer
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Log: &log})
		b := open(t, portal)
		const mail = "quitschmail7731@zwiebelfisch.example"
		markers := map[string]string{
			"keeper.first": "Xylophonia", "keeper.last": "Quastenflosser", "address.street": "Zwirbelgasse", "address.extra": "Hinterhofmarkise",
			"keeper.phone": "05251 7788991", "dogs.name": "Schnurzelbums", "dogs.previous_name": "Kuddelmuddelzwinger", "dogs.chip": "276098100000008",
			"payment.holder": "Quastenflosserin", "payment.iban": "DE02120300000000202051", "keeper.email": mail,
		}
		a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes", "payment.mandate", "yes", "payment.consent", "yes",
			"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
		for name, value := range markers {
			a[name] = value
		}
		evidence := walker.File{Field: "dogs/1.permit_file", Name: "Wutzelbescheinigung.pdf", Type: "application/pdf", Data: pdf("Brimborium4711")}
		sought := []string{"Brimborium4711", "Wutzelbescheinigung", "Knusperfrage", "Murmelantwort", "Krakelnotiz", "5251 7788991", "52517788991"}
		for _, value := range markers {
			sought = append(sought, value)
		}

		check := walk(t, b, a, 1, "", evidence)
		for name, value := range markers {
			if name != "keeper.email" && name != "payment.iban" && name != "keeper.phone" && name != "dogs.chip" && !check.Has(value) {
				t.Errorf("the check page does not show %s, so the test proves nothing", value)
			}
		}
		code := get(t, b, service+"/spaeter").Code()
		sought = append(sought, code, strings.ReplaceAll(code, " ", ""))
		nothing(t, portal, databaseURL, "as a draft", &log, sought)

		p := submit(t, b, check, mail)
		sent(t, b)
		download(t, b, service+"/quittung.pdf")
		nothing(t, portal, databaseURL, "after sending", &log, sought)

		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, p.Number())
		v := c.Form("/notiz").Values()
		v.Set("notiz", "Krakelnotiz")
		c, err := desk.Send(c.Form("/notiz"), v)
		must(t, c, err)
		c = openCase(t, desk, p.Number())
		f := c.Form("/zuweisung")
		c, err = desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
		must(t, c, err)
		ask := get(t, desk, c.LinkTo("/rueckfrage"))
		v = ask.Own().Values()
		v.Set("feld", "address.extra")
		v.Set("frage", "Knusperfrage?")
		c, err = desk.Send(ask.Own(), v)
		must(t, c, err)
		p = get(t, b, get(t, b, service+"/status").LinkTo("/nachricht/"))
		v = p.Own().Values()
		v.Set("address.extra", "Murmelantwort")
		p, err = b.Send(p.Own(), v)
		must(t, p, err)
		if !p.Has("Murmelantwort") {
			t.Fatalf("the answer is not taken: %s", p.Text())
		}
		c = eventually(t, desk, c.Path(), "Murmelantwort")
		decide := get(t, desk, c.LinkTo("/entscheidung"))
		preview, err := desk.Send(decide.Own(), decide.Own().Values())
		must(t, preview, err)
		f = preview.Own()
		c, err = desk.Send(f, f.Press(f.Values(), "schritt", "senden"))
		must(t, c, err)
		get(t, b, get(t, b, service+"/status").LinkTo("/nachricht/"))
		if _, err := b.Post(service+"/seite/keeper", url.Values{"keeper.last": {"Quastenflosser\xff"}}); err != nil {
			t.Fatal(err)
		}
		nothing(t, portal, databaseURL, "after the notice", &log, sought)
	})
}

// nothing seeks what was typed wherever the portal writes.
func nothing(t *testing.T, portal *apptest.Portal, databaseURL, when string, log *lockedBuffer, sought []string) {
	t.Helper()
	var forms [][]byte
	for _, s := range sought {
		forms = append(forms, []byte(s), []byte(strings.ToLower(s)), []byte(url.QueryEscape(s)), []byte(hex.EncodeToString([]byte(s))))
		if len(s) > 9 { // a short one may stand in base64 by chance
			for shift := range 3 {
				e := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), s...))
				forms = append(forms, []byte(e[4:len(e)-3]))
			}
		}
	}
	looked, bytesRead := 0, 0
	seek := func(where string, b []byte) {
		looked++
		bytesRead += len(b)
		for i, f := range forms {
			if bytes.Contains(b, f) {
				t.Errorf("%s: %s holds %q readably", when, where, forms[i])
			}
		}
	}
	err := filepath.WalkDir(portal.Data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(path, "/mail/") {
			b = regexp.MustCompile(`(?m)^To: .*$`).ReplaceAll(b, nil)
		}
		seek(path, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seek("the log", log.Bytes())
	if databaseURL != "" {
		columns(t, databaseURL, seek)
	}
	if looked < 5 || bytesRead < 10_000 {
		t.Errorf("%s: looked only at %d things of %d bytes", when, looked, bytesRead)
	}
}

// columns reads every value of every table, as a dump would.
func columns(t *testing.T, databaseURL string, seek func(where string, b []byte)) {
	t.Helper()
	d, err := sql.Open("pgx", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := context.Background()
	tables, err := d.QueryContext(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for tables.Next() {
		var name string
		if err := tables.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if tables.Close(); len(names) < 15 {
		t.Fatalf("found only the tables %v", names)
	}
	for _, name := range names {
		rows, err := d.QueryContext(ctx, `SELECT * FROM "`+name+`"`)
		if err != nil {
			t.Fatal(err)
		}
		cols, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(cols)), make([]any, len(cols))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				switch v := v.(type) {
				case []byte:
					seek(name+"."+cols[i], v)
				case string:
					seek(name+"."+cols[i], []byte(v))
				default:
					seek(name+"."+cols[i], fmt.Append(nil, v))
				}
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
