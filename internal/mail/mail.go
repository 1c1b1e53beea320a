package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"

	gomail "github.com/wneessen/go-mail"
)

// Message is one notice to one person.
type Message struct {
	To      string    // one bare address (RFC 5321 Mailbox), at most 254 bytes
	Subject string    // one line, at most 200 bytes
	Text    string    // plain text, at most 64 KiB
	Lang    i18n.Lang // of Subject and Text
	// Key tells messages apart, such as the id of the job that sends it: the
	// same Key gives the same Message-ID, and the same file. "" for one made
	// from content and time.
	Key string
}

// Sender sends messages. It is safe for concurrent use. An error of kind
// fail.Invalid is final (no address, or refused for good); fail.Unavailable
// asks for another attempt.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// timeout bounds one conversation with the server.
const timeout = 30 * time.Second

// build checks m and puts it together.
func build(m Message, from string, now time.Time) (*gomail.Msg, error) {
	if err := check(m); err != nil {
		return nil, fail.New(fail.Invalid, "", fmt.Errorf("mail: %w", err))
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	if err := msg.From(from); err != nil {
		return nil, errors.New("mail: the sender's address is not one")
	}
	if err := msg.To(m.To); err != nil {
		return nil, fail.Newf(fail.Invalid, "mail: the address is not one")
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(now.In(clock.Berlin()))
	_, domain, _ := strings.Cut(msg.GetFrom()[0].Address, "@")
	msg.SetMessageIDWithValue(name(m, now) + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers from robots
	msg.SetGenHeader("Content-Language", string(m.Lang))
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// name is the message's own: the same for the same Key.
func name(m Message, now time.Time) string {
	h := sha256.New()
	for _, s := range []string{m.Key, m.To} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	if m.Key == "" {
		fmt.Fprintf(h, "%d:%s:%s", clock.Micros(now), m.Subject, m.Text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func check(m Message) error {
	addr, err := netmail.ParseAddress(m.To)
	control := func(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) }
	switch {
	case len(m.To) > 254, err != nil, addr.Address != m.To, control(m.To), strings.ContainsAny(m.To, " \"(),:;<>[\\]"):
		return errors.New("the address is not a plain one")
	case m.Subject == "", len(m.Subject) > 200, control(m.Subject):
		return errors.New("the subject is not one line of at most 200 bytes")
	case len(m.Text) > 64<<10, !utf8.ValidString(m.Text), strings.ContainsRune(m.Text, 0):
		return errors.New("the text is not one of at most 64 KiB")
	case control(string(m.Lang)), len(m.Lang) > 20:
		return errors.New("the language is not one")
	}
	return nil
}

type smtp struct {
	clock clock.Clock
	from  string
	host  string
	opts  []gomail.Option
}

// NewSMTP sends through the server at address: "smtp://user:password@host:587"
// (STARTTLS demanded, except of this machine) or "smtps://host:465". from is
// the sender, "Name <address>" or an address.
func NewSMTP(address, from string, c clock.Clock) (Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		// Without the address: it holds a password.
		return nil, errors.New("mail: the server's address must be like smtp://user:password@host:587 or smtps://host:465")
	}
	if _, err := netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("mail: the sender %q is not an address: %w", from, err)
	}
	port := map[string]int{"smtp": 587, "smtps": 465}[u.Scheme]
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, errors.New("mail: the server's port is not a number")
		}
	}
	opts := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(timeout), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if u.Scheme == "smtps" {
		opts = append(opts, gomail.WithSSL())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	s := &smtp{c, from, u.Hostname(), opts}
	if _, err := gomail.NewClient(s.host, opts...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

func (s *smtp) Send(ctx context.Context, m Message) error {
	msg, err := build(m, s.from, s.clock.Now())
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.opts...) // for each its own: clients are not for concurrent use
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return fail.New(fail.Unavailable, "", fmt.Errorf("mail: the server cannot be reached: %w", err))
	}
	err = client.Send(msg)
	_ = client.Close() // what it says after it took the message changes nothing
	if err == nil || msg.IsDelivered() {
		return nil
	}
	// The server's own words may name the person: only its code is kept.
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.ErrorCode() >= 500 {
		return fail.Newf(fail.Invalid, "mail: the server refused the message for good (%d %s)", refused.ErrorCode(), refused.EnhancedStatusCode())
	} else if refused != nil {
		return fail.Newf(fail.Unavailable, "mail: the server did not take the message (%d %s)", refused.ErrorCode(), refused.EnhancedStatusCode())
	}
	return fail.Newf(fail.Unavailable, "mail: the message could not be sent")
}

type folder struct {
	clock clock.Clock
	from  string
	dir   string
}

// NewFolder writes messages as .eml files into dir, which it makes where
// missing, for the owner only.
func NewFolder(dir, from string, c clock.Clock) (Sender, error) {
	if _, err := netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("mail: the sender %q is not an address: %w", from, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: make the folder: %w", err)
	}
	return &folder{c, from, dir}, nil
}

func (f *folder) Send(_ context.Context, m Message) error {
	now := f.clock.Now()
	msg, err := build(m, f.from, now)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	file := name(m, now) + ".eml"
	temp := filepath.Join(f.dir, "."+file)
	if err := os.WriteFile(temp, b.Bytes(), 0o600); err != nil {
		return fail.New(fail.Unavailable, "", fmt.Errorf("mail: %w", err))
	}
	if err := os.Rename(temp, filepath.Join(f.dir, file)); err != nil {
		return fail.New(fail.Unavailable, "", fmt.Errorf("mail: %w", err))
	}
	return nil
}
