// Package requestlog keeps what calls said: for debugging, for disputes, for a
// look at what a scenario is really asked. It is off; luodi.yaml names the
// routes and keys whose calls are kept.
//
// Records are lines of JSON in segment files, .luodi/requests/TIME-NODE.jsonl,
// which jq and grep read as they are. A segment is closed by size or age and
// removed as a file, so that what is deleted is not in any index, free page or
// write-ahead log of a database; what a disk or a backup keeps of removed files
// is not luodi's to say. No record is kept longer than Config.Keep: a segment
// goes when its oldest record reaches that age.
//
// Texts are written with placeholders for personal data unless the project says
// otherwise; keys and other secrets never are. Headers are not written at all.
//
// Calls never wait for this log. A disk that is too slow for it costs records,
// which are counted, and nothing else: the books are the ledger's.
package requestlog
