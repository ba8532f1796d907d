package pdf

import "github.com/luodi/luodi/internal/reader/ocr"

// doubtfulConfidence is below which a recognised line bears a mark.
const doubtfulConfidence = .6

// ocrLine is a recognised line on its page.
func ocrLine(w ocr.Word, scale float64) line {
	l := line{text: w.Text, recognised: true, box: box{w.Left * scale, w.Top * scale, w.Right * scale, w.Bottom * scale}}
	l.size = l.box.height()
	if w.Confidence < doubtfulConfidence {
		l.role = roleDoubtful
	}
	return l
}
