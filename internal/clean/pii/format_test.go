package pii

import (
	"crypto/aes"
	"encoding/hex"
	"testing"
)

// TestFF1 runs samples 1 and 2 of NIST's FF1 examples (AES-128).
func TestFF1(t *testing.T) {
	key, err := hex.DecodeString("2B7E151628AED2A6ABF7158809CF4F3C")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ tweak, want string }{
		{"", "2433477484"},
		{"39383736353433323130", "6124200773"},
	} {
		tweak, err := hex.DecodeString(tt.tweak)
		if err != nil {
			t.Fatal(err)
		}
		in := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		out := ff1(block, tweak, in, true)
		got := ""
		for _, d := range out {
			got += string(rune('0' + d))
		}
		if got != tt.want {
			t.Errorf("tweak %q: %s, want %s", tt.tweak, got, tt.want)
		}
		for i, d := range ff1(block, tweak, out, false) {
			if d != in[i] {
				t.Errorf("tweak %q: decrypted digit %d is %d", tt.tweak, i, d)
			}
		}
	}
}
