package html

import (
	"strings"
	"testing"
)

// outline writes a tree as nested tags, texts as they are.
func outline(page string) string {
	var b strings.Builder
	var write func(n *node)
	write = func(n *node) {
		if n.tag == "" {
			b.WriteString(page[n.start:n.end])
			return
		}
		b.WriteString("(" + n.tag)
		for _, c := range n.children {
			b.WriteByte(' ')
			write(c)
		}
		b.WriteByte(')')
	}
	write(parse(page))
	return b.String()
}

func TestParseClosesWhatIsLeftOpen(t *testing.T) {
	for _, tt := range []struct{ name, page, want string }{
		{"paragraphs", "<p>a<p>b<div>c</div>", "(html (p a) (p b) (div c))"},
		{"list items", "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "(html (ul (li a) (li b (ul (li c))) (li d)))"},
		{"cells and rows", "<table><tr><td>a<td>b<tr><th>c</table>d", "(html (table (tr (td a) (td b)) (tr (th c))) d)"},
		{"table parts", "<table><thead><tr><td>a<tbody><tr><td>b</table>", "(html (table (thead (tr (td a))) (tbody (tr (td b)))))"},
		{"terms", "<dl><dt>a<dd>b<dt>c</dl>", "(html (dl (dt a) (dd b) (dt c)))"},
		{"a nested table closes its own rows", "<table><tr><td><table><tr><td>a</table><td>b</table>", "(html (table (tr (td (table (tr (td a)))) (td b))))"},
		{"an end tag does not leave a cell", "<div><table><tr><td>a</div>b</table>c", "(html (div (table (tr (td a b))) c))"},
		{"an end tag without a start", "a</b>c</p>d", "(html a c (p) d)"},
		{"void and self-closing elements", "a<br>b<hr/>c<div/>d", "(html a (br) b (hr) c (div) d)"},
		{"a body ends the head", "<head><title>t</title><body>a", "(html (head (title t)) (body a))"},
		{"markup in scripts is text", "<script>if (a<b) '<p>'</script>c", "(html (script if (a<b) '<p>') c)"},
		{"a tag that never ends", "a<div class=", "(html a)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := outline(tt.page); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseKeepsPlaces(t *testing.T) {
	page := "<p>甲</p><!-- x --><b>乙</b>"
	var texts []string
	parse(page).walk(func(n *node) bool {
		if n.tag == "" {
			texts = append(texts, page[n.start:n.end])
		}
		return true
	})
	if got := strings.Join(texts, ","); got != "甲,乙" {
		t.Errorf("texts %s", got)
	}
}

func TestDepthIsLimited(t *testing.T) {
	deepest := 0
	parse(strings.Repeat("<div>", 5*maxDepth) + "x").walk(func(n *node) bool {
		deepest = max(deepest, n.depth)
		return true
	})
	if deepest > maxDepth {
		t.Errorf("a tree of depth %d, at most %d is allowed", deepest, maxDepth)
	}
}

func TestBoilerplate(t *testing.T) {
	text := "<p>" + strings.Repeat("Content of the page. ", 20) + "</p>"
	for _, tt := range []struct {
		name, page string
		drop       bool
	}{
		{"nav", "<nav>MARK</nav>" + text, true},
		{"a role", "<div role=navigation>MARK</div>" + text, true},
		{"a footer of the page", text + "<footer>MARK</footer>", true},
		{"a footer in an article", "<article>" + text + "<footer>MARK</footer></article>", false},
		{"a header of links", "<header><a>MARK</a></header>" + text, true},
		{"a header with the title", "<header><h1>MARK</h1><a>x</a></header>" + text, false},
		{"an aside of words", text + "<aside>MARK: rates may change</aside>", false},
		{"a menu by its class", "<div class='main-menu top'><a>MARK</a></div>" + text, true},
		{"words in a sidebar", "<div class=sidebar>MARK these fees</div>" + text, false},
		{"a menu that is the page", "<div class=menu><a>MARK</a></div>", false},
		{"hidden", "<p hidden>MARK</p>" + text, true},
		{"a table named menu", "<table class=menu><tr><td><a>MARK</a><td>b</table>" + text, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got, _ := Extractor{}.Extract(tt.page)
			if dropped := !strings.Contains(got, "MARK"); dropped != tt.drop {
				t.Errorf("dropped %v, want %v: %q", dropped, tt.drop, got)
			}
		})
	}
}

func TestEntity(t *testing.T) {
	for s, want := range map[string]int{"&amp;x": 5, "&": 1, "& x": 1, "&#20013;": 8, "&copy 1": 5, "&" + strings.Repeat("a", 99): 40} {
		if got := entity(s); got != want {
			t.Errorf("entity(%q) = %d, want %d", s, got, want)
		}
	}
}
