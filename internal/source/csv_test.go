package source

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/offset"
)

// utf8Input is a file that was decoded from UTF-8.
func utf8Input(path, text string, c Columns) Input {
	return Input{Path: path, Columns: c, Text: charset.Text{
		Guess: charset.Guess{Charset: charset.UTF8}, String: text, Map: offset.Identity(len(text)),
	}}
}

// rows reads all rows of a text.
func rows(r Reader, text string, c Columns) ([]Row, []string, error) {
	var out []Row
	notes, err := r.Read(context.Background(), utf8Input("t."+r.Format(), text, c), func(row Row) error {
		out = append(out, row)
		return nil
	})
	return out, notes, err
}

func TestCSVAgreesWithEncodingCSV(t *testing.T) {
	alphabet := []rune("ab中𠮷 \",\n\r;\t")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "text"))
		if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
			t.Skip("a lone carriage return ends a line here, and is data there")
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, wantErr := r.ReadAll()
		p := newCSVParser(text, ',')
		var got [][]string
		for {
			cells, _, err := p.next()
			if (err != nil) != (wantErr != nil) && (cells == nil || err != nil) {
				t.Fatalf("%q: error %v, want %v", text, err, wantErr)
			}
			if err != nil {
				return
			}
			if cells == nil {
				break
			}
			var row []string
			for _, c := range cells {
				row = append(row, strings.ReplaceAll(p.value(c), "\r\n", "\n"))
			}
			got = append(got, row)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q (-want +got):\n%s", text, d)
		}
	})
}

func TestCSVCellsComeBack(t *testing.T) {
	cellOf := rapid.StringOf(rapid.SampledFrom([]rune("ab0中𠮷 \",\n\r;\t|'")))
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		var text strings.Builder
		var want [][]string
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			row := rapid.SliceOfN(cellOf, width, width).Draw(t, "row")
			want = append(want, row)
			for i, c := range row {
				if i > 0 {
					text.WriteByte(',')
				}
				text.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			text.WriteString("\r\n")
		}
		p := newCSVParser(text.String(), ',')
		for i := range want {
			cells, _, err := p.next()
			if err != nil || len(cells) != width {
				t.Fatalf("row %d: %d cells, %v", i, len(cells), err)
			}
			for j, c := range cells {
				raw := text.String()[c.start:c.end]
				v, m, err := csvReader{}.Cell(raw)
				if err != nil || v != want[i][j] || p.value(c) != v || m.Len() != len(v) || m.InputLen() != len(raw) {
					t.Fatalf("cell %q is %q, %q, want %q (%v)", raw, v, p.value(c), want[i][j], err)
				}
				for k := range len(v) {
					from, to := m.Source(k, k+1)
					if s := raw[from:to]; s != v[k:k+1] && s != `""` {
						t.Fatalf("byte %q of %q traces to %q", v[k], v, s)
					}
				}
			}
		}
	})
}

