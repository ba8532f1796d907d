package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
)

// witness is a vendor that counts, from outside, what it was asked for and has
// answered: 1 CNY per million tokens, so a token is 1,000 billionths.
type witness struct {
	mu            sync.Mutex
	held, settled int64 // tokens
	most          int64 // of both together
	calls         int
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	var q struct {
		Max int64 `json:"max_tokens"`
	}
	_ = json.Unmarshal(b, &q)
	used := q.Max / 2
	w.mu.Lock()
	w.calls++
	w.held += q.Max
	w.most = max(w.most, w.held+w.settled)
	w.mu.Unlock()
	time.Sleep(time.Duration(q.Max%5) * time.Millisecond)
	w.mu.Lock()
	w.held -= q.Max
	w.settled += used
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":%d}}`, used)
}

// TestBurstsOnTwoServers: two `luodi serve` of one project, 64 clients that
// burst on both with one key. At no moment what is settled and held passes the
// budget of the key, the department or the organisation, as the database says
// (its spent and leased are never less than that) and as the vendor sees it.
func TestBurstsOnTwoServers(t *testing.T) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			v := &witness{}
			vendor := httptest.NewServer(v)
			t.Cleanup(vendor.Close)
			yaml := fmt.Sprintf("project: bursts\ndepartments: [{name: retail}, {name: cards, parent: retail}]\n"+
				"models: [{name: m, endpoint: %q, price: {in: 0, out: 1, currency: CNY}}]\n"+
				"budgets: [{per: month, limit: 0.5 CNY}, {department: retail, per: month, limit: 0.2 CNY}]\n", vendor.URL+"/v1")
			cfg := store.Config{Path: filepath.Join(dir, ".luodi", "luodi.db")}
			if engine == "PostgreSQL" {
				t.Setenv("LUODI_PG", pgtest.URL(t))
				cfg = store.Config{URL: os.Getenv("LUODI_PG")}
				yaml += "store: {url: \"${LUODI_PG}\"}\n"
			}
			if err := os.WriteFile(filepath.Join(dir, "luodi.yaml"), []byte(yaml), 0o644); err != nil {
				t.Fatal(err)
			}
			var made struct{ ID, Key string }
			if err := json.Unmarshal(luodi(t, "key", "create", "burst", "--department", "cards", "--budget", "0.1 CNY/day", "-C", dir, "--json"), &made); err != nil {
				t.Fatal(err)
			}
			servers := []*gateway{serving(t, dir), serving(t, dir)}

			db, err := store.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			limits := map[string]money.Amount{}
			for _, b := range []meter.Budget{
				{Scope: meter.Scope{Kind: meter.Organisation}, Per: "month", Limit: money.Unit / 2},
				{Scope: meter.Scope{Kind: meter.Department, Name: "retail"}, Per: "month", Limit: money.Unit / 5},
				{Scope: meter.Scope{Kind: meter.Key, Name: made.ID}, Per: "day", Limit: money.Unit / 10},
			} {
				b.Currency = money.CNY
				limits[b.Window(time.Now(), time.Local).ID] = b.Limit
			}
			looks := 0
			look := func() {
				looks++
				for id, limit := range limits {
					if spent, leased, err := db.Meter().State(context.Background(), id); err != nil || spent+leased > limit {
						t.Errorf("%s: spent %s and leased %s of %s (%v)", id, spent, leased, limit, err)
					}
				}
			}
			stop, looked := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(looked)
				for {
					select {
					case <-stop:
						return
					case <-time.After(2 * time.Millisecond):
						look()
					}
				}
			}()

			var admitted, refused atomic.Int64
			var wg sync.WaitGroup
			for client := range 64 {
				wg.Go(func() {
					draw := rand.New(rand.NewPCG(1, uint64(client)))
					for range 10 {
						body := fmt.Sprintf(`{"model":"m","max_tokens":%d,"messages":[{"role":"user","content":"burst"}]}`, 1+draw.IntN(2000))
						switch status, reply, err := servers[client%2].do(http.MethodPost, "/v1/chat/completions", made.Key, body); {
						case err != nil:
							t.Error(err)
						case status == http.StatusOK:
							admitted.Add(1)
						case status == http.StatusTooManyRequests:
							refused.Add(1)
						default:
							t.Errorf("%d %s", status, reply)
						}
					}
				})
			}
			wg.Wait()
			close(stop)
			<-looked
			for _, s := range servers {
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			}
			look()
			rows := costs(t, dir, "key")
			if len(rows) != 1 || int64(rows[0].Requests) != admitted.Load() || int64(rows[0].Output) != v.settled {
				t.Errorf("the ledger has %+v; %d calls were answered with %d tokens", rows, admitted.Load(), v.settled)
			}
			if limit := int64(100_000); v.most > limit || v.settled > limit || admitted.Load() == 0 || refused.Load() == 0 {
				t.Errorf("the vendor saw %d tokens held and settled at once, %d settled, of %d", v.most, v.settled, limit)
			}
			t.Logf("%d calls admitted, %d refused; of 0.1 CNY %s settled, at most %s held and settled as the vendor saw it; %d looks at the database, no overshoot",
				admitted.Load(), refused.Load(), money.Amount(v.settled*1000), money.Amount(v.most*1000), looks)
		})
	}
}
