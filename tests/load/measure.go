package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// visitors is how many browsers ask at once.
const visitors = 16

// figures is what a measurement has found.
type figures struct {
	requests, rounds int
	took             []time.Duration // of each request, the quickest first
	elapsed          time.Duration
	driver, server   time.Duration // CPU time of this process and of the server
	taken            float64       // share of the cores' time that the host gave to others
}

// add puts another measurement of the same to f.
func (f *figures) add(g figures) {
	f.requests, f.rounds = f.requests+g.requests, f.rounds+g.rounds
	f.took = append(f.took, g.took...)
	slices.Sort(f.took)
	f.elapsed, f.driver, f.server = f.elapsed+g.elapsed, f.driver+g.driver, f.server+g.server
	f.taken = max(f.taken, g.taken)
}

func (f figures) perSecond() float64 { return float64(f.requests) / f.elapsed.Seconds() }

func (f figures) roundsPerSecond() float64 { return float64(f.rounds) / f.elapsed.Seconds() }

// quantile is how long the quickest share of requests took at most.
func (f figures) quantile(q float64) time.Duration { return quantile(f.took, q) }

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// share is CPU time as a share of one core.
func (f figures) share(cpu time.Duration) string {
	if f.elapsed == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*cpu.Seconds()/f.elapsed.Seconds())
}

// visitor is one of the browsers under load, and what it does again and again.
type visitor struct {
	*browser
	round func() error
}

// load lets all visitors make their rounds side by side for a while, and
// counts. pid is the server's process. The first error ends it.
func load(pid int, d time.Duration, all []visitor) (figures, error) {
	var f figures
	var stop atomic.Bool
	rounds := make([]int, len(all))
	errs := make([]error, len(all))
	serverBefore, err := processCPU(pid)
	if err != nil {
		return f, err
	}
	driverBefore := ownCPU()
	start := time.Now()
	var wg sync.WaitGroup
	for i := range all {
		v := &all[i]
		v.took = v.took[:0]
		wg.Go(func() {
			for !stop.Load() && time.Since(start) < d {
				if errs[i] = v.round(); errs[i] != nil {
					stop.Store(true)
					return
				}
				rounds[i]++
			}
		})
	}
	wg.Wait()
	f.elapsed = time.Since(start)
	f.driver = ownCPU() - driverBefore
	serverAfter, err := processCPU(pid)
	f.server = serverAfter - serverBefore
	for i := range all {
		f.rounds += rounds[i]
		f.took = append(f.took, all[i].took...)
	}
	f.requests = len(f.took)
	slices.Sort(f.took)
	for _, failed := range errs { // the first tells enough
		if failed != nil {
			return f, failed
		}
	}
	return f, err
}

// mostTaken is the share of the cores' time that the host may give to others while
// something is measured. Above it the figures are the neighbours', not the
// portal's: a p99 doubles.
const mostTaken = 0.01

// calm measures, and again, at most so many times, while the host takes the
// cores away. It keeps the measurement that was disturbed least, whatever it
// shows, and answers how much the host took from it.
func calm[T any](times int, stolen func() (coreTime, error), measure func() (T, error)) (kept T, taken float64, err error) {
	for try := range times {
		before, errBefore := stolen()
		found, err := measure()
		after, errAfter := stolen()
		if err := errors.Join(err, errBefore, errAfter); err != nil {
			return found, 0, err
		}
		share := after.shareSince(before)
		if try == 0 || share < taken {
			kept, taken = found, share
		}
		if share <= mostTaken {
			break
		}
	}
	return kept, taken, nil
}

// coreTime is time of all cores, in ticks: what the host gave to others, and
// all in all.
type coreTime struct{ stolen, total float64 }

func (t coreTime) shareSince(before coreTime) float64 {
	if t.total <= before.total {
		return 0
	}
	return (t.stolen - before.stolen) / (t.total - before.total)
}

// stolen reads /proc/stat (proc(5): user, nice, system, idle, iowait, irq,
// softirq, steal).
func stolen() (coreTime, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return coreTime{}, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return coreTime{}, errors.New("/proc/stat is not as expected")
	}
	var t coreTime
	for _, field := range fields[1:9] {
		if t.stolen, err = strconv.ParseFloat(field, 64); err != nil { // the last is what the host took
			return coreTime{}, fmt.Errorf("/proc/stat: %w", err)
		}
		t.total += t.stolen
	}
	return t, nil
}

// ownCPU is the CPU time of this process so far.
func ownCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// tick is the unit of CPU times in /proc: 1/100 s on every Linux that Go runs
// on (sysconf _SC_CLK_TCK).
const tick = 10 * time.Millisecond

// processCPU is the CPU time of a process so far (proc(5), /proc/PID/stat,
// fields 14 and 15).
func processCPU(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name of the program, in brackets, may hold spaces.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not as expected", pid)
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// residentMemory is VmRSS of a process in bytes.
func residentMemory(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status names no VmRSS", pid)
}
