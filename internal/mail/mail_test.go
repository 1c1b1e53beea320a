package mail_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/mail"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const from = "Leitportal Köln <portal@example.org>"

func message() mail.Message {
	return mail.Message{
		To: "waldi@example.net", Subject: "Es gibt eine Rückfrage", Lang: "de", Key: "job-1",
		Text: "Guten Tag,\n\nbitte öffnen Sie Ihre Statusseite.\n.\nMit freundlichen Grüßen\n" + strings.Repeat("Länge ", 40) + "\n",
	}
}

// server is a tiny SMTP server that answers RCPT with the given line.
type server struct {
	addr string
	mu   sync.Mutex
	got  []string // whole messages
}

func serve(t *testing.T, rcpt string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c, rcpt)
		}
	}()
	return s
}

func (s *server) talk(c net.Conn, rcpt string) {
	defer c.Close()
	r := textproto.NewReader(bufio.NewReader(c))
	fmt.Fprint(c, "220 test ESMTP\r\n")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			fmt.Fprint(c, "250-test\r\n250 ENHANCEDSTATUSCODES\r\n")
		case "RCPT":
			fmt.Fprint(c, rcpt+"\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			body, err := io.ReadAll(r.DotReader())
			if err != nil {
				return
			}
			s.mu.Lock()
			s.got = append(s.got, string(body))
			s.mu.Unlock()
			fmt.Fprint(c, "250 2.0.0 taken\r\n")
		case "QUIT":
			return // rudely, without an answer: the message was taken all the same
		default:
			fmt.Fprint(c, "250 2.0.0 fine\r\n")
		}
	}
}

// inspect checks that raw is message().
func inspect(t *testing.T, raw string) {
	t.Helper()
	got, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != message().Subject {
		t.Errorf("subject %q %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != strings.TrimSpace(message().Text) {
		t.Errorf("body %q %v", body, err)
	}
	for header, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "Content-Language": "de", "Date": "Sun, 22 Nov 2026 09:00:00 +0100",
		"Content-Type": "text/plain; charset=UTF-8",
	} {
		if got.Header.Get(header) != want {
			t.Errorf("%s: %q, want %q", header, got.Header.Get(header), want)
		}
	}
	if to, err := got.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != message().To {
		t.Errorf("To %v %v", to, err)
	}
	if s, err := got.Header.AddressList("From"); err != nil || len(s) != 1 || s[0].Name != "Leitportal Köln" {
		t.Errorf("From %v %v", s, err)
	}
	if mid := got.Header.Get("Message-Id"); !strings.HasSuffix(mid, "@example.org>") || len(mid) != 32+len("<@example.org>") {
		t.Errorf("Message-ID %q", mid)
	}
}

func TestSMTP(t *testing.T) {
	s := serve(t, "250 2.1.5 fine")
	sender, err := mail.NewSMTP("smtp://"+s.addr, from, clock.NewManual(now))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := sender.Send(t.Context(), message()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.got) != 3 {
		t.Fatalf("%d messages", len(s.got))
	}
	inspect(t, s.got[0])
	if id := func(raw string) string { _, rest, _ := strings.Cut(raw, "Message-ID: "); return rest[:40] }; id(s.got[0]) != id(s.got[2]) {
		t.Error("a repeated message has another Message-ID")
	}
}

func TestSMTPRefusal(t *testing.T) {
	for answer, kind := range map[string]fail.Kind{
		"550 5.1.1 waldi@example.net unknown":       fail.Invalid,
		"451 4.7.1 waldi@example.net come later":    fail.Unavailable,
		"421 4.3.2 waldi@example.net shutting down": fail.Unavailable,
	} {
		s := serve(t, answer)
		sender, err := mail.NewSMTP("smtp://"+s.addr, from, clock.NewManual(now))
		if err != nil {
			t.Fatal(err)
		}
		err = sender.Send(t.Context(), message())
		if !fail.Is(err, kind) || strings.Contains(err.Error(), "waldi") || !strings.Contains(err.Error(), answer[:3]) {
			t.Errorf("%s: %v", answer[:9], err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	sender, err := mail.NewSMTP("smtp://"+l.Addr().String(), from, clock.NewManual(now))
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message()); !fail.Is(err, fail.Unavailable) {
		t.Errorf("no server: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sender.Send(cancelled, message()); err == nil {
		t.Error("sent with a context that had ended")
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	sender, err := mail.NewFolder(dir, from, clock.NewManual(now))
	if err != nil {
		t.Fatal(err)
	}
	other := message()
	other.Key = ""
	for _, m := range []mail.Message{message(), message(), other} {
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) != 2 { // the same Key is the same message
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		inspect(t, string(raw))
	}
}

func TestConfiguration(t *testing.T) {
	for _, bad := range []string{"", "example.org", "http://x", "smtp://", "smtp://u:secretword@h:port", "smtp://u:secretword@h:99999"} {
		if _, err := mail.NewSMTP(bad, from, clock.System()); err == nil || strings.Contains(err.Error(), "secretword") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"smtp://host", "smtps://u:p@host", "smtp://[::1]:25"} {
		if _, err := mail.NewSMTP(good, from, clock.System()); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if _, err := mail.NewFolder(t.TempDir(), "nobody", clock.System()); err == nil {
		t.Error("accepted a sender that is no address")
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("a@b.de\r\nBcc: x@y.de", "Hallo", "Text")
	f.Add("a@b.de", "Hallo\nBcc: x@y.de", "Text")
	f.Add("a@b.de, c@d.de", "Hallo", "Text")
	f.Add("\"x\" <a@b.de>", "Hallo", ".\r\n")
	f.Add("a@b.de", "\u2028Bcc: x", "x\x00")
	f.Add("a@[127.0.0.1]", strings.Repeat("ä", 100), "Text")
	dir := f.TempDir()
	sender, err := mail.NewFolder(dir, from, clock.NewManual(now))
	if err != nil {
		f.Fatal(err)
	}
	known := map[string]bool{}
	for _, h := range []string{"Auto-Submitted", "Content-Language", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "Content-Transfer-Encoding", "Content-Type"} {
		known[h] = true
	}
	f.Fuzz(func(t *testing.T, to, subject, text string) {
		err := sender.Send(t.Context(), mail.Message{To: to, Subject: subject, Text: text, Lang: "de", Key: "fuzz"})
		files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
		if err != nil {
			if !fail.Is(err, fail.Invalid) || len(files) != 0 {
				t.Errorf("%v, files %v", err, files)
			}
			return
		}
		raw, err := os.ReadFile(files[0])
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, files %v", err, files)
		}
		os.Remove(files[0])
		msg, err := netmail.ReadMessage(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		for h, v := range msg.Header {
			if !known[h] || len(v) != 1 {
				t.Errorf("header %q %q", h, v)
			}
		}
		if got, err := msg.Header.AddressList("To"); err != nil || len(got) != 1 || got[0].Address != to {
			t.Errorf("To %q became %v, %v", to, got, err)
		}
	})
}
