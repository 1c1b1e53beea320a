package whole

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// The binary verifies receipts with the network cut off, by the keys of the
// installation or given ones, and rejects changed bytes. (Every position is
// tried in internal/ledger.)
func TestVerifyOffline(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := walker.New(portal.URL)
	defer b.Close()
	submit(t, b, walk(t, b, walker.Keeper(), 1, ""), "")
	sent(t, b)

	cut := []string{"unshare", "-n"}
	if err := exec.CommandContext(t.Context(), "unshare", "-n", "true").Run(); err != nil {
		t.Log("the network cannot be cut off here (unshare -n); verifying with it")
		cut = nil
	}
	verify := func(args ...string) (string, int) {
		t.Helper()
		args = append(append(append([]string(nil), cut...), apptest.Binary(t)), args...)
		cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LEITPORTAL_LOG=error"}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, status := verify("--data", portal.Data, "ledger", "key")
	if status != 0 {
		t.Fatalf("ledger key: %s", out)
	}
	key, _, _ := bytes.Cut([]byte(out), []byte("\n"))
	for _, name := range []string{"json", "pdf"} {
		receipt := download(t, b, service+"/quittung."+name).Body
		write(receipt)
		for _, args := range [][]string{
			{"--data", portal.Data, "verify", file},
			{"--data", filepath.Join(dir, "none"), "verify", "--key", string(key), file},
			{"--data", portal.Data, "verify", "--lang", "en", file},
		} {
			if out, status := verify(args...); status != 0 {
				t.Errorf("%v refuses a genuine %s: %d %s", args[2:], name, status, out)
			}
		}
		if out, status := verify("--data", filepath.Join(dir, "none"), "verify", file); status == 0 {
			t.Errorf("a %s is genuine without any key: %s", name, out)
		}
		const positions = 25
		for i := range positions {
			at := i * (len(receipt) - 1) / (positions - 1)
			broken := bytes.Clone(receipt)
			broken[at] ^= 1 << (i % 8)
			write(broken)
			out, status := command(t, portal, "", "verify", file) // the same in this process, which is quicker
			if i%12 == 0 {
				out, status = verify("--data", portal.Data, "verify", file)
			}
			if status == 0 {
				t.Errorf("byte %d of the %s changed, and it is genuine: %s", at, name, out)
			}
		}
		for what, data := range map[string][]byte{"nothing": nil, "half": receipt[:len(receipt)/2], "twice": append(bytes.Clone(receipt), receipt...), "a tail": append(bytes.Clone(receipt), ' ')} {
			write(data)
			if out, status := command(t, portal, "", "verify", file); status == 0 {
				t.Errorf("%s of a %s is genuine: %s", what, name, out)
			}
		}
	}
}
