package pii

import (
	"math/bits"
	"strings"
)

// Classes of bytes.
const (
	digit = 1 << iota
	letter
	joint // inside of a key or token, beside letters and digits
	at
	wide // begins a Han character of three bytes
)

var class = func() (c [256]uint8) {
	for b := '0'; b <= '9'; b++ {
		c[b] = digit
	}
	for b := 'A'; b <= 'Z'; b++ {
		c[b], c[b|0x20] = letter, letter
	}
	for _, b := range "_-.+/=" {
		c[b] = joint
	}
	c['@'] = at
	for b := 0xE4; b <= 0xE9; b++ {
		c[b] = wide
	}
	return c
}()

// scanner walks over a text once. Words are looked at from their first digit;
// everything that is found has a digit or an at sign, but names and private key
// blocks. What a word may be a part of, a key or the address of a machine, is
// looked at once for all words in it, so that the time is linear in the text.
type scanner struct {
	text             string
	found            []Tag
	lettered, hanned int           // after the last letter, and at the last Han, that was passed
	past             int           // where the last word that was looked at ends
	keyed            int           // where the last key or token that was looked at ends
	hexed            int           // where the last run of hexadecimal digits and colons ends
	hexIP            bool          // whether that is the address of a machine
	chain            chain         // the groups of digits from the number on that is looked at
	digits           [longest]byte // room to join them in
	phoned           int8          // whether a word for a phone stands before it: 1, -1; 0 was not looked at
}

func (s *scanner) add(kind string, start, end int, valid bool) {
	s.found = append(s.found, Tag{kind, start, end, valid})
}

func (s *scanner) run() {
	text := s.text
	for i := 0; i < len(text); {
		c := class[text[i]]
		if c&(digit|at|wide) == 0 {
			i++
			if c == letter {
				s.lettered = i
				if i < len(text) && class[text[i]] == letter {
					i = s.skip(i)
				}
			}
			continue
		}
		if c == wide {
			if i+2 >= len(text) {
				break
			}
			s.hanned = i
			r := uint16(text[i])<<12 | uint16(text[i+1]&0x3F)<<6 | uint16(text[i+2]&0x3F)
			if han[r]&(endsLabel|beginsTitle) != 0 {
				s.hanAt(i, rune(r))
			}
			i += 3
			continue
		}
		if c == at {
			s.email(i)
			i++
			continue
		}
		i = s.word(i)
	}
	for i := 0; ; {
		k := strings.Index(text[i:], "-----BEGIN ")
		if k < 0 {
			return
		}
		i = s.keyBlock(i + k)
	}
}

// Every byte of a word of eight.
const (
	every = 0x0101010101010101
	high  = 0x80 * every
)

// skip passes over ASCII that has neither digits nor at signs, eight bytes at a
// time, from i on.
func (s *scanner) skip(i int) int {
	text := s.text
	for i+8 <= len(text) {
		b := text[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// Of bytes below 0x80, adding 0x80-c sets the highest bit of those from c on.
		numbers := (x + (0x80-'0')*every) &^ (x + (0x7F-'9')*every)
		ats := (x + (0x80-'@')*every) &^ (x + (0x7F-'@')*every)
		lower := x | 0x20*every
		letters := (lower + (0x80-'a')*every) &^ (lower + (0x7F-'z')*every) & high
		n := 8
		if stop := (x | numbers | ats) & high; stop != 0 { // what is above the first is not right after bytes from 0x80 on
			n = bits.TrailingZeros64(stop) / 8
			letters &= 1<<(8*n) - 1
		}
		if letters != 0 {
			s.lettered = i + (71-bits.LeadingZeros64(letters))/8
		}
		if i += n; n < 8 {
			return i
		}
	}
	return i
}

// word looks at the word around the digit at i, and returns where to go on.
func (s *scanner) word(i int) int {
	text := s.text
	start := i
	for start > s.past && class[text[start-1]]&(digit|letter) != 0 {
		start--
	}
	end := i
	letters := start < i
	for end < len(text) {
		c := class[text[end]]
		if c&(digit|letter) == 0 {
			break
		}
		letters = letters || c == letter
		end++
	}
	s.past = end
	if letters {
		s.lettered = end
	}
	var head, tail byte // around the word
	if start > 0 {
		head = text[start-1]
	}
	if end < len(text) {
		tail = text[end]
	}
	next := end
	switch {
	case head == '_' || tail == '_': // part of a name, or of a key
		if head == '_' && strings.HasSuffix(text[:start], "wxid_") {
			s.add(WeChat, start-len("wxid_"), end, true)
		}
	case letters:
		s.mixed(start, end)
	case head == '.' && start > 1 && class[text[start-2]] == digit: // decimals
	default:
		if class[tail] == wide {
			if to := s.address(start, end); to > 0 {
				s.past, s.lettered, s.hanned = to, to, to
				return to
			}
		}
		next = max(next, s.number(start, end))
		s.past = max(s.past, next)
	}
	if letters || class[head] == joint || class[tail] == joint {
		s.secret(start, end)
	}
	if next = max(next, s.past); next > end {
		s.lettered, s.hanned = next, next
	}
	return next
}

// email looks at the at sign at i. The grammar is that of addresses in use,
// not all of RFC 5322: no quoted local parts, no address literals.
func (s *scanner) email(i int) {
	text := s.text
	start := i
	for start > 0 && i-start < 64 && (class[text[start-1]]&(digit|letter) != 0 || strings.IndexByte("._%+-", text[start-1]) >= 0) {
		start--
	}
	for start < i && text[start] == '.' {
		start++
	}
	end, label, labels := i+1, i+1, 0
	for ; end <= len(text); end++ {
		if end < len(text) && (class[text[end]]&(digit|letter) != 0 || text[end] == '-' && end > label) {
			continue
		}
		if end == label {
			break
		}
		labels++
		if end == len(text) || text[end] != '.' {
			break
		}
		label = end + 1
	}
	if end > len(text) {
		end = len(text)
	}
	if end == label { // a full stop after the address
		end--
		label = strings.LastIndexByte(text[i:end], '.') + i + 1
	}
	for end > label && text[end-1] == '-' {
		end--
	}
	top := text[label:max(label, end)]
	if start == i || labels < 2 || len(top) < 2 || text[i-1] == '.' || strings.Contains(text[start:i], "..") {
		return
	}
	for j := range len(top) {
		if class[top[j]] != letter {
			return
		}
	}
	s.add(Email, start, end, true)
}
