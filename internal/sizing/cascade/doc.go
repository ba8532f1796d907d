// Package cascade finds routes that ask cheap models first and strong ones
// only when the cheap disagree, and certifies what they lose against the
// strong reference.
//
// A Policy asks its models in order until two give the same answer; where none
// do, the fallback answers. A Route puts a small model before it, which answers
// alone where it is sure. Search and SearchRoutes look for good ones on split
// A, among the models evaluated there, and order a few of them from the safest
// to the cheapest. On split B they are tested in that order, each at the whole
// alpha; the first failure ends it and the last that passed is certified. A
// false claim needs the first false policy of a fixed order to pass, so alpha
// is not split. Split B must be sealed before the search.
//
// Study does all of that for a live scenario: it fixes the splits, makes the
// calls through a sizing.Runner, never a pair twice, and returns a Record that
// can be served and computed again. The rest works on outcomes already paid.
// A Record says nothing about clustered items, and its latency is that of
// models asked one after another.
package cascade
