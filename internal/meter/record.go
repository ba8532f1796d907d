package meter

import (
	"bytes"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/luodi/luodi/internal/money"
)

// A segment is text: one record a line, fields separated by tabs, the last one
// the CRC-32C of all before it. A line that does not end or whose sum is wrong
// ends the segment: it was being written when the process died.
//
//	H  hold:    the fields of a row, its cost the amount held
//	S  settled: the fields of a row
//	R  released: the call's id; it cost nothing and has no row
const (
	kindHold    = 'H'
	kindSettled = 'S'
	kindRelease = 'R'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRow(dst []byte, kind byte, r *Row) []byte {
	start := len(dst)
	dst = append(dst, kind)
	dst = appendText(dst, r.ID)
	dst = appendInt(dst, r.Time.UnixMicro())
	for _, s := range [...]string{r.Key, r.Department, r.Scenario, r.Configuration, r.Model, r.Vendor} {
		dst = appendText(dst, s)
	}
	for _, n := range [...]int64{r.Usage.Input, r.Usage.CachedInput, r.Usage.CacheWrite, r.Usage.Output, r.Usage.Reasoning} {
		dst = appendInt(dst, n)
	}
	dst = appendInt(dst, flag(r.Estimated))
	dst = appendText(dst, r.PriceRow)
	dst = appendText(dst, string(r.Currency))
	dst = appendInt(dst, int64(r.Cost))
	dst = appendInt(dst, int64(r.Over))
	dst = appendText(dst, r.Rate)
	dst = appendInt(dst, r.Latency.Microseconds())
	dst = appendInt(dst, r.FirstToken.Microseconds())
	dst = appendText(dst, string(r.Outcome))
	dst = appendText(dst, r.Mark)
	for _, c := range r.Charges {
		dst = appendText(dst, c.Budget)
		dst = appendInt(dst, int64(c.Amount))
	}
	return appendSum(dst, start)
}

func appendRelease(dst []byte, id string) []byte {
	start := len(dst)
	dst = appendText(append(dst, kindRelease), id)
	return appendSum(dst, start)
}

func appendSum(dst []byte, start int) []byte {
	sum := crc32.Checksum(dst[start:], castagnoli)
	dst = append(dst, '\t')
	dst = strconv.AppendUint(dst, uint64(sum), 16)
	return append(dst, '\n')
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func appendInt(dst []byte, n int64) []byte {
	return strconv.AppendInt(append(dst, '\t'), n, 10)
}

func appendText(dst []byte, s string) []byte {
	dst = append(dst, '\t')
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

// readRecord reads the record that b begins with. size is 0 where b holds no
// whole and sound record.
func readRecord(b []byte) (kind byte, r Row, size int) { return readRecordWith(b, nil) }

// readRecordWith is readRecord for who wants rows only: it takes texts from
// known, which holds those that were read before, since calls have most of
// theirs in common, and does not read records other than settled ones.
func readRecordWith(b []byte, known map[string]string) (kind byte, r Row, size int) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return 0, r, 0
	}
	line := b[:end]
	i := bytes.LastIndexByte(line, '\t')
	if i < 1 {
		return 0, r, 0
	}
	sum, err := strconv.ParseUint(string(line[i+1:]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[:i], castagnoli) {
		return 0, r, 0
	}
	if known != nil && line[0] != kindSettled {
		return line[0], r, end + 1 // sound; what else it says is not wanted
	}
	f := fields{rest: line[:i]}
	k := f.raw()
	if len(k) != 1 {
		return 0, r, 0
	}
	f.known = nil
	r.ID = f.text()
	f.known = known
	if k[0] == kindRelease && !f.bad {
		return k[0], r, end + 1
	}
	r.Time = time.UnixMicro(f.int()).UTC()
	r.Key, r.Department, r.Scenario = f.text(), f.text(), f.text()
	r.Configuration, r.Model, r.Vendor = f.text(), f.text(), f.text()
	r.Usage = Usage{Input: f.int(), CachedInput: f.int(), CacheWrite: f.int(), Output: f.int(), Reasoning: f.int()}
	r.Estimated = f.int() != 0
	r.PriceRow, r.Currency = f.text(), money.Currency(f.text())
	r.Cost, r.Over = money.Amount(f.int()), money.Amount(f.int())
	r.Rate = f.text()
	r.Latency, r.FirstToken = time.Duration(f.int())*time.Microsecond, time.Duration(f.int())*time.Microsecond
	r.Outcome, r.Mark = Outcome(f.text()), f.text()
	for f.rest != nil {
		r.Charges = append(r.Charges, Charge{Budget: f.text(), Amount: money.Amount(f.int())})
	}
	if f.bad {
		return 0, r, 0
	}
	r.cover()
	return k[0], r, end + 1
}

// fields cuts a line at its tabs.
type fields struct {
	rest  []byte // nil after the last field
	bad   bool
	known map[string]string
}

func (f *fields) raw() []byte {
	if f.rest == nil {
		f.bad = true
		return nil
	}
	v := f.rest
	if i := bytes.IndexByte(v, '\t'); i >= 0 {
		v, f.rest = v[:i], v[i+1:]
	} else {
		f.rest = nil
	}
	return v
}

func (f *fields) int() int64 {
	n, err := strconv.ParseInt(string(f.raw()), 10, 64)
	if err != nil {
		f.bad = true
	}
	return n
}

func (f *fields) text() string {
	v := f.raw()
	if s, ok := f.known[string(v)]; ok {
		return s
	}
	s := unescape(v)
	if f.known != nil && len(f.known) < 10_000 {
		f.known[string(v)] = s
	}
	return s
}

func unescape(v []byte) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v)
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
			switch v[i] {
			case 't':
				out = append(out, '\t')
			case 'n':
				out = append(out, '\n')
			default:
				out = append(out, v[i])
			}
			continue
		}
		out = append(out, v[i])
	}
	return string(out)
}
