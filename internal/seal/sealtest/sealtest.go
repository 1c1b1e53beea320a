// Package sealtest lends tests an office key, since making one takes up to 2 s.
package sealtest

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"

	"leitportal/internal/seal"
)

var officeKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return seal.NewOfficeKey(rand.Reader) })

// OfficeKey is the same fresh office key for all tests of a process.
func OfficeKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := officeKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}
