package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/blob/blobtest"
	"github.com/luodi/luodi/internal/errs"
)

func openS3(t *testing.T, s *blobtest.Server, address, account string) *blob.S3 {
	t.Helper()
	b, err := blob.OpenBucket(address, s.Env(account))
	if err != nil {
		t.Fatal(err)
	}
	return &blob.S3{Bucket: b}
}

// TestStores holds both stores to the contract.
func TestStores(t *testing.T) {
	server := blobtest.New(t)
	for name, s := range map[string]blob.Store{
		"dir": &blob.Dir{Path: t.TempDir()},
		"s3":  openS3(t, server, "s3://data/projects/bank", blobtest.Account),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			var names []string
			for _, b := range [][]byte{[]byte("one"), []byte("two"), {}, bytes.Repeat([]byte("long "), 100_000), []byte("one")} {
				n, err := s.Put(ctx, b)
				sum := sha256.Sum256(b)
				if err != nil || n != hex.EncodeToString(sum[:]) {
					t.Fatalf("put %d bytes: %q, %v", len(b), n, err)
				}
				got, err := s.Get(ctx, n)
				if err != nil || !bytes.Equal(got, b) {
					t.Fatalf("get %s: %d bytes, %v", n, len(got), err)
				}
				names = append(names, n)
			}
			large := bytes.Repeat([]byte("larger than memory "), 1_000_000)
			n, err := s.PutFrom(ctx, bytes.NewReader(large))
			if again, err2 := s.Put(ctx, large); err != nil || err2 != nil || again != n {
				t.Errorf("put piece by piece: %s, %v; at once: %s, %v", n, err, again, err2)
			}
			if got, err := s.ReadRange(ctx, n, 19, 25); err != nil || string(got) != "larger" {
				t.Errorf("range of it: %q, %v", got, err)
			}
			names = append(names, n)
			if got, err := s.ReadRange(ctx, names[3], 5, 10); err != nil || string(got) != "long " {
				t.Errorf("range: %q, %v", got, err)
			}
			if got, err := s.ReadRange(ctx, names[0], 3, 3); err != nil || len(got) != 0 {
				t.Errorf("empty range: %q, %v", got, err)
			}
			if _, err := s.ReadRange(ctx, names[0], 1, 9); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("range beyond the end: %v", err)
			}
			if _, err := s.Get(ctx, strings.Repeat("0", 64)); !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("unknown: %v", err)
			}
			if _, err := s.Get(ctx, "../x"); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("no name: %v", err)
			}
			var each []string
			if err := s.Each(ctx, func(n string) error { each = append(each, n); return nil }); err != nil {
				t.Fatal(err)
			}
			slices.Sort(names)
			if want := slices.Compact(names); !slices.Equal(each, want) {
				t.Errorf("each: %v, want %v", each, want)
			}
		})
	}
}

func TestS3Refusals(t *testing.T) {
	ctx := context.Background()
	server := blobtest.New(t)
	tests := []struct {
		name, address, account string
		code                   errs.Code
		want                   string
		before                 func()
	}{
		{"another account", "s3://data", "somebody", errs.CodeForbidden, "check AWS_ACCESS_KEY_ID", nil},
		{"no bucket", "s3://other", blobtest.Account, errs.CodeInvalid, "has no bucket other", nil},
		{"no room", "s3://data", blobtest.Account, errs.CodeExhausted, "no room left", func() { server.Full = true }},
		{"the connection is lost", "s3://data", blobtest.Account, errs.CodeInternal, "no connection to 127.0.0.1", server.Close},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.before != nil {
				tt.before()
			}
			_, err := openS3(t, server, tt.address, tt.account).Put(ctx, []byte("x"))
			if !errs.Is(err, tt.code) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v", err)
			}
		})
	}
	none := func(string) string { return "" }
	if _, err := blob.OpenBucket("s3://data", none); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set") {
		t.Errorf("no account: %v", err)
	}
	if _, err := blob.OpenBucket("http://data", none); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("no bucket's address: %v", err)
	}
}

func TestS3DamagedObject(t *testing.T) {
	server := blobtest.New(t)
	s := openS3(t, server, "s3://data/p", blobtest.Account)
	name, err := s.Put(context.Background(), []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	server.Set("p/"+name[:2]+"/"+name, []byte("two"))
	if _, err := s.Get(context.Background(), name); !errs.Is(err, errs.CodeInternal) || !strings.Contains(err.Error(), "other bytes") {
		t.Errorf("%v", err)
	}
}
