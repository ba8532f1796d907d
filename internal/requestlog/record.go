package requestlog

import (
	"encoding/json"
	"time"
)

// Record is one call.
type Record struct {
	Time       time.Time       `json:"time"`
	ID         string          `json:"id"` // as in X-Luodi-Request-Id
	Key        string          `json:"key,omitempty"`
	Department string          `json:"department,omitempty"`
	Path       string          `json:"path"`
	Route      string          `json:"route"`
	Vendor     string          `json:"vendor,omitempty"`
	Model      string          `json:"model,omitempty"`
	Status     int             `json:"status"`
	Outcome    string          `json:"outcome,omitempty"` // as in the ledger
	Error      string          `json:"error,omitempty"`   // its code
	Stream     bool            `json:"stream,omitempty"`
	FirstByte  int64           `json:"first_byte_ms,omitempty"`
	Latency    int64           `json:"latency_ms"`
	Input      int64           `json:"input_tokens,omitempty"`
	Output     int64           `json:"output_tokens,omitempty"`
	Request    json.RawMessage `json:"request,omitempty"`
	// Reply is the reply as JSON; of a stream its text, as one string. What is
	// longer than a megabyte is cut and then a string too.
	Reply json.RawMessage `json:"reply,omitempty"`
}

func (r *Record) size() int64 { return int64(len(r.Request) + len(r.Reply) + 512) }
