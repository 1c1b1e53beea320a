package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// table is what a run has found on one database.
type table struct {
	title string
	bytes int // of the service page
	rows  []row
}

// row is one figure; bar is "" where it is for information.
type row struct {
	what, figure string
	figures      figures // for the columns of CPU time; zero for none
	bar          string
	ratio        float64 // to the bare handler, or to the bar
	ok           bool
}

func (t *table) add(r row) { t.rows = append(t.rows, r) }

// missed is how many bars were missed.
func (t *table) missed() int {
	n := 0
	for _, r := range t.rows {
		if r.bar != "" && !r.ok {
			n++
		}
	}
	return n
}

func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s; service page of %d bytes; %d visitors; portal and driver share the cores; 100 %% is one core\n\n", t.title, t.bytes, visitors)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "what\tfigure\tbar\tratio\t\tp50\tp99\tdriver CPU\tserver CPU\tCPU/request\ttaken by the host")
	for _, r := range t.rows {
		verdict, ratio := "", ""
		if r.ratio > 0 {
			ratio = fmt.Sprintf("%.0f %%", 100*r.ratio)
		}
		if r.bar != "" {
			verdict = "ok"
			if !r.ok {
				verdict = "MISS"
			}
		}
		f, p50, p99, driver, server, each, taken := r.figures, "", "", "", "", "", ""
		if len(f.took) > 0 {
			p50, p99, driver = millis(f.quantile(0.50)), millis(f.quantile(0.99)), f.share(f.driver)
			taken = fmt.Sprintf("%.1f %%", 100*f.taken)
		}
		if f.server > 0 {
			// What a request costs both sides says more than its rate on a
			// machine that others use too.
			server, each = f.share(f.server), fmt.Sprintf("%.0f µs", (f.driver+f.server).Seconds()*1e6/float64(f.requests))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.figure, r.bar, ratio, verdict, p50, p99, driver, server, each, taken)
	}
	tw.Flush()
}

func rate(f figures) string { return fmt.Sprintf("%.0f requests/s", f.perSecond()) }

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }

func mega(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }
