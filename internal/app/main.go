package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Version is the version of the portal (semantic).
const Version = "0.1.0"

// cli is the grammar of the command line.
type cli struct {
	Config     `embed:""`
	ConfigFile string `name:"config" help:"File with settings (YAML, keys as the flags)." env:"LEITPORTAL_CONFIG" placeholder:"FILE"`

	Serve    serveCmd    `cmd:"" help:"Serve the portal."`
	Demo     demoCmd     `cmd:"" help:"Serve the portal with the demo world: marked values and demo logins, on this machine only."`
	Verify   verifyCmd   `cmd:"" help:"Tell whether a receipt (PDF or JSON) is genuine and complete; needs no network."`
	Doctor   doctorCmd   `cmd:"" help:"Say in words what is wrong with this installation."`
	Tenant   tenantCmd   `cmd:"" help:"Enter what a municipality says of itself: contact, opening hours, imprint, colours."`
	Staff    staffCmd    `cmd:"" help:"Add employees and help them in."`
	Progress progressCmd `cmd:"" help:"Self-reports of municipalities on OZG services, and cooperation projects."`
	Form     formCmd     `cmd:"" help:"Make forms of FIM schemas, and look after them."`
	Solution solutionCmd `cmd:"" help:"Make solutions, check them, and pass them on."`
	Keys     keysCmd     `cmd:"" help:"Look after the portal's keys."`
	Ledger   ledgerCmd   `cmd:"" help:"Look after the public log."`
	Jobs     jobsCmd     `cmd:"" help:"Look after background work that was given up."`
	About    aboutCmd    `cmd:"" name:"version" help:"Print the version."`
}

// process is what a command gets of its process.
type process struct {
	ctx      context.Context
	cfg      Config
	in       io.Reader
	out, err io.Writer
	env      map[string]string
	log      *slog.Logger
}

// exitCode is an error that only sets the exit status; its words have been
// said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Main runs the program with its arguments (without the program's name) and
// environment, and answers the exit status: 0, 1 when the command failed, 2
// when it was not understood.
func Main(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	env := environment(environ)
	parser, err := newParser(&c, env, args, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "leitportal:", err)
		return 2
	}
	var status int
	ran, err := parse(parser, args, &status)
	if ran == nil && err == nil {
		return status // --help
	}
	if err != nil {
		fmt.Fprintln(stderr, "leitportal:", err)
		return 2
	}
	c.Config = c.withPort(env)
	p := &process{ctx: ctx, cfg: c.Config, in: stdin, out: stdout, err: stderr, env: env, log: logger(c.Config, stderr)}
	switch err := ran.Run(p); {
	case err == nil:
		return 0
	default:
		var code exitCode
		if errors.As(err, &code) {
			return int(code)
		}
		fmt.Fprintln(stderr, "leitportal:", err)
		return 1
	}
}

func newParser(c *cli, env map[string]string, args []string, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("leitportal"),
		kong.Description("The open, vendor-neutral municipal lead portal. Not the official Kommunalportal.NRW."),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { panic(exitCode(code)) }),
		kong.Resolvers(settings(env, args)),
	)
}

// withPort is the configuration with PORT as others give it, where no address
// to listen on was set.
func (c Config) withPort(env map[string]string) Config {
	if port := env["PORT"]; port != "" && c.Listen == defaultListen {
		c.Listen = "127.0.0.1:" + port
	}
	return c
}

const defaultListen = "127.0.0.1:8080"

// parse runs kong, whose --help leaves by Exit.
func parse(parser *kong.Kong, args []string, status *int) (ran *kong.Context, err error) {
	defer func() {
		if v := recover(); v != nil {
			code, ok := v.(exitCode)
			if !ok {
				panic(v)
			}
			*status, ran, err = int(code), nil, nil
		}
	}()
	return parser.Parse(args)
}

// settings answers kong's question for a flag that was not given: the
// environment first, then the file. The environment is passed in, so that two
// portals in one process (a test) do not share it.
func settings(env map[string]string, args []string) kong.Resolver {
	file := env["LEITPORTAL_CONFIG"]
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			file = v
		} else if a == "--config" && i+1 < len(args) {
			file = args[i+1]
		}
	}
	var values map[string]any
	var fileErr error
	if file != "" {
		values, fileErr = readConfigFile(file)
	}
	return fromFile{path: file, values: values, resolve: func(flag *kong.Flag) (any, error) {
		if fileErr != nil {
			return nil, fileErr
		}
		for _, name := range flag.Envs {
			if v, ok := env[name]; ok && v != "" {
				return v, nil
			}
		}
		v, ok := values[flag.Name]
		if !ok {
			return nil, nil
		}
		if list, ok := v.([]any); ok {
			s := make([]string, len(list))
			for i := range list {
				s[i] = fmt.Sprint(list[i])
			}
			return strings.Join(s, ","), nil
		}
		return fmt.Sprint(v), nil
	}}
}

// fromFile are the settings of a file, none of which may go unheard: one with a
// typing error would leave the portal without a virus scanner, say.
type fromFile struct {
	path    string
	values  map[string]any
	resolve func(*kong.Flag) (any, error)
}

func (f fromFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	return f.resolve(flag)
}

func (f fromFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var collect func(*kong.Node)
	collect = func(n *kong.Node) {
		for _, flag := range n.Flags {
			known[flag.Name] = true
		}
		for _, child := range n.Children {
			collect(child)
		}
	}
	collect(app.Node)
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if !known[name] {
			return fmt.Errorf("%s: there is no setting %q; leitportal serve --help lists them all", f.path, name)
		}
	}
	return nil
}

func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	return env
}

func logger(c Config, w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.level()}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

type aboutCmd struct{}

func (aboutCmd) Run(p *process) error {
	goVersion := "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		goVersion = b.GoVersion
	}
	fmt.Fprintf(p.out, "leitportal %s (%s)\n", Version, goVersion)
	return nil
}
