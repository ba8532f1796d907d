package meter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Config of a Meter. Dir and Store must be set.
type Config struct {
	Dir     string // where segments are written; .luodi/ledger in a project
	Store   Store
	Budgets []Budget
	// Convert turns an amount into a budget's currency and names the rate that
	// it used. nil: budgets refuse calls in another currency than theirs.
	Convert func(a money.Amount, from, to money.Currency, at time.Time) (money.Amount, string, error)
	Zone    *time.Location   // of days and months; nil is UTC
	Now     func() time.Time // nil is time.Now
	Durable bool             // sync each hold to the disk before Reserve returns: nothing is lost by kill -9
	Fill    time.Duration    // how often the store is filled; 0 is 200 ms
	// Alert is told once for each window whose spending, of all processes, has
	// passed its budget's alert; nil: nobody is. It is called from one goroutine.
	Alert func(w Window, spent money.Amount)
}

// Meter reserves and settles for one process. Its methods may be called from
// any goroutine.
type Meter struct {
	cfg     Config
	node    string
	seg     *segments
	budgets atomic.Pointer[[]*limit]
	own     sync.Map // Budget of a key → *limit
	alerts  alerts

	mu       sync.Mutex // guards accounts and is held for microseconds
	accounts map[string]*account

	leaseMu sync.Mutex // one lease, return or fill at a time: they touch the same rows

	tail    tailer
	swept   time.Time // when idle leases were last returned
	late    atomic.Pointer[error]
	stop    chan struct{}
	stopped chan struct{}
}

