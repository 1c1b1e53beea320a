package ledger

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"leitportal/internal/i18n"
)

// KeyFile is the file of the data folder that lists the installation's keys,
// one verifier string a line. SaveKeys writes it, VerifyCommand reads it.
const KeyFile = "ledger.pub"

// KeysVariable is the environment variable with trusted keys, separated by
// blanks or commas.
const KeysVariable = "LEITPORTAL_LEDGER_KEYS"

// SaveKeys writes the installation's keys into its data folder, so that the
// verify command works there without --key.
func SaveKeys(dataDir string, keys []string) error {
	text := "# Keys that sign this portal's receipts and checkpoints; safe to hand out.\n" + strings.Join(keys, "\n") + "\n"
	path := filepath.Join(dataDir, KeyFile)
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return fmt.Errorf("ledger: write the keys: %w", err)
	}
	return os.Rename(path+".new", path)
}

// Command is the surroundings of VerifyCommand.
type Command struct {
	Getenv  func(string) string
	DataDir string    // folder of KeyFile
	Lang    i18n.Lang // of what is printed; --lang overrides it
	Out     io.Writer // the verdict
	Err     io.Writer // wrong use
}

// VerifyCommand is "leitportal verify [--key KEY]… [--lang de|en] FILE". It
// needs no network and no database. Trusted keys are those of --key; without
// one, those of KeysVariable; without one, those of KeyFile. They never come
// from the file that is checked. It returns the exit status: 0 genuine, 1 not
// genuine, 2 wrong use.
func VerifyCommand(args []string, c Command) int {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(c.Err)
	var keys []string
	flags.Func("key", "trusted `KEY` (name+hash+base64); may be given several times", func(s string) error {
		keys = append(keys, s)
		return nil
	})
	lang := flags.String("lang", string(c.Lang), "language of the verdict: de or en")
	flags.Usage = func() {
		fmt.Fprintf(c.Err, "leitportal verify [--key KEY]... [--lang de|en] FILE\n\n"+
			"Tells whether FILE, a PDF or JSON receipt, is genuine and complete.\n"+
			"Keys: --key, else %s, else %s in the data folder.\n\n", KeysVariable, KeyFile)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return 2
	}
	t := Texts().In(i18n.Lang(*lang))
	v, err := c.verify(flags.Arg(0), keys)
	if err != nil {
		fmt.Fprintln(c.Err, err)
		return 2
	}
	w := v.Words(t)
	fmt.Fprintf(c.Out, "%s\n\n%s\n\n", w.Title, w.Text)
	for _, f := range w.Facts {
		fmt.Fprintf(c.Out, "  %s: %s\n", f.Term, f.Value)
	}
	if !v.Genuine {
		return 1
	}
	return 0
}

func (c Command) verify(path string, keys []string) (Verdict, error) {
	if len(keys) == 0 {
		keys = strings.FieldsFunc(c.Getenv(KeysVariable), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })
	}
	if len(keys) == 0 {
		b, err := os.ReadFile(filepath.Join(c.DataDir, KeyFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Verdict{}, err
		}
		keys = strings.Split(string(b), "\n")
	}
	f, err := os.Open(path)
	if err != nil {
		return Verdict{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return Verdict{}, err
	}
	return VerifyFile(data, keys)
}
