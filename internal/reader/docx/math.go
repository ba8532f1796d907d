package docx

import (
	"strings"

	"github.com/luodi/luodi/internal/reader/opc"
)

// latex writes Office math (ECMA-376-1, 22.1) as LaTeX; what it does not know
// is written as its parts.
func latex(n *opc.Node) string {
	if n == nil {
		return ""
	}
	arg := func(name string) string { return latex(n.Find(name)) }
	if n.Name == "" {
		return ""
	}
	switch n.Name {
	case "t":
		var b strings.Builder
		for _, k := range n.Kids {
			b.WriteString(k.Text)
		}
		return b.String()
	case "f":
		return `\frac{` + arg("num") + "}{" + arg("den") + "}"
	case "sSup":
		return group(arg("e")) + "^{" + arg("sup") + "}"
	case "sSub":
		return group(arg("e")) + "_{" + arg("sub") + "}"
	case "sSubSup":
		return group(arg("e")) + "_{" + arg("sub") + "}^{" + arg("sup") + "}"
	case "rad":
		if deg := arg("deg"); deg != "" {
			return `\sqrt[` + deg + "]{" + arg("e") + "}"
		}
		return `\sqrt{` + arg("e") + "}"
	case "nary":
		op := map[string]string{"": `\int`, "∑": `\sum`, "∏": `\prod`, "∫": `\int`, "∬": `\iint`, "∮": `\oint`, "⋃": `\bigcup`, "⋂": `\bigcap`}
		chr := n.Val("naryPr", "chr")
		s, ok := op[chr]
		if !ok {
			s = chr
		}
		if sub := arg("sub"); sub != "" {
			s += "_{" + sub + "}"
		}
		if sup := arg("sup"); sup != "" {
			s += "^{" + sup + "}"
		}
		return s + "{" + arg("e") + "}"
	case "d":
		open, shut := "(", ")"
		if c := n.Find("dPr", "begChr"); c != nil {
			open = c.Attr("val")
		}
		if c := n.Find("dPr", "endChr"); c != nil {
			shut = c.Attr("val")
		}
		var parts []string
		for _, k := range n.Kids {
			if k.Name == "e" {
				parts = append(parts, latex(k))
			}
		}
		return open + strings.Join(parts, ",") + shut
	case "func":
		return `\` + strings.TrimLeft(strings.TrimSpace(arg("fName")), `\`) + " " + arg("e")
	case "m":
		var lines []string
		for _, k := range n.Kids {
			if k.Name != "mr" {
				continue
			}
			var row []string
			for _, e := range k.Kids {
				if e.Name == "e" {
					row = append(row, latex(e))
				}
			}
			lines = append(lines, strings.Join(row, " & "))
		}
		return `\begin{matrix}` + strings.Join(lines, ` \\ `) + `\end{matrix}`
	case "limLow":
		return arg("e") + "_{" + arg("lim") + "}"
	case "limUpp":
		return arg("e") + "^{" + arg("lim") + "}"
	}
	if strings.HasSuffix(n.Name, "Pr") || n.Name == "del" {
		return ""
	}
	var b strings.Builder
	for _, k := range n.Kids {
		b.WriteString(latex(k))
	}
	return b.String()
}

// group puts a base that is more than one thing in braces.
func group(s string) string {
	if len([]rune(s)) > 1 {
		return "{" + s + "}"
	}
	return s
}
