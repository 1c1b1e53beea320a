package job_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/id"
	"leitportal/internal/job"
)

// BenchmarkJobs is the whole life of a job: enqueued in a transaction of its
// own, claimed, run, deleted.
func BenchmarkJobs(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := dbtest.Open(b, address(b), rooms())
			done := make(chan struct{}, b.N)
			r := job.NewRunner(d, clock.System(), id.NewSource(clock.System(), rand.Reader), slog.New(slog.DiscardHandler),
				map[string]job.Handler{"a": func(context.Context, job.Job) error { done <- struct{}{}; return nil }}, job.Limit("a", 32), job.Poll(time.Minute))
			ctx, cancel := context.WithCancel(context.Background())
			stopped := make(chan struct{})
			go func() { defer close(stopped); _ = r.Run(ctx) }()
			b.ResetTimer()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
						return job.Enqueue(ctx, tx, job.New{Kind: "a", Payload: make([]byte, 400)})
					}); err != nil {
						b.Error(err)
					}
					r.Wake()
				}
			})
			for range b.N {
				<-done
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			cancel()
			<-stopped
		})
	}
}
