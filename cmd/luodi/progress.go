package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/luodi/luodi/internal/app"
)

// progress shows a bar for the running stage on a terminal, and one line per
// stage elsewhere.
type progress struct {
	mu   sync.Mutex
	w    io.Writer
	bars *mpb.Progress // nil where w is no terminal
	bar  *mpb.Bar
	of   string // stage of bar
	note string
}

func newProgress(f *os.File) *progress {
	p := &progress{w: f}
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(100*time.Millisecond))
	}
	return p
}

func (p *progress) show(e app.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.End:
		p.drop()
		p.line(runewidth.FillRight(e.Stage, 28) + " " + e.Note + "\n")
	case p.bars != nil && e.Total > 0:
		if p.bar == nil || p.of != e.Stage {
			p.drop()
			p.of = e.Stage
			p.bar = p.bars.AddBar(int64(e.Total), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name(runewidth.FillRight(e.Stage, 28)+" ")),
				mpb.AppendDecorators(decor.CountersNoUnit(" %d / %d "), decor.Any(func(decor.Statistics) string { return p.note })))
		}
		p.note = e.Note
		p.bar.SetTotal(int64(e.Total), false)
		p.bar.SetCurrent(int64(e.Done))
	}
}

func (p *progress) drop() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bar.Wait()
		p.bar = nil
	}
}

func (p *progress) line(s string) {
	if p.bars != nil {
		_, _ = p.bars.Write([]byte(s))
		return
	}
	_, _ = io.WriteString(p.w, s)
}