// Open makes this process's part of the ledger in cfg.Dir and first takes over
// what processes that died have left there. Close it when done.
func Open(ctx context.Context, cfg Config) (*Meter, error) {
	if cfg.Dir == "" || cfg.Store == nil {
		return nil, errs.Invalid("opening the ledger: a folder and a store are needed")
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Fill == 0 {
		cfg.Fill = 200 * time.Millisecond
	}
	if err := Recover(ctx, cfg.Dir, cfg.Store); err != nil {
		return nil, err
	}
	m := &Meter{
		cfg: cfg, accounts: map[string]*account{},
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := m.SetBudgets(ctx, cfg.Budgets); err != nil {
		return nil, err
	}
	var random [6]byte
	rand.Read(random[:])
	m.node = cfg.Now().UTC().Format("20060102T150405") + "-" + hex.EncodeToString(random[:])
	seg, err := newSegments(cfg.Dir, m.node)
	if err != nil {
		return nil, err
	}
	m.seg = seg
	m.tail = tailer{dir: seg.dir, node: m.node, store: cfg.Store, seq: 1}
	m.swept = cfg.Now()
	go m.run()
	return m, nil
}

// Reserve holds the most that the call can cost against every budget that
// covers it, until Settle or Release, and writes down that the call begins. It
// is atomic across goroutines and processes: what is settled and held never
// passes a limit by it. It returns errs.Exhausted when a budget has no room,
// which must not be tried again at once, or when the ledger's disk is full,
// and errs.Invalid when a budget applies and the call has no price in a
// currency that it can count.
func (m *Meter) Reserve(ctx context.Context, c Call) (*Hold, error) {
	if err := m.seg.Trouble(); err != nil {
		return nil, err
	}
	h, err := m.begin(&c)
	if err != nil {
		return nil, err
	}
	if m.cover(ctx, h, &c) {
		h.row.Cost, h.held = 0, 0
	}
	if err = m.charges(h, &c); err == nil {
		err = m.acquire(ctx, h)
	}
	if err != nil {
		m.settleCharges(h.covered, nil)
		return nil, err
	}
	h.row.Charges = append(h.row.Charges, h.covered...)
	m.seg.hold(h)
	if m.cfg.Durable {
		if err := m.seg.sync(ctx); err != nil {
			h.Release()
			return nil, fmt.Errorf("writing down a call of %s: %w", c.Model, err)
		}
	}
	return h, nil
}

// begin is the hold of a call, without its budgets and packages.
func (m *Meter) begin(c *Call) (*Hold, error) {
	h := &Hold{meter: m, price: c.Price}
	h.row = Row{
		ID: c.ID, Time: c.Time, Key: c.Key, Department: c.Department, Scenario: c.Scenario, Configuration: c.Configuration,
		Model: c.Model, Vendor: c.Vendor, Usage: c.Most, PriceRow: c.Price.Row, Currency: c.Price.Currency,
		Outcome: Lost, Estimated: true, // what it is if this process dies
		Mark: c.Mark,
	}
	var err error
	if h.row.Cost, err = c.Price.most(c.Most); err != nil {
		return nil, fmt.Errorf("pricing a call of %s: %w", c.Model, err)
	}
	h.held = h.row.Cost
	return h, nil
}

// ChargeOnce settles what was used without a hold, such as the output of a
// batch, the first time that id is given; done is false for any other. It counts
// against every budget that covers the call whether there is room or not: the
// vendor bills it either way, and the next call finds no room.
func (m *Meter) ChargeOnce(ctx context.Context, id string, c Call, f Final) (row Row, done bool, err error) {
	c.Price.Packages = nil // vendors bill batches apart
	h, err := m.begin(&c)
	if err == nil {
		err = m.charges(h, &c)
	}
	if err != nil {
		return Row{}, false, err
	}
	if done, err = m.cfg.Store.Once(ctx, id, c.Time); err != nil || !done {
		return Row{}, false, err
	}
	m.mu.Lock()
	for i, ch := range h.row.Charges {
		a := m.account(h.windows[i], m.cfg.Now())
		a.used += ch.Amount
		a.open++
	}
	m.mu.Unlock()
	m.seg.hold(h)
	row, _ = h.Settle(f)
	return row, true, nil
}

// charges fills in what the call may take of which windows.
func (m *Meter) charges(h *Hold, c *Call) error {
	if c.Price.Known() && c.Price.Cost == nil {
		return nil // free, and so in any currency
	}
	h.windows, h.row.Charges = h.windowed[:0], h.charged[:0]
	var room [8]*limit
	for _, b := range m.covering(room[:0], c) {
		if !c.Price.Known() {
			return errs.Invalid("model %s has no price, and the budget of %s could not count it; give it one in luodi.yaml", c.Model, b.Scope)
		}
		amount, rate, err := m.convert(&h.row, h.row.Cost, b.Currency)
		if err != nil {
			return fmt.Errorf("budget of %s: %w", b.Scope, err)
		}
		if rate != "" {
			h.row.Rate = rate
		}
		w := b.window(c.Time, m.cfg.Zone)
		if h.row.Mark == "" && m.alerts.passed(b, w) {
			h.row.Mark = MarkAlert
		}
		h.windows = append(h.windows, w)
		h.row.Charges = append(h.row.Charges, Charge{Budget: w.ID, Amount: amount})
	}
	return nil
}

func (m *Meter) convert(r *Row, a money.Amount, to money.Currency) (money.Amount, string, error) {
	if r.Currency == to {
		return a, "", nil
	}
	if m.cfg.Convert == nil {
		return 0, "", errs.Invalid("a price in %s cannot be counted in %s: there is no exchange rate", r.Currency, to)
	}
	return m.cfg.Convert(a, r.Currency, to, r.Time)
}

// Hold is a call under way. Exactly one of Settle and Release takes effect:
// the first.
type Hold struct {
	meter      *Meter
	price      Price
	row        Row
	windows    []*Window // of the budgets; the first of row.Charges
	covered    []Charge  // the others: of packages
	charged    [4]Charge // room for row.Charges
	windowed   [4]*Window
	held       money.Amount
	ended      atomic.Bool
	prev, next *Hold // in segments.holds
}

// Settle writes the call's row and frees what it did not use. It returns the
// row; ok is false when the hold had ended already.
func (h *Hold) Settle(f Final) (row Row, ok bool) {
	if !h.ended.CompareAndSwap(false, true) {
		return Row{}, false
	}
	m := h.meter
	held, r := h.row.Charges, h.row
	r.Usage, r.Estimated, r.Outcome, r.Latency, r.FirstToken = f.Usage, f.Estimated, f.Outcome, f.Latency, f.FirstToken
	var covered []Charge
	var in, out int64
	if len(h.price.Packages) > 0 {
		var of []Charge
		of, covered, in, out = m.use(h, f.Usage)
		held = append(held[:len(h.windows):len(h.windows)], of...)
	}
	cost, err := h.price.beside(f.Usage, in, out)
	if err != nil { // beyond int64: the hold is the best that is known
		cost, r.Estimated = h.held, true
	}
	r.Cost = cost
	if len(h.windows) > 0 {
		r.Over = max(0, cost-h.held)
	}
	if len(held) > 0 {
		r.Charges = make([]Charge, 0, len(held))
		for i, w := range h.windows {
			amount, _, err := m.convert(&r, cost, w.Budget.Currency)
			if err != nil {
				amount = held[i].Amount
			}
			r.Charges = append(r.Charges, Charge{Budget: held[i].Budget, Amount: amount})
		}
		r.Charges = append(r.Charges, covered...)
		r.cover()
	}
	m.seg.settle(h, &r)
	m.settleCharges(held, r.Charges)
	return r, true
}

// Release frees the hold of a call that cost nothing and gets no row: it never
// reached a vendor, or another try takes its place.
func (h *Hold) Release() {
	if h.ended.CompareAndSwap(false, true) {
		h.meter.seg.drop(h)
		h.meter.settleCharges(h.row.Charges, nil)
	}
}

// Trouble is why the ledger cannot be written (calls are refused then) or why
// the store cannot be filled from it (calls go on, nothing is lost); or nil.
func (m *Meter) Trouble() error {
	if err := m.seg.Trouble(); err != nil {
		return err
	}
	if p := m.late.Load(); p != nil {
		return *p
	}
	return nil
}

// Close writes and fills what is left and gives back what is leased. Calls
// must have ended; one that has not is settled as lost by whoever opens the
// ledger next.
func (m *Meter) Close(ctx context.Context) error {
	err := m.seg.close()
	close(m.stop)
	<-m.stopped
	if e := m.fill(ctx); err == nil {
		err = e
	}
	m.seg.release()
	if err != nil {
		return fmt.Errorf("closing the ledger: %w", err)
	}
	return Recover(ctx, m.cfg.Dir, m.cfg.Store)
}
