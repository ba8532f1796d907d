package html

import "strings"

// notText are elements whose content is never the page's text.
var notText = set("title script style noscript template svg head iframe object audio video canvas select datalist button textarea map applet noframes noembed")

// unseen reports whether an element holds no text, or text that a reader of
// the page does not see.
func unseen(n *node) bool {
	if notText[n.tag] {
		return true
	}
	if _, hidden := n.attr["hidden"]; hidden || n.attr["aria-hidden"] == "true" {
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(n.attr["style"]), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

var roles = set("navigation banner contentinfo search menu menubar toolbar")

// furniture are words in classes and ids of what stands around the content.
var furniture = set("nav navbar navigation topnav subnav menu breadcrumb breadcrumbs crumbs sidebar footer masthead pagination pager share social toolbar cookie cookies consent advert advertisement ads skip skiplink")

// boilerplate returns the elements that are left out: nav, and those around the
// content that say or look that they are no content. Where more than two thirds
// of the page's text would go, only nav goes.
func boilerplate(root *node) map[*node]bool {
	drop := map[*node]bool{}
	said, gone := map[*node]bool{}, 0
	root.walk(func(n *node) bool {
		if n.tag == "" || unseen(n) {
			return false
		}
		if n.tag != "nav" && !roles[n.attr["role"]] && !around(n) {
			return true
		}
		if n.tag == "nav" {
			said[n] = true
		}
		drop[n] = true
		gone += n.text
		return false
	})
	if gone*3 > root.text*2 {
		return said
	}
	return drop
}

// around reports whether an element looks like what stands around content.
func around(n *node) bool {
	if n.text == 0 || n.tag == "main" || n.tag == "article" || n.tag == "body" || n.tag == "table" {
		return false
	}
	linked := float64(n.links) / float64(n.text)
	inContent := false
	for up := n.parent; up != nil; up = up.parent {
		inContent = inContent || up.tag == "main" || up.tag == "article" || up.tag == "td"
	}
	switch n.tag {
	case "footer":
		return !inContent
	case "header", "aside":
		return !inContent && linked > 0.3 && !n.has(set("h1"))
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(n.attr["class"]+" "+n.attr["id"]), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		if furniture[word] && block[n.tag] && linked > 0.5 && !n.has(set("h1")) {
			return true
		}
	}
	return false
}
