// Package faults tests that nothing acknowledged is lost: the portal is killed
// at random moments under load, its database goes away, its disk is full.
package faults