func TestCSV(t *testing.T) {
	tests := []struct {
		name, text string
		columns    Columns
		want       []string // rows as "number:name=value,…"
		note       string
	}{
		{"a plain table", "id,text\n1,hello\n2,\"a, \"\"b\"\"\nc\"\n3,x\n", Columns{ID: "id", Text: "text"},
			[]string{"2:id=1,text=hello", "3:id=2,text=a, \"b\"\nc", "5:id=3,text=x"}, ""},
		{"no newline at the end", "a,b\n1,x", Columns{}, []string{"2:a=1,b=x"}, ""},
		{"empty lines between rows", "a,b\n\n1,x\r\n\r\n2,y\n", Columns{}, []string{"3:a=1,b=x", "5:a=2,b=y"}, ""},
		{"lines of old Macs", "a,b\r1,x\r2,y\r", Columns{}, []string{"2:a=1,b=x", "3:a=2,b=y"}, ""},
		{"semicolons", "name;sum\nA;1,5\nB;2,7\n", Columns{}, []string{"2:name=A,sum=1,5", "3:name=B,sum=2,7"}, ""},
		{"pipes", "a|b\n1|x\n", Columns{}, []string{"2:a=1,b=x"}, ""},
		{"tabs in a csv", "a\tb\n1\tx, y\n", Columns{}, []string{"2:a=1,b=x, y"}, ""},
		{"one column", "Industry\nSales\nOther\n", Columns{}, []string{"2:Industry=Sales", "3:Industry=Other"}, ""},
		{"no header: numbers over numbers", "5,A11\n7,A12\n9,A11\n", Columns{}, []string{"1:column 1=5,column 2=A11", "2:column 1=7,column 2=A12", "3:column 1=9,column 2=A11"}, "no header"},
		{"numbers over words are a header", "1,2\na,b\nc,d\n", Columns{}, []string{"2:1=a,2=b", "3:1=c,2=d"}, ""},
		{"years over numbers are a header", "客户,2023,2024\n甲,1,2\n乙,3,4\n", Columns{}, []string{"2:客户=甲,2023=1,2024=2", "3:客户=乙,2023=3,2024=4"}, ""},
		{"unnamed row names", ",age\nx,3\ny,4\n", Columns{}, []string{"2:column 1=x,age=3", "3:column 1=y,age=4"}, ""},
		{"a header that comes twice", "a,a\n1,2\n", Columns{}, nil, ""},
		{"rows of uneven length", "a,b\n1\n1,2,3\n1,2\n", Columns{}, []string{"2:a=1", "3:a=1,b=2,column 3=3", "4:a=1,b=2"}, "2 rows do not have the header's 2 cells, the first at line 2, byte 4"},
		{"only a header", "id,text\n", Columns{}, nil, ""},
		{"nothing", "", Columns{}, nil, "no rows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, notes, err := rows(csvReader{}, tt.text, tt.columns)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, r := range got {
				var cells []string
				for _, f := range r.Fields {
					cells = append(cells, f.Name+"="+f.Value)
				}
				lines = append(lines, fmt.Sprintf("%d:%s", r.Number, strings.Join(cells, ",")))
			}
			if tt.name == "a header that comes twice" {
				lines = nil // which way is open; it must not fail
			}
			if d := cmp.Diff(tt.want, lines); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if all := strings.Join(notes, "; "); !strings.Contains(all, tt.note) || tt.note == "" && all != "" && tt.want != nil {
				t.Errorf("notes %q, want %q", all, tt.note)
			}
		})
	}
}

func TestBrokenCSV(t *testing.T) {
	tests := []struct {
		name, text, want string
		columns          Columns
	}{
		{"a quote that is never closed", "id,text\n1,ok\n2,\"open\n3,x\n", "line 3, byte 15: a quoted cell begins here and never ends", Columns{}},
		{"text after a closing quote", "id,text\n1,\"a\"b\n", "line 2, byte 13: text after the closing quote", Columns{}},
		{"a quote inside a bare cell", "id,text\n1,5\" disk\n", "line 2, byte 11: a quote (\") inside an unquoted cell", Columns{}},
		{"a column that is not there", "id,txt\n1,a\n", `there is no column "text", which the source names as text; the columns are "id", "txt"`, Columns{ID: "id", Text: "text"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := rows(csvReader{}, tt.text, tt.columns)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTSVTakesQuotesInsideCellsAsTheyAre(t *testing.T) {
	got, _, err := rows(csvReader{tabs: true}, "id\ttext\n1\ta 5\" disk\n", Columns{Text: "text"})
	if err != nil || len(got) != 1 || got[0].Fields[1].Value != `a 5" disk` {
		t.Errorf("%+v, %v", got, err)
	}
}

func BenchmarkCSV(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,text,category\n")
	for i := range 10000 {
		fmt.Fprintf(&text, "%d,\"I still have not received my new card, I ordered over a week ago.\",card_arrival\n", i)
	}
	in := utf8Input("t.csv", text.String(), Columns{})
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := (csvReader{}).Read(b.Context(), in, func(Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
