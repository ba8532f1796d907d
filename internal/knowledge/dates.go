package knowledge

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// dated matches what tells versions of one document apart in its name:
// (2020-12-29), _20240101, v2, 2024版, （试行）.
var (
	dateName    = regexp.MustCompile(`[(\[_\- ]*((?:19|20)\d{2})[-./年_]?(\d{2}|\d[-./月])[-./月_]?(\d{1,2})日?[)\]]?`)
	yearName    = regexp.MustCompile(`[(\[_\- ]*((?:19|20)\d{2})(?:年?版|年修[订正]|[)\]]|$)[)\]]?`)
	versionName = regexp.MustCompile(`[(\[_\-. ]*(?:v|ver|version|rev|第)[-_. ]?(\d+(?:\.\d+)*)(?:版)?[)\]]?$`)
	draftName   = regexp.MustCompile(`[(\[](?:试行|暂行|征求意见稿|修订稿?|修正|draft|old|new|旧|新)[)\]]`)
	effective   = regexp.MustCompile(`(?:effective|in force|生效|施行|实施|执行|发布|版本日期|last updated|updated)[^\n\d]{0,24}?((?:19|20)\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})`)
	effectiveZH = regexp.MustCompile(`自?\s*((?:19|20)\d{2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*起?(?:生效|施行|实施|执行)`)
)

// headBytes is how much of a text is searched for its effective date.
const headBytes = 1200

// lineageOf tells which documents are versions of one and which is newer:
// family is a hash of the name without its date or version number (0 where
// the name has none), effective the day by name or text (0 unknown).
func familyOf(source, address, text string) (family uint64, day int64) {
	name := token.FoldString(address)
	stem := strings.TrimSuffix(name, path.Ext(name))
	bare := stem
	if m := dateName.FindStringSubmatch(bare); m != nil {
		day = dayOf(m[1], m[2], m[3])
		bare = strings.Replace(bare, m[0], "", 1)
	} else if m := yearName.FindStringSubmatch(bare); m != nil {
		day = dayOf(m[1], "1", "1")
		bare = strings.Replace(bare, m[0], "", 1)
	}
	if m := versionName.FindStringSubmatch(bare); m != nil {
		bare = strings.TrimSuffix(bare, m[0])
		if day == 0 {
			if v, err := strconv.ParseFloat(m[1], 64); err == nil {
				day = int64(v*100) - 1e6 // orders versions among themselves
			}
		}
	}
	bare = draftName.ReplaceAllString(bare, "")
	if t := textDay(text); t != 0 && day <= 0 {
		day = t
	}
	if bare == stem || day == 0 {
		return 0, day
	}
	return hashOf(source+"\x00"+bare) | 1, day
}

// textDay is the effective day that the head of a text states, 0 for none.
func textDay(text string) int64 {
	if len(text) > headBytes {
		text = text[:headBytes]
	}
	text = token.FoldString(text)
	for _, re := range []*regexp.Regexp{effective, effectiveZH} {
		if m := re.FindStringSubmatch(text); m != nil {
			return dayOf(m[1], m[2], m[3])
		}
	}
	return 0
}

func dayOf(y, m, d string) int64 {
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(strings.TrimRight(m, "-./月"))
	day, _ := strconv.Atoi(d)
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}
