// Package auth knows who calls: the API keys of the gateway.
//
// A key is made for a department, may be bound to one scenario, may expire, and
// is shown once. Only its SHA-256 is stored. A password needs a slow, salted
// hash because people choose guessable ones; a key is 256 random bits, which
// nobody can guess, so a fast hash gives nothing away and costs a request a
// microsecond instead of a tenth of a second.
//
// Keys that were seen are kept in memory, so that no request waits for the
// database; a key that is revoked stops working within the Checker's TTL.
//
// Sessions, OIDC and roles will live here too. Budgets are in package meter.
package auth
