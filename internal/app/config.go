package app

import (
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"leitportal/internal/clock"
	"leitportal/internal/geomap"
	"leitportal/internal/mail"
	"leitportal/internal/place"
	"leitportal/internal/scan"
	"leitportal/internal/submission"
)

// Config is everything that can be set, by flag, by environment, or in the
// file that --config names (YAML, keys as the flags). Flags win over the
// environment, the environment over the file. Zero values are safe.
type Config struct {
	Listen         string   `help:"Address to listen on." default:"127.0.0.1:8080" env:"LEITPORTAL_LISTEN" placeholder:"HOST:PORT"`
	Data           string   `help:"Folder of the portal's data: database, files, keys, mail." default:"var" env:"LEITPORTAL_DATA" placeholder:"DIR"`
	DatabaseURL    string   `help:"Database, as postgres://… or sqlite:/path; by default SQLite in the data folder." env:"DATABASE_URL" placeholder:"URL"`
	PublicURL      string   `help:"Address under which people reach the portal; https:// makes cookies secure and sends HSTS." env:"LEITPORTAL_PUBLIC_URL" placeholder:"URL"`
	Solutions      string   `help:"Folder with further solutions, in the form of solutions/ in the source; read at start." env:"LEITPORTAL_SOLUTIONS" placeholder:"DIR"`
	OfferAll       bool     `help:"Offer every solution in every municipality, with its authors' values, until the municipality has adopted it: for shows and tests, never for real applications." env:"LEITPORTAL_OFFER_ALL"`
	MasterKeyFile  string   `help:"File of the master key; by default master.key in the data folder, made at first start. Keep it apart from back-ups of the data." env:"LEITPORTAL_MASTER_KEY_FILE" placeholder:"FILE"`
	TrustedProxies []string `help:"Networks whose X-Forwarded-For is believed." env:"LEITPORTAL_TRUSTED_PROXIES" placeholder:"CIDR"`
	ProbeToken     string   `help:"Token with which monitoring may read /metrics from elsewhere than this machine." env:"LEITPORTAL_PROBE_TOKEN" placeholder:"TOKEN"`
	Hosts          []string `help:"A tenant's own host name, as ARS=name." env:"LEITPORTAL_HOSTS" placeholder:"ARS=HOST"`
	SMTP           string   `help:"Mail server, as smtp://user:password@host:port or smtps://…; without it mail is written to the data folder." env:"LEITPORTAL_SMTP" placeholder:"URL"`
	MailFrom       string   `help:"Sender of mail." default:"portal@localhost" env:"LEITPORTAL_MAIL_FROM" placeholder:"ADDRESS"`
	DraftsPerHour  int      `help:"Applications that one network address may begin in an hour." default:"120" env:"LEITPORTAL_DRAFTS_PER_HOUR" placeholder:"N"`
	UploadsPerHour int      `help:"Megabytes of files that one network address may upload in an hour." default:"250" env:"LEITPORTAL_UPLOADS_PER_HOUR" placeholder:"MB"`
	DiskReserve    int      `help:"Megabytes of the disk of the data folder that uploads leave free, so that answers can still be saved." default:"500" env:"LEITPORTAL_DISK_RESERVE" placeholder:"MB"`
	Clamd          string   `help:"Virus scanner (clamd) for uploads, as unix:/run/clamav/clamd.ctl or tcp:host:3310; without it nothing is looked at." env:"LEITPORTAL_CLAMD" placeholder:"ADDRESS"`
	MapURL         string   `help:"Web Map Service (OGC WMS) on which people mark places, as https://maps.example/wms; without it places are words and numbers." env:"LEITPORTAL_MAP_URL" placeholder:"URL"`
	MapLayers      string   `help:"Its layers, with commas between them." env:"LEITPORTAL_MAP_LAYERS" placeholder:"NAMES"`
	MapCredit      string   `help:"Whose the map is, as its licence wants it said; stands under each picture." env:"LEITPORTAL_MAP_CREDIT" placeholder:"TEXT"`
	MapVersion     string   `help:"Version of WMS that it speaks (${enum})." default:"1.3.0" enum:"1.3.0,1.1.1" env:"LEITPORTAL_MAP_VERSION"`
	FeedbackDays   int      `help:"Days for which messages about barriers are kept." default:"180" env:"LEITPORTAL_FEEDBACK_DAYS" placeholder:"N"`
	LogLevel       string   `help:"Least level that is logged (${enum})." default:"info" enum:"debug,info,warn,error" env:"LEITPORTAL_LOG"`
	LogFormat      string   `help:"Form of the log (${enum})." default:"text" enum:"text,json" env:"LEITPORTAL_LOG_FORMAT"`

	// Account gives the keys to drafts of who is signed in, for an account room
	// that is yet to be built; nil as long as there is none.
	Account func(r *http.Request) submission.Holder `kong:"-"`

	// Demo serves the demo world: marked values, demo logins; loopback only.
	Demo bool `kong:"-"`

	// only are the solutions in place of all others: an author's preview, whose
	// drafts outlive changes of the form.
	only fs.FS
}

