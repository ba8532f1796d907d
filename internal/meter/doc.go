// Package meter keeps the money: what every call used and cost, and that no
// budget is passed.
//
// Before a call the most that it can cost is held against every budget that
// applies to it (organisation, department, key, scenario); after it the true
// cost is settled and the rest freed. A process leases blocks of a budget from
// the Store and reserves in memory, so that calls wait for no database and
// still settled + held never passes a limit, whatever number of processes and
// goroutines ask.
//
// Holds and ledger rows go to an append-only segment file with group commit (50
// ms or 512 records); a tailer fills the store from it, idempotently by segment
// and offset. After kill -9 the next process replays what is left: at most one
// commit window is lost, nothing is counted twice, and a hold whose call never
// ended is settled as estimated, not given back. When the disk is full calls are
// refused; a row is never dropped.
//
// It does not know prices (package catalog does) nor who may call (package auth).
package meter
