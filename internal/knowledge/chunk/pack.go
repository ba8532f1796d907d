package chunk

// group is a chunk as a range of units.
type group struct{ from, to int }

// packAround packs the units between the kept groups and returns all groups in
// order.
func packAround(units []unit, kept []group, l Limits) []group {
	var out []group
	from := 0
	for _, k := range append(kept, group{len(units), len(units)}) {
		if k.from > from {
			out = pack(units, group{from, k.from}, l, out)
		}
		if k.to > k.from {
			out = append(out, k)
		}
		from = k.to
	}
	return out
}

// pack divides a run of units: at hard boundaries always, then at the
// outermost headings with small neighbours merged, then by size.
func pack(units []unit, g group, l Limits, out []group) []group {
	top, total := 0, 0
	for i := g.from; i < g.to; i++ {
		u := units[i]
		if i > g.from {
			if u.hard {
				out = pack(units, group{g.from, i}, l, out)
				return pack(units, group{i, g.to}, l, out)
			}
			if u.level > 0 && (top == 0 || u.level < top) {
				top = u.level
			}
		}
		total += u.size
	}
	if total <= l.Max {
		return append(out, g)
	}
	if top == 0 {
		return bySize(units, g, total, l, out)
	}
	from, size := g.from, 0 // the merged parts so far
	start, part := g.from, 0
	for i := g.from; i <= g.to; i++ {
		if i == g.to || i > g.from && units[i].level == top {
			if size > 0 && (size >= l.Min || size+part > l.Max) {
				out = pack(units, group{from, start}, l, out)
				from, size = start, 0
			}
			size += part
			start, part = i, 0
		}
		if i < g.to {
			part += units[i].size
		}
	}
	return pack(units, group{from, g.to}, l, out)
}

// bySize divides a run without inner headings into the fewest pieces of about
// equal size.
func bySize(units []unit, g group, total int, l Limits, out []group) []group {
	pieces := (total + l.Max - 1) / l.Max
	from, size, left := g.from, 0, total
	for i := g.from; i < g.to; i++ {
		n := units[i].size
		target := left / pieces
		if size > 0 && pieces > 1 && (size+n/2 >= target || size+n > l.Max) {
			out = append(out, group{from, i})
			from, left = i, left-size
			size = 0
			pieces = max(1, min(pieces-1, (left+l.Min-1)/l.Min))
			if need := (left + l.Max - 1) / l.Max; pieces < need {
				pieces = need
			}
		}
		size += n
	}
	return append(out, group{from, g.to})
}
