package clean

import (
	"context"
	"strings"
	"time"
)

// Release says that somebody has looked at a record that a plan quarantined,
// and that it is to be used as it is. A record is the address of its content:
// when its row changes, it is another one, and quarantined again.
type Release struct {
	Record string    `json:"record"`
	Source string    `json:"source"`
	Who    string    `json:"who"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Releases keeps them. All methods may be called from any goroutine.
type Releases interface {
	// Release keeps one; a record that is released stays as it is.
	Release(ctx context.Context, r Release) error
	// TakeBack forgets the release of a record: errs.NotFound where there is none.
	TakeBack(ctx context.Context, recordID string) error
	// Released returns those of a source, by record.
	Released(ctx context.Context, source string) ([]Release, error)
}

// released lets a record be used that is in quarantine and was released.
func (cfg Config) released(c *Cleaned) {
	if cfg.Released[c.RecordID] && strings.HasPrefix(c.Dropped, DropQuarantine) {
		c.Dropped = ""
	}
}
