package xlsx

import (
	"encoding/xml"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/reader/opc"
)

// format is what a number format makes of a number.
type format int

const (
	plain format = iota
	date
	clock    // time of day
	moment   // date and time
	duration // hours that go beyond a day
	percent
)

// styles reads which cell styles are dates, times and percentages.
func (w *workbook) styles(part string) error {
	custom := map[string]format{}
	inXfs := false
	return w.pkg.Walk(part, func(_ *opc.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			custom[opc.Attr(e, "numFmtId")] = formatOf(opc.Attr(e, "formatCode"))
		case "cellStyleXfs", "cellStyles", "dxfs":
			inXfs = false
		case "cellXfs":
			inXfs = true
		case "xf":
			if inXfs {
				id := opc.Attr(e, "numFmtId")
				f, ok := custom[id]
				if !ok {
					f = builtin(id)
				}
				w.formats = append(w.formats, f)
			}
		}
		return nil
	})
}

// builtin are the number formats that files do not write out (ECMA-376-1,
// 18.8.30, with those of East Asian Excels).
func builtin(id string) format {
	n, _ := strconv.Atoi(id)
	switch {
	case n == 9, n == 10:
		return percent
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n >= 57 && n <= 58:
		return date
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 45, n == 47, n == 55, n == 56:
		return clock
	case n == 22:
		return moment
	case n == 46:
		return duration
	}
	return plain
}

// formatOf judges a number format by its code, without quoted text, escapes,
// colours and conditions.
func formatOf(code string) format {
	code, _, _ = strings.Cut(code, ";")
	var days, hours, minutes, elapsed, share bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			if j := strings.IndexByte(code[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		case code[i] == '\\', code[i] == '_', code[i] == '*':
			i++
		case code[i] == '[':
			j := strings.IndexByte(code[i:], ']')
			if j < 0 {
				return plain
			}
			if in := strings.ToLower(code[i+1 : i+j]); in != "" && strings.Trim(in, in[:1]) == "" && strings.Contains("hms", in[:1]) {
				elapsed = true
			}
			i += j
		case strings.HasPrefix(strings.ToLower(code[i:]), "general"):
			i += 6
		case c == 'y', c == 'd':
			days = true
		case c == 'h', c == 's':
			hours = true
		case c == 'm':
			minutes = true
		case code[i] == '%':
			share = true
		}
	}
	switch {
	case elapsed:
		return duration
	case days && hours:
		return moment
	case days, minutes && !hours:
		return date
	case hours:
		return clock
	case share:
		return percent
	}
	return plain
}

// number writes a stored number as its format has it. What is no number stays
// as it is.
func (w *workbook) number(s string, f format) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return s
	}
	switch f {
	case date, clock, moment, duration:
		if t, ok := w.when(v, f); ok {
			return t
		}
	case percent:
		return shift(opc.Number(s)) + "%"
	}
	return opc.Number(s)
}

// shift multiplies a decimal number by 100 by moving its point.
func shift(s string) string {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	out := r.Mul(r, big.NewRat(100, 1)).FloatString(26)
	return strings.TrimRight(strings.TrimRight(out, "0"), ".")
}

// when is a day number as ISO 8601, to the second.
func (w *workbook) when(v float64, f format) (string, bool) {
	if v < 0 || v > 2958466 { // 9999-12-31
		return "", false
	}
	seconds := int64(math.Round(v * 86400))
	if f == duration {
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), true
	}
	day, rest := seconds/86400, seconds%86400
	if f == clock && day == 0 {
		return fmt.Sprintf("%02d:%02d:%02d", rest/3600, rest/60%60, rest%60), true
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case w.date1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day == 60:
		return "", false // 29 February 1900, which never was
	case day < 60: // Excel has that day, and so those before are one off
		epoch = epoch.AddDate(0, 0, 1)
	}
	t := epoch.Add(time.Duration(seconds) * time.Second)
	if rest == 0 && f != clock {
		return t.Format("2006-01-02"), true
	}
	return t.Format("2006-01-02 15:04:05"), true
}
