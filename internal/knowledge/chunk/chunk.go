// Package chunk cuts a document into passages that are ranges over its text.
//
// A passage follows the document's own structure: an article (第X条) is never
// merged with another, headings and table rows bound what may go together, a
// table's passages remember its header, and only then does size decide
// (200–400 Han characters or 150–300 words; a parent for context holds at most
// 1,200). Nothing is copied: a chunk is a start and an end, its headings and
// labels are marks over the same text, so that a citation is always exact.
//
// A chunk's id is the hash of its document's address, its text with spaces
// evened out, and the how-manieth equal text of the document it is. Given the
// former version of a document, Split keeps every boundary around unchanged
// paragraphs: editing one paragraph changes at most two ids, so little is
// embedded or reviewed anew.
//
// It does not tokenise, and does not know of file formats: readers hand over
// text in which headings are lines like "## …".
package chunk

// Span is a byte range [Start,End) of the text.
type Span struct{ Start, End int }

// Mark is a heading or article over the range that it governs.
type Mark struct {
	Level   int // 1–6 headings, ArticleLevel articles
	Text    string
	Span        // from the end of the heading line (an article: from its label) to the end of its section
	Heading int // byte where the heading line starts
}

// ArticleLevel is the level of 第X条: below every heading.
const ArticleLevel = 9

// Chunk is one passage.
type Chunk struct {
	ID string
	Span
	Lead    Span // header row of the table that it continues; empty otherwise
	Parent  int  // chunks with the same number share their context
	Section int  // number of the run of chunks under one heading, or the whole text
	Head    int  // number of the run of chunks with the same heading path
}

// Outline is a document's structure: marks in order of start, chunks in order.
type Outline struct {
	Marks  []Mark
	Chunks []Chunk
}

// Limits are sizes in Han characters; a word of other scripts counts 4/3. The
// zero value takes the defaults.
type Limits struct {
	Min    int // small neighbours are merged up to here; default 200
	Max    int // default 400
	Parent int // default 1200
}

func (l Limits) filled() Limits {
	if l.Min == 0 {
		l.Min = 200
	}
	if l.Max == 0 {
		l.Max = 400
	}
	if l.Parent == 0 {
		l.Parent = 1200
	}
	return l
}

// Previous is the version of the document that Split keeps the boundaries of.
type Previous struct {
	Text    string
	Outline Outline
}

// Split outlines a text. The address goes into the chunks' ids; title is left
// out of heading paths where the first heading repeats it; prev may be nil.
func Split(address, text string, l Limits, prev *Previous) Outline {
	l = l.filled()
	marks, units := parse(text, l)
	if len(units) == 0 {
		if s := trim(text, Span{0, len(text)}); s.End > s.Start {
			units = []unit{{Span: s, size: Size(text[s.Start:s.End])}}
		}
	}
	var kept []group
	if prev != nil {
		kept = keep(text, units, prev, l)
	}
	groups := packAround(units, kept, l)
	o := Outline{Marks: marks, Chunks: make([]Chunk, len(groups))}
	for i, g := range groups {
		first := units[g.from]
		o.Chunks[i].Span = Span{first.Start, units[g.to-1].End}
		if first.lead.End > first.lead.Start && first.lead.Start < first.Start {
			o.Chunks[i].Lead = first.lead
		}
	}
	identify(address, text, o.Chunks)
	relate(&o, units, groups, l)
	return o
}

// Path returns the headings over a span, outermost first; articles are labels,
// not headings.
func (o *Outline) Path(s Span) []string {
	var path []string
	for _, m := range o.Marks {
		if m.Start > s.Start {
			break
		}
		if m.Level < ArticleLevel && m.End >= s.End {
			path = append(path, m.Text)
		}
	}
	return path
}

// Labels returns the headings and articles that overlap a span, in order.
func (o *Outline) Labels(s Span) []string {
	var labels []string
	for _, m := range o.Marks {
		if m.Start >= s.End {
			break
		}
		if m.End > s.Start {
			labels = append(labels, m.Text)
		}
	}
	return labels
}

// Section returns the label of the innermost article or heading over a span:
// what its address ends in. A first heading of level 1 is the document's name
// and no section of it.
func (o *Outline) Section(s Span) string {
	label := ""
	for i, m := range o.Marks {
		if m.Start > s.Start {
			break
		}
		if s.Start < m.End && (m.Level == ArticleLevel || s.End <= m.End) && !(i == 0 && m.Level == 1) {
			label = m.Text
		}
	}
	return label
}
