package index_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// doc is a document of the tests: chunks under headings.
type doc struct {
	name, title string
	chunks      []struct{ heading, body string }
}

func (d doc) input() index.Input {
	in := index.Input{Doc: index.Doc{Version: d.name, Chunks: len(d.chunks)}, Title: d.title}
	head, at := -1, 0
	for i, c := range d.chunks {
		if i == 0 || c.heading != d.chunks[i-1].heading {
			head++
		}
		in.Chunks = append(in.Chunks, index.InputChunk{Start: at, End: at + len(c.body) + 1, Body: c.body, Heading: c.heading, Parent: i, Section: head, Head: head})
		at += len(c.body) + 2
	}
	return in
}

// base is segments with their pages.
type base struct {
	segs  []*index.Segment
	pages map[int64][][]byte
}

func build(t interface{ Fatal(...any) }, segments ...[]doc) *base {
	b := &base{pages: map[int64][][]byte{}}
	for i, docs := range segments {
		var builder index.Builder
		for _, d := range docs {
			builder.Add(d.input())
		}
		meta, pages := builder.Finish()
		s, err := index.Parse(int64(i+1), meta)
		if err != nil {
			t.Fatal(err)
		}
		b.segs, b.pages[int64(i+1)] = append(b.segs, s), pages
	}
	return b
}

func (b *base) fetch(segment int64, page int) ([]byte, error) { return b.pages[segment][page], nil }

var weights = index.Weights{Heading: .4, Section: .4, Title: .5}

// ranked lists "version/start score" of the best chunks.
func (b *base) ranked(t interface{ Fatal(...any) }, w index.Weights, query string, see func(string) bool) []string {
	v := index.NewView(b.segs, w, func(s, d int) bool { return see(b.segs[s].Docs[d].Version) })
	found, _, err := v.Search(token.Terms(query), 50, b.fetch)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		s := v.Segment(f.Segment)
		out = append(out, fmt.Sprintf("%s/%d %x", s.Docs[s.Doc[f.Chunk]].Version, s.Start[f.Chunk], math.Float32bits(f.Score)))
	}
	return out
}

func all(string) bool { return true }

func drawDocs(t *rapid.T) []doc {
	word := rapid.SampledFrom(strings.Fields("甲 乙丙 丁戊 loan Fee 第三条 rate 己庚辛 card-12 利率"))
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 1, 12).Draw(t, "words"), " ") })
	docs := make([]doc, rapid.IntRange(1, 12).Draw(t, "docs"))
	for i := range docs {
		docs[i] = doc{name: fmt.Sprintf("ver_%02d", i), title: text.Draw(t, "title")}
		heading := ""
		for range rapid.IntRange(1, 5).Draw(t, "chunks") {
			if rapid.Bool().Draw(t, "new heading") {
				heading = text.Draw(t, "heading")
			}
			docs[i].chunks = append(docs[i].chunks, struct{ heading, body string }{heading, text.Draw(t, "body")})
		}
	}
	return docs
}

// The same documents rank the same to the last bit, however they lie in
// segments; and what an asker may not see changes nothing: not the order, not
// the scores.
func TestViewIsAllThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := drawDocs(t)
		seen := map[string]bool{}
		var visible []doc
		for _, d := range docs {
			if rapid.Bool().Draw(t, "visible") {
				seen[d.name] = true
				visible = append(visible, d)
			}
		}
		var segments [][]doc
		shuffled := rapid.Permutation(docs).Draw(t, "order")
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "segment")
			segments = append(segments, shuffled[:n])
			shuffled = shuffled[n:]
		}
		query := strings.Join(rapid.SliceOfN(rapid.SampledFrom(strings.Fields("甲 乙丙 loan 第3条 rate 利率 unknown card-12")), 1, 6).Draw(t, "query"), " ")
		got := build(t, segments...).ranked(t, weights, query, func(v string) bool { return seen[v] })
		want := build(t, visible).ranked(t, weights, query, all)
		if !slices.Equal(got, want) {
			t.Fatalf("query %q over %d segments:\n%v\nalone:\n%v", query, len(segments), got, want)
		}
	})
}

