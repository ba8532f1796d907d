package gateway

// Text counts the letters of a reply as they pass.
type Text struct {
	Narrow int64 // ASCII characters
	Wide   int64 // all other characters, Chinese above all
}

// Characters is the length of the text.
func (t Text) Characters() int64 { return t.Narrow + t.Wide }

// addStrings counts the characters of the strings inside a JSON value that
// are values, not names: the content, reasoning and arguments of a delta, but
// not its role, ids and types.
func (t *Text) addStrings(v []byte) {
	var name []byte
	for i := 0; i < len(v); {
		if v[i] != '"' {
			i++
			continue
		}
		end, err := skipString(v, i)
		if err != nil {
			return
		}
		s := v[i+1 : end-1]
		i = end
		if j := space(v, end); j < len(v) && v[j] == ':' {
			name = s
			continue
		}
		if n := string(name); n != "role" && n != "id" && n != "type" && n != "signature" && n != "status" {
			t.add(s)
		}
	}
}

// add counts the characters of a JSON string's inside; an escape is one
// narrow character, \uXXXX a wide one.
func (t *Text) add(s []byte) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == 'u' {
				t.Wide++
				i += 4
			} else {
				t.Narrow++
			}
		case c < 0x80:
			t.Narrow++
		case c >= 0xC0: // a lead byte
			t.Wide++
		}
	}
}
