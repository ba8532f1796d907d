package html

import (
	"strings"

	"golang.org/x/net/html"
)

// node is an element, or a text where tag is "". Its place is that of its
// start tag, or of the text.
type node struct {
	tag      string
	attr     map[string]string
	start    int
	end      int
	parent   *node
	children []*node
	depth    int

	text  int // bytes of text below, but white space
	links int // of them in links
}

// maxDepth is how deep elements may be nested; deeper ones are put beside each
// other.
const maxDepth = 400

var void = set("area base br col embed hr img input link meta param source track wbr frame keygen basefont bgsound")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var block = set("address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table tbody td tfoot th thead tr ul caption")

// closes says which open elements a start tag ends, and at which it stops
// looking for them.
var closes = map[string]struct{ ends, stops map[string]bool }{
	"li":       {set("li"), set("ul ol menu dir td th table")},
	"dt":       {set("dt dd"), set("dl td th table")},
	"dd":       {set("dt dd"), set("dl td th table")},
	"tr":       {set("tr td th caption"), set("table")},
	"td":       {set("td th"), set("tr table")},
	"th":       {set("td th"), set("tr table")},
	"thead":    {set("thead tbody tfoot tr td th caption"), set("table")},
	"tbody":    {set("thead tbody tfoot tr td th caption"), set("table")},
	"tfoot":    {set("thead tbody tfoot tr td th caption"), set("table")},
	"option":   {set("option"), set("select datalist")},
	"optgroup": {set("option optgroup"), set("select")},
	"body":     {set("head"), set("")},
}

// parse builds the tree of a page.
func parse(page string) *node {
	root := &node{tag: "html"}
	cur := root
	z := html.NewTokenizer(strings.NewReader(page))
	at := 0
	for {
		kind := z.Next()
		raw := len(z.Raw())
		start := at
		at += raw
		switch kind {
		case html.ErrorToken:
			return root
		case html.TextToken:
			cur.children = append(cur.children, &node{start: start, end: at, parent: cur})
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			n := &node{tag: string(name), start: start, end: at}
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				if n.attr == nil {
					n.attr = map[string]string{}
				}
				n.attr[string(k)] = string(v)
			}
			if n.tag == "html" {
				continue
			}
			cur = cur.make(n)
			cur.children = append(cur.children, n)
			n.parent, n.depth = cur, cur.depth+1
			if kind == html.StartTagToken && !void[n.tag] && n.depth < maxDepth {
				cur = n
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			cur = cur.close(string(name), start, at)
		}
	}
}

// make ends the elements that n implies are over, and returns the one that n
// goes into.
func (cur *node) make(n *node) *node {
	if rule, ok := closes[n.tag]; ok {
		for up := cur; up.parent != nil && !rule.stops[up.tag]; up = up.parent {
			if rule.ends[up.tag] {
				cur = up.parent
			}
		}
	}
	if block[n.tag] {
		for up := cur; up.parent != nil && !block[up.tag] || up.tag == "p"; up = up.parent {
			if up.tag == "p" {
				return up.parent
			}
		}
	}
	return cur
}

// close ends the innermost open element of a name and what is open in it. A
// cell or table is not left by the end tag of anything else.
func (cur *node) close(name string, start, end int) *node {
	tableTag := name == "table" || closes[name].stops["table"] && name != "li" && name != "dt" && name != "dd"
	for up := cur; up.parent != nil; up = up.parent {
		if up.tag == name {
			return up.parent
		}
		if !tableTag && (up.tag == "td" || up.tag == "th" || up.tag == "table") || up.tag == "table" {
			break
		}
	}
	if name == "br" || name == "p" { // browsers make an empty one
		cur.children = append(cur.children, &node{tag: name, start: start, end: end, parent: cur, depth: cur.depth + 1})
	}
	return cur
}

// walk calls fn for n and what is below, as long as fn returns true.
func (n *node) walk(fn func(*node) bool) {
	if !fn(n) {
		return
	}
	for _, c := range n.children {
		c.walk(fn)
	}
}

func (n *node) has(tags map[string]bool) bool {
	found := false
	for _, c := range n.children {
		c.walk(func(c *node) bool {
			found = found || tags[c.tag]
			return !found
		})
	}
	return found
}

// measure counts text, roughly: bytes but white space, entities as they are
// written.
func (n *node) measure(page string, link bool) {
	if n.tag == "" {
		for i := n.start; i < n.end; i++ {
			if !white(page[i]) {
				n.text++
			}
		}
		if link {
			n.links = n.text
		}
		return
	}
	for _, c := range n.children {
		if c.tag != "" && unseen(c) {
			continue
		}
		c.measure(page, link || n.tag == "a")
		n.text += c.text
		n.links += c.links
	}
}
