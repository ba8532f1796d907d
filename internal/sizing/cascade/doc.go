// Package cascade finds routes that ask cheap models first and strong ones
// only when the cheap disagree, and certifies what they lose against the
// strong reference.
//
// A Policy asks its models in order until two give the same answer; where none
// do, the fallback answers. Search looks for good policies on split A, among
// the models evaluated there, and orders a few of them from the safest to the
// cheapest. Certify tests them in that order on split B, each at full alpha,
// stops at the first failure and returns the last that passed. A false claim
// needs the first false policy of a fixed order to pass, so alpha is not
// split. Split B must be sealed before the search.
//
// The package makes no calls; it works on outcomes already paid.
package cascade
