// Package mail sends short notices in plain text: by SMTP, or, where no server
// is configured, into a folder of .eml files.
//
// Invariants: a message holds no personal data but the address it goes to,
// which appears in no error and no log; nothing that a person typed can add a
// header; a message is sent at least once (its Message-ID follows from its
// Key, so that a repetition can be seen).
//
// The room owns no tables.
package mail
