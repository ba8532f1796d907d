// Package job runs the stages of luodi up (ingest, clean, index, train, size,
// route), each only when it must: like make, but by content.
//
// A stage names everything it depends on: the hashes of its inputs, its
// parameters, the version of its code. When the journal says that the latest
// run of the stage ended well with the same, Run does nothing and returns that
// run's output, which the next stage takes as one of its inputs. So touching
// one source row runs what depends on that row's source, and nothing else.
//
// The journal is one row per stage in the store. A run that failed or was
// killed in the middle is never taken as done, nor is an older run that it may
// have written over: the stage runs again, and so must be idempotent. While a
// stage runs it holds a lease that is renewed; a second luodi up gets
// errs.Conflict with the name of the process that has it. A lease ends by
// itself some seconds after its process or machine died, and at once when the
// dead process was on this machine.
//
// It does not queue, schedule, retry or run anything in parallel, and knows
// none of the stages.
package job
