package clean

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/spill"
)

// DropNear begins the reason of a record that says nearly the same as one of a
// source that stands before its own.
const DropNear = "near duplicate"

// Alike is a record that says nearly the same as an earlier one, which stands
// in a source named before, or before it in its own.
type Alike struct {
	Source     string  `json:"source"`
	Record     string  `json:"record"`
	OfSource   string  `json:"of_source"`
	OfRecord   string  `json:"of_record"`  // the first of all that hang together
	Via        string  `json:"via"`        // the record it was compared with
	Similarity float64 `json:"similarity"` // to that one
	KeptFor    string  `json:"kept_for"`   // why it is used nevertheless; "" where it is not
	Dropped    string  `json:"dropped"`
}

// AlikeStore keeps what CompareSources found. All methods may be called from
// any goroutine.
type AlikeStore interface {
	// SetAlike puts rows in the place of all that there are, all or nothing.
	// From then on, records with a reason in Dropped are dropped wherever a
	// Store gives them, as duplicates of OfRecord.
	SetAlike(ctx context.Context, rows func(put func(Alike) error) error) error
	// Alike calls fn with the rows of a source, "" for all, by source and record.
	Alike(ctx context.Context, source string, fn func(Alike) error) error
	// AlikeOf returns the row of a record, or errs.NotFound.
	AlikeOf(ctx context.Context, recordID string) (Alike, error)
}

// AcrossConfig is what CompareSources works on. Sources, Records, Store and
// Alike must be set.
type AcrossConfig struct {
	Sources  []string // the one whose copy stays first
	Plans    []string // the plan that each was cleaned by
	Readers  []string // of each source, who may read it: told only where they differ
	Records  source.Store
	Store    Store
	Alike    AlikeStore
	Drop     bool   // later copies are dropped; else they are told only
	Temp     string // as of Config
	Memory   string // folder where what was read of texts is kept for the next time; "" keeps nothing
	Progress func(done int)
}

// AcrossReport is what was found.
type AcrossReport struct {
	Texts    int    `json:"texts"` // compared
	Alike    int    `json:"alike"` // that repeat an earlier one, nearly or wholly
	Across   int    `json:"across"`
	Dropped  int    `json:"dropped"`
	Measured bool   `json:"measured"` // false where there are too many texts
	Digest   string `json:"digest"`   // of all rows
}

// Why a copy is used nevertheless.
const (
	keptTold    = "told only"
	keptSource  = "the same source"
	keptReaders = "another department or other readers"
	keptLabel   = "another label"
	keptFigures = "other figures"
	keptChain   = "a chain of others" // between it and the first, to which it is less alike
)

// CompareSources finds texts of cleaned sources that are at least
// NearThreshold similar, within a source and across, and keeps a row for each
// but the first. What differs in a number, a label or the department is told
// and never dropped: last year's price list is no copy of this year's, and who
// may read the one may not read the other. Rows of facts are not compared.
func CompareSources(ctx context.Context, cfg AcrossConfig) (AcrossReport, error) {
	x := &across{cfg: cfg, near: alike{told: true}}
	x.near.in(cfg.Temp)
	defer x.near.close()
	rep, err := x.run(ctx)
	if err != nil {
		return rep, fmt.Errorf("comparing the texts of %s: %w", strings.Join(cfg.Sources, ", "), err)
	}
	return rep, nil
}

// across is a comparison under way. Of every text it keeps in a file what its
// row will say.
type across struct {
	cfg   AcrossConfig
	near  alike
	texts *spill.Records
	past  *remembered
	rep   AcrossReport
}

// compared is a text, as numbers.
type compared struct {
	record                         [2]uint64
	source, readers, label, figure uint64
}

const entrySize = 6 * 8

