package pii

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"regexp"

	"github.com/luodi/luodi/internal/errs"
)

// Sealed is a value in the vault: encrypted, and authenticated together with
// its token and type (AES-256-GCM). Nothing of the value can be read from it
// without the key.
type Sealed struct {
	Token string // [mobile#k3f9…], as it stands in texts
	Type  string
	Box   []byte // nonce and ciphertext
}

// VaultStore keeps sealed values. Methods may be called from any goroutine.
type VaultStore interface {
	// PutSealed keeps values; a token that is kept already stays as it is.
	PutSealed(ctx context.Context, values []Sealed) error

	// GetSealed returns the value of a token, or errs.NotFound.
	GetSealed(ctx context.Context, token string) (Sealed, error)
}

// seal encrypts a value under its token. Token and nonce are pseudo-random
// functions of type and value, so that the same value has the same token and
// box; a nonce comes again only with its own plaintext.
func seal(key []byte, kind, value string) (Sealed, error) {
	s := Sealed{Token: "[" + kind + "#" + encode(prf(key, "token", kind, value)[:10]) + "]", Type: kind}
	aead, err := gcm(key)
	if err != nil {
		return s, err
	}
	nonce := prf(key, "nonce", kind, value)[:aead.NonceSize()]
	s.Box = aead.Seal(nonce, nonce, []byte(value), []byte(s.Token+" "+kind))
	return s, nil
}

// Unseal returns the value of s. It returns errs.Forbidden for another key
// than that it was sealed with, and where the box was altered.
func Unseal(key []byte, s Sealed) (string, error) {
	aead, err := gcm(key)
	if err != nil {
		return "", err
	}
	if n := aead.NonceSize(); len(s.Box) > n {
		if b, err := aead.Open(nil, s.Box[:n], s.Box[n:], []byte(s.Token+" "+s.Type)); err == nil {
			return string(b), nil
		}
	}
	return "", errs.Forbidden("unsealing %s: the key is not the one it was sealed with, or the vault was altered", s.Token)
}

func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) < 16 {
		return nil, errs.Invalid("the vault needs a key of 16 bytes or more; there is no default one")
	}
	block, err := aes.NewCipher(prf(key, "vault"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

var token = regexp.MustCompile(`\[[a-z_]+#[a-z2-7]{16}\]`)

// Tokens returns the distinct tokens of the vault that text holds, in order.
func Tokens(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range token.FindAllString(text, -1) {
		if !seen[t] {
			out = append(out, t)
		}
		seen[t] = true
	}
	return out
}
