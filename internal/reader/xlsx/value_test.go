package xlsx

import "testing"

func TestNumbersByFormat(t *testing.T) {
	for _, tt := range []struct {
		name, stored, code, want string
	}{
		{"as it is", "1234567890123", "General", "1234567890123"},
		{"binary noise", "0.30000000000000004", "0.00", "0.3"},
		{"an exponent", "1.5E-3", "General", "0.0015"},
		{"large", "1.2E+15", "General", "1200000000000000"},
		{"percent", "0.0125", "0.00%", "1.25%"},
		{"a date", "45366", "yyyy-mm-dd", "2024-03-15"},
		{"a Chinese date", "45366", `yyyy"年"m"月"d"日"`, "2024-03-15"},
		{"date and time", "45366.354166666664", "yyyy/m/d h:mm", "2024-03-15 08:30:00"},
		{"a time", "0.5", "h:mm AM/PM", "12:00:00"},
		{"hours beyond a day", "1.5", "[h]:mm", "36:00:00"},
		{"before the day that never was", "59", "d/m/yy", "1900-02-28"},
		{"the day that never was", "60", "d/m/yy", "60"},
		{"after it", "61", "d/m/yy", "1900-03-01"},
		{"a colour is no date", "12", "[Red]0.00", "12"},
		{"days in quotes are no date", "12", `0" days"`, "12"},
		{"negative dates do not exist", "-1", "d/m/yy", "-1"},
		{"no number", "abc", "0.00", "abc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&workbook{}).number(tt.stored, formatOf(tt.code)); got != tt.want {
				t.Errorf("%q as %q is %q, want %q", tt.stored, tt.code, got, tt.want)
			}
		})
	}
	if got := (&workbook{date1904: true}).number("43904", date); got != "2024-03-15" {
		t.Errorf("with the epoch of 1904: %s", got)
	}
}

func TestCellNames(t *testing.T) {
	for i := range maxColumns {
		c, r, ok := parseRef(column(i) + "7")
		if c != i || r != 7 || !ok {
			t.Fatalf("column %d is %s, which is %d", i, column(i), c)
		}
	}
	for _, bad := range []string{"", "A", "7", "XFE1", "A0", "A1048577", "AAAA1", "1A"} {
		if _, _, ok := parseRef(bad); ok {
			t.Errorf("%q is a cell", bad)
		}
	}
}

func TestEscapes(t *testing.T) {
	for in, want := range map[string]string{"a_x000D_\nb": "a\nb", "_x4E2D_": "中", "_x": "_x", "a_xyz_b": "a_xyz_b", "_xD800_": ""} {
		if got := escapes(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