// Body scores are BM25 as the textbook writes it.
func TestBM25(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := drawDocs(t)
		query := strings.Join(rapid.SliceOfN(rapid.SampledFrom(strings.Fields("甲 乙丙 loan 第3条 rate 利率 unknown")), 1, 5).Draw(t, "query"), " ")
		b := build(t, docs)
		v := index.NewView(b.segs, index.Weights{}, func(int, int) bool { return true })
		found, weights, err := v.Search(token.Terms(query), 1000, b.fetch)
		if err != nil {
			t.Fatal(err)
		}
		var bodies []map[string]int
		var lengths []float64
		total := 0.
		for _, d := range docs {
			for _, c := range d.chunks {
				m, n := map[string]int{}, 0
				for _, x := range token.Terms(c.body) {
					m[x.Text] += x.Count
					n += x.Count
				}
				bodies, lengths = append(bodies, m), append(lengths, float64(n))
				total += float64(n)
			}
		}
		got := map[int]float64{}
		for _, f := range found {
			got[f.Chunk] = float64(f.Score)
		}
		for i, m := range bodies {
			want := 0.
			for _, x := range token.Terms(query) {
				df := 0
				for _, o := range bodies {
					df += min(o[x.Text], 1)
				}
				idf := math.Log(1 + (float64(len(bodies)-df)+.5)/(float64(df)+.5))
				tf := float64(m[x.Text])
				want += float64(x.Count) * idf * tf * 2.2 / (tf + 1.2*(.25+.75*lengths[i]/(total/float64(len(bodies)))))
			}
			if math.Abs(got[i]-want) > 1e-4*(1+want) {
				t.Fatalf("chunk %d: %v, want %v", i, got[i], want)
			}
		}
		if len(weights) != len(token.Terms(query)) {
			t.Fatalf("%d weights", len(weights))
		}
	})
}

func TestManyTerms(t *testing.T) {
	var docs []doc
	for i := range 300 {
		var b strings.Builder
		for j := range 40 {
			fmt.Fprintf(&b, "t%d ", (i*37+j*j)%5000)
		}
		fmt.Fprintf(&b, "only%d", i)
		docs = append(docs, doc{name: fmt.Sprintf("ver_%03d", i), chunks: []struct{ heading, body string }{{"", b.String()}}})
	}
	b := build(t, docs[:150], docs[150:])
	if b.segs[0].Pages() < 3 {
		t.Fatalf("%d pages: too few to test looking up", b.segs[0].Pages())
	}
	for i := range 300 {
		got := b.ranked(t, index.Weights{}, fmt.Sprintf("only%d", i), all)
		if len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf("ver_%03d/", i)) {
			t.Errorf("only%d finds %v", i, got)
		}
	}
	if got := b.ranked(t, index.Weights{}, "only only300 zzz aaa", all); len(got) != 0 {
		t.Errorf("unknown terms find %v", got)
	}
}

func TestSupersededAndCited(t *testing.T) {
	var builder index.Builder
	add := func(version string, d index.Doc) {
		d.Version, d.Chunks = version, 1
		builder.Add(index.Input{Doc: d, Chunks: []index.InputChunk{{End: 9, Body: "利率"}}})
	}
	add("a-old", index.Doc{Family: 7, Effective: 100})
	add("b-new", index.Doc{Family: 7, Effective: 200})
	add("c-cited", index.Doc{Names: []uint64{42}})
	add("d-citing", index.Doc{Names: []uint64{43}, Refs: []uint64{42, 43}})
	meta, pages := builder.Finish()
	s, err := index.Parse(1, meta)
	if err != nil {
		t.Fatal(err)
	}
	b := &base{segs: []*index.Segment{s}, pages: map[int64][][]byte{1: pages}}
	order := func(see func(string) bool) string {
		var out []string
		for _, r := range b.ranked(t, index.Weights{Cited: .3}, "利率", see) {
			out = append(out, r[:1])
		}
		return strings.Join(out, "")
	}
	if got := order(all); got != "cbda" {
		t.Errorf("order %s: the cited one first, the superseded last, who cites himself gains nothing", got)
	}
	if got := order(func(v string) bool { return v != "b-new" && v != "d-citing" }); got != "ac" {
		t.Errorf("order %s: neither a newer version nor a mention outside the view counts", got)
	}
}

