package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// side tells how far the label of a field is from the left and the right edge
// of the page's column.
const side = `(() => {
	const range = document.createRange()
	range.selectNodeContents(document.querySelector("label[for='" + %s + "']"))
	const words = range.getBoundingClientRect(), column = document.querySelector(".lp-body").getBoundingClientRect()
	return [words.left - column.left, column.right - words.right].map(Math.round)
})()`

// TestRightToLeft goes the way of an application in Arabic: mirrored, nothing
// cut off at 320 px, nothing that axe-core finds; what was typed stays when the
// language is changed. LEITPORTAL_RTL names a folder for pictures.
func TestRightToLeft(t *testing.T) {
	full(t)
	portal := apptest.Start(t, apptest.Options{Demo: true, Solutions: apptest.Arabic(t)})
	b := open(t, launch(t), portal.URL, in(t, "ar"), true)
	say := b.words.say
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{320, 1280} {
			b.size(width, 900)
			b.fits(name)
			b.snap(name, width)
		}
		b.axe(name, axeAll)
	}
	b.visit("/ar/paderborn/antrag/bewohnerparken")
	b.press(say("submission.start.begin"))
	b.at("ماذا يحدث لبياناتك")
	b.choose("هل أنت مسجّل في المنطقة وتسكن فيها؟", say("form.yes"))
	look("privacy")
	b.press(say("submission.step.next"))

	b.fill("الاسم الأول", "Ada")
	b.fill(say0(t, "field.person.phone.label"), "+49 5251 880")
	var arabic, german [2]int
	b.must(&arabic, side, "person-first")
	b.words = in(t, i18n.DE)
	b.press("Deutsch")
	b.must(&german, side, "person-first")
	if german[0] != arabic[1] || german[0] > 2 || arabic[0] < 100 {
		t.Errorf("the label is %v from the edges in Arabic and %v in German", arabic, german)
	}
	b.fill("Nachname", "Weiß")
	b.words = in(t, "ar")
	b.press("العربية")
	b.press(say("submission.step.next"))
	b.until("error summary with the focus", `document.activeElement?.closest("[role=alert]") && !!document.querySelector("[role=alert] a[href^='#']")`)
	for id, want := range map[string]string{"person-first": "Ada", "person-last": "Weiß", "person-phone": "+49 5251 880"} {
		b.until(id+" as it was typed", `document.getElementById(%s).value === %s`, id, want)
	}
	look("error")
	b.date("تاريخ الميلاد", "1980-02-29")
	b.press(say("submission.step.next"))
	for label, value := range map[string]string{"الشارع": "Am Abdinghof", "رقم المنزل": "12a", "الرمز البريدي": "33098", "المدينة": "Paderborn"} {
		b.fill(label, value)
	}
	b.press(say("submission.step.next"))
	b.fill("رقم اللوحة", "PB-AB 123")
	b.choose("نوع المركبة", "سيارة")
	b.choose("باسم مَن المركبة مسجّلة؟", "باسمي")
	b.press(say("submission.step.next"))
	b.date("صالحة ابتداءً من", clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1)).String())
	b.choose("كم مدة صلاحية البطاقة؟", "سنتان")
	look("permit")
	b.press(say("submission.step.next"))
	b.choose("طريقة الدفع", "أحوّل المبلغ عندما يصلني القرار")
	b.press(say("submission.step.next"))
	b.tick("بياناتي صحيحة وكاملة.")
	b.tick("أعيد البطاقة إذا انتقلت من المنطقة أو تخلّيت عن المركبة.")
	b.press(say("submission.step.next"))
	b.at(say("submission.check.title"))
	look("check")
	for i := 0; ; i++ { // the office's key may still be in the making
		b.press("إرسال الطلب نهائيًا")
		var sent bool
		if b.must(&sent, `location.pathname.endsWith("/status")`); sent || i == 20 {
			break
		}
	}
	b.until("status page", `location.pathname === "/ar/paderborn/antrag/bewohnerparken/status"`)
	look("status")
}

// say0 is a German text of the solution with the Arabic one.
func say0(t *testing.T, key string) string {
	t.Helper()
	c, err := i18n.Load(os.DirFS("../load/solutions/bewohnerparken"))
	if err != nil {
		t.Fatal(err)
	}
	return c.In(i18n.DE).T(key)
}

// snap keeps the page as a picture, where somebody wants to look.
func (b *tab) snap(name string, width int64) {
	b.t.Helper()
	dir := os.Getenv("LEITPORTAL_RTL")
	if dir == "" {
		return
	}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		png, err := page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), png, 0o644)
	}))
}
