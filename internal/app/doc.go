// Package app puts the house together: it reads the configuration, opens the
// database, builds the rooms, fills the interfaces by which a room sees what
// lies to its right, and serves. It alone imports every room; no room imports
// it.
//
// app_*.go files hold one concern each: config.go what can be set, wire.go
// the rooms, seams.go the adapters between them, serve.go starting and
// stopping, main.go the subcommands, doctor.go what is wrong in words, and
// demo.go the demo world.
package app
