// Package login lets staff in to a tenant's desk: a password and, always, a
// second factor (TOTP, RFC 6238), or one of ten recovery codes in its place.
//
// The way in: password → (own password in place of the initial one) → set up
// or give the second factor → session. The steps before the last are bound by
// a pending session, which opens no door but the next step's.
//
// Invariants:
//
//   - The token in the cookie is 32 random bytes; the table holds its
//     SHA-256. It is new at every step and at every change of the password,
//     so that a planted cookie is worth nothing.
//   - A session ends 30 minutes after the last request, 10 hours after it
//     began, at sign-out, and with any change of the member's roles or of
//     their being active: every request reads session and member afresh, two
//     look-ups by key.
//   - Whatever was wrong (no such login, wrong password, deactivated,
//     expired), the answer is the same and costs one argon2id hash; hashes
//     run a few at a time, so that guessing cannot take the machine.
//   - A TOTP code is accepted once, also by two requests at once; a recovery
//     code likewise. Secrets lie wrapped by the master key.
//   - Failures are limited per client and per account for a while, never for
//     good; a device on which the member has signed in before counts by
//     itself, so that a stranger's guesses do not shut the member out.
//   - A reset gives back an initial password, valid for 7 days, and forgets
//     the second factor.
//
// Tables: login_credentials, login_recovery, login_sessions.
package login
