package job

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for attempt, most := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 12: 2048 * time.Second, 13: time.Hour, 60: time.Hour, 500: time.Hour,
	} {
		var spread []time.Duration
		for _, id := range []string{"A", "B", "C", "D", "E", "F"} {
			d := backoff(time.Second, time.Hour, id, attempt)
			if d <= most/2 || d > most {
				t.Errorf("attempt %d of %s: %v, want at most %v and more than half of it", attempt, id, d, most)
			}
			spread = append(spread, d)
		}
		if spread[0] == spread[1] && spread[1] == spread[2] {
			t.Errorf("attempt %d: no jitter", attempt)
		}
	}
}
