// Package clean makes records fit to be searched, learned from and shown,
// without changing what they say.
//
// A plan is a versioned list of operators: for html the extraction of its
// content, then control and zero-width characters, white space, full-width
// letters and digits, Unicode composition (NFC). Each returns an offset map, so that
// Locate takes any range of cleaned text back to the bytes of the department's
// file, and Explain shows what each step did. Numbers are sacred: no operator
// alters a digit's value, and nothing else in the plan touches digits.
//
// Around the text stand findings: its language, personal data found by check
// digits (package pii), exact and near duplicates. Tags come first; a record is
// dropped only where it is empty or says the same as another of its source, and
// stays in the store with the reason. The Report of a source is what its owner
// signs.
//
// Cleaning is deterministic and keyed by content: what was cleaned by the same
// plan is not stored again. It does not split, embed or translate anything.
package clean
