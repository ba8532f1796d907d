// Package meter keeps the money: what every call used and cost, and that no
// budget is passed.
//
// Before a call the most that it can cost is held against every budget that
// applies to it (organisation, department, key, scenario); after it the true
// cost is settled and the rest freed. A process leases blocks of a budget from
// the Store and reserves in memory, so that calls wait for no database and
// still settled + held never passes a limit, whatever number of processes and
// goroutines ask. Tokens that are paid for already, in packages, are leased,
// held and settled in the same way.
//
// Holds and rows go to an append-only segment file with group commit, due 25 ms
// after its oldest record or with 512; a tailer fills the store, idempotently by
// segment and offset. After kill -9 the next process replays what is left: lost is
// what came in those 25 ms and in the time that the system took to run the process
// and take the write, in all 50 ms at most as measured on a busy machine. Nothing
// is counted twice; a hold whose call never ended is settled as estimated, not
// given back. When the disk is full calls are refused; no row is dropped.
//
// It does not know prices (package catalog does) nor who may call (package auth).
package meter
