// Package shots takes pictures of pages with the Chromium of the machine. It
// talks to it over a pipe (DevTools protocol, --remote-debugging-pipe), so it
// needs neither a port nor a library.
package shots
