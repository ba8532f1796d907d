package small

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// loans are records whose label depends on a number, a category and a word of
// a note.
func loans(n int, seed uint64) []Example {
	rng := rand.New(rand.NewPCG(seed, 9))
	notes := []string{"客户收入稳定，还款记录良好", "多次逾期，催收三次未还款", "资料齐全，等待复核通过", "申请人近期更换工作单位"}
	out := make([]Example, n)
	for i := range out {
		amount, job, note := 1000+rng.IntN(50000), []string{"salaried", "self-employed", "none"}[rng.IntN(3)], rng.IntN(len(notes))
		bad := 0
		if amount > 25000 {
			bad++
		}
		if job == "none" {
			bad++
		}
		if note == 1 {
			bad++
		}
		label := "good"
		if bad >= 2 {
			label = "bad"
		}
		out[i] = Example{fmt.Sprintf("amount: %d\njob: %s\nnote: %s，第%d号客户\nbranch: B%d", amount, job, notes[note], rng.IntN(1e6), rng.IntN(5)), label}
	}
	return out
}

func TestRecordsWithFreeText(t *testing.T) {
	m, err := Train(context.Background(), loans(1500, 1), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if m.Report().Columns != 4 || m.Report().Script != string(han) {
		t.Errorf("%d columns, notes read as %s; want 4 and han", m.Report().Columns, m.Report().Script)
	}
	test := loans(500, 2)
	e, err := Evaluate(context.Background(), m, test, EvalConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("accuracy %.3f", e.Accuracy)
	if e.Accuracy < 0.93 {
		t.Errorf("accuracy %.3f on a rule of two columns and a note", e.Accuracy)
	}
	r, err := Read(bytes.NewReader(fileOf(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range test {
		if a, b := m.Predict(it.Text), r.Predict(it.Text); a != b {
			t.Fatalf("written model %+v, read model %+v", a, b)
		}
	}
}

// What a record says must not depend on how it is written down.
func TestRecordsInOtherForms(t *testing.T) {
	m, err := Train(context.Background(), loans(400, 1), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const text = "amount: 31000\njob: none\nnote: 资料齐全，等待复核通过\nbranch: B2"
	want := m.Predict(text)
	tests := []struct{ name, text string }{
		{"Windows line ends", strings.ReplaceAll(text, "\n", "\r\n")},
		{"full-width colons", strings.ReplaceAll(text, ": ", "：")},
		{"thousands separators", strings.Replace(text, "31000", "31,000", 1)},
		{"blanks around", "\n" + strings.ReplaceAll(text, "\n", "  \n") + "\n"},
		{"other case of a category", strings.Replace(text, "none", "NONE", 1)},
		{"empty lines between", strings.ReplaceAll(text, "\n", "\n\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := m.Predict(tt.text); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	for _, odd := range []string{"no record at all", "amount:", "amount: many\njob: astronaut\ncolour: red"} {
		m.Predict(odd) // must not panic
	}
}

func FuzzRead(f *testing.F) {
	file := fileOf(f, trainTickets())
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte(magic))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b))
		if (m == nil) == (err == nil) {
			t.Fatalf("model %v, error %v", m != nil, err)
		}
		if m != nil {
			m.Predict("my card is lost")
		}
	})
}
