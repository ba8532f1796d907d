package store

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"time"
)

// sqlFS is the migrations in the words of one engine. They are written once,
// in SQLite's; PostgreSQL calls BLOB bytea, and sorts TEXT by the database's
// language unless told to sort by bytes as SQLite does. Only the upper-case
// type names are replaced: name columns in lower case.
type sqlFS struct{ sqlite bool }

var (
	blobType = regexp.MustCompile(`\bBLOB\b`)
	textType = regexp.MustCompile(`\bTEXT\b`)
)

func postgresSQL(b []byte) []byte {
	b = blobType.ReplaceAll(b, []byte("BYTEA"))
	return textType.ReplaceAll(b, []byte(`TEXT COLLATE "C"`))
}

func (f sqlFS) Open(name string) (fs.File, error) {
	b, err := migrations.ReadFile(path.Join("migrations", name))
	if err != nil {
		return migrations.Open(path.Join("migrations", name))
	}
	if !f.sqlite {
		b = postgresSQL(b)
	}
	return &sqlFile{name: path.Base(name), size: int64(len(b)), Reader: bytes.NewReader(b)}, nil
}

// sqlFile is a migration in memory.
type sqlFile struct {
	*bytes.Reader
	name string
	size int64
}

func (f *sqlFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *sqlFile) Close() error               { return nil }
func (f *sqlFile) Name() string               { return f.name }
func (f *sqlFile) Size() int64                { return f.size }
func (f *sqlFile) Mode() fs.FileMode          { return 0o444 }
func (f *sqlFile) ModTime() time.Time         { return time.Time{} }
func (f *sqlFile) IsDir() bool                { return false }
func (f *sqlFile) Sys() any                   { return nil }
