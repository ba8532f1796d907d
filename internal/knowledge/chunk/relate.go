package chunk

// sweep walks the chunks in order with the marks that are open over each
// chunk's start, outermost first.
func (o *Outline) sweep(fn func(chunk int, open []int)) {
	var open []int
	next := 0
	for i, c := range o.Chunks {
		for ; next < len(o.Marks) && o.Marks[next].Start <= c.Start; next++ {
			for n := len(open); n > 0 && o.Marks[open[n-1]].End <= o.Marks[next].Start; n-- {
				open = open[:n-1]
			}
			open = append(open, next)
		}
		for n := len(open); n > 0 && o.Marks[open[n-1]].End <= c.Start; n-- {
			open = open[:n-1]
		}
		fn(i, open)
	}
}

// relate numbers the chunks' parents, heading runs and section runs.
func relate(o *Outline, units []unit, groups []group, l Limits) {
	parent, size, article := -1, 0, -2
	heads := make([][]int, len(o.Chunks))
	covers := make([]int, len(o.Marks))
	o.sweep(func(i int, open []int) {
		c := &o.Chunks[i]
		n, a := 0, -1
		for _, u := range units[groups[i].from:groups[i].to] {
			n += u.size
		}
		for _, k := range open {
			switch m := o.Marks[k]; {
			case m.Level == ArticleLevel:
				a = k
			case m.End >= c.End:
				heads[i] = append(heads[i], k)
				covers[k]++
			}
		}
		if i == 0 || a != article || size+n > l.Parent {
			parent++
			size = 0
		}
		article = a
		size += n
		c.Parent = parent
	})
	o.runs(heads, covers)
}

// runs numbers heading runs, and section runs: chunks under the smallest
// heading that covers more than one chunk, or else of the whole text.
func (o *Outline) runs(heads [][]int, covers []int) {
	head, section, lastHead, lastSection := -1, -1, -2, -2
	for i := range o.Chunks {
		h, s := -1, -1
		for _, k := range heads[i] {
			h = k
			if covers[k] > 1 {
				s = k
			}
		}
		if h != lastHead {
			head++
		}
		if s != lastSection {
			section++
		}
		lastHead, lastSection = h, s
		o.Chunks[i].Head, o.Chunks[i].Section = head, section
	}
}
