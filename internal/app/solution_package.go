package app

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/form/sample"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

type solutionNewCmd struct {
	Dir        string `arg:"" help:"Folder to make; its name is the id (lower-case letters, digits, hyphens)." type:"path"`
	Title      string `help:"Title in German; without it, the id." placeholder:"TEXT"`
	CasePrefix string `help:"What case numbers begin with, in capital letters." default:"ANTRAG"`
	OZG        string `name:"ozg" help:"Number of the service in the OZG catalogue (5 digits); without it, the one whose title is nearest."`
	LeiKa      string `name:"leika" help:"LeiKa key of the service (14 digits)."`
}

func (c solutionNewCmd) Run(p *process) error {
	id := filepath.Base(c.Dir)
	title := cmp.Or(c.Title, id)
	d := solution.Draft{
		ID: id, Version: "0.1.0", Source: "leitportal solution new", Title: title, Short: title + ".", Summary: title + ".",
		CasePrefix: c.CasePrefix, LeiKa: c.LeiKa, OZG: c.OZG, Basis: "Vorschriften des Bundes und des Landes",
		Answers:  []solution.DraftAnswer{{Name: "first", Path: "person.first"}, {Name: "last", Path: "person.last"}, {Name: "email", Path: "person.email"}},
		Released: clock.Today(clock.System()).String(),
	}
	if d.OZG == "" {
		var err error
		if d.OZG, err = nearest(d.LeiKa, title); err != nil {
			return err
		}
	}
	files, err := d.Files()
	if err != nil {
		return err
	}
	own, err := d.Form()
	if err != nil {
		return err
	}
	maps.Copy(files, own)
	// Made beside and loaded before it is there: a wrong id leaves nothing.
	if _, err := os.Stat(c.Dir); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s is there already", c.Dir))
	}
	if err := os.MkdirAll(filepath.Dir(c.Dir), 0o755); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(filepath.Dir(c.Dir), ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	if err := writeFiles(beside, files); err != nil {
		return err
	}
	if _, err := openSolution(beside); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(beside, 0o755), os.Rename(beside, c.Dir)); err != nil {
		return err
	}
	fmt.Fprintf(p.err, "%s: look at what is marked EDIT, then: leitportal solution check %s\n", c.Dir, c.Dir)
	return nil
}

