package office_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/luodi/luodi/internal/source"
)

const (
	relations = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	relation  = `<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`
	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"`
)

func run(text string) string { return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>` }

func para(style, inner string) string {
	if style != "" {
		style = `<w:pPr>` + style + `</w:pPr>`
	}
	return `<w:p>` + style + inner + `</w:p>`
}

func cellOf(props, inner string) string {
	return `<w:tc><w:tcPr>` + props + `</w:tcPr>` + inner + `</w:tc>`
}

// wordOf writes a Word document with everything the reader claims to keep.
func wordOf(n int) made {
	r := rand.New(rand.NewPCG(2, uint64(n)))
	m := made{name: fmt.Sprintf("doc%d.docx", n)}
	i := 0
	say := func(at source.Location) string {
		i++
		v := value(r, n, i)
		if at.Part == "" {
			at.Part = "word/document.xml"
		}
		m.facts = append(m.facts, fact{text: v, at: at})
		return v
	}
	gone := func() string {
		i++
		v := "删" + value(r, n, i)
		m.facts = append(m.facts, fact{text: v, gone: true})
		return v
	}
	var b strings.Builder
	b.WriteString(para(`<w:pStyle w:val="H1"/>`, run(say(source.Location{}))))
	half := value(r, n, 1000) // one text in three runs, with a revision in between
	b.WriteString(para("", run("句"+half[:len(half)-3])+`<w:ins w:author="a">`+run(half[len(half)-3:])+`</w:ins><w:del w:author="a"><w:r><w:delText>`+gone()+`</w:delText></w:r></w:del>`))
	m.facts = append(m.facts, fact{text: "句" + half})
	for k := range 3 {
		b.WriteString(para(`<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>`, run(say(source.Location{}))))
		m.facts = append(m.facts, fact{text: "第" + []string{"一", "二", "三"}[k] + "条 "})
	}
	// A table with cells merged both ways, and one in a cell.
	tall, wide := say(source.Location{Table: 1, Row: 1, Column: 1}), say(source.Location{Table: 1, Row: 1, Column: 2})
	b.WriteString(`<w:tbl><w:tr>` + cellOf(`<w:vMerge w:val="restart"/>`, para("", run(tall))) + cellOf(`<w:gridSpan w:val="2"/>`, para("", run(wide))) + `</w:tr>`)
	b.WriteString(`<w:tr>` + cellOf(`<w:vMerge/>`, para("", "")) + cellOf("", para("", run(say(source.Location{Table: 1, Row: 2, Column: 2})))) + cellOf("",
		`<w:tbl><w:tr>`+cellOf("", para("", run(say(source.Location{Table: 1, Row: 2, Column: 3}))))+`</w:tr></w:tbl>`+para("", "")) + `</w:tr></w:tbl>`)
	m.facts = append(m.facts, fact{text: "| " + tall + " | " + wide + " | " + wide + " |"}, fact{text: "\n| " + tall + " | "})
	b.WriteString(para("", run("注"+`</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>`)+`<w:hyperlink r:id="rId9">`+run(say(source.Location{}))+`</w:hyperlink>`))
	m.facts = append(m.facts, fact{text: fmt.Sprintf("(https://example.com/%d)", n)})
	box := `<w:txbxContent>` + para("", run(say(source.Location{Role: "text box"}))) + `</w:txbxContent>`
	b.WriteString(para("", `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>`+box+`</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:t>`+gone()+`</w:t></w:pict></mc:Fallback></mc:AlternateContent></w:r>`))
	b.WriteString(para("", `<w:r><w:rPr><w:vanish/></w:rPr><w:t>`+say(source.Location{Role: "hidden"})+`</w:t></w:r>`))
	b.WriteString(para("", `<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>`))
	m.facts = append(m.facts, fact{text: `$\frac{a}{b}$`})
	b.WriteString(`<w:sdt><w:sdtContent>` + para("", run(say(source.Location{}))) + `</w:sdtContent></w:sdt>`)
	m.raw = zipped(map[string]string{
		"[Content_Types].xml": "<Types/>",
		"_rels/.rels":         fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "officeDocument", "word/document.xml")),
		"word/document.xml":   `<?xml version="1.0" encoding="UTF-8"?><w:document ` + wordSpace + `><w:body>` + b.String() + `</w:body></w:document>`,
		"word/_rels/document.xml.rels": fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "styles", "styles.xml")+fmt.Sprintf(relation, "rId2", "numbering", "numbering.xml")+
			fmt.Sprintf(relation, "rId3", "footnotes", "footnotes.xml")+fmt.Sprintf(relation, "rId4", "header", "header1.xml")+fmt.Sprintf(relation, "rId5", "comments", "comments.xml")+
			strings.Replace(fmt.Sprintf(relation, "rId9", "hyperlink", fmt.Sprintf("https://example.com/%d", n)), "/>", ` TargetMode="External"/>`, 1)),
		"word/styles.xml":    `<w:styles ` + wordSpace + `><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles>`,
		"word/numbering.xml": `<w:numbering ` + wordSpace + `><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`,
		"word/footnotes.xml": `<w:footnotes ` + wordSpace + `><w:footnote w:id="2">` + para("", run(say(source.Location{Part: "word/footnotes.xml", Role: "footnote"}))) + `</w:footnote></w:footnotes>`,
		"word/comments.xml":  `<w:comments ` + wordSpace + `><w:comment w:id="0" w:author="审计">` + para("", run(say(source.Location{Part: "word/comments.xml", Role: "comment"}))) + `</w:comment></w:comments>`,
		"word/header1.xml":   `<w:hdr ` + wordSpace + `>` + para("", run(say(source.Location{Part: "word/header1.xml", Role: "header"}))) + `</w:hdr>`,
	})
	return m
}

const slideSpace = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// shapeOf is a shape with one paragraph.
func shapeOf(name, holds, text string) string {
	return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="` + name + `"/><p:nvPr>` + holds + `</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
}

// slidesOf writes a presentation whose slides are not in the order of their
// names.
func slidesOf(n int) made {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	m := made{name: fmt.Sprintf("slides%d.pptx", n)}
	i := 0
	say := func(at source.Location) string {
		i++
		v := value(r, n, i)
		m.facts = append(m.facts, fact{text: v, at: at})
		return v
	}
	slide := func(number int, attr string) string {
		part := fmt.Sprintf("ppt/slides/slide%d.xml", 3-number)
		at := func(shape string) source.Location { return source.Location{Slide: number, Shape: shape, Part: part} }
		cell := func(attr, text string) string {
			return `<a:tc` + attr + `><a:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></a:txBody></a:tc>`
		}
		table := at("表")
		table.Table, table.Row, table.Column = 1, 1, 1
		wide := say(table)
		table.Row, table.Column = 2, 2
		tbl := `<a:tbl><a:tr>` + cell(` gridSpan="2"`, wide) + cell(` hMerge="1"`, "") + `</a:tr><a:tr>` + cell("", "x") + cell("", say(table)) + `</a:tr></a:tbl>`
		m.facts = append(m.facts, fact{text: "| " + wide + " | " + wide + " |"})
		return `<p:sld ` + slideSpace + attr + `><p:cSld><p:spTree>` +
			shapeOf("文本框", "", say(at("文本框"))) + shapeOf("标题", `<p:ph type="title"/>`, say(at("标题"))) +
			`<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="组"/></p:nvGrpSpPr>` + shapeOf("组内", "", say(at("组内"))) + `</p:grpSp>` +
			`<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="5" name="表"/></p:nvGraphicFramePr><a:graphic><a:graphicData>` + tbl + `</a:graphicData></a:graphic></p:graphicFrame>` +
			`</p:spTree></p:cSld></p:sld>`
	}
	rels := fmt.Sprintf(relation, "rId1", "slide", "slides/slide1.xml") + fmt.Sprintf(relation, "rId2", "slide", "slides/slide2.xml")
	first := slide(1, "")
	note := say(source.Location{Slide: 1, Role: "notes"})
	hidden := ""
	if n%3 == 0 {
		hidden = ` show="0"`
	}
	m.raw = zipped(map[string]string{
		"_rels/.rels":                       fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "officeDocument", "ppt/presentation.xml")),
		"ppt/presentation.xml":              `<p:presentation ` + slideSpace + `><p:sldIdLst><p:sldId id="257" r:id="rId2"/><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels":   fmt.Sprintf(relations, rels),
		"ppt/slides/slide2.xml":             first,
		"ppt/slides/_rels/slide2.xml.rels":  fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "notesSlide", "../notesSlides/notesSlide1.xml")),
		"ppt/notesSlides/notesSlide1.xml":   `<p:notes ` + slideSpace + `><p:cSld><p:spTree>` + shapeOf("Notes", `<p:ph type="body"/>`, note) + `</p:spTree></p:cSld></p:notes>`,
		"ppt/slides/slide1.xml":             slide(2, hidden),
		"ppt/slideMasters/slideMaster1.xml": `<p:sldMaster ` + slideSpace + `/>`,
	})
	return m
}
