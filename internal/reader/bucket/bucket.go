// Package bucket lists the files of a source that are objects in S3.
//
// The path of such a source is s3://bucket/ and a pattern over keys, whose
// segments mean what they mean for folders. An object whose ETag and size are
// as they were is not read again; its key is its path, so that addresses stay
// when a project moves from a folder to a bucket of the same layout.
//
// It opens no formats: an object is read by the reader of its ending, like a
// file. Versions of a bucket are not looked at; what luodi read, it keeps.
package bucket

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Objects are the objects that a pattern matches. It is a source.Origin.
type Objects struct {
	bucket  *blob.Bucket
	prefix  string   // of all keys that can match
	pattern []string // segments
}

// Open opens s3://bucket/pattern; env is os.Getenv when nil.
func Open(address string, env func(string) string) (*Objects, error) {
	rest := strings.TrimPrefix(address, "s3://")
	name, pattern, _ := strings.Cut(rest, "/")
	if pattern == "" {
		return nil, errs.Invalid("%s names a bucket and no objects; write s3://%s/** for all", address, name)
	}
	b, err := blob.OpenBucket("s3://"+name, env)
	if err != nil {
		return nil, err
	}
	segments := strings.Split(pattern, "/")
	fixed := 0
	for fixed < len(segments)-1 && !strings.ContainsAny(segments[fixed], `*?[\`) {
		fixed++
	}
	prefix := strings.Join(segments[:fixed], "/")
	if fixed > 0 {
		prefix += "/"
	}
	return &Objects{bucket: b, prefix: prefix, pattern: segments}, nil
}

// List returns the objects that the pattern matches.
func (o *Objects) List(ctx context.Context) ([]source.Object, error) {
	var out []source.Object
	err := o.bucket.List(ctx, o.prefix, func(i blob.Info) error {
		if match(o.pattern, strings.Split(i.Key, "/")) {
			out = append(out, source.Object{
				Path: i.Key, Size: i.Size, Mark: i.Mark,
				Read: func(ctx context.Context) ([]byte, error) { return o.bucket.Read(ctx, i.Key) },
				Open: func(ctx context.Context) (io.ReadCloser, error) { return o.bucket.Open(ctx, i.Key) },
			})
		}
		return nil
	})
	return out, err
}

// match reports whether a key's segments are those of a pattern: ** stands for
// any number of them, and names that begin with a dot are hidden from * and ?.
func match(pattern, key []string) bool {
	if len(pattern) == 0 {
		return len(key) == 0
	}
	if pattern[0] == "**" {
		if len(pattern) == 1 {
			pattern = []string{"**", "*"}
		}
		return match(pattern[1:], key) || len(key) > 0 && !strings.HasPrefix(key[0], ".") && match(pattern, key[1:])
	}
	if len(key) == 0 || strings.HasPrefix(key[0], ".") && !strings.HasPrefix(pattern[0], ".") {
		return false
	}
	ok, err := path.Match(pattern[0], key[0])
	return ok && err == nil && match(pattern[1:], key[1:])
}
