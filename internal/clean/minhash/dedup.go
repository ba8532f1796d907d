package minhash

import (
	"context"
	"fmt"
	"runtime"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/spill"
)

// Method is what counts as a duplicate.
type Method string

// The methods. In all of them the first one stays.
const (
	MinHash   Method = "minhash"   // documents whose signatures share a band: the compatible mode
	Exact     Method = "exact"     // documents with the same text, byte for byte
	Paragraph Method = "paragraph" // lines of text that stood in an earlier place; the rest of the document stays
	Short     Method = "short"     // texts of at least Threshold similarity, compared exactly: for short Chinese texts
)

// Config says what to remove duplicates from. Input and Field must be set.
type Config struct {
	Input      string  // a jsonl file, gzipped where its name ends in .gz
	Field      string  // the member that holds the text
	Method     Method  // MinHash when empty
	Tokens     Tokens  // of MinHash; Characters when empty
	Threshold  float64 // of Short, a Jaccard similarity; 0.85 when 0
	Out        string  // where kept lines go, in order and as they are; "" for nowhere
	Signatures string  // of MinHash: where "id md5" of each signature goes; "" for nowhere
	Merges     string  // where each removed line and the one it repeats go, as jsonl; "" for nowhere
	Index      string  // keys of all that came before: what repeats those is removed, and new ones are added; "" for none
	Memory     int     // bytes for keys before they are spilled; 128 MiB when 0
	Temp       string  // folder for spill files; the system's when empty
	Workers    int     // goroutines that sign; one per core when 0
	Kernel     Kernel  // of signatures; plain Go when zero
	Progress   func(documents int)
}

// Result is what was found.
type Result struct {
	Documents  int   `json:"documents"`
	Kept       int   `json:"kept"`
	Removed    int   `json:"removed"`
	Paragraphs int   `json:"paragraphs,omitempty"` // that were removed
	Short      int   `json:"short"`                // of MinHash: documents without a shingle; all but the first are removed
	Bytes      int64 `json:"bytes"`                // of the texts
	Spilled    int64 `json:"spilled"`              // bytes in spill files
}

// Dedup reads the input twice: to sign, and to write what is kept. A line that
// is not an object with a text is errs.Invalid, and nothing is written.
func Dedup(ctx context.Context, cfg Config) (Result, error) {
	res, err := Result{}, cfg.complete()
	if err == nil {
		res, err = dedup(ctx, cfg)
	}
	if err != nil {
		return res, fmt.Errorf("removing duplicates from %s: %w", cfg.Input, err)
	}
	return res, nil
}

// complete checks the configuration and fills in what is left out.
func (cfg *Config) complete() error {
	if cfg.Method == "" {
		cfg.Method = MinHash
	}
	if cfg.Tokens == "" {
		cfg.Tokens = Characters
	}
	if cfg.Memory == 0 {
		cfg.Memory = 128 << 20
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	if cfg.Threshold == 0 {
		cfg.Threshold = 0.85
	}
	switch {
	case cfg.Method != MinHash && cfg.Method != Exact && cfg.Method != Paragraph && cfg.Method != Short:
		return errs.Invalid("the method is %q, %q, %q or %q, not %q", MinHash, Exact, Paragraph, Short, cfg.Method)
	case cfg.Tokens != Characters && cfg.Tokens != Words:
		return errs.Invalid("tokens are %q or %q, not %q", Characters, Words, cfg.Tokens)
	case cfg.Threshold <= 0 || cfg.Threshold > 1:
		return errs.Invalid("the threshold is a similarity above 0 and up to 1, not %g", cfg.Threshold)
	case cfg.Signatures != "" && cfg.Method != MinHash:
		return errs.Invalid("only the method %q has signatures", MinHash)
	case cfg.Index != "" && cfg.Method == Short:
		return errs.Invalid("the method %q compares texts themselves, which an index does not keep; give both corpora in one file", Short)
	}
	return nil
}

func dedup(ctx context.Context, cfg Config) (res Result, err error) {
	work := &worker{cfg: cfg, keys: spill.Sorter{Temp: cfg.Temp, Memory: cfg.Memory}}
	defer work.close()
	if cfg.Signatures != "" {
		if work.sigs, err = create(cfg.Signatures); err != nil {
			return res, err
		}
		defer work.sigs.abort()
	}
	if cfg.Method == Short {
		if work.sets, err = newSetFile(cfg.Temp); err != nil {
			return res, err
		}
	}
	if err := signAll(ctx, cfg, func(d signed) error { return work.take(d, &res) }); err != nil {
		return res, err
	}
	repeats := &repeats{components: spill.Components{Temp: cfg.Temp, Memory: cfg.Memory / 4}}
	defer repeats.components.Close()
	index, err := openIndex(cfg)
	if err != nil {
		return res, err
	}
	defer index.abort()
	switch {
	case cfg.Method == Short:
		err = work.compare(ctx, repeats)
	default:
		err = index.merge(&work.keys, repeats.join)
	}
	if err != nil {
		return res, err
	}
	res.Spilled = work.keys.Spilled() + repeats.components.Spilled()
	work.keys.Close() // before the second reading: its memory is free again
	if err := writeKept(ctx, cfg, repeats, &res); err != nil {
		return res, err
	}
	if work.sigs != nil {
		if err := work.sigs.commit(); err != nil {
			return res, err
		}
	}
	return res, index.commit()
}

// worker collects what the first reading finds.
type worker struct {
	cfg  Config
	keys spill.Sorter
	sigs *output
	sets *setFile
}

func (w *worker) close() {
	w.keys.Close()
	w.sets.close()
}

func (w *worker) take(d signed, res *Result) error {
	res.Documents++
	res.Bytes += int64(d.bytes)
	if d.short {
		res.Short++
	}
	if w.cfg.Progress != nil && res.Documents%1000 == 0 {
		w.cfg.Progress(res.Documents)
	}
	if w.sigs != nil {
		if _, err := fmt.Fprintf(w.sigs, "%s %s\n", d.id, d.sum); err != nil {
			return err
		}
	}
	if w.sets != nil {
		if err := w.sets.add(uint64(d.number), d.set); err != nil {
			return err
		}
	}
	for _, e := range d.keys {
		if err := w.keys.Add(e); err != nil {
			return err
		}
	}
	return nil
}

// repeats is which documents, or paragraphs, repeat an earlier one.
type repeats struct {
	components spill.Components
}

func (r *repeats) join(first, n uint64) error { return r.components.Join(first, n) }
