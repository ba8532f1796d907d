// Package judge asks a model whether another model's text is good, and keeps
// it honest: a judge is an instrument to be calibrated, never an authority.
//
// Judge asks about one rubric point (Point) or compares two texts in both
// orders (Pair); it may not be of the candidate's family. Probe shows how it
// can be fooled: by nothing at all, by padding, by confident falsehood. Agree
// compares it with people, as kappa with an interval, and says when there are
// too few labels. HumanMean is what may be certified: the mean that people
// would give. People label a random sample whose probability is fixed before;
// the judge only predicts the rest, and a wrong judge costs width, never truth
// (doubly robust scores, package etest).
//
// The package makes no calls itself: the caller gives Ask. It keeps nothing
// and knows no prices.
package judge
