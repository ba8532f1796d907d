package small

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
)

// A model file is, all numbers little-endian:
//
//	8 bytes   magic "luodism\n"
//	4         format version
//	4         length of the header
//	…         header, JSON: labels in order, temperature, tokenizer, grid, …
//	8 · rows  hash of each feature
//	4 · rows  idf, float32
//	4 · rows  scale of the row's weights, float32
//	4 · K     bias, float32
//	K · rows  weights, int8
//	32        SHA-256 of everything before
const (
	magic         = "luodism\n"
	formatVersion = 1
	maxFile       = 1 << 30
)

// header is the part of a model file that a person may read.
type header struct {
	Kind        string       `json:"kind"` // kindSingle or kindMulti
	Tokenizer   int          `json:"tokenizer"`
	Script      script       `json:"script"`
	Labels      []string     `json:"labels"`
	Columns     []column     `json:"columns,omitempty"`
	First       []int32      `json:"first"` // first row of each block, and the number of rows
	Temperature float64      `json:"temperature,omitempty"`
	LowLogit    float64      `json:"low_logit,omitempty"`
	Cut         float64      `json:"cut,omitempty"` // multi: the score from which a label applies
	Grid        []gridPoint  `json:"grid,omitempty"`
	Report      Report       `json:"report"`
	Calibration *Calibration `json:"calibration,omitempty"`
}

const (
	kindSingle = "single"
	kindMulti  = "multi"
)

// WriteTo writes the model as one self-checking file: the same model gives the
// same bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	h := m.header()
	h.Kind, h.Calibration = kindSingle, m.calibration
	return m.write(w, h)
}

func (t *trained) header() header {
	return header{
		Tokenizer: tokenizerVersion, Script: t.enc.script, Labels: t.labels, Columns: t.enc.columns,
		First: t.enc.vocab.first[:], Temperature: t.temperature, LowLogit: t.lowLogit,
		Grid: t.grid, Report: t.report,
	}
}

func (t *trained) write(w io.Writer, h header) (int64, error) {
	head, err := json.Marshal(h)
	if err != nil {
		return 0, fmt.Errorf("writing a small model: %w", err)
	}
	v := &t.enc.vocab
	b := make([]byte, 0, len(magic)+8+len(head)+16*v.rows()+4*len(t.bias)+len(t.quant)+sha256.Size)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, formatVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(head)))
	b = append(b, head...)
	for _, k := range v.keys {
		b = binary.LittleEndian.AppendUint64(b, k)
	}
	for _, part := range [][]float32{v.idf, t.scale, t.bias} {
		for _, f := range part {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
		}
	}
	for _, q := range t.quant {
		b = append(b, byte(q))
	}
	sum := sha256.Sum256(b)
	b = append(b, sum[:]...)
	n, err := w.Write(b)
	if err != nil {
		return int64(n), fmt.Errorf("writing a small model: %w", err)
	}
	return int64(n), nil
}

// Read reads a model that WriteTo wrote. It returns errs.Invalid for a file
// that is no model, is cut short or damaged, or was written by a version with
// another format or tokenizer: retrain then.
func Read(r io.Reader) (*Model, error) {
	h, t, err := read(r)
	if err != nil {
		return nil, err
	}
	if h.Kind != kindSingle || len(h.Labels) < 2 || h.Temperature <= 0 {
		return nil, errs.Invalid("reading a small model: the file holds a %q model, not one that gives each text one label", h.Kind)
	}
	return &Model{t, h.Calibration}, nil
}

func read(r io.Reader) (header, *trained, error) {
	invalid := func(format string, args ...any) (header, *trained, error) {
		return header{}, nil, errs.Invalid("reading a small model: "+format, args...)
	}
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return header{}, nil, fmt.Errorf("reading a small model: %w", err)
	case len(b) > maxFile:
		return invalid("the file is larger than %d bytes, so no model of this program", maxFile)
	case !bytes.HasPrefix(b, []byte(magic)):
		return invalid("the file does not begin like a model; give a file that `luodi small train` wrote")
	case len(b) < len(magic)+8+sha256.Size:
		return invalid("the file is cut short at %d bytes; copy or train it again", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[len(magic):]); v != formatVersion {
		return invalid("the file has format %d, this program reads format %d; train the model again", v, formatVersion)
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return invalid("the checksum does not match its %d bytes: the file is damaged or cut short; copy or train it again", len(b))
	}
	body = body[len(magic)+4:]
	n := int(binary.LittleEndian.Uint32(body))
	if body = body[4:]; n > len(body) {
		return invalid("the header is longer than the file")
	}
	var h header
	if err := json.Unmarshal(body[:n], &h); err != nil {
		return invalid("its header: %v", err)
	}
	if h.Tokenizer != tokenizerVersion {
		return invalid("the model was fitted with tokenizer %d, this program has %d and would read other features from the same text; train the model again", h.Tokenizer, tokenizerVersion)
	}
	if err := h.check(); err != nil {
		return header{}, nil, err
	}
	t, err := h.body(body[n:])
	return h, t, err
}

// check refuses headers that no writer of this format makes.
func (h *header) check() error {
	bad := func(what string) error {
		return errs.Invalid("reading a small model: its header has %s; train the model again", what)
	}
	if len(h.Labels) == 0 || !slices.IsSorted(h.Labels) || len(slices.Compact(slices.Clone(h.Labels))) != len(h.Labels) {
		return bad("no labels, or labels out of order")
	}
	if len(h.First) != int(blocks)+1 || !slices.IsSorted(h.First) || h.First[0] != 0 {
		return bad("an impossible layout of features")
	}
	if h.Script != latin && h.Script != han && h.Script != mixed {
		return bad(fmt.Sprintf("the unknown script %q", h.Script))
	}
	for _, c := range h.Columns {
		if c.Kind != columnCategory && c.Kind != columnNumber && c.Kind != columnText {
			return bad(fmt.Sprintf("a column of the unknown kind %q", c.Kind))
		}
	}
	if h.Kind == kindSingle && len(h.Grid) != gridSize {
		return bad(fmt.Sprintf("%d thresholds instead of %d", len(h.Grid), gridSize))
	}
	for i := 1; i < len(h.Grid); i++ {
		if !(h.Grid[i].Margin <= h.Grid[i-1].Margin) {
			return bad("thresholds that do not run from strict to loose")
		}
	}
	return nil
}

// body reads the arrays behind the header.
func (h *header) body(b []byte) (*trained, error) {
	rows, k := int(h.First[blocks]), len(h.Labels)
	if want := rows*(8+4+4+k) + 4*k; len(b) != want {
		return nil, errs.Invalid("reading a small model: %d features of %d labels need %d bytes, the file has %d; train the model again", rows, k, want, len(b))
	}
	floats := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		b = b[4*n:]
		return out
	}
	enc := &encoder{script: h.Script, columns: h.Columns}
	if len(h.Columns) > 0 {
		enc.table = newTable(h.Columns)
	}
	v := &enc.vocab
	v.first = [blocks + 1]int32(h.First)
	v.keys = make([]uint64, rows)
	for i := range v.keys {
		v.keys[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	b = b[8*rows:]
	v.idf = floats(rows)
	v.index()
	t := &trained{
		labels: h.Labels, enc: enc, temperature: h.Temperature, lowLogit: h.LowLogit,
		grid: h.Grid, report: h.Report,
	}
	t.scale, t.bias = floats(rows), floats(k)
	t.quant = make([]int8, len(b))
	for i, q := range b {
		t.quant[i] = int8(q)
	}
	t.expand()
	return t, nil
}
