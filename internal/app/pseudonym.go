package app

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// pseudonymFile holds the key of pseudonyms. It stands beside the database and
// is not exported, so that neither tells who asked.
const pseudonymFile = "pseudonym.key"

type pseudonyms struct {
	mu  sync.Mutex
	key []byte
}

// pseudonym is a name that only this project's folder can tell again; "" of "".
func (a *App) pseudonym(of string) (string, error) {
	if of == "" {
		return "", nil
	}
	a.pseudonyms.mu.Lock()
	defer a.pseudonyms.mu.Unlock()
	if a.pseudonyms.key == nil {
		key, err := secretFile(a.path(pseudonymFile))
		if err != nil {
			return "", err
		}
		a.pseudonyms.key = key
	}
	h := hmac.New(sha256.New, a.pseudonyms.key)
	h.Write([]byte(of))
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// secretFile reads a random key, and makes it where there is none; of several
// processes the first one's holds.
func secretFile(path string) ([]byte, error) {
	const size = 32
	if b, err := os.ReadFile(path); err == nil && len(b) == size || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	tmp := fmt.Sprintf("%s.%s", path, rand.Text())
	key := make([]byte, size)
	rand.Read(key)
	if err := os.WriteFile(tmp, key, 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
