package knowledge

import (
	"container/list"
	"sync"
)

// cacheBytes is how much of postings and texts an open base keeps in memory.
const cacheBytes = 64 << 20

// entryBytes is about what an entry costs beside its blob.
const entryBytes = 200

// cache keeps immutable blobs, least recently used out first. A nil cache
// keeps nothing. It is safe for many goroutines; a blob that two miss at once
// is loaded twice.
type cache struct {
	mu    sync.Mutex
	most  int
	bytes int
	order *list.List // of *entry, most recent first
	at    map[blobKey]*list.Element
}

// blobKey names a text block (version, number) or an index page (segment,
// number).
type blobKey struct {
	version string
	segment int64
	number  int
}

type entry struct {
	key  blobKey
	data []byte
}

func newCache(most int) *cache {
	return &cache{most: most, order: list.New(), at: map[blobKey]*list.Element{}}
}

func (c *cache) get(key blobKey, load func() ([]byte, error)) ([]byte, error) {
	if c == nil {
		return load()
	}
	c.mu.Lock()
	if e := c.at[key]; e != nil {
		c.order.MoveToFront(e)
		data := e.Value.(*entry).data
		c.mu.Unlock()
		return data, nil
	}
	c.mu.Unlock()
	data, err := load()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at[key] == nil {
		c.at[key] = c.order.PushFront(&entry{key, data})
		c.bytes += len(data) + entryBytes
		for c.bytes > c.most && c.order.Len() > 1 {
			last := c.order.Remove(c.order.Back()).(*entry)
			delete(c.at, last.key)
			c.bytes -= len(last.data) + entryBytes
		}
	}
	return data, nil
}
