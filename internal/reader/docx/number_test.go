package docx

import "testing"

func TestOrdinals(t *testing.T) {
	for _, tt := range []struct {
		v            int
		format, want string
	}{
		{3, "decimal", "3"}, {7, "decimalZero", "07"}, {28, "lowerLetter", "bb"}, {4, "upperRoman", "IV"}, {1999, "lowerRoman", "mcmxcix"},
		{10, "chineseCounting", "十"}, {15, "chineseCounting", "十五"}, {20, "chineseCounting", "二十"}, {105, "chineseCountingThousand", "一百零五"},
		{110, "chineseCounting", "一百一十"}, {1010, "chineseCounting", "一千零一十"}, {205, "ideographDigital", "二〇五"},
		{3, "decimalEnclosedCircle", "③"}, {2, "ideographTraditional", "乙"}, {-1, "upperRoman", "-1"}, {99999, "chineseCounting", "99999"},
	} {
		if got := ordinal(tt.v, tt.format); got != tt.want {
			t.Errorf("%d as %s is %s, want %s", tt.v, tt.format, got, tt.want)
		}
	}
}

func TestListsCountOn(t *testing.T) {
	n := numbering{
		abstract: map[string][9]level{"a": {{format: "decimal", text: "%1.", start: 1}, {format: "decimal", text: "%1.%2", start: 1}, {format: "bullet"}}},
		lists:    map[string]list{"1": {abstract: "a"}, "2": {abstract: "a", start: map[int]int{0: 1}}},
		counts:   map[string]*[9]int{}, started: map[string]bool{},
	}
	for i, step := range []struct{ num, level, want string }{
		{"1", "0", "1."}, {"1", "1", "1.1"}, {"1", "1", "1.2"}, {"1", "2", "-"}, {"1", "0", "2."}, {"1", "1", "2.1"}, {"2", "0", "1."}, {"2", "0", "2."},
	} {
		if got, _, ok := n.next(step.num, step.level); !ok || got != step.want {
			t.Errorf("item %d is marked %q, want %q", i, got, step.want)
		}
	}
	if _, _, ok := n.next("9", "0"); ok {
		t.Error("a list that is not there has an item")
	}
}
