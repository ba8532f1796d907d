// Package blobtest is a small S3 server for tests: on loopback, in memory,
// with the few requests that luodi makes and the ways in which such a server
// refuses them.
//
// It knows one account and checks its name, not signatures; the official
// client is what is trusted to sign. It keeps nothing after the test.
package blobtest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Account is the one that a Server knows.
const Account = "luodi-test"

// Server is a server with one bucket, "data".
type Server struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string][]byte
	reads   int
	Full    bool // no room for further objects
}

// New starts a server, which ends with the test.
func New(t testing.TB) *Server {
	s := &Server{objects: map[string][]byte{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// Env is an environment in which the server is the one to use.
func (s *Server) Env(account string) func(string) string {
	return func(name string) string {
		return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "s3cret-of-" + account}[name]
	}
}

// Set puts an object; nil removes it.
func (s *Server) Set(key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body == nil {
		delete(s.objects, key)
		return
	}
	s.objects[key] = body
}

// Reads is how many objects were read.
func (s *Server) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

// ServeHTTP answers as S3 does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !strings.Contains(r.Header.Get("Authorization"), "Credential="+Account+"/") {
		refuse(w, http.StatusForbidden, "InvalidAccessKeyId")
		return
	}
	if bucket != "data" {
		refuse(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	body, ok := s.objects[key]
	switch {
	case r.Method == http.MethodGet && key == "":
		s.list(w, r)
	case r.Method == http.MethodPut && s.Full:
		refuse(w, http.StatusInsufficientStorage, "XMinioStorageFull")
	case r.Method == http.MethodPut:
		b, err := io.ReadAll(r.Body)
		if err != nil {
			refuse(w, http.StatusBadRequest, "IncompleteBody")
			return
		}
		if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING") {
			b = unchunk(b)
		}
		s.objects[key] = b
		w.Header().Set("ETag", etag(b))
	case !ok:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		if r.Method == http.MethodGet {
			s.reads++
		}
		w.Header().Set("ETag", etag(body))
		http.ServeContent(w, r, "", time.Unix(1767225600, 0), strings.NewReader(string(body)))
	}
}

func etag(b []byte) string { sum := md5.Sum(b); return `"` + hex.EncodeToString(sum[:]) + `"` }

// unchunk takes the frames of a signed stream off.
func unchunk(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		line, rest, _ := strings.Cut(string(b), "\r\n")
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n == 0 || int(n) > len(rest) {
			break
		}
		out = append(out, rest[:n]...)
		b = []byte(strings.TrimPrefix(rest[n:], "\r\n"))
	}
	return out
}

// listed is an answer to a listing; two keys a page, so that pages are tried.
type listed struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	IsTruncated bool
	NextToken   string `xml:"NextContinuationToken"`
	Contents    []struct {
		Key          string
		ETag         string
		Size         int
		LastModified string
	}
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	var out listed
	q := r.URL.Query()
	for _, k := range slices.Sorted(maps.Keys(s.objects)) {
		if !strings.HasPrefix(k, q.Get("prefix")) || k <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == 2 {
			out.IsTruncated, out.NextToken = true, out.Contents[1].Key
			break
		}
		b := s.objects[k]
		out.Contents = append(out.Contents, struct {
			Key          string
			ETag         string
			Size         int
			LastModified string
		}{k, etag(b), len(b), "2026-01-01T00:00:00.000Z"})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}