func TestSimilar(t *testing.T) {
	long := strings.Repeat("合伙协议依法由全体合伙人协商一致以书面形式订立出资额为限承担责任", 1)
	texts := []string{long + "的甲乙丙丁", long + "的子丑寅卯", "信用卡年费每年三百元刷卡六次免次年年费，逾期按日计收万分之五的利息"}
	var builder index.Builder
	in := index.Input{Doc: index.Doc{Version: "v", Chunks: 3}}
	for i, x := range texts {
		in.Chunks = append(in.Chunks, index.InputChunk{Start: i * 200, End: i*200 + 100, Body: x, Parent: i})
	}
	builder.Add(in)
	meta, _ := builder.Finish()
	s, err := index.Parse(1, meta)
	if err != nil {
		t.Fatal(err)
	}
	if j, est := index.Jaccard(texts[0], texts[1]), index.Similar(&s.Sketch[0], &s.Sketch[1]); j < .7 || math.Abs(j-est) > .25 {
		t.Errorf("near-duplicates: Jaccard %.2f, estimated %.2f", j, est)
	}
	if j, est := index.Jaccard(texts[0], texts[2]), index.Similar(&s.Sketch[0], &s.Sketch[2]); j > .1 || est > .25 {
		t.Errorf("different texts: Jaccard %.2f, estimated %.2f", j, est)
	}
	if j := index.Jaccard("the loan is repaid", "the loan is repaid"); j != 1 {
		t.Errorf("equal texts: %.2f", j)
	}
	if j := index.Jaccard("", ""); j != 0 {
		t.Errorf("empty texts: %.2f", j)
	}
}

func TestParseBroken(t *testing.T) {
	var builder index.Builder
	builder.Add(doc{name: "ver_1", title: "t", chunks: []struct{ heading, body string }{{"h", "body text"}}}.input())
	meta, _ := builder.Finish()
	for n := range meta {
		if _, err := index.Parse(1, meta[:n]); err == nil && n < len(meta) {
			t.Errorf("the first %d of %d bytes are read without an error", n, len(meta))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := slices.Clone(meta)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		index.Parse(1, b) // must not panic
	})
}

func TestBrokenPages(t *testing.T) {
	b := build(t, []doc{{name: "ver_1", title: "loan", chunks: []struct{ heading, body string }{{"fees", "the loan rate is 3.5 甲乙"}, {"", "rate"}}}})
	whole := b.pages[1][0]
	rapid.Check(t, func(t *rapid.T) {
		page := slices.Clone(whole)[:rapid.IntRange(0, len(whole)).Draw(t, "length")]
		if len(page) > 0 {
			page[rapid.IntRange(0, len(page)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		broken := &base{segs: b.segs, pages: map[int64][][]byte{1: {page}}}
		broken.ranked(t, weights, "loan rate 甲乙", all) // must not panic
	})
}

func ExampleView_Search() {
	var builder index.Builder
	builder.Add(index.Input{Doc: index.Doc{Version: "ver_fees", Chunks: 2}, Title: "信用卡收费", Chunks: []index.InputChunk{
		{Start: 0, End: 30, Body: "年费每年三百元。"},
		{Start: 32, End: 70, Body: "逾期利息按日计收。", Parent: 1},
	}})
	meta, pages := builder.Finish()
	segment, _ := index.Parse(1, meta)
	everything := func(segment, doc int) bool { return true }
	view := index.NewView([]*index.Segment{segment}, index.Weights{Title: .4}, everything)
	found, _, _ := view.Search(token.Query("利息怎么算？"), 1, func(_ int64, page int) ([]byte, error) { return pages[page], nil })
	fmt.Println(segment.Docs[0].Version, segment.Start[found[0].Chunk], segment.End[found[0].Chunk])
	// Output: ver_fees 32 70
}
