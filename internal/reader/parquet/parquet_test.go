package parquet_test

import (
	"bytes"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/parquet"
	"github.com/luodi/luodi/internal/source"
)

type account struct {
	Name    string    `parquet:"名称"`
	Balance int64     `parquet:"balance,decimal(2:18)"`
	Opened  int32     `parquet:"opened,date"`
	At      time.Time `parquet:"at,timestamp(millisecond)"`
	Note    *string   `parquet:"note,optional"`
	Tags    []string  `parquet:"tags,list"`
	Address struct {
		City string `parquet:"city"`
	} `parquet:"address"`
}

func file(t *testing.T) []byte {
	t.Helper()
	rows := make([]account, 150)
	for i := range rows {
		rows[i] = account{Name: "𠮷祥", Balance: int64(-12345 + i), Opened: 19797, At: time.UnixMilli(1710491400500), Tags: []string{"a", "b"}}
		rows[i].Address.City = "上海"
	}
	var b bytes.Buffer
	w := pq.NewGenericWriter[account](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRows(t *testing.T) {
	var got []source.Row
	_, err := parquet.Reader{}.Read(t.Context(), source.Input{Raw: file(t)}, func(r source.Row) error { got = append(got, r); return nil })
	if err != nil || len(got) != 150 {
		t.Fatal(len(got), err)
	}
	want := map[string]string{"名称": "𠮷祥", "balance": "-123.45", "opened": "2024-03-15", "at": "2024-03-15 08:30:00.5Z", "note": "", "tags": "a; b", "address.city": "上海"}
	for _, f := range got[0].Fields {
		if w, ok := want[f.Name]; !ok || f.Value != w || f.At.Row != 1 || f.At.Column == 0 {
			t.Errorf("%s is %q at %s, want %q", f.Name, f.Value, f.At, w)
		}
	}
	if got[149].Number != 150 || got[149].Fields[1].Value != "-121.96" {
		t.Errorf("the last row is %+v", got[149])
	}
}

func TestCutAndDamaged(t *testing.T) {
	raw := file(t)
	for i := range 80 {
		cut := bytes.Clone(raw[:len(raw)*i/80])
		if _, err := (parquet.Reader{}).Read(t.Context(), source.Input{Raw: cut}, func(source.Row) error { return nil }); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("cut at %d: %v", len(cut), err)
		}
		wrong := bytes.Clone(raw)
		wrong[4+i*(len(raw)-16)/80] ^= 0xff
		if _, err := (parquet.Reader{}).Read(t.Context(), source.Input{Raw: wrong}, func(source.Row) error { return nil }); err != nil && !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("damaged: %v", err)
		}
	}
}
