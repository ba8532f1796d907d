package proxy

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const maxBatchReply = 8 << 20 // bytes of a reply that tells of batches

// tellsOfBatches reports whether a call begins batches or asks for their state.
func tellsOfBatches(path string) bool {
	return strings.HasPrefix(path, "/v1/batches") || strings.HasPrefix(path, messageBatches) && !strings.HasSuffix(path, "/results")
}

// passBatches notes who began the batches that a reply tells of, and which files
// they write, before the client sees it: whoever fetches such a file, from
// whichever process, the batch is charged to who began it. One that was not begun
// here is nobody's, and so is one whose note could not be kept: who fetches its
// output pays.
func (c *call) passBatches(u *upstream, res *http.Response) error {
	b, err := readTo(res.Body, c.buf[:0], maxBatchReply)
	if c.buf = b; err != nil {
		return err
	}
	if err := c.noteBatches(u, b); err != nil {
		c.s.log.Error("it was not noted who began a batch; who fetches its output will pay", "id", c.id, "key", c.key.ID, "error", err)
	}
	_, err = c.w.Write(b)
	return err
}

func (c *call) noteBatches(u *upstream, reply []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), 10*time.Second)
	defer cancel()
	batches, store := gateway.BatchOutputs(reply), c.s.cfg.Meter.Store()
	begun := c.r.Method == http.MethodPost && (c.r.URL.Path == "/v1/batches" || c.r.URL.Path == messageBatches)
	for _, id := range slices.Sorted(maps.Keys(batches)) {
		by := meter.Starter{Key: c.key.ID, Department: c.key.Department, Scenario: c.view.route.Scenario}
		if begun {
			if err := store.Begin(ctx, batchID(u, id), by, c.start); err != nil {
				return err
			}
		}
		for _, file := range batches[id] {
			_, noted, err := store.Began(ctx, batchID(u, file))
			if err == nil && !noted {
				var known bool
				if by, known, err = store.Began(ctx, batchID(u, id)); err == nil && known {
					err = store.Begin(ctx, batchID(u, file), by, c.start)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// batchID is the id of a batch or file in the account of u.
func batchID(u *upstream, id string) string { return u.BaseURL + " " + id }

// payer is who pays for the output of a batch: who began it, with the budget of
// that key; where nobody is noted, the key that fetches it.
func (c *call) payer(ctx context.Context, u *upstream, file string) (by meter.Starter, own *meter.Budget, err error) {
	by, noted, err := c.s.cfg.Meter.Store().Began(ctx, batchID(u, file))
	switch {
	case err != nil:
		return by, nil, err
	case !noted:
		return meter.Starter{Key: c.key.ID, Department: c.key.Department, Scenario: c.view.route.Scenario}, c.key.Budget, nil
	case by.Key == c.key.ID:
		return by, c.key.Budget, nil
	}
	k, err := c.s.cfg.Keys.Key(ctx, by.Key)
	if err != nil {
		return by, nil, fmt.Errorf("looking up the key that began it: %w", err)
	}
	return by, k.Budget, nil
}
