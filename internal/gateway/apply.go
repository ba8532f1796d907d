package gateway

// Change is what to do with one member of an object.
type Change struct {
	Name  string // the member
	Value string // its new value as raw JSON; "" keeps the value
	As    string // its new name; "" keeps the name
	Drop  bool   // remove the member
}

// Apply appends the object to dst with the changes made: members are dropped,
// renamed or get another value in place, a member that is missing and has a
// Value is added at the end. Every other byte is copied as it is; no change
// copies the body. At most 64 changes, at
// most one of them for each member.
func (o *Object) Apply(dst []byte, changes []Change) []byte {
	b := o.Body
	var used uint64
	pos := o.open + 1 // everything before pos is written or dropped
	dst = append(dst, b[:pos]...)
	kept, gap := false, false // gap: members were dropped since the last kept one
	end := pos                // end of the last member
	for _, f := range o.Fields {
		n := find(changes, o.Name(f))
		if n >= 0 {
			used |= 1 << n
		}
		end = f.End
		if n >= 0 && changes[n].Drop {
			pos, gap = f.End, true
			continue
		}
		switch {
		case !gap:
			dst = append(dst, b[pos:f.KeyStart]...)
		case kept:
			dst = append(dst, ',')
		}
		kept, gap = true, false
		if n >= 0 && changes[n].As != "" {
			dst = appendQuoted(dst, changes[n].As)
		} else {
			dst = append(dst, b[f.KeyStart:f.KeyEnd]...)
		}
		dst = append(dst, b[f.KeyEnd:f.Start]...)
		if n >= 0 && changes[n].Value != "" {
			dst = append(dst, changes[n].Value...)
		} else {
			dst = append(dst, b[f.Start:f.End]...)
		}
		pos = f.End
	}
	for n, c := range changes {
		if c.Value == "" || c.Drop || used&(1<<n) != 0 {
			continue
		}
		if kept {
			dst = append(dst, ',')
		}
		kept = true
		name := c.Name
		if c.As != "" {
			name = c.As
		}
		dst = appendQuoted(dst, name)
		dst = append(dst, ':')
		dst = append(dst, c.Value...)
	}
	return append(dst, b[end:]...)
}

func find(changes []Change, name []byte) int {
	for i := range changes {
		if string(name) == changes[i].Name {
			return i
		}
	}
	return -1
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// Quote returns s as a JSON string; bytes that are not UTF-8 are kept.
func Quote(s string) string { return string(appendQuoted(make([]byte, 0, len(s)+2), s)) }
