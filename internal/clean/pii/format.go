package pii

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/big"

	"github.com/luodi/luodi/internal/errs"
)

// minDigits is the smallest number of digits that format-preserving encryption
// is safe for: a domain of a million (NIST SP 800-38G Rev. 1, 4.1).
const minDigits = 6

// formed writes other digits in the place of a value's: the same length, the
// same separators and letters. Check digits are not made right, so that a
// pseudonym is never the number of somebody else. A value with fewer than six
// digits is masked.
func (r Redactor) formed(kind, value string) string {
	if out, err := refit(r.Key, kind, value, true); err == nil {
		return out
	}
	return masked(kind, value)
}

// Restore is the way back from what Format wrote, with the same key.
func Restore(key []byte, kind, value string) (string, error) {
	return refit(key, kind, value, false)
}

func refit(key []byte, kind, value string, forward bool) (string, error) {
	var d []byte
	for i := range len(value) {
		if class[value[i]] == digit {
			d = append(d, value[i]-'0')
		}
	}
	if len(d) < minDigits || len(d) > 128 {
		return "", errs.Invalid("%d digits cannot be encrypted in their form; 6 to 128 can", len(d))
	}
	block, err := aes.NewCipher(prf(key, "format"))
	if err != nil {
		return "", err
	}
	d = ff1(block, []byte(kind), d, forward)
	out := []byte(value)
	for i := range out {
		if class[out[i]] == digit {
			out[i], d = '0'+d[0], d[1:]
		}
	}
	return string(out), nil
}

// ff1 encrypts or decrypts digits (radix 10) with mode FF1 of NIST SP
// 800-38G, algorithms 7 and 8.
func ff1(block cipher.Block, tweak, x []byte, forward bool) []byte {
	n, t := len(x), len(tweak)
	u, v := n/2, n-n/2
	a, b := append([]byte(nil), x[:u]...), append([]byte(nil), x[u:]...)
	bytes := (bitsOfDigits(v) + 7) / 8
	d := 4*((bytes+3)/4) + 4
	p := []byte{1, 2, 1, 0, 0, 10, 10, byte(u), 0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(p[8:], uint32(n))
	binary.BigEndian.PutUint32(p[12:], uint32(t))
	q := make([]byte, (t+1+bytes+15)/16*16)
	copy(q, tweak)
	for step := range 10 {
		i := step
		if !forward {
			i = 9 - step
		}
		half := b
		if !forward {
			half = a
		}
		q[len(q)-bytes-1] = byte(i)
		number(half).FillBytes(q[len(q)-bytes:])
		y := new(big.Int).SetBytes(round(block, append(append([]byte(nil), p...), q...), d))
		m := v
		if i%2 == 0 {
			m = u
		}
		mod := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(m)), nil)
		if forward {
			c := y.Add(y, number(a))
			a, b = b, numeral(c.Mod(c, mod), m)
		} else {
			c := y.Sub(number(b), y)
			a, b = numeral(c.Mod(c, mod), m), a
		}
	}
	return append(a, b...)
}

// round is PRF of the standard (CBC-MAC), drawn out to d bytes.
func round(block cipher.Block, in []byte, d int) []byte {
	r := make([]byte, 16)
	for at := 0; at < len(in); at += 16 {
		for i := range r {
			r[i] ^= in[at+i]
		}
		block.Encrypt(r, r)
	}
	out := append([]byte(nil), r...)
	for j := uint64(1); len(out) < d; j++ {
		next := append([]byte(nil), r...)
		binary.BigEndian.PutUint64(next[8:], binary.BigEndian.Uint64(next[8:])^j)
		block.Encrypt(next, next)
		out = append(out, next...)
	}
	return out[:d]
}

func bitsOfDigits(v int) int {
	top := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v)), nil)
	return top.Sub(top, big.NewInt(1)).BitLen()
}

func number(d []byte) *big.Int {
	n, ten := new(big.Int), big.NewInt(10)
	for _, c := range d {
		n.Add(n.Mul(n, ten), big.NewInt(int64(c)))
	}
	return n
}

func numeral(n *big.Int, m int) []byte {
	out, ten, digit := make([]byte, m), big.NewInt(10), new(big.Int)
	for i := m - 1; i >= 0; i-- {
		n.DivMod(n, ten, digit)
		out[i] = byte(digit.Int64())
	}
	return out
}
