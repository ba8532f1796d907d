// Package typed compares values as people write them: 2026年3月5日 is
// 5 March 2026, 1.2万元 is CNY 12,000, 5‰ is 0.5 %, 24 hours are a day.
//
// A value of a kind is brought to one canonical form, with exact arithmetic,
// and two values are equal where their forms are: equality is an equivalence
// by construction, and different amounts never share a form. What could be
// read in two ways (03/04/2026, 2万5, 1,2) is not read at all and equals only
// the same text. Nothing is guessed: 5 % is not 0.05, and an amount without
// its currency equals one with it only where the field says its currency.
//
// Text is compared without width, case and white space. Compatibility
// characters stay apart (10² is not 102), which is why it is not NFKC.
package typed
