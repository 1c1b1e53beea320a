// Package seal keeps secrets: boxes under a key one holds (AES-256-GCM), the
// master key that wraps what the portal itself must keep, the offices' RSA
// keys with JWE as FIT-Connect has it, and boxes for a recipient who is not
// there (HPKE, RFC 9180).
//
// Invariants: whatever is opened comes from an untrusted place, so every
// reader bounds the size, allows one algorithm only, and answers every
// failure with the one error ErrOpen, which does not tell why. Every sealed
// form begins with a version byte (or, a JWE, with its header). Keys never
// appear in an error.
//
// The room owns no tables.
package seal
