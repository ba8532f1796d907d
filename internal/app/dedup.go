package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/simd"
)

// DedupRequest is what `luodi dedup` asks for.
type DedupRequest struct {
	Compat string
	Memory int // MiB
	minhash.Config
}

// DedupResult is what it prints.
type DedupResult struct {
	minhash.Result
	Seconds float64 `json:"seconds"`
	Kernel  string  `json:"kernel"` // go, avx2 or avx512
}

// Dedup removes duplicates from a jsonl.
func Dedup(ctx context.Context, q DedupRequest) (DedupResult, error) {
	if q.Compat != "datajuicer" {
		return DedupResult{}, errs.Invalid("--compat %q: only datajuicer is known", q.Compat)
	}
	if q.Memory < 0 || q.Memory > 1<<20 {
		return DedupResult{}, errs.Invalid("--memory %d: give MiB", q.Memory)
	}
	cfg := q.Config
	cfg.Memory, cfg.Kernel = q.Memory<<20, simd.MinHash()
	if cfg.Temp == "" && cfg.Out != "" { // the system's temporary folder often is memory
		cfg.Temp = filepath.Dir(cfg.Out)
	}
	start := time.Now()
	res, err := minhash.Dedup(ctx, cfg)
	out := DedupResult{Result: res, Seconds: time.Since(start).Seconds(), Kernel: "go"}
	if cfg.Kernel.Name != "" {
		out.Kernel = cfg.Kernel.Name
	}
	return out, err
}
