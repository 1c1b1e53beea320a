package build

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
)

// BenchmarkSamples makes a compiled form of each sample schema, one after
// another, and keeps them all. Bar: 3 s and 300 MB.
func BenchmarkSamples(b *testing.B) {
	files := samples(b)
	for b.Loop() {
		lists, err := codelist.Open(os.DirFS("../../../../../shared/data/codelists"))
		if err != nil {
			b.Log(err)
		}
		kept := make([]*form.Program, len(files))
		for i, file := range files {
			d, _ := Form(read(b, file), Options{Lists: lists})
			if kept[i], err = form.Compile(d, form.Options{}); err != nil {
				b.Fatal(file, err)
			}
		}
	}
	b.ReportMetric(float64(len(files)), "schemas")
	if mb, ok := peak(); ok {
		b.ReportMetric(mb, "peak-MB")
	}
}

// peak is the most memory that this process has had, in MB (proc(5), VmHWM).
func peak() (mb float64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0, false
	}
	kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	return float64(kb) * 1024 / 1e6, err == nil
}