// writeFiles writes files by their names into dir.
func writeFiles(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// ownSolution is one solution's folder, loaded.
type ownSolution struct {
	folder  fs.FS
	catalog *solution.Catalog
	version *solution.Version
}

// openSolution reads the folder of one solution, whatever it is called.
func openSolution(dir string) (ownSolution, error) {
	folder, err := solution.Folder(dir)
	if err != nil {
		return ownSolution{}, err
	}
	return loadSolution(folder)
}

func loadSolution(folder fs.FS) (ownSolution, error) {
	m, err := solution.ReadManifest(folder)
	if err != nil {
		return ownSolution{}, err
	}
	whole, err := within(m.ID, folder)
	if err != nil {
		return ownSolution{}, err
	}
	catalog, err := solution.Load(whole)
	if err != nil {
		return ownSolution{}, err
	}
	v, err := catalog.Solution(m.ID)
	return ownSolution{folder, catalog, v}, err
}

// name is id and version, as files of a release are called.
func (o ownSolution) name() string { return o.version.ID + "-" + o.version.Manifest.Version }

// check runs every check of a solution, and tells how many faults there are.
func (o ownSolution) check(p *process, budget int, today clock.Date) int {
	r := prove.Check(sourceOf(o.catalog, o.version, today).Source, prove.Budget{Left: budget})
	for _, f := range r.Findings {
		fmt.Fprintln(p.out, f)
	}
	faults := r.Faults()
	if err := o.version.CheckPublicCode(); err != nil {
		fmt.Fprintln(p.out, err)
		faults++
	}
	if program, err := newPrograms(o.catalog).of(o.version); err == nil { // else it was told above
		for _, path := range aimless(program) {
			fmt.Fprintf(p.out, "schema.yaml: %s is asked for no purpose: give it or its group a `purpose`\n", path)
			faults++
		}
	}
	tried, wrong := o.trySamples()
	for _, w := range wrong {
		fmt.Fprintln(p.out, w)
	}
	faults += len(wrong)
	if tried == 0 && len(wrong) == 0 {
		fmt.Fprintln(p.out, "note: there are no samples: say in samples/*.yaml what the form must take, refuse and cost")
	}
	fmt.Fprintf(p.out, "%s: faults %d; pages %d of %d walked, samples %d\n", o.name(), faults, r.Asked, r.Pages, tried)
	return faults
}

// nobody is the ARS of no authority: general values apply.
const nobody = "000000000000"

// trySamples tries the samples of the folder, and says what came of them that
// must not.
func (o ownSolution) trySamples() (tried int, wrong []string) {
	list, err := sample.Read(o.folder)
	if err != nil {
		return 0, []string{err.Error()}
	}
	f, err := compiled(sourceOf(o.catalog, o.version, clock.Date{}))
	if err != nil {
		return 0, []string{err.Error()}
	}
	runner := sample.New(f.program)
	for _, s := range list {
		offer, err := o.catalog.Offer(cmp.Or(s.Tenant, nobody), o.version.ID, s.Day)
		var params *form.Params
		if err == nil {
			params, err = f.program.Params(offer.Set.Values(i18n.DE))
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %v", s.File, s.Name, err))
			continue
		}
		tried++
		for _, w := range runner.Check(s, form.Env{Params: params, Today: s.Day, Lang: i18n.DE}) {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %s", s.File, s.Name, w))
		}
	}
	return tried, wrong
}

type solutionCheckCmd struct {
	Dir    string `arg:"" help:"A solution's folder." type:"existingdir"`
	Budget int    `help:"How many times the form engine may be asked; what is left over is reported as not decided." default:"400000"`
}

// Run fails where there is something to mend.
func (c solutionCheckCmd) Run(p *process) error {
	o, err := openSolution(c.Dir)
	if err != nil {
		return err
	}
	_, err = solution.Pack(o.folder)
	if faults := o.check(p, c.Budget, clock.Today(clock.System())); faults > 0 && err == nil {
		err = exitCode(1)
	}
	return err
}

type solutionSchemaCmd struct {
	Dir string `arg:"" help:"A solution's folder." type:"existingdir"`
}

func (c solutionSchemaCmd) Run(p *process) error {
	o, err := openSolution(c.Dir)
	if err != nil {
		return err
	}
	schema, err := o.version.ParameterSchema()
	if err != nil {
		return err
	}
	_, err = p.out.Write(schema)
	return err
}

type solutionKeyCmd struct {
	File string `arg:"" help:"File to write the private key into; keep it as you keep a seal." type:"path"`
	Name string `required:"" help:"Name of the publisher, such as the host of its portal." placeholder:"HOST"`
}

func (c solutionKeyCmd) Run(p *process) error {
	private, public, err := solution.NewKey(rand.Reader, c.Name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; a key is never written over", c.File)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(private + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	fmt.Fprintln(p.out, public)
	return nil
}

type solutionPackCmd struct {
	Dir string `arg:"" help:"A solution's folder." type:"existingdir"`
	Out string `short:"o" help:"File to write; without it, <id>-<version>.zip." type:"path" placeholder:"FILE"`
}

func (c solutionPackCmd) Run(p *process) error {
	o, err := openSolution(c.Dir)
	if err != nil {
		return err
	}
	archive, err := solution.Pack(o.folder)
	if err != nil {
		return err
	}
	r, err := solution.Describe(archive, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	to := cmp.Or(c.Out, r.Name()+".zip")
	if err := os.WriteFile(to, archive, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s: %d bytes, SHA-256 %s\n", to, r.Size, r.SHA256)
	return nil
}

type solutionPublishCmd struct {
	Dir    string `arg:"" help:"A solution's folder." type:"existingdir"`
	To     string `required:"" help:"Folder to publish into; serve it, or copy it to where it is served." type:"path" placeholder:"FOLDER"`
	Key    string `required:"" help:"File with the private key (leitportal solution key)." type:"existingfile" placeholder:"FILE"`
	Budget int    `help:"As of check." default:"400000"`
}

func (c solutionPublishCmd) Run(p *process) error {
	private, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	o, err := openSolution(c.Dir)
	if err != nil {
		return err
	}
	today := clock.Today(clock.System())
	archive, err := solution.Pack(o.folder)
	if err != nil {
		return err
	}
	if faults := o.check(p, c.Budget, today); faults > 0 {
		return fmt.Errorf("not published: there are faults to mend: %d", faults)
	}
	r, err := solution.Describe(archive, today)
	if err != nil {
		return err
	}
	signed, err := r.Sign(string(private))
	if err != nil {
		return err
	}
	public, err := solution.PublicKey(string(private))
	if err != nil {
		return err
	}
	own, err := solution.Keys(public)
	if err != nil {
		return err
	}
	published, err := solution.Publish(c.To, signed, archive, own)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is published in %s, signed by %s\n", published.Name(), c.To, cmp.Or(published.Signer, "another key"))
	return nil
}

// trustedKeys are keys as they were given: themselves, or files with one.
func trustedKeys(given []string) (note.Verifiers, error) {
	keys := make([]string, len(given))
	for i, k := range given {
		keys[i] = k
		if b, err := os.ReadFile(k); err == nil {
			keys[i] = string(b)
		}
	}
	return solution.Keys(keys...)
}

type solutionVerifyCmd struct {
	Archive string   `arg:"" help:"The archive as it was published, <id>-<version>.zip with its .note beside it: a file or an address."`
	Key     []string `required:"" help:"Public key that is trusted, or a file with one; may be given several times." placeholder:"KEY" sep:"none"`
	HTTP    bool     `name:"insecure-http" help:"Take plain http from other machines, too."`
}

func (c solutionVerifyCmd) Run(p *process) error {
	trusted, err := trustedKeys(c.Key)
	if err != nil {
		return err
	}
	from, name := ".", c.Archive
	if i := strings.LastIndex(c.Archive, "/"); i >= 0 {
		from, name = c.Archive[:i+1], path.Base(c.Archive)
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".zip"), ".note")
	i := strings.LastIndex(name, "-")
	if i < 0 {
		return fmt.Errorf("%s is not called <id>-<version>.zip", c.Archive)
	}
	s, err := solution.OpenSource(from, c.HTTP)
	if err != nil {
		return err
	}
	pkg, err := s.Fetch(p.ctx, name[:i], name[i+1:], trusted)
	if err != nil {
		return err
	}
	r := pkg.Release
	fmt.Fprintf(p.out, "genuine: %s (%s), signed by %s on %s, %d bytes, SHA-256 %s\n", r.Name(), pkg.Manifest.Title.DE, r.Signer, r.Day, r.Size, r.SHA256)
	return nil
}

type solutionListCmd struct {
	Source string   `arg:"" help:"A folder, or the address of one."`
	Key    []string `help:"Public key that is trusted, or a file with one; may be given several times." placeholder:"KEY" sep:"none"`
	HTTP   bool     `name:"insecure-http" help:"Take plain http from other machines, too."`
}

func (c solutionListCmd) Run(p *process) error {
	trusted, err := trustedKeys(c.Key)
	if err != nil {
		return err
	}
	s, err := solution.OpenSource(c.Source, c.HTTP)
	if err != nil {
		return err
	}
	releases, err := s.List(p.ctx, trusted)
	if err != nil {
		return err
	}
	for _, r := range releases {
		fmt.Fprintf(p.out, "%s %s  %s  %d bytes  %s\n", r.ID, r.Version, r.Day, r.Size, cmp.Or(r.Signer, "(not signed by a trusted key)"))
	}
	fmt.Fprintf(p.out, "%d releases\n", len(releases))
	return nil
}
