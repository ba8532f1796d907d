package lineage

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Kind is what an address names; it is the address's prefix.
type Kind string

// The kinds of things that lineage connects, from source to answer.
const (
	File     Kind = "file" // one version of one file of a source
	Record   Kind = "rec"  // one row or document as ingested
	Chunk    Kind = "chk"  // a range of a document in a knowledge base
	Dataset  Kind = "set"  // an ordered selection of records (train, eval)
	Model    Kind = "mdl"  // a small model trained here
	Config   Kind = "cfg"  // a configuration that is sized
	Study    Kind = "std"  // one sizing study of one scenario
	Decision Kind = "dec"  // the chosen configuration with its certificate
	Answer   Kind = "ans"  // one answer with its citations
)

// NewID is the content address of parts: kind, "_" and the first 128 bits of
// SHA-256 over the length-prefixed parts, in lower-case hex. Equal parts give
// equal addresses on every machine; ("a","bc") and ("ab","c") differ.
func NewID(kind Kind, parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return string(kind) + "_" + hex.EncodeToString(h.Sum(nil)[:16])
}

// KindOf returns the kind of an address, or "" where it has none.
func KindOf(id string) Kind {
	k, _, ok := strings.Cut(id, "_")
	if !ok {
		return ""
	}
	return Kind(k)
}

// Number is the address without its kind, for where a billion of them lie in
// sorted files; Address is the way back.
func Number(id string) (n [2]uint64, err error) {
	_, digits, _ := strings.Cut(id, "_")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 16 {
		return n, errs.Invalid("%q is no address: they look like rec_ and 32 hexadecimal digits", id)
	}
	return [2]uint64{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, nil
}

// Address is the address with a kind and number.
func Address(kind Kind, n [2]uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], n[0])
	binary.BigEndian.PutUint64(b[8:], n[1])
	return string(kind) + "_" + hex.EncodeToString(b[:])
}

// Hash is the lower-case hex SHA-256 of b: the address of raw bytes.
func Hash(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
