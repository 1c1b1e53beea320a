// Command leitportal is the municipal lead portal: one binary with
// subcommands. "leitportal --help" lists them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"leitportal/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Main(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
