package submission

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/seal"
	"leitportal/internal/web"
)

// few rounds, for tests: what they test does not hang on their number.
const few = 1000

func sampleFile(t testing.TB, c fileContent) []byte {
	t.Helper()
	c.Format, c.Lang = fileFormat, i18n.DE
	b, err := writeDraftFile(rand.Reader, Texts(), "http://portal.example/fortsetzen/datei", phrase, few, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The file comes back, tells nothing outside its block, and whatever byte of
// it is changed, cut or added is noticed before a passphrase is tried.
func TestDraftFile(t *testing.T) {
	secret := "Großekämper </script><script>alert(1)</script>"
	b := sampleFile(t, fileContent{
		Tenant: paderborn, Solution: "hundesteuer", Answers: map[string]json.RawMessage{"keeper": json.RawMessage(`{}`)},
		Shown: []shownAnswers{{Lang: i18n.DE, Parts: []shownPart{{Title: secret}}}},
	})
	if bytes.Contains(b, []byte("hundesteuer")) || bytes.Contains(b, []byte("ekämper")) || bytes.Contains(b, []byte(paderborn)) {
		t.Error("the file tells what it is about")
	}
	for _, no := range []string{" onclick", "http-equiv=\"refresh\"", "unsafe", "<link", "src=", "href=", "ZgotmplZ"} {
		if bytes.Contains(b, []byte(no)) {
			t.Errorf("the file has %q", no)
		}
	}
	if !strings.Contains(draftFileJS, fmt.Sprintf("iterations: %d }", pbkdfRounds)) {
		t.Error("the page and the portal stretch differently")
	}
	f, err := readDraftFile(b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.open(phrase, few)
	if err != nil || c.Tenant != paderborn || c.Shown[0].Parts[0].Title != secret {
		t.Fatalf("it comes back as %+v, %v", c, err)
	}
	if _, err := f.open(phrase+" ", few); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another passphrase gives %v", err)
	}
	for i := range b {
		was := b[i]
		b[i] ^= 1
		if _, err := readDraftFile(b); err == nil {
			t.Fatalf("byte %d of %d (%q) may be changed", i, len(b), was)
		}
		b[i] = was
	}
	for what, x := range map[string][]byte{
		"nothing": nil, "cut": b[:len(b)-1], "more": append(bytes.Clone(b), '\n'), "before": append([]byte("\ufeff"), b...),
		"doubled": append(bytes.Clone(b), b...), "huge": make([]byte, maxDraftFile+1), "a page": []byte("<html><script>alert(1)</script>"),
		"line ends": bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")),
	} {
		if _, err := readDraftFile(x); !errors.Is(err, errDamaged) && !errors.Is(err, errNoDraftFile) {
			t.Errorf("%s gives %v", what, err)
		}
	}

	// Who changes the page or the block and mends the sums is refused by the box.
	before, block, after, _ := cutBlock(b)
	part := strings.Split(string(block), " ")
	mended := func(before []byte, salt, frame, sealed string) error {
		x := salt + " " + frame + " " + sealed
		f, err := readDraftFile(bytes.Join([][]byte{before, []byte(x + " " + hexSum(x)), after}, nil))
		if err != nil {
			return err
		}
		_, err = f.open(phrase, few)
		return err
	}
	if err := mended(before, part[0], part[1], part[2]); err != nil {
		t.Error(err)
	}
	other := bytes.Replace(before, []byte("main"), []byte("mein"), 1)
	if err := mended(other, part[0], frameHash(other, after), part[2]); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another page round the block: %v", err)
	}
	if err := mended(before, strings.Repeat("A", 22), part[1], part[2]); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another salt: %v", err)
	}
	if err := mended(before, part[0], part[1], base64.RawURLEncoding.EncodeToString([]byte("short"))); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another box: %v", err)
	}
	f, err = readDraftFile(sampleFile(t, fileContent{}))
	if err == nil {
		f.frame, _ = "x", err
		_, err = f.open(phrase, few)
	}
	if !errors.Is(err, seal.ErrOpen) {
		t.Errorf("bound to another frame: %v", err)
	}
}

