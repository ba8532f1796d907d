// Package etest holds the statistical tests behind every certificate: tests
// that may be looked at after every item and stopped at any moment, and whose
// error rate still holds.
//
// Binary scores with a pool of known size use Boundary, the exact horizon
// boundary: the least number of successes after n items that proves a mean
// above a floor, computed so that a candidate exactly at its floor crosses
// with probability at most its share. Graded scores and paired differences use
// Bets, a test martingale whose stakes aim at a deadline. A pool that may grow
// keeps part of its share for Mixture, which has no deadline. Interval and
// Range give bounds for the numbers shown, valid at any time too.
//
// Shares divides an error rate over candidates, before data or from probe
// items only; stopping at the first certificate does not make that
// unnecessary. The package knows no candidates, prices or calls (package
// ladder does) and nothing random: equal data give equal verdicts.
package etest
