package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

// crashVariable makes the test binary the process that is killed.
const crashVariable = "LEITPORTAL_TEST_CRASH"

// TestKilled kills a process that writes from many goroutines: whatever it
// had acknowledged is there, and no half of a transaction.
func TestKilled(t *testing.T) {
	if at := os.Getenv(crashVariable); at != "" {
		writeUntilKilled(t, at)
		return
	}
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			acknowledged := map[string]bool{}
			for round := range 5 {
				child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
				child.Env = append(os.Environ(), crashVariable+"="+at, fmt.Sprintf("ROUND=%d", round))
				out, err := child.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := child.Start(); err != nil {
					t.Fatal(err)
				}
				var killing sync.Once
				lines, n := bufio.NewScanner(out), 0
				for lines.Scan() {
					if id, ok := strings.CutPrefix(lines.Text(), "ack "); ok && strings.HasSuffix(id, ".") {
						acknowledged[strings.TrimSuffix(id, ".")] = true
						n++
					}
					if n == 1 {
						killing.Do(func() {
							time.AfterFunc(time.Duration(20+37*round)*time.Millisecond, func() { _ = child.Process.Kill() })
						})
					}
				}
				_ = child.Wait()
				if n == 0 {
					t.Fatalf("round %d wrote nothing", round)
				}
			}
			d := dbtest.Open(t, at, rooms())
			kept := map[string]bool{}
			for _, id := range strings.Fields(ids(t, d)) {
				kept[id] = true
			}
			for id := range acknowledged {
				if !kept[id+"/a"] {
					t.Errorf("%s was acknowledged and is lost", id)
				}
			}
			for id := range kept {
				if base := strings.TrimSuffix(strings.TrimSuffix(id, "/a"), "/b"); !kept[base+"/a"] || !kept[base+"/b"] {
					t.Errorf("half of %s", base)
				}
			}
			t.Logf("%d transactions acknowledged, %d rows kept", len(acknowledged), len(kept))
		})
	}
}

func writeUntilKilled(t *testing.T, at string) {
	d := dbtest.Open(t, at, rooms())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv("ROUND"), w, i)
				if err := d.Write(context.Background(), func(ctx context.Context, tx db.Querier) error {
					if err := put(ctx, tx, id+"/a", i); err != nil {
						return err
					}
					return put(ctx, tx, id+"/b", i)
				}); err != nil {
					t.Error(err)
					return
				}
				_, _ = os.Stdout.WriteString("ack " + id + ".\n") // one write: whole lines only
			}
		})
	}
	wg.Wait()
}
