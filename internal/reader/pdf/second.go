package pdf

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	pdfgo "github.com/ledongthuc/pdf"
)

const (
	secondPage    = 10 * time.Second // of one page; then the second reader gives up
	secondContent = 16 << 20         // of one page's drawing orders, unpacked
	readable      = .05              // share of unreadable glyphs that is tolerated
	agree         = .85              // share of glyphs that both readers must have
)

// second is the reader that pdfium is compared with. It gives up quietly: what
// it cannot read is not compared.
type second struct{ r *pdfgo.Reader }

func openSecond(ctx context.Context, raw []byte) *second {
	s := &second{}
	s.try(func() {
		s.r, _ = pdfgo.NewReader(endsWith{ctx, bytes.NewReader(raw)}, int64(len(raw)))
	})
	return s
}

// endsWith reads until ctx ends, which is how the second reader is stopped.
type endsWith struct {
	ctx context.Context
	r   io.ReaderAt
}

func (e endsWith) ReadAt(p []byte, off int64) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.r.ReadAt(p, off)
}

// try runs fn, for a while.
func (s *second) try(fn func()) bool {
	done := make(chan bool, 1)
	go func() {
		defer func() { done <- recover() == nil }()
		fn()
	}()
	select {
	case ok := <-done:
		return ok
	case <-time.After(secondPage):
		s.r = nil
		return false
	}
}

// page reads page n; false where it cannot.
func (s *second) page(n int, first page) (page, bool) {
	r := s.r
	if r == nil || first.glyphs >= maxChars {
		return page{}, false
	}
	result := make(chan page, 1)
	ok := s.try(func() {
		p := r.Page(n)
		if p.V.IsNull() || !small(p.V.Key("Contents")) {
			panic("left out")
		}
		var glyphs []glyph
		spaced := false
		for _, t := range p.Content().Text {
			if len(glyphs) >= maxChars {
				break
			}
			if strings.TrimSpace(t.S) == "" {
				spaced = true
				continue
			}
			width := t.W
			if width <= 0 {
				width = t.FontSize / 2
			}
			y := first.height - t.Y
			glyphs = append(glyphs, glyph{text: t.S, box: box{t.X, y - .7*t.FontSize, t.X + width, y}, spaced: spaced})
			spaced = false
		}
		out := page{number: n, width: first.width, height: first.height}
		out.count(glyphs)
		out.lines = linesOf(glyphs)
		result <- out
	})
	if !ok {
		return page{}, false
	}
	return <-result, true
}

// small reports whether the drawing orders of a page are not too many.
func small(contents pdfgo.Value) bool {
	left := int64(secondContent)
	read := func(v pdfgo.Value) {
		rd := v.Reader()
		defer rd.Close()
		n, _ := io.Copy(io.Discard, io.LimitReader(rd, left+1))
		left -= n
	}
	if contents.Kind() == pdfgo.Array {
		for i := 0; i < contents.Len() && left > 0; i++ {
			read(contents.Index(i))
		}
	} else {
		read(contents)
	}
	return left > 0
}

// compare takes the better reading of a page into p, and notes where the two
// disagree or neither is good.
func compare(p *page, other page, tried bool, marks *notes) {
	if tried && other.share() < readable && other.glyphs >= 20 {
		switch {
		case p.glyphs == 0, p.share() > readable && other.glyphs*2 >= p.glyphs:
			marks.add("read by the second reader, as the first could not read its characters", p.number)
			other.rules, other.pictures = p.rules, p.pictures
			*p = other
		case p.share() <= readable:
			if c := common(*p, other); c < agree {
				marks.add("the two readers disagree about its characters; compare it with the page as it looks", p.number)
			}
		}
	}
	if p.share() > readable {
		marks.add(fmt.Sprintf("%d %% of its characters are unreadable: its fonts have no character table", int(100*p.share())), p.number)
	}
}

func (p page) share() float64 { return float64(p.unreadable) / float64(max(p.glyphs, 1)) }

// common is the share of the glyphs of the shorter reading that the other has.
func common(a, b page) float64 {
	count := map[rune]int{}
	total := func(p page, add int) int {
		n := 0
		for _, l := range p.lines {
			for _, r := range l.text {
				if r != ' ' {
					n++
					if add > 0 {
						count[r]++
					}
				}
			}
		}
		return n
	}
	na, nb, both := total(a, 1), total(b, 0), 0
	for _, l := range b.lines {
		for _, r := range l.text {
			if r != ' ' && count[r] > 0 {
				count[r]--
				both++
			}
		}
	}
	return float64(both) / float64(max(min(na, nb), 1))
}
