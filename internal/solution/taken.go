package solution

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Trust takes versions from now on that the holder of this public key signs.
func (s *Adoptions) Trust(ctx context.Context, actor, public string) error {
	if _, err := Keys(public); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.addKey(ctx, tx, public, s.Clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "", "keys", "solution.trust")
	})
}

// Distrust takes nothing more that a key signs; what was taken stays.
func (s *Adoptions) Distrust(ctx context.Context, actor, public string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.dropKey(ctx, tx, public); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "", "keys", "solution.distrust")
	})
}

// Trusted lists the public keys that are trusted.
func (s *Adoptions) Trusted(ctx context.Context) ([]string, error) {
	return s.store.keys(ctx, s.DB.Read())
}

// Verifiers are the trusted keys, for [Source].
func (s *Adoptions) Verifiers(ctx context.Context) (note.Verifiers, error) {
	public, err := s.Trusted(ctx)
	if err != nil {
		return nil, err
	}
	return Keys(public...)
}

// Take installs a version that was fetched: all authorities may adopt it, and
// none does by that. Its archive is kept, so that drafts and cases find it
// whatever becomes of its source. Parameters of authorities in it are not taken
// over: they are those of another portal. Errors: Conflict where this version is
// here with other content; Invalid where it does not work, or is older than the
// newest here and back does not allow that.
func (s *Adoptions) Take(ctx context.Context, actor string, p *Package, back bool) error {
	now := s.Catalog.now.Load()
	v, params, err := opened(p.Archive)
	if err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	if here, err := now.version(v.ID, v.Manifest.Version); err == nil {
		if here.Digest != v.Digest {
			return fail.New(fail.Conflict, "solution.take.other", fmt.Errorf("solution: %s is here already, with other content", p.Release.Name()))
		}
		return nil
	}
	if newest, err := now.solution(v.ID); err == nil && !back {
		if err := p.Release.NotOlder(newest.Manifest.Version); err != nil {
			return fail.New(fail.Invalid, "solution.take.older", err)
		}
	}
	sets, err := params.sets(v, params.ByLaws, false)
	if err == nil && s.Prove != nil {
		err = s.Prove(v, sets)
	}
	if err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.addVersion(ctx, tx, p, s.Clock.Now()); err != nil {
			return err
		}
		if err := s.store.count(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "", v.ID, "solution.take."+v.Manifest.Version)
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// takenVersion is a version from the database, as it was opened.
type takenVersion struct {
	v      *Version
	params *Parameters // of whoever says nothing
}

// opened reads the version in an archive, and its general parameters.
func opened(archive []byte) (*Version, *Parameters, error) {
	files, err := Unpack(archive)
	if err != nil {
		return nil, nil, err
	}
	v, err := loadVersion(files)
	if err != nil {
		return nil, nil, err
	}
	b, err := fs.ReadFile(files, "parameters/default.yaml")
	if err != nil {
		return nil, nil, err
	}
	var f parameterFile
	if err := strict(b, &f); err != nil {
		return nil, nil, fmt.Errorf("parameters/default.yaml: %w", err)
	}
	p, err := newParameters(v, f.ByLaws, f.Demo, false)
	return v, p, err
}

// withTaken is the catalogue of the folders together with what was taken.
func (s *Adoptions) withTaken(ctx context.Context) (*snapshot, error) {
	list, err := s.store.versions(ctx, s.DB.Read())
	if err != nil {
		return nil, err
	}
	next := *s.folders
	next.solutions, next.params = maps.Clone(next.solutions), maps.Clone(next.params)
	for _, t := range list {
		have, ok := s.taken[t]
		if !ok {
			archive, err := s.store.archive(ctx, s.DB.Read(), t)
			if err != nil {
				return nil, err
			}
			if have.v, have.params, err = opened(archive); err != nil {
				return nil, fmt.Errorf("solution: %s %s was taken and cannot be read: %w", t.solution, t.version, err)
			}
			s.taken[t] = have
		}
		if here, err := next.version(t.solution, t.version); err == nil {
			if here.Digest != have.v.Digest {
				s.Log.WarnContext(ctx, "a folder holds other content under the version of a solution that was taken; the folder counts", "solution", t.solution, "version", t.version)
			}
			continue
		}
		versions := append(slices.Clone(next.solutions[t.solution]), have.v)
		newestFirst(versions)
		next.solutions[t.solution] = versions
		if byTenant := next.params[t.solution]; byTenant == nil || versions[0] == have.v {
			byTenant = maps.Clone(byTenant)
			if byTenant == nil {
				byTenant = map[string]*Parameters{}
			}
			byTenant[defaults] = have.params
			next.params[t.solution] = byTenant
		}
	}
	return &next, nil
}
