package tenant

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/place"
)

const paderborn, bonn = "057740032032", "053140000000"

func directory(t *testing.T, d *db.DB) *Directory {
	t.Helper()
	atlas, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	dir, err := NewDirectory(t.Context(), atlas, d, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDirectory(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		here, there := directory(t, d), directory(t, d)
		if len(here.All()) != 396 {
			t.Fatalf("%d tenants", len(here.All()))
		}
		before, err := here.ByID(paderborn)
		if err != nil || before.Name != "Stadt Paderborn" || before.Slug != "paderborn" || before.Monogram != "P" || before.Revision != 0 {
			t.Fatalf("%+v %v", before, err)
		}
		resolve := func(dir *Directory, host, segment, id, base string) {
			t.Helper()
			gotID, gotBase, ok := dir.Resolve(host, segment)
			if gotID != id || gotBase != base || ok != (id != "") {
				t.Errorf("Resolve(%q, %q) = %q %q %v", host, segment, gotID, gotBase, ok)
			}
		}
		resolve(here, "portal.example", "paderborn", paderborn, "/paderborn")
		resolve(here, "portal.example", "Paderborn", "", "")
		resolve(here, "portal.example", "amt", "", "")
		resolve(here, "", "", "", "")

		s := Settings{Name: "Universitätsstadt Paderborn", Hosts: []string{"service.paderborn.example"}, Accent: "#8b1a1a", Demo: true}
		if err := here.Update(ctx, paderborn, s, 0); err != nil {
			t.Fatal(err)
		}
		after, _ := here.ByID(paderborn)
		if after.Name != s.Name || after.Theme.Light.String() != "#8b1a1a" || after.Revision == 0 {
			t.Errorf("after the update: %+v", after)
		}
		if before.Name != "Stadt Paderborn" {
			t.Error("a tenant in use has changed")
		}
		resolve(here, "service.paderborn.example", "bonn", paderborn, "")
		resolve(here, "Service.Paderborn.Example.:8443", "", paderborn, "")
		resolve(here, "portal.example", "paderborn", paderborn, "/paderborn")

		// Another process sees it when it looks next.
		resolve(there, "service.paderborn.example", "", "", "")
		if err := there.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		resolve(there, "service.paderborn.example", "", paderborn, "")

		if err := there.Update(ctx, paderborn, Settings{}, 0); !fail.Is(err, fail.Conflict) {
			t.Errorf("a stale update: %v", err)
		}
		if err := there.Update(ctx, bonn, Settings{Hosts: s.Hosts}, 0); !fail.Is(err, fail.Conflict) {
			t.Errorf("a host name given twice: %v", err)
		}
		if err := there.Update(ctx, bonn, Settings{Accent: "#ffff00"}, 0); !fail.Is(err, fail.Invalid) {
			t.Errorf("a yellow theme: %v", err)
		}
		if err := there.Update(ctx, "000000000000", Settings{}, 0); !fail.Is(err, fail.NotFound) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if err := there.Update(ctx, paderborn, Settings{}, after.Revision); err != nil {
			t.Errorf("back to the defaults: %v", err)
		}
		resolve(there, "service.paderborn.example", "", "", "")
	})
}

// Of several updates from one revision exactly one wins.
func TestConcurrentUpdates(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		dir := directory(t, d)
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() { results[i] = dir.Update(t.Context(), bonn, Settings{Name: "Bonn " + strconv.Itoa(i)}, 0) })
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !fail.Is(err, fail.Conflict) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d updates won", won)
		}
	})
}

func TestFeedbackBelongsToItsTenant(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		var s Store
		at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			for i, id := range []ID{paderborn, paderborn, bonn} {
				f := Feedback{ID: strconv.Itoa(i), Message: "Text", ReplyTo: "a@b.example", At: at.Add(time.Duration(i) * time.Hour)}
				if err := s.AddFeedback(ctx, tx, id, f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Feedback(t.Context(), d.Read(), paderborn, 10)
		if err != nil || len(list) != 2 || list[0].ID != "1" || !list[1].At.Equal(at) || list[0].ReplyTo != "a@b.example" {
			t.Errorf("%+v %v", list, err)
		}
		if n, err := s.CountFeedback(t.Context(), d.Read(), paderborn, at.Add(time.Minute)); n != 1 || err != nil {
			t.Errorf("%d %v", n, err)
		}
	})
}

// Every process looks once a second what others have changed.
func TestRunFollowsOtherProcesses(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations()})
	here, there := directory(t, d), directory(t, d)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { here.Run(ctx) })
	defer wg.Wait()
	defer stop()
	if err := there.Update(ctx, bonn, Settings{Name: "Bundesstadt Bonn"}, 0); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if ten, err := here.ByID(bonn); err == nil && ten.Name == "Bundesstadt Bonn" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the change was not seen within ten seconds")
}
