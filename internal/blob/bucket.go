package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/luodi/luodi/internal/errs"
)

// Bucket is a bucket of an S3-compatible server, below a prefix.
type Bucket struct {
	Name   string
	Prefix string // "" or ends with a slash

	client *minio.Client
	at     string // the server, for messages
}

// Info is an object of a bucket. Mark changes when its bytes do.
type Info struct {
	Key  string // without the bucket's prefix
	Size int64
	Mark string
}

// answerTime is how long a server may take to begin an answer.
const answerTime = 30 * time.Second

// OpenBucket opens s3://bucket/prefix without connecting. Server and
// credentials come from the environment, under the names that S3 tools use:
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and
// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (without one it is Amazon's).
func OpenBucket(address string, env func(string) string) (*Bucket, error) {
	if env == nil {
		env = os.Getenv
	}
	rest, ok := strings.CutPrefix(address, "s3://")
	name, prefix, _ := strings.Cut(rest, "/")
	if !ok || name == "" {
		return nil, errs.Invalid("%q is no bucket; write s3://bucket/prefix", address)
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	server := first(env("AWS_ENDPOINT_URL_S3"), env("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errs.Invalid("AWS_ENDPOINT_URL is no address of a server; write https://host:port")
	}
	key, secret := env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")
	if key == "" || secret == "" {
		return nil, errs.Invalid("s3://%s: the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set", name)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = answerTime
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(key, secret, env("AWS_SESSION_TOKEN")), Secure: u.Scheme == "https",
		Region: first(env("AWS_REGION"), env("AWS_DEFAULT_REGION"), "us-east-1"), BucketLookup: lookup(u), MaxRetries: 3, Transport: transport,
	})
	if err != nil {
		return nil, errs.Invalid("s3://%s: %v", name, err)
	}
	return &Bucket{Name: name, Prefix: prefix, client: client, at: u.Host}, nil
}

// lookup: servers other than Amazon's have buckets as folders.
func lookup(u *url.URL) minio.BucketLookupType {
	if strings.HasSuffix(u.Hostname(), "amazonaws.com") {
		return minio.BucketLookupAuto
	}
	return minio.BucketLookupPath
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// List calls fn with every object below prefix, by key.
func (b *Bucket) List(ctx context.Context, prefix string, fn func(Info) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.client.ListObjects(ctx, b.Name, minio.ListObjectsOptions{Prefix: b.Prefix + prefix, Recursive: true}) {
		if o.Err != nil {
			return b.explain("listing", prefix, o.Err)
		}
		if strings.HasSuffix(o.Key, "/") {
			continue // a folder that some tools make
		}
		if err := fn(Info{strings.TrimPrefix(o.Key, b.Prefix), o.Size, fmt.Sprintf("%s %d", o.ETag, o.Size)}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Read returns an object: errs.NotFound when there is none.
func (b *Bucket) Read(ctx context.Context, key string) ([]byte, error) {
	return b.read(ctx, key, minio.GetObjectOptions{})
}

func (b *Bucket) read(ctx context.Context, key string, opts minio.GetObjectOptions) ([]byte, error) {
	o, err := b.open(ctx, key, opts)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return io.ReadAll(o)
}

// Open is Read for an object that may be larger than memory.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return b.open(ctx, key, minio.GetObjectOptions{})
}

func (b *Bucket) open(ctx context.Context, key string, opts minio.GetObjectOptions) (io.ReadCloser, error) {
	o, err := b.client.GetObject(ctx, b.Name, b.Prefix+key, opts)
	if err != nil {
		return nil, b.explain("reading", key, err)
	}
	return object{o, b, key}, nil
}

// object is one that is read; it says what to do about an error.
type object struct {
	*minio.Object
	bucket *Bucket
	key    string
}

func (o object) Read(p []byte) (int, error) {
	n, err := o.Object.Read(p)
	if err != nil && err != io.EOF {
		err = o.bucket.explain("reading", o.key, err)
	}
	return n, err
}

// size is an object's size: errs.NotFound when there is none.
func (b *Bucket) size(ctx context.Context, key string) (int64, error) {
	o, err := b.client.StatObject(ctx, b.Name, b.Prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return 0, b.explain("looking for", key, err)
	}
	return o.Size, nil
}

// maxPut is the largest object that S3 takes in one request.
const maxPut = 5 << 30

func (b *Bucket) write(ctx context.Context, key string, body io.Reader, size int64) error {
	_, err := b.client.PutObject(ctx, b.Name, b.Prefix+key, body, size, minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: size <= maxPut})
	if err != nil {
		return b.explain("writing", key, err)
	}
	return nil
}

// explain says what to do about an error; keys of the account are in none.
func (b *Bucket) explain(doing, key string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	r := minio.ToErrorResponse(err)
	where := fmt.Sprintf("%s s3://%s/%s%s", doing, b.Name, b.Prefix, key)
	switch {
	case r.Code == "NoSuchKey":
		return errs.NotFound("%s: there is no such object", where)
	case r.Code == "NoSuchBucket":
		return errs.Invalid("%s: %s has no bucket %s", where, b.at, b.Name)
	case r.Code == "InvalidAccessKeyId" || r.Code == "SignatureDoesNotMatch" || r.Code == "InvalidTokenId" || r.Code == "ExpiredToken":
		return &errs.Error{Code: errs.CodeUnauthenticated, Msg: fmt.Sprintf("%s: %s does not know the account (%s); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", where, b.at, r.Code)}
	case r.Code == "AccessDenied" || r.StatusCode == http.StatusForbidden:
		return &errs.Error{Code: errs.CodeForbidden, Msg: fmt.Sprintf("%s: the account may not do that at %s; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and its rights", where, b.at)}
	case r.StatusCode == http.StatusInsufficientStorage || r.Code == "XMinioStorageFull":
		return &errs.Error{Code: errs.CodeExhausted, Msg: where + ": the server has no room left"}
	case r.StatusCode >= 400:
		return errs.Internal("%s: %s answered %s", where, b.at, first(r.Message, r.Code))
	}
	return errs.Internal("%s: no connection to %s: %v", where, b.at, cause(err))
}

// cause leaves the address of the request out, which bears a signature.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
