package pdf

import (
	"regexp"
	"strings"
)

// Roles of lines that are not body text.
const (
	roleHeader   = "header"
	roleFooter   = "footer"
	roleNumber   = "page-number"
	roleDoubtful = "ocr-doubtful"
)

var (
	digits     = regexp.MustCompile(`\d+`)
	pageNumber = regexp.MustCompile(`(?i)^(?:[-–—·•\s]*\d{1,4}[-–—·•\s]*|[ivxlc]{1,7}|(?:page|seite|p\.)\s*\d+(?:\s*(?:of|von|/)\s*\d+)?|第\s*\d+\s*页(?:[\s/，,]*共\s*\d+\s*页)?|\d+\s*/\s*\d+)$`)
)

// margin is the part of a page, above and below, in which headers and footers
// stand.
const margin = .11

// margins gives lines that are repeated at the head or foot of pages, and page
// numbers, their roles.
func margins(pages []page) {
	count := map[string]int{}
	for i := range pages {
		seen := map[string]bool{}
		pages[i].margin(func(l *line, role string) {
			if k := role + shape(l.text); !seen[k] {
				seen[k] = true
				count[k]++
			}
		})
	}
	for i := range pages {
		pages[i].margin(func(l *line, role string) {
			n := count[role+shape(l.text)]
			switch {
			case pageNumber.MatchString(strings.TrimSpace(l.text)):
				l.role = roleNumber
			case n >= 2 && n*10 >= len(pages)*3:
				l.role = role
			}
		})
	}
}

func (p *page) margin(fn func(l *line, role string)) {
	for i := range p.lines {
		switch l := &p.lines[i]; {
		case l.box[3] < margin*p.height:
			fn(l, roleHeader)
		case l.box[1] > (1-margin)*p.height:
			fn(l, roleFooter)
		}
	}
}

// shape is a text with its numbers and spaces taken out.
func shape(s string) string {
	return digits.ReplaceAllString(strings.Join(strings.Fields(s), ""), "#")
}