// A few megabytes that become hundreds in memory are refused before they do;
// what is too much for a file is not written.
func TestDraftFileIsBounded(t *testing.T) {
	for _, list := range []string{`"files":[` + strings.Repeat(`{},`, maxElements), `"shown":[{"rows":[` + strings.Repeat(`[],`, maxElements), `"answers":{` + strings.Repeat(`"":0,`, maxElements)} {
		key, err := fileKey(phrase, make([]byte, 16), few)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := seal.Seal(rand.Reader, key, []byte("x"), []byte(`{"format":"`+fileFormat+`",`+list))
		if err != nil {
			t.Fatal(err)
		}
		f := draftFile{salt: make([]byte, 16), sealed: sealed, frame: "x"}
		if n := testing.AllocsPerRun(1, func() { _, err = f.open(phrase, few) }); !errors.Is(err, errDamaged) || n > 1000 {
			t.Errorf("%.20s gives %v after %g allocations", list, err, n)
		}
	}
	if n := elements([]byte(`{"a,[\"{,":[1,2,{}],"b\\":{}}`)); n != 7 {
		t.Errorf("%d elements", n)
	}
	for what, c := range map[string]fileContent{
		"long": {Town: strings.Repeat("x", maxDraftFile*3/4)}, "many": {Files: make([]carriedFile, maxElements)},
	} {
		if _, err := writeDraftFile(rand.Reader, Texts(), "", phrase, few, c); !fail.Is(err, fail.TooLarge) {
			t.Errorf("%s is written: %v", what, err)
		}
	}
	b, err := writeDraftFile(rand.Reader, Texts(), "", phrase, few, fileContent{Files: []carriedFile{{Data: make([]byte, maxCarried)}}, Town: strings.Repeat("x", 2<<20)})
	if err != nil || len(b) > maxDraftFile {
		t.Errorf("what is allowed makes %d bytes, %v", len(b), err)
	}
}

func FuzzReadDraftFile(f *testing.F) {
	good := sampleFile(f, fileContent{Tenant: paderborn})
	f.Add(good)
	f.Add([]byte(blockStart + "a b c d" + blockEnd))
	f.Add([]byte(blockStart + blockStart + blockEnd))
	f.Add([]byte("<!DOCTYPE html>" + blockStart + "  " + strings.Repeat("A", 22) + " x" + blockEnd))
	x := "AAAAAAAAAAAAAAAAAAAAAA " + frameHash([]byte(blockStart), []byte(blockEnd)) + " "
	f.Add([]byte(blockStart + x + " " + hexSum(x) + blockEnd))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := readDraftFile(b)
		if err != nil {
			return
		}
		if len(file.salt) != 16 || len(file.sealed) > len(b) || len(file.frame) != 64 || !bytes.Contains(b, []byte(file.frame)) {
			t.Errorf("%q is read as %+v", b, file)
		}
	})
}

