// Package knowledge turns cleaned documents into a knowledge base that finds
// passages, cites them to the byte and answers with them.
//
// Build stores immutable document versions, cuts them into chunks that are
// ranges over the version's text (package chunk), and indexes them (package
// index) with our own tokens (package token). Open gives a Base; Base.Search
// ranks chunks by per-field BM25 for one asker, Base.Ask answers with literal
// sentences of the best passages or refuses below the base's evidence
// threshold, Verify resolves a citation to the bytes it was made from.
//
// The store is the truth: documents, versions, chunk ranges and access labels;
// the postings are derived from them and can be rebuilt to the same ranking.
// What an asker may not read is left out before ranking, statistics included:
// a search ranks as if the base held the allowed documents only, so nothing
// about the others shows, not even in the order of results. Rights are deny by
// default and checked again when text is loaded.
//
// It holds no SQL, calls no model and reads no clock: Build gets the time, and
// answers are extractive and say so.
package knowledge
