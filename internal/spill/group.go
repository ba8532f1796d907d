package spill

// Repeats calls fn with every entry whose key an earlier one has, with that
// first one and its count: 1 for the first repeat. Entries come by key.
func (s *Sorter) Repeats(files []string, fn func(first, e Entry, count uint64) error) error {
	var first Entry
	begun, count := false, uint64(0)
	return s.EachOf(files, func(e Entry) error {
		if !begun || e.Key != first.Key {
			begun, first, count = true, e, 0
			return nil
		}
		count++
		return fn(first, e, count)
	})
}

// Components joins numbers. It is union–find for more edges than fit into
// memory: edges are sorted, and each round lets every number point to the least
// of its neighbours, until nothing changes (alternating large-star and
// small-star, Kiveris et al. 2014). That takes a few rounds, as a chain's
// length is about halved by each.
type Components struct {
	Temp   string // as of Sorter
	Memory int    // bytes of each of two buffers

	edges *Sorter
	done  bool
}

// Join says that a and b hang together.
func (c *Components) Join(a, b uint64) error {
	if c.edges == nil {
		c.edges = c.sorter()
	}
	c.done = false
	return add(c.edges, a, b)
}

func (c *Components) sorter() *Sorter { return &Sorter{Temp: c.Temp, Memory: c.Memory} }

// add keeps an edge under its greater end.
func add(s *Sorter, a, b uint64) error {
	if a == b {
		return nil
	}
	return s.Add(Entry{Key: [2]uint64{max(a, b), min(a, b)}})
}

// Each calls fn with every number that is not the least of those it hangs
// together with, in order, and that least one.
func (c *Components) Each(fn func(n, least uint64) error) error {
	if c.edges == nil {
		return nil
	}
	before := [2]uint64{}
	for !c.done {
		if err := c.step(true); err != nil {
			return err
		}
		if err := c.step(false); err != nil {
			return err
		}
		var sum [2]uint64 // of the edges, in any order
		if err := c.distinct(func(a, b uint64) error {
			sum[0]++
			h := (a*0x9E3779B97F4A7C15 ^ b) * 0xD6E8FEB86659FD93
			sum[1] += h ^ h>>32
			return nil
		}); err != nil {
			return err
		}
		c.done, before = sum == before, sum
	}
	return c.distinct(fn)
}

// Spilled is how many bytes the last edges took on the disk.
func (c *Components) Spilled() int64 {
	if c.edges == nil {
		return 0
	}
	return c.edges.Spilled()
}

// Close removes the files.
func (c *Components) Close() {
	if c.edges != nil {
		c.edges.Close()
	}
}

// distinct calls fn with each edge once.
func (c *Components) distinct(fn func(a, b uint64) error) error {
	var last Entry
	return c.edges.Each(func(e Entry) error {
		if e == last {
			return nil
		}
		last = e
		return fn(e.Key[0], e.Key[1])
	})
}

// step connects the neighbours of every number to the least of them: in a
// large star those that are greater than the number, in a small star those
// that are less, and the number itself.
func (c *Components) step(large bool) error {
	in := c.edges
	if large { // both ways, so that every number sees all its neighbours
		in = c.sorter()
		defer in.Close()
		if err := c.distinct(func(a, b uint64) error {
			if err := in.Add(Entry{Key: [2]uint64{a, b}}); err != nil {
				return err
			}
			return in.Add(Entry{Key: [2]uint64{b, a}})
		}); err != nil {
			return err
		}
	}
	out := c.sorter()
	var at, least uint64
	begun := false
	err := in.Each(func(e Entry) error {
		u, v := e.Key[0], e.Key[1]
		if !begun || u != at {
			begun, at, least = true, u, min(u, v)
			if !large {
				return add(out, u, least)
			}
		}
		if large && v < u {
			return nil
		}
		return add(out, v, least)
	})
	c.edges.Close()
	c.edges = out
	return err
}