func (x *across) run(ctx context.Context) (AcrossReport, error) {
	f, err := spill.Unnamed(x.cfg.Temp)
	if err != nil {
		return x.rep, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	x.texts = spill.NewRecords(f, entrySize)
	if x.cfg.Memory != "" {
		if x.past, err = remember(x.cfg.Memory, x.cfg.Temp); err != nil {
			return x.rep, err
		}
		defer x.past.close()
		x.near.sets, x.near.end, x.near.keeps = x.past.sets, x.past.end, true
	}
	for i, name := range x.cfg.Sources {
		if err := x.read(ctx, i, name); err != nil {
			return x.rep, err
		}
	}
	if x.rep.Measured = !x.near.over; x.rep.Measured {
		err := x.near.compare()
		if err == nil {
			err = x.past.commit(x.near.end)
		}
		if err != nil {
			return x.rep, err
		}
	}
	h := sha256.New()
	err = x.cfg.Alike.SetAlike(ctx, func(put func(Alike) error) error {
		h.Reset()
		x.rep.Alike, x.rep.Across, x.rep.Dropped = 0, 0, 0
		if !x.rep.Measured {
			return nil
		}
		return x.rows(ctx, func(a Alike) error {
			fmt.Fprintf(h, "%+v\n", a)
			return put(a)
		})
	})
	x.rep.Digest = hex.EncodeToString(h.Sum(nil)[:16])
	return x.rep, err
}

// read sketches the kept texts of a source on all cores.
func (x *across) read(ctx context.Context, n int, name string) error {
	files, err := x.cfg.Records.Files(ctx, name)
	if err != nil {
		return err
	}
	facts := map[string]bool{}
	for _, f := range files {
		facts[f.ID] = f.Columns.Text == ""
	}
	var part []Cleaned
	flush := func() error {
		texts, err := x.sketches(ctx, n, part)
		if err != nil {
			return err
		}
		for i, c := range part {
			if texts[i] == nil {
				continue
			}
			if err := x.add(n, c, texts[i]); err != nil {
				return err
			}
		}
		part = part[:0]
		if x.cfg.Progress != nil {
			x.cfg.Progress(x.rep.Texts)
		}
		return ctx.Err()
	}
	err = x.cfg.Store.Outline(ctx, name, func(c Cleaned) error {
		near := strings.HasPrefix(c.Dropped, DropNear) // of an earlier comparison
		if c.Dropped != "" && !near || c.DuplicateOf != "" && !near {
			return nil
		}
		if c.Class == source.ClassRow && facts[c.FileID] {
			return nil
		}
		if part = append(part, c); len(part) < 4*batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// sketches returns what is compared of records, nil of those without a text:
// what is remembered, and of the others what their texts give, on all cores.
func (x *across) sketches(ctx context.Context, n int, part []Cleaned) ([]*sketched, error) {
	out := make([]*sketched, len(part))
	at := map[string]int{}
	var ids []string
	var err error
	for i, c := range part {
		if out[i], err = x.past.recall(x.key(n, c)); err != nil {
			return nil, err
		}
		if out[i] == nil {
			at[c.RecordID] = i
			ids = append(ids, c.RecordID)
		}
	}
	for some := range slices.Chunk(ids, batch/4) {
		var work sync.WaitGroup
		queue := make(chan Cleaned)
		for range runtime.GOMAXPROCS(0) {
			work.Go(func() {
				for c := range queue {
					if c.Text != "" {
						out[at[c.RecordID]] = textOf(c)
					}
				}
			})
		}
		found := 0
		err := x.cfg.Store.Known(ctx, x.cfg.Sources[n], x.cfg.Plans[n], some, func(c Cleaned) error {
			found++
			queue <- c
			return nil
		})
		close(queue)
		work.Wait()
		if err != nil {
			return nil, err
		}
		if found != len(some) {
			return nil, errs.Conflict("source %s was cleaned again meanwhile; run the command again", x.cfg.Sources[n])
		}
	}
	return out, nil
}

func textOf(c Cleaned) *sketched {
	return &sketched{*sketchOf(c.Text), key(c.Label)[0], key(figures(c.Title), figures(c.Text))[0]}
}

// key names what a plan made of a record.
func (x *across) key(n int, c Cleaned) [2]uint64 { return key(c.RecordID, x.cfg.Plans[n]) }

func (x *across) add(n int, c Cleaned, t *sketched) error {
	x.rep.Texts++
	if err := x.near.add(&t.sketch); err != nil || x.near.over {
		return err
	}
	if err := x.past.keep(x.key(n, c), t, x.near.at[len(x.near.at)-1]); err != nil {
		return err
	}
	id, err := lineage.Number(c.RecordID)
	if err != nil {
		return err
	}
	e := []uint64{id[0], id[1], uint64(n), key(c.Department, x.cfg.Readers[n])[0], t.label, t.figures}
	b := make([]byte, 0, entrySize)
	for _, v := range e {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return x.texts.Add(b)
}

func (x *across) entry(n int) (e compared, err error) {
	b, err := x.texts.At(n)
	if err != nil {
		return e, err
	}
	word := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	return compared{[2]uint64{word(0), word(1)}, word(2), word(3), word(4), word(5)}, nil
}

// rows puts a row for every text but the first of those that hang together.
func (x *across) rows(ctx context.Context, put func(Alike) error) error {
	for n := range x.near.joined {
		first := x.near.joined.find(n)
		if first == n {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := x.entry(n)
		if err != nil {
			return err
		}
		of, err := x.entry(first)
		if err != nil {
			return err
		}
		via, err := x.entry(int(x.near.via[n].n))
		if err != nil {
			return err
		}
		a := Alike{
			Source: x.cfg.Sources[e.source], Record: lineage.Address(lineage.Record, e.record),
			OfSource: x.cfg.Sources[of.source], OfRecord: lineage.Address(lineage.Record, of.record),
			Via: lineage.Address(lineage.Record, via.record), Similarity: math.Round(float64(x.near.via[n].similarity)*1000) / 1000,
		}
		x.rep.Alike++
		if e.source != of.source {
			x.rep.Across++
		}
		switch {
		case e.source == of.source:
			a.KeptFor = keptSource
		case e.readers != of.readers:
			a.KeptFor = keptReaders
		case e.label != of.label:
			a.KeptFor = keptLabel
		case e.figure != of.figure:
			a.KeptFor = keptFigures
		case !x.cfg.Drop:
			a.KeptFor = keptTold
		default:
			s, err := x.near.similarity(first, n)
			if err != nil {
				return err
			}
			if s < NearThreshold {
				a.KeptFor = keptChain
				break
			}
			a.Dropped = fmt.Sprintf("%s of a record of source %s (similarity %.3f)", DropNear, a.OfSource, s)
			x.rep.Dropped++
		}
		if err := put(a); err != nil {
			return err
		}
	}
	return nil
}

// figures are the numbers of a text in order, in digits or in Han, each on its
// own: "1.5" and "15" differ.
func figures(text string) string {
	var b strings.Builder
	in := false
	for _, r := range text {
		now := unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九十百千万亿兩两壹贰叁肆伍陆柒捌玖拾佰仟", r)
		if in && !now {
			b.WriteByte(' ')
		}
		if in = now; now {
			b.WriteRune(r)
		}
	}
	return b.String()
}
