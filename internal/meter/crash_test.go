package meter_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

const victimDir = "LUODI_METER_VICTIM"

// victim makes calls until it is killed and says what it did: "begun" after
// Reserve, "settled" after Settle.
func victim(dir string) {
	m, err := meter.Open(context.Background(), meter.Config{
		Dir: dir, Store: &metertest.Store{}, Durable: os.Getenv(victimDir+"_DURABLE") != "",
		Budgets: []meter.Budget{budget(meter.Organisation, "", money.Unit)},
	})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for g := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(g, "-", i)
				h, err := m.Reserve(context.Background(), call(id, 10))
				if err != nil {
					fmt.Println("error", err)
					return
				}
				fmt.Println("begun", id)
				if i%5 != 0 { // every fifth never ends
					h.Settle(final(3))
					fmt.Println("settled", id, time.Now().UnixMilli())
				}
				time.Sleep(time.Millisecond)
			}
		}()
	}
	select {}
}

// killed runs a victim and kills it a while after its first call; it returns its lines.
func killed(t *testing.T, dir string, durable bool, after time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	if durable {
		cmd.Env = append(cmd.Env, victimDir+"_DURABLE=1")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := bufio.NewScanner(out); s.Scan(); {
		if lines = append(lines, s.Text()); len(lines) == 1 { // it has begun, however busy the machine
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	return lines
}

func TestKill(t *testing.T) {
	for _, durable := range []bool{false, true} {
		t.Run(fmt.Sprintf("durable %v", durable), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			for range 5 {
				dir := t.TempDir()
				lines := killed(t, dir, durable, time.Duration(150+random.IntN(250))*time.Millisecond)
				end := time.Now()
				s := &metertest.Store{}
				if err := meter.Recover(t.Context(), dir, s); err != nil {
					t.Fatal(err)
				}
				rows := map[string]meter.Row{}
				for _, r := range s.Ledger() {
					if _, twice := rows[r.ID]; twice {
						t.Errorf("call %s is in the ledger twice", r.ID)
					}
					rows[r.ID] = r
				}
				lost, begun := 0, 0
				for _, line := range lines {
					f := strings.Fields(line)
					switch f[0] {
					case "error":
						t.Fatal(line)
					case "begun":
						begun++
						if _, ok := rows[f[1]]; !ok {
							lost++
						}
					case "settled":
						var at int64
						fmt.Sscan(f[2], &at)
						if r := rows[f[1]]; (r.Outcome != meter.OK || r.Cost != 3000) && end.UnixMilli()-at > 300 {
							t.Errorf("call %s, settled %d ms before the end, is %+v", f[1], end.UnixMilli()-at, r)
						}
					}
				}
				for id, r := range rows {
					if r.Outcome == meter.Lost && (!r.Estimated || r.Cost != 10_000) {
						t.Errorf("call %s that never ended is %+v, not its hold", id, r)
					}
				}
				if durable && lost > 0 || begun == 0 {
					t.Errorf("%d of %d calls are not in the ledger", lost, begun)
				}
				if left, _ := os.ReadDir(dir); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
}

// TestRecoveryMayBeKilledToo: whatever part of a recovery was done, another
// one finishes it without doubling a row.
func TestRecoveryMayBeKilledToo(t *testing.T) {
	dir := t.TempDir()
	killed(t, dir, false, 300*time.Millisecond)
	nodes, _ := os.ReadDir(dir)
	seg := filepath.Join(dir, nodes[0].Name(), "000001.seg")
	before, err := os.ReadFile(seg)
	if err != nil {
		t.Fatal(err)
	}
	before = append(before, "H\ttorn"...)
	s := &metertest.Store{}
	want := 0
	for range 3 {
		if err := os.MkdirAll(filepath.Dir(seg), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(seg, before, 0o600); err != nil { // as if it had never been removed
			t.Fatal(err)
		}
		if err := meter.Recover(t.Context(), dir, s); err != nil {
			t.Fatal(err)
		}
		if n := len(s.Ledger()); want == 0 {
			want = n
		} else if n != want {
			t.Errorf("%d rows became %d", want, n)
		}
	}
	if want == 0 {
		t.Error("nothing was recovered")
	}
}

// TestALivingProcessIsLeftAlone: Recover takes nothing from it.
func TestALivingProcessIsLeftAlone(t *testing.T) {
	dir, s := t.TempDir(), &metertest.Store{}
	m := opened(t, meter.Config{Dir: dir, Store: s})
	h, err := m.Reserve(t.Context(), call("a", 1))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(80 * time.Millisecond)
	if err := meter.Recover(t.Context(), dir, s); err != nil {
		t.Fatal(err)
	}
	h.Settle(final(1))
	if err := meter.Settled(t.Context(), dir, s); err != nil {
		t.Fatal(err)
	}
	if rows := s.Ledger(); len(rows) != 1 || rows[0].Outcome != meter.OK {
		t.Errorf("%+v", rows)
	}
	closed(t, m)
}

func TestRecordsComeBack(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\t", "\\n", "a\nb", "\\"}))
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int64 { return rapid.Int64Min(0).Draw(t, name) }
		r := meter.Row{
			ID: text.Draw(t, "id"), Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC(),
			Key: text.Draw(t, "key"), Department: text.Draw(t, "department"), Model: text.Draw(t, "model"), Rate: text.Draw(t, "rate"),
			Usage: meter.Usage{Input: n("in"), CachedInput: n("cached"), Output: n("out"), Reasoning: n("reasoning")},
			Cost:  money.Amount(n("cost")), Currency: money.CNY, Estimated: rapid.Bool().Draw(t, "estimated"), Outcome: meter.OK,
			Latency: time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "latency")) * time.Microsecond,
		}
		for range rapid.IntRange(0, 3).Draw(t, "charges") {
			r.Charges = append(r.Charges, meter.Charge{Budget: text.Draw(t, "budget"), Amount: money.Amount(n("amount"))})
		}
		b := meter.AppendSettled(nil, &r)
		_, got, size := meter.ReadRecord(append(b, "more"...))
		if d := cmp.Diff(r, got, cmpopts.EquateEmpty()); d != "" || size != len(b) {
			t.Fatalf("%q: %s", b, d)
		}
		if bytes.Count(b, []byte("\n")) != 1 {
			t.Fatalf("%q is not a line", b)
		}
		at := rapid.IntRange(0, len(b)-1).Draw(t, "damage")
		b[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, got, size := meter.ReadRecord(b); size == len(b) && cmp.Equal(r, got, cmpopts.EquateEmpty()) == false {
			t.Fatalf("damage at %d went unseen: %q", at, b)
		}
	})
}

func TestWindows(t *testing.T) {
	china := time.FixedZone("CST", 8*3600)
	at := time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC) // 04:00 on January 1st in China
	for per, want := range map[string]string{
		"day": "key:k/2027-01-01/CNY to 2027-01-02", "month": "key:k/2027-01/CNY to 2027-02-01", "year": "key:k/2027/CNY to 2028-01-01", "": "key:k/ever/CNY to 0001-01-01",
	} {
		w := meter.Budget{Scope: meter.Scope{Kind: meter.Key, Name: "k"}, Per: per, Currency: money.CNY}.Window(at, china)
		if got := w.ID + " to " + w.To.Format(time.DateOnly); got != want {
			t.Errorf("%q: %s, want %s", per, got, want)
		}
		if per != "" && (at.Before(w.From) || !at.Before(w.To)) {
			t.Errorf("%q: %v is not in [%v, %v)", per, at, w.From, w.To)
		}
	}
	for name, b := range map[string]meter.Budget{
		"no kind":   {Limit: 1, Currency: money.CNY},
		"no name":   {Scope: meter.Scope{Kind: meter.Key}, Limit: 1, Currency: money.CNY},
		"a week":    {Scope: meter.Scope{Kind: meter.Organisation}, Per: "week", Limit: 1, Currency: money.CNY},
		"no money":  {Scope: meter.Scope{Kind: meter.Organisation}, Limit: 1},
		"below nil": {Scope: meter.Scope{Kind: meter.Organisation}, Limit: -1, Currency: money.CNY},
	} {
		if b.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkReserveSettle(b *testing.B) {
	m := opened(b, meter.Config{Dir: b.TempDir(), Store: &metertest.Store{}, Budgets: []meter.Budget{budget(meter.Organisation, "", 1<<60)}})
	defer closed(b, m)
	b.ReportAllocs()
	for b.Loop() {
		h, err := m.Reserve(context.Background(), call("a", 1))
		if err != nil {
			b.Fatal(err)
		}
		h.Settle(final(1))
	}
}
