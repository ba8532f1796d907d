// Package source turns the raw files of departments into records whose every
// byte can be found again.
//
// A source is a name, a department and a glob. Ingest hashes every file each
// time, keeps the raw bytes of new versions by content address, decides the
// charset on bytes, reads csv, tsv, json, jsonl, md, html and txt, and stores
// records: a row of a table, or a document. A record's id is the address of
// what it says and where it came from, so a row that only moved inside its
// file keeps its id; where it stands in each version of the file is kept
// beside it, with the byte range of the row and of every cell.
//
// Ingest may be killed at any moment and run again: a file is either read
// completely or not at all, and what is unchanged is not read again. A broken
// file is reported with its reason and place, keeps its last good version and
// stops no other file. Nothing is cleaned, merged or dropped here: that is
// package clean's. Formats that need a library are read by packages under
// reader, through the Reader contract.
package source
