// Package html takes the content out of web pages, with every character traced
// to the bytes of the page.
//
// What remains is text that a knowledge base can cut: headings as "## " lines,
// paragraphs, lists with their marks, tables row by row as "| a | b |" with
// merged cells repeated in every row and column they stand for, code in fences,
// and what is written for those who cannot see an image.
// Navigation, page headers and footers, scripts, forms' controls and what the
// page hides are left out; they stay in the raw file. Where leaving them out
// would leave little, they are kept: a page that is mostly links is about its
// links.
//
// It works on tokens rather than on a browser's tree, because only tokens know
// their place in the file; tags that are missing are closed as browsers do in
// the usual cases. Nothing is executed, fetched or styled.
package html

import (
	"strings"

	"github.com/luodi/luodi/internal/source/offset"
)

// Extractor is a clean.Extractor for html. Its zero value is ready.
type Extractor struct{}

// Name is the operator's name in plans and explanations.
func (Extractor) Name() string { return "html" }

// Version changes when the same page gives another text.
func (Extractor) Version() int { return 1 }

// Extract returns the page's title and content.
func (Extractor) Extract(page string) (title, content string, m offset.Map) {
	root := parse(page)
	root.measure(page, false)
	r := renderer{page: page, drop: boilerplate(root)}
	r.out = &writer{page: page}
	r.blocks(root)
	content, m = r.out.finish()
	return r.title(root), content, m
}

// title is the page's first main heading where the title element repeats it
// among the site's name, or is missing; else the title element.
func (r *renderer) title(root *node) string {
	heading, title := "", ""
	root.walk(func(n *node) bool {
		switch {
		case n.tag == "title" && title == "":
			title = r.plain(n)
		case n.tag == "h1" && heading == "" && !r.drop[n]:
			heading = r.plain(n)
		}
		return !r.drop[n] && n.tag != "svg"
	})
	if heading != "" && (title == "" || strings.Contains(title, heading)) {
		return heading
	}
	return title
}

// plain is a node's text on one line.
func (r *renderer) plain(n *node) string {
	in := renderer{page: r.page, drop: r.drop, out: &writer{page: r.page, line: true}}
	in.inline(n)
	s, _ := in.out.finish()
	return s
}
