package sizing

import (
	"strconv"
	"strings"
)

// statusText is a candidate's status in words.
func statusText(s string) Text {
	switch s {
	case "certified":
		return Text{"certified", "已认证"}
	case "refuted":
		return Text{"refuted", "已否定"}
	case "set_aside":
		return Text{"set aside, not proven below the bar", "暂不考虑，未证明低于达标线"}
	case "undecided":
		return Text{"undecided", "未决"}
	case "not_configured":
		return Text{"not configured", "未配置"}
	}
	return Text{"not run", "未运行"}
}

func names(arms []ArmResult, status string) (out []string) {
	for _, a := range arms {
		if a.Status == status {
			out = append(out, a.Name)
		}
	}
	return out
}

// Decimal writes a number in [0,1] as reports do: .85, 1, 0.
func Decimal(f float64) string {
	s := trim(f)
	if strings.HasPrefix(s, "0.") {
		return s[1:]
	}
	return s
}

func trim(f float64) string {
	s := strconv.FormatFloat(f, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func percent(f float64) string { return trim(f*100) + " %" }

func thousandth(x float64) float64 { return float64(int(x*1000+.5)) / 1000 }

// signed writes a number in [−1,1] as reports do.
func signed(x float64) string {
	if x < 0 {
		return "−" + Decimal(thousandth(-x))
	}
	return Decimal(thousandth(x))
}

// short is up to four significant digits.
func short(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }
