package catalog

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// OwnRow is a price that a project records for itself, such as a contract's.
type OwnRow struct {
	Vendor, Model string // Model may be a pattern
	Currency      money.Currency
	From          string // first day, 2026-11-01: Beijing's for CNY, UTC's for USD
	In, Out       money.Price
	Cached        *money.Price // nil: as In
	Source        string       // contract, letter, page: where to look it up
	Read          string       // day it was read there
	Recorded      time.Time
}

// ownHead begins a file of own rows.
const ownHead = `# Prices of this project, written by "luodi price set". They count before those
# that come with luodi, from their first day on. The file is only added to: of
# rows for the same model and first day the one recorded last counts, and the
# others stay, so that what was priced by them can be recomputed.
rows:
`

var firstEntry = regexp.MustCompile(`(?m)^rows:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*([ ]*)- `)

// Append adds a row to the end of a price file and returns the new content
// with the row as it will be read; what is in the file, comments included,
// stays as it is. file names it in errors. It returns errs.Invalid for a row
// that is not in order, and errs.Conflict where nothing can be added to the
// file because it does not end in its rows.
func Append(decode Decoder, file string, content []byte, o OwnRow) ([]byte, Row, error) {
	var old priceFile
	if len(content) == 0 {
		content = []byte(ownHead)
	} else if err := decode(file, content, &old); err != nil {
		return nil, Row{}, err
	}
	text := strings.TrimRight(string(content), " \t\n") + "\n"
	indent := "  "
	if m := firstEntry.FindStringSubmatch(text); m != nil {
		indent = m[1]
	}
	text += o.yaml(indent)

	var now priceFile
	if err := decode(file, []byte(text), &now); err != nil || len(now.Rows) != len(old.Rows)+1 {
		return nil, Row{}, errs.Conflict("adding a price to %s: the file does not end in its rows; move `rows:` to its end, each row on lines of its own", file)
	}
	rows, err := now.rows()
	if err != nil {
		return nil, Row{}, fmt.Errorf("%s: %w", file, err)
	}
	r := rows[len(rows)-1]
	r.Own = true
	return []byte(text), r, nil
}

// yaml is the row as an entry of rows.
func (o OwnRow) yaml(indent string) string {
	zone := "+08:00"
	if o.Currency == money.USD {
		zone = "+00:00"
	}
	b := &strings.Builder{}
	line := func(key, value string) { fmt.Fprintf(b, "%s  %s: %s\n", indent, key, value) }
	fmt.Fprintf(b, "%s- vendor: %s\n", indent, quoted(o.Vendor))
	line("model", quoted(o.Model))
	line("currency", string(o.Currency))
	line("zone", quoted(zone))
	line("valid_from", o.From)
	line("in", o.In.String())
	line("out", o.Out.String())
	if o.Cached != nil {
		line("cached", o.Cached.String())
	}
	line("source", quoted(o.Source))
	line("date_read", o.Read)
	line("confidence", string(Project))
	line("recorded", quoted(o.Recorded.UTC().Format(time.RFC3339Nano)))
	return b.String()
}

// quoted is s in double quotes; JSON's are YAML's.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("catalog: a text that JSON cannot hold: " + err.Error())
	}
	return string(b)
}
