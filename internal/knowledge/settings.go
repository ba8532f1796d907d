package knowledge

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// CodeVersion is part of a base's digest: it rises when the same documents
// would be chunked or indexed differently.
const CodeVersion = "3"

// settings are a base's own, kept as JSON in its header.
type settings struct {
	Code      string     `json:"code"`
	Readers   []string   `json:"readers"`
	Weights   Weights    `json:"weights"`
	Labels    [][]string `json:"labels"`            // access label n+1 are these principals; nil means the base's readers
	Title     float64    `json:"title"`             // title weight by chunks per title
	Threshold float64    `json:"threshold"`         // calibrated evidence threshold
	Drifted   int        `json:"drifted,omitempty"` // documents added, changed and removed since Threshold was calibrated
	NextOrder int64      `json:"next_order"`
	NextSeg   int64      `json:"next_segment"`
	Digest    string     `json:"digest"`
}

func parseSettings(h Header) (settings, error) {
	var s settings
	if len(h.Settings) > 0 {
		if err := json.Unmarshal(h.Settings, &s); err != nil {
			return s, fmt.Errorf("reading the settings of knowledge base %s: %w", h.Base, err)
		}
	}
	return s, nil
}

func (s settings) encode() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return b
}

// label returns the access label of a document's readers, adding it if new.
func (s *settings) label(readers []string) uint64 {
	readers = principals(readers)
	for i, l := range s.Labels {
		if slices.Equal(l, readers) {
			return uint64(i + 1)
		}
	}
	s.Labels = append(s.Labels, readers)
	return uint64(len(s.Labels))
}

// may reports whether the asker may read documents with these readers.
func (s settings) may(as Asker, readers []string) bool {
	if as.Owner {
		return true
	}
	if !slices.ContainsFunc(as.Principals, func(p string) bool { return slices.Contains(s.Readers, p) }) {
		return false
	}
	return len(readers) == 0 || slices.ContainsFunc(as.Principals, func(p string) bool { return slices.Contains(readers, p) })
}

// principals returns readers sorted, without repeats and blanks; nil for none.
func principals(readers []string) []string {
	var out []string
	for _, r := range readers {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// packAccess and parseAccess encode a segment's access labels.
func packAccess(labels []uint64) []byte {
	var b []byte
	for _, l := range labels {
		b = binary.AppendUvarint(b, l)
	}
	return b
}

func parseAccess(b []byte, docs int) ([]uint64, error) {
	labels := make([]uint64, docs)
	for i := range labels {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errs.Internal("access labels of a segment are broken; run luodi up to rebuild the index")
		}
		labels[i] = v
		b = b[n:]
	}
	return labels, nil
}