// FuzzFileContent: what stands in a file whose maker knows the passphrase.
func FuzzFileContent(f *testing.F) {
	c, err := loaded()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{`{}`, `{"keeper":{"keeper.first":"Ada"}}`, `{"dogs":[{"id":1}],"dog/1":{}}`, `{"x/../y":{}}`, `{"keeper":[]}`, `{"dog/99999999999":{}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var answers map[string]json.RawMessage
		if json.Unmarshal(b, &answers) != nil {
			return
		}
		d := &desk{t: Texts().In(i18n.DE), program: c.program, today: clock.Date{Year: 2026, Month: 11, Day: 22}}
		var err error
		if d.offer, err = c.solutions.Offer(paderborn, "hundesteuer", d.today); err != nil {
			t.Fatal(err)
		}
		a, _, err := d.answersOf(fileContent{Answers: answers})
		if err != nil {
			return
		}
		if _, err := c.program.Decode(Payload{Answers: rawRows(a)}.Rows()); err != nil {
			t.Errorf("%s: what was read cannot be stored: %v", b, err)
		}
	})
}

// A file becomes a draft of its own, with its evidence sealed anew, also when
// the draft it came from is gone. What it says of other files is not believed.
func TestBeginWithAFile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _ := w.draft(t)
		evidence := w.put(t, ss, "permit.pdf")
		d := w.desk(t, ss)
		answers, err := d.program.Decode(Payload{Answers: map[string]json.RawMessage{"relief": json.RawMessage(`{"relief.social":true}`)}}.Rows())
		if err == nil {
			answers, err = answers.SetFiles("relief.social_file", []form.File{evidence})
		}
		if err != nil {
			t.Fatal(err)
		}
		env, err := w.env(d)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.contentOf(ctx, d, d.program.Open(answers, env))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Files) != 1 || len(c.Shown) != len(i18n.Langs()) || strings.Contains(string(mustJSON(t, c.Answers)), evidence.Key) {
			t.Fatalf("the file holds %+v", c)
		}
		read, err := readDraftFile(sampleFile(t, c))
		if err != nil {
			t.Fatal(err)
		}
		if c, err = read.open(phrase, few); err != nil {
			t.Fatal(err)
		}
		if err := w.erase(ctx, paderborn, ss.id, never()); err != nil {
			t.Fatal(err)
		}
		again := func(c fileContent) *session {
			t.Helper()
			d, err := w.deskOf(ctx, paderborn, c)
			if err != nil {
				t.Fatal(err)
			}
			a, _, err := d.answersOf(c)
			if err != nil {
				t.Fatal(err)
			}
			tk, _, err := w.beginWith(ctx, d, a, c.Files, nil)
			if err != nil {
				t.Fatal(err)
			}
			return w.reopen(t, tk)
		}
		files := func(ss *session) (out []form.File) {
			t.Helper()
			a, err := d.program.Decode(ss.pages.all)
			if err != nil {
				t.Fatal(err)
			}
			carried, _ := evidenceOf(d.program.Open(a, env).Review())
			for _, e := range carried {
				out = append(out, e.File)
			}
			return out
		}
		got := again(c)
		list := files(got)
		if len(list) != 1 || list[0].ID == evidence.ID || list[0].Key == evidence.Key || list[0].Name != "permit.pdf" {
			t.Fatalf("the evidence is %+v", list)
		}
		if _, err := w.readFile(ctx, list[0]); err != nil {
			t.Error(err)
		}

		// Another draft's file by its id, and evidence that no field takes.
		stolen := c
		stolen.Answers = rawRows(answers)
		stolen.Files = []carriedFile{
			{"dogs/1.permit_file", "x.exe", []byte("MZ")}, {"keeper.first", "a.pdf", []byte("%PDF-1.4")}, {"nowhere", "a.pdf", []byte("%PDF-1.4")},
		}
		if list := files(again(stolen)); len(list) != 0 {
			t.Errorf("foreign files are taken: %+v", list)
		}
		x := c
		x.Solution = "bauantrag"
		if _, err := w.deskOf(ctx, paderborn, x); !fail.Is(err, fail.NotFound) {
			t.Errorf("another solution gives %v", err)
		}
		for what, rows := range map[string]map[string]json.RawMessage{
			"nothing that fits": {"nirgends": json.RawMessage(`{"x":1}`)}, "another type": {"keeper": json.RawMessage(`[1]`)},
			"far too long": {"keeper": json.RawMessage(`{"keeper.first":"` + strings.Repeat("a", maxDraftFile/4) + `"}`)},
		} {
			x := c
			x.Answers = rows
			if _, _, err := d.answersOf(x); err == nil {
				t.Errorf("%s is taken", what)
			}
		}
	})
}

// A file of a form that has changed since: what has no place any more is
// named, as the file shows it, and nothing else is lost.
func TestBringAFileOfAnotherVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _ := w.draft(t)
		d := w.desk(t, ss)
		answers, err := d.program.Decode(Payload{Answers: map[string]json.RawMessage{
			"keeper": json.RawMessage(`{"keeper.first":"Ada","keeper.last":"Weiß"}`), "relief": json.RawMessage(`{"relief.social":true}`),
		}}.Rows())
		if err == nil {
			answers, err = answers.SetFiles("relief.social_file", []form.File{w.put(t, ss, "permit.pdf")})
		}
		if err != nil {
			t.Fatal(err)
		}
		env, err := w.env(d)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.contentOf(t.Context(), d, d.program.Open(answers, env))
		if err != nil {
			t.Fatal(err)
		}
		first := map[string]json.RawMessage{}
		if err := json.Unmarshal(c.Answers["keeper"], &first); err != nil || first["keeper.last"] == nil {
			t.Fatal(string(c.Answers["keeper"]), err)
		}
		first["keeper.stage"], first["keeper.motto"] = json.RawMessage(`"Zampano"`), json.RawMessage(`"Wau"`)
		delete(c.Answers, "keeper")
		c.Format, c.Version, c.Answers["halter"] = fileFormat, "0.9.0", mustJSON(t, first)
		for i := range c.Shown {
			title := map[i18n.Lang]string{i18n.DE: "Halterin", i18n.EN: "Keeper"}[c.Shown[i].Lang]
			c.Shown[i].Parts = append(c.Shown[i].Parts, shownPart{Title: title, Rows: [][2]string{{"Künstlername", "Zampano"}}, Keys: []string{"halter keeper.stage"}})
		}
		c.Files = append(c.Files, carriedFile{"keeper.photo", "foto.png", []byte("x")})
		file, err := writeDraftFile(rand.Reader, Texts(), "http://portal.example/fortsetzen/datei", phrase, pbkdfRounds, c)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("file", "antrag.html")
		if err == nil {
			_, err = part.Write(file)
		}
		if err := errors.Join(err, m.WriteField("passphrase", phrase), m.Close()); err != nil {
			t.Fatal(err)
		}
		drafts := w.count(t, `SELECT count(*) FROM submission_drafts`)
		r := httptest.NewRequest(http.MethodPost, "/fortsetzen/datei", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r = r.WithContext(web.WithSite(r.Context(), web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: i18n.EN}))
		rec := httptest.NewRecorder()
		if err := w.brought(rec, r); err != nil {
			t.Fatal(err)
		}
		const there = "/en/paderborn/antrag/hundesteuer/mitgebracht"
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != there {
			t.Fatalf("%d %q", rec.Code, rec.Header().Get("Location"))
		}
		// The page is one to get: as often as somebody loads it, there is one
		// draft more, in either language.
		look := func(lang i18n.Lang, query string) *httptest.ResponseRecorder {
			t.Helper()
			r := httptest.NewRequest(http.MethodGet, there+query, nil)
			for _, c := range rec.Result().Cookies() {
				r.AddCookie(c)
			}
			r.SetPathValue("solution", "hundesteuer")
			r = r.WithContext(web.WithSite(r.Context(), web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: lang}))
			out := httptest.NewRecorder()
			if err := w.unfitPage(out, r); err != nil {
				t.Fatal(err)
			}
			return out
		}
		for _, x := range []struct {
			lang  i18n.Lang
			query string
			wants []string
			lacks string
		}{
			{i18n.EN, "", []string{"except for a few answers", "Keeper: Künstlername", "Zampano", "Answer “keeper.motto”", "Wau", "foto.png", `href="/en/paderborn/antrag/hundesteuer/pruefen?weiter=1"`}, "Halterin"},
			{i18n.EN, "", []string{"Zampano"}, "permit.pdf"},
			{i18n.DE, "?weitere=1", []string{"Halterin: Künstlername", "Zampano", "Angabe „keeper.motto“", `href="/paderborn/antrag/hundesteuer/weitere"`}, "Keeper: "},
		} {
			seen := look(x.lang, x.query)
			for _, want := range x.wants {
				if !strings.Contains(seen.Body.String(), want) {
					t.Errorf("the page lacks %q:\n%s", want, seen.Body)
				}
			}
			if seen.Code != http.StatusOK || strings.Contains(seen.Body.String(), x.lacks) {
				t.Errorf("%d: %s", seen.Code, seen.Body)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM submission_drafts`); n != drafts+1 {
			t.Errorf("%d drafts", n)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_drafts WHERE unfit IS NOT NULL`); n != 1 {
			t.Errorf("%d drafts have lost something", n)
		}
		if err := w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			_, err := tx.Exec(ctx, `UPDATE submission_drafts SET unfit = NULL -- cross-tenant: a test`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if seen := look(i18n.EN, ""); seen.Code != http.StatusSeeOther || seen.Header().Get("Location") != "/en/paderborn/antrag/hundesteuer/pruefen?weiter=1" {
			t.Errorf("where nothing was lost: %d %q", seen.Code, seen.Header().Get("Location"))
		}

		x, err := w.deskOf(t.Context(), paderborn, c)
		if err != nil {
			t.Fatal(err)
		}
		a, unfit, err := x.answersOf(c)
		if err != nil || len(unfit) != 2 || x.offer.Version.Manifest.Version == c.Version {
			t.Errorf("%v, %v", unfit, err)
		}
		bare, err := withoutFiles(d.program.Open(answers, env))
		if err != nil || !bytes.Equal(a.JSON(), bare.JSON()) {
			t.Errorf("%v\n got %s\nwant %s", err, a.JSON(), bare.JSON())
		}
	})
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
