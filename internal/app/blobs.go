package app

import (
	"path/filepath"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/project"
)

// openBlobs is where a project's raw bytes are: a bucket, or .luodi/blobs.
func openBlobs(p *project.Project, state string) (blob.Store, error) {
	if p.Store.Blobs == "" {
		return &blob.Dir{Path: filepath.Join(state, "blobs")}, nil
	}
	b, err := blob.OpenBucket(p.Store.Blobs, nil)
	if err != nil {
		return nil, err
	}
	return &blob.S3{Bucket: b}, nil
}
