// Package clean makes records fit to be searched, learned from and shown,
// without changing what they say.
//
// A plan (plans/*.yaml, or a project's own) lists operators for a class of
// sources: web, office, table, log, chat. Each returns an offset map, so that
// Locate takes any range of cleaned text back to the bytes of the department's
// file, and Explain shows what each step did. Numbers are sacred: no operator
// alters a digit's value. What cannot be restored is marked, never filled in.
//
// Around the text stand findings: spans (headings, quotes, what is lost),
// measures, amounts and dates in one form, its language, personal data (package
// pii), duplicates. Tags come first; a record is dropped only where it is empty,
// says the same as another of its source, or a plan's policy says so, and stays
// in the store with the reason. The Report of a source is what its owner signs.
//
// Cleaning is deterministic and keyed by content: what was cleaned by the same
// plan is not stored again. It does not split, embed or translate anything.
package clean
