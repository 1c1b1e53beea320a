package progress

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "progress", FS: migrations} }

// Store is the room's SQL.
type Store struct{}

// Revision counts the changes to reports and projects.
func (Store) Revision(ctx context.Context, q db.Querier) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT revision FROM progress_revision WHERE id = $1 -- cross-tenant: one counter for all`, int64(1)).Scan(&n)
	return n, db.NotFound(err)
}

func (Store) changed(ctx context.Context, q db.Querier) error {
	_, err := q.Exec(ctx, `UPDATE progress_revision SET revision = revision + 1 WHERE id = $1 -- cross-tenant: one counter for all`, int64(1))
	return err
}

// Reports reads the reports of all tenants, by tenant and service.
func (Store) Reports(ctx context.Context, q db.Querier) ([]Report, error) {
	rows, err := q.Query(ctx, `SELECT tenant, ozg, level_11, criteria_11, level_20, criteria_20, since, link, source, demo, reported_on, reported_by
		FROM progress_reports ORDER BY tenant, ozg -- cross-tenant: the figures count over all tenants`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Report
	for rows.Next() {
		r, err := scanReport(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Report is what tenant t says of a service; ok is false when it says nothing.
func (Store) Report(ctx context.Context, q db.Querier, t, ozg string) (r Report, ok bool, err error) {
	row := q.QueryRow(ctx, `SELECT tenant, ozg, level_11, criteria_11, level_20, criteria_20, since, link, source, demo, reported_on, reported_by
		FROM progress_reports WHERE tenant = $1 AND ozg = $2`, t, ozg)
	r, err = scanReport(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Report{}, false, nil
	}
	return r, err == nil, err
}

func scanReport(scan func(...any) error) (r Report, err error) {
	var level11, level20 int64
	var criteria11, criteria20, since, on string
	err = scan(&r.Tenant, &r.OZG, &level11, &criteria11, &level20, &criteria20, &since, &r.Link, &r.Source, &r.Demo, &on, &r.By)
	if err != nil {
		return r, err
	}
	r.Level11, r.Level20 = Rating(level11), Rating(level20)
	var errs [4]error
	r.Ratings11, errs[0] = Model11().ParseRatings(criteria11)
	r.Ratings20, errs[1] = Model20().ParseRatings(criteria20)
	r.Since, errs[2] = parseDay(since)
	r.On, errs[3] = parseDay(on)
	if err := errors.Join(errs[:]...); err != nil {
		return r, fmt.Errorf("progress: report of %s on %s: %w", r.Tenant, r.OZG, err)
	}
	return r, nil
}

// PutReport stores a report, in place of what was said before.
func (s Store) PutReport(ctx context.Context, q db.Querier, t string, r Report, now time.Time) error {
	_, err := q.Exec(ctx, `INSERT INTO progress_reports
		(tenant, ozg, level_11, criteria_11, level_20, criteria_20, since, link, source, demo, reported_on, reported_by, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant, ozg) DO UPDATE SET level_11 = excluded.level_11, criteria_11 = excluded.criteria_11,
			level_20 = excluded.level_20, criteria_20 = excluded.criteria_20, since = excluded.since, link = excluded.link,
			source = excluded.source, demo = excluded.demo, reported_on = excluded.reported_on, reported_by = excluded.reported_by,
			updated_at = excluded.updated_at`,
		t, r.OZG, int64(r.Level11), r.Ratings11.String(), int64(r.Level20), r.Ratings20.String(), dayText(r.Since), r.Link, r.Source,
		r.Demo, dayText(r.On), r.By, clock.Micros(now))
	if err != nil {
		return err
	}
	return s.changed(ctx, q)
}

// DropReport takes back what tenant t says of a service.
func (s Store) DropReport(ctx context.Context, q db.Querier, t, ozg string) error {
	if _, err := q.Exec(ctx, `DELETE FROM progress_reports WHERE tenant = $1 AND ozg = $2`, t, ozg); err != nil {
		return err
	}
	return s.changed(ctx, q)
}

// Projects reads all cooperation projects, by id.
func (Store) Projects(ctx context.Context, q db.Querier) ([]Project, error) {
	rows, err := q.Query(ctx, `SELECT project FROM progress_projects ORDER BY id -- cross-tenant: a project is of several tenants`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Project
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		var p Project
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, fmt.Errorf("progress: a stored project: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// PutProjects stores list in place of all projects.
func (s Store) PutProjects(ctx context.Context, q db.Querier, list []Project, now time.Time) error {
	if _, err := q.Exec(ctx, `DELETE FROM progress_projects -- cross-tenant: a project is of several tenants`); err != nil {
		return err
	}
	for _, p := range list {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := q.Exec(ctx, `INSERT INTO progress_projects (id, project, updated_at) VALUES ($1, $2, $3) -- cross-tenant: a project is of several tenants`,
			p.ID, string(text), clock.Micros(now)); err != nil {
			return err
		}
	}
	return s.changed(ctx, q)
}

// dayText is a day as the tables and files hold it, "" for the zero day.
func dayText(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// parseDay reads dayText.
func parseDay(s string) (clock.Date, error) {
	if s == "" {
		return clock.Date{}, nil
	}
	return clock.ParseDate(s)
}
