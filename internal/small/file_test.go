package small

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"crypto/sha256"

	"github.com/luodi/luodi/internal/errs"
	"pgregory.net/rapid"
)

func fileOf(t testing.TB, m *Model) []byte {
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v; %d bytes", n, err, b.Len())
	}
	return b.Bytes()
}

func TestFileRoundTrip(t *testing.T) {
	m := trainTickets()
	c, err := CalibrateOutOfFold(m, Goal{Loss: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	m = m.With(c)
	file := fileOf(t, m)
	r, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fileOf(t, r), file) {
		t.Error("writing what was read gives other bytes")
	}
	if got, ok := r.Calibration(); !ok || got != c {
		t.Errorf("calibration %+v, want %+v", got, c)
	}
	if r.Report() != m.Report() {
		t.Errorf("report %+v, want %+v", r.Report(), m.Report())
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"refund me", "my card is lost", "transfer money", ""})).Draw(t, "text")
		if a, b := m.Predict(text), r.Predict(text); a != b {
			t.Fatalf("%q: written model %+v, read model %+v", text, a, b)
		}
	})
}

func TestDamagedFilesAreRefused(t *testing.T) {
	file := fileOf(t, trainTickets())
	refused := func(name string, b []byte) {
		t.Helper()
		if m, err := Read(bytes.NewReader(b)); m != nil || !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: Read = %v, %v; want errs.Invalid", name, m != nil, err)
		}
	}
	refused("empty", nil)
	for n := 0; n < len(file); n += 1 + len(file)/257 {
		refused("cut short", file[:n])
	}
	refused("one byte more", append(bytes.Clone(file), 0))
	for at := 0; at < len(file); at += 1 + len(file)/257 {
		b := bytes.Clone(file)
		b[at] ^= 0x10
		refused("one bit flipped", b)
	}
}

// resealed changes the header and makes the checksum right again.
func resealed(t *testing.T, file []byte, from, to string) []byte {
	n := int(binary.LittleEndian.Uint32(file[12:]))
	head := string(file[16 : 16+n])
	changed := strings.Replace(head, from, to, 1)
	if changed == head {
		t.Fatalf("the header has no %s", from)
	}
	b := bytes.Clone(file[:12])
	b = binary.LittleEndian.AppendUint32(b, uint32(len(changed)))
	b = append(b, changed...)
	b = append(b, file[16+n:len(file)-sha256.Size]...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func TestMismatchesAreRefused(t *testing.T) {
	file := fileOf(t, trainTickets())
	newer := bytes.Clone(file)
	newer[8] = 9
	tests := []struct {
		name, says string
		file       []byte
	}{
		{"a csv", "does not begin like a model", []byte("text,label\nhello,greeting\n")},
		{"a newer format", "format 9", newer},
		{"another tokenizer", "tokenizer 7", resealed(t, file, `"tokenizer":1`, `"tokenizer":7`)},
		{"a label less", "features of 2 labels", resealed(t, file, `"card",`, ``)},
		{"labels out of order", "out of order", resealed(t, file, `"card","refund"`, `"refund","card"`)},
		{"an unknown script", "script", resealed(t, file, `"script":"latin"`, `"script":"runic"`)},
		{"a short grid", "thresholds", resealed(t, file, `"grid":[`, `"grid":[],"old":[`)},
		{"another kind", `"multi" model`, resealed(t, file, `"kind":"single"`, `"kind":"multi"`)},
		{"no JSON", "its header", resealed(t, file, `{"kind"`, `"kind"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.file))
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %s", err, tt.says)
			}
		})
	}
}
