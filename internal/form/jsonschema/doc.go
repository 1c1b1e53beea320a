// Package jsonschema describes the answers of a compiled form as JSON Schema
// (draft 2020-12): what leaves the portal and a specialist system reads.
//
// It is pure. The schema accepts every application that the engine accepts;
// what it cannot say (check digits, dates that depend on the day of sending,
// rules over several instances of a group) it says in words. Of a condition
// that it can express in part, it expresses the part that holds for sure.
package jsonschema
