package clean

import "strings"

// quotes finds what a reply repeats of earlier messages: lines that begin with
// a > sign, and all that follows a line such as "在 … 写道：" or "-----Original
// Message-----".
func quotes(text string) (spans []Span) {
	whole := false
	eachLine(text, func(start, end int, line string) {
		t := strings.TrimSpace(line)
		switch {
		case whole:
			return
		case opensQuote(t):
			spans = append(spans, Span{Kind: SpanQuote, Start: start, End: len(text)})
			whole = true
		case strings.HasPrefix(t, ">"):
			if n := len(spans); n > 0 && spans[n-1].End+1 == start {
				spans[n-1].End = end
				return
			}
			spans = append(spans, Span{Kind: SpanQuote, Start: start, End: end})
		}
	})
	return spans
}

// opensQuote reports whether a line says that an earlier message follows.
func opensQuote(t string) bool {
	l := strings.ToLower(t)
	dashed := strings.Trim(l, "- ")
	switch {
	case strings.HasPrefix(t, "---") && (dashed == "original message" || dashed == "原始邮件" || dashed == "原邮件" || dashed == "forwarded message" || dashed == "转发邮件" || dashed == "回复的原邮件" || dashed == "原始郵件"):
		return true
	case strings.HasPrefix(l, "on ") && strings.HasSuffix(l, " wrote:"):
		return true
	case strings.HasPrefix(t, "在") || strings.HasPrefix(t, "於") || strings.HasPrefix(t, "于"):
		return strings.HasSuffix(t, "写道：") || strings.HasSuffix(t, "写道:") || strings.HasSuffix(t, "寫道：")
	}
	return false
}

// signOffs begin a signature, alone on their line.
var signOffs = []string{"--", "-- ", "此致", "顺祝商祺", "祝好", "best regards", "kind regards", "regards", "sincerely", "yours sincerely", "best", "many thanks", "顺颂商祺", "此致敬礼", "发自我的iphone", "sent from my iphone", "发自我的手机"}

const maxSignature = 8 // lines

// signatures finds the signature at the end of a message: from a closing
// formula on, in its last lines.
func signatures(text string) (spans []Span) {
	var lines []lineSpan
	end := len(text)
	for _, q := range quotes(text) {
		if q.End == len(text) {
			end = q.Start
		}
	}
	eachLine(text[:end], func(start, to int, line string) {
		if t := strings.TrimSpace(line); t != "" {
			lines = append(lines, lineSpan{start, to, t})
		}
	})
	for i := max(1, len(lines)-maxSignature); i < len(lines); i++ {
		bare := strings.ToLower(strings.TrimRight(strings.ReplaceAll(lines[i].text, " ", ""), ",，！!。.：:"))
		for _, s := range signOffs {
			if bare == strings.ReplaceAll(s, " ", "") {
				return []Span{{Kind: SpanSignature, Start: lines[i].start, End: lines[len(lines)-1].end}}
			}
		}
	}
	return nil
}
