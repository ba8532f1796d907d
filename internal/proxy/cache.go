package proxy

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/meter"
)

const (
	cacheBytes = 64 << 20 // of replies kept
	cacheReply = 1 << 20  // a larger one is not kept
)

// cache answers a call that equals an earlier one of the same key, byte for
// byte, for as long as the key says. Only whole replies with status 200 are
// kept, in this process's memory, the ones used last the longest.
type cache struct {
	mu      sync.Mutex
	entries map[cacheKey]*list.Element
	recent  list.List // of *cached, the one used last in front
	size    int
}

type cacheKey [sha256.Size]byte

type cached struct {
	key         cacheKey
	until       time.Time
	contentType []string
	body        []byte
}

// cacheKeyOf names a call: whose it is, where it goes and all that it says.
func cacheKeyOf(key, path string, body []byte) (k cacheKey) {
	h := sha256.New()
	h.Write([]byte(key + "\n" + path + "\n"))
	h.Write(body)
	h.Sum(k[:0])
	return k
}

func (c *cache) get(k cacheKey, now time.Time) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[k]
	if e == nil {
		return nil
	}
	v := e.Value.(*cached)
	if !now.Before(v.until) {
		c.remove(e)
		return nil
	}
	c.recent.MoveToFront(e)
	return v
}

func (c *cache) put(v *cached) {
	if len(v.body) == 0 || len(v.body) > cacheReply {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[cacheKey]*list.Element{}
	}
	if e := c.entries[v.key]; e != nil {
		c.remove(e)
	}
	c.entries[v.key] = c.recent.PushFront(v)
	for c.size += len(v.body); c.size > cacheBytes; {
		c.remove(c.recent.Back())
	}
}

// remove takes e out; mu is held.
func (c *cache) remove(e *list.Element) {
	v := c.recent.Remove(e).(*cached)
	delete(c.entries, v.key)
	c.size -= len(v.body)
}

// fromCache serves the call from memory where its key allows it. It gets a row
// like any other, of vendor "cache", without tokens and without cost.
func (c *call) fromCache() (bool, error) {
	if c.key.Cache <= 0 {
		return false, nil
	}
	c.cacheKey = cacheKeyOf(c.key.ID, c.r.URL.Path, c.body)
	v := c.s.cache.get(c.cacheKey, c.start)
	if v == nil {
		return false, nil
	}
	if err := c.reserve("cache", "cache", meter.Free, meter.Usage{}); err != nil {
		return false, err
	}
	h := c.w.Header()
	h["X-Luodi-Cache"] = []string{"hit"}
	h["Content-Type"] = v.contentType
	c.first = time.Now()
	_, _ = c.w.Write(v.body)
	c.hear(v.body)
	c.settle(meter.Usage{}, false, meter.OK)
	return true, nil
}

// keep collects what goes to the client, for the cache.
func (c *call) keep(b []byte) {
	if c.key.Cache > 0 && len(c.kept) <= cacheReply {
		c.kept = append(c.kept, b...)
	}
}

// remember puts the reply that was kept into the cache, once it is whole.
func (c *call) remember() {
	if c.key.Cache > 0 {
		c.s.cache.put(&cached{key: c.cacheKey, until: time.Now().Add(c.key.Cache), contentType: c.w.Header()["Content-Type"], body: c.kept})
	}
}