// path is a file in the data folder.
func (c Config) path(name ...string) string {
	return filepath.Join(append([]string{c.Data}, name...)...)
}

// database is the address of the database.
func (c Config) database() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + c.path("leitportal.db")
}

func (c Config) masterKeyFile() string {
	if c.MasterKeyFile != "" {
		return c.MasterKeyFile
	}
	return c.path("master.key")
}

func (c Config) secure() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// url is the address of the portal for people.
func (c Config) url(addr net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return "http://" + addr.String()
}

// loopback tells whether only this machine can reach the portal.
func (c Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// check says in words what cannot work; the portal does not start then.
func (c Config) check() error {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		say("--listen %q is not HOST:PORT", c.Listen)
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
			say("--public-url %q is not an address like https://portal.example", c.PublicURL)
		}
	}
	if _, err := c.proxies(); err != nil {
		say("--trusted-proxies: %v", err)
	}
	if _, err := c.hosts(); err != nil {
		say("--hosts: %v", err)
	}
	if c.DraftsPerHour < 1 || c.UploadsPerHour < 1 {
		say("--drafts-per-hour and --uploads-per-hour are numbers from 1 on")
	}
	if c.DiskReserve < 0 {
		say("--disk-reserve is a number of megabytes")
	}
	if _, err := c.scanner(); err != nil {
		say("--clamd: %v", err)
	}
	if _, err := c.geoMap(geomap.Area{}, nil, nil, nil); err != nil {
		say("--map-url, --map-layers, --map-credit: %v", err)
	}
	if c.SMTP != "" {
		if _, err := mail.NewSMTP(c.SMTP, c.MailFrom, clock.System()); err != nil {
			say("--smtp: %v", err)
		}
	}
	if c.FeedbackDays < 0 || c.FeedbackDays > 3650 {
		say("--feedback-days is a number up to 3650")
	}
	if c.Demo && !c.loopback() {
		say("the demo has public passwords and listens on this machine only; --listen %q is reachable from elsewhere", c.Listen)
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the configuration cannot work:\n  %s", strings.Join(wrong, "\n  "))
}

// scanner is the virus scanner, nil for none.
func (c Config) scanner() (*scan.Clamd, error) {
	if c.Clamd == "" {
		return nil, nil
	}
	return scan.New(c.Clamd)
}

// geoMap is the map of an area, nil for none.
func (c Config) geoMap(area geomap.Area, keys geomap.Keys, clk clock.Clock, log *slog.Logger) (*geomap.Map, error) {
	if c.MapURL == "" {
		return nil, nil
	}
	return geomap.New(geomap.Config{
		URL: c.MapURL, Version: cmp.Or(c.MapVersion, "1.3.0"), Layers: c.MapLayers, Credit: c.MapCredit, Area: area,
		Agent: "leitportal/" + Version, Keys: keys, Clock: clk, Log: log,
	})
}

// mapMargin is how far beyond the municipalities' middles a map goes, in
// degrees: some 30 km.
const mapMargin = 0.4

// areaOf is where the municipalities lie.
func areaOf(atlas *place.Atlas) geomap.Area {
	a := geomap.Area{South: 90, West: 180, North: -90, East: -180}
	for _, p := range atlas.Municipalities() {
		a.South, a.North = min(a.South, p.Lat-mapMargin), max(a.North, p.Lat+mapMargin)
		a.West, a.East = min(a.West, p.Lon-mapMargin), max(a.East, p.Lon+mapMargin)
	}
	return a
}

func (c Config) proxies() ([]*net.IPNet, error) {
	var out []*net.IPNet
	for _, s := range c.TrustedProxies {
		_, n, err := net.ParseCIDR(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network like 10.0.0.0/8", s)
		}
		out = append(out, n)
	}
	return out, nil
}

// hosts maps host names to tenants (ARS).
func (c Config) hosts() (map[string]string, error) {
	out := map[string]string{}
	for _, s := range c.Hosts {
		ars, host, ok := strings.Cut(s, "=")
		if !ok || len(ars) != 12 || host == "" {
			return nil, fmt.Errorf("%q is not ARS=name, as in 057740032032=service.example", s)
		}
		out[strings.ToLower(host)] = ars
	}
	return out, nil
}

func (c Config) level() slog.Level {
	var l slog.Level
	_ = l.UnmarshalText([]byte(c.LogLevel)) // kong has checked the enum
	return l
}

// readConfigFile reads the file of --config: flag names and their values.
func readConfigFile(path string) (map[string]any, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(b, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}
