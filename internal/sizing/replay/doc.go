// Package replay proves the ladder on recorded outcomes: what it would have
// spent, chosen and certified on items whose every answer is known.
//
// Run replays the strategies exhaustive, fixed100, peek, elimination and
// ladder on per-item outcomes of many models; Stress puts candidates exactly
// at their floor and counts false certificates; Cascade searches policies on
// one split and certifies them on another. Items are seeded draws with
// replacement, as traffic is: a repeated item is a new item and costs a call.
// Truth is the mean over all recorded items.
//
// The ladder replayed is the one that live studies run (package ladder); only
// the outcomes come from a file. Nothing here is tuned to a file, and beliefs
// enter only when asked for, from other categories than the one replayed.
package replay
