package source

import "context"

// Store keeps files, records and places. All methods may be called from any
// goroutine; ingests of the same source must not run at the same time.
type Store interface {
	// States returns what is known of every path of a source, by path.
	States(ctx context.Context, source string) ([]State, error)

	// Append keeps records with their place in the version of the file that
	// FileID names. They are not part of the source before Commit. It may be
	// called again with the same records: nothing is doubled.
	Append(ctx context.Context, records []Record) error

	// Commit applies a change of a source, all of it or nothing.
	Commit(ctx context.Context, source string, c Change) error

	// Files returns the current version of every good file, by path.
	Files(ctx context.Context, source string) ([]File, error)

	// Each calls fn with the records of the current files, by path and
	// position, and stops with fn's error. fn may use the store.
	Each(ctx context.Context, source string, fn func(Record) error) error

	// Record returns a record with its place in the current version of its
	// file, or in the last one that had it. It returns errs.NotFound for an
	// unknown id.
	Record(ctx context.Context, id string) (Record, error)

	// Places returns where a record stands in every version of its file, the
	// newest first.
	Places(ctx context.Context, id string) ([]Place, error)

	// File returns a version of a file, current or not, or errs.NotFound.
	File(ctx context.Context, id string) (File, error)

	// FileRecords returns the ids of a file version's records by position, at
	// most limit of them.
	FileRecords(ctx context.Context, fileID string, limit int) ([]string, error)
}

// State is what is known of one path of a source.
type State struct {
	Path    string
	FileID  string // the current good version; "" when there never was one
	Records int    // of that version
	Hash    string // of the bytes seen last
	Reason  string // why those could not be read; "" when they are FileID's
	Mark    string // what the origin called those bytes
}

// Change is what Commit applies. Records are appended first, as by Append.
type Change struct {
	Records []Record
	Files   []File   // these become current; a version that is kept already stays as it is
	Failed  []State  // these keep the version that was current
	Marked  []State  // these have the version that was current, under another mark
	Removed []string // these paths are gone; what was read of them stays in the store
}

// Blobs keeps raw bytes by content address.
type Blobs interface {
	// Put stores b durably and returns the lower-case hex SHA-256 of it, its
	// address. Storing the same bytes again is cheap.
	Put(ctx context.Context, b []byte) (string, error)
}
