package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/luodi/luodi/internal/errs"
)

var embeddingKey = []byte(`embedding"`)

// ConvertEmbeddings gives the vectors of a reply the encoding that the client
// asked for: base64 of little-endian 32-bit floats, as the official clients
// want it, or arrays of numbers. Everything else is kept, and a reply that has
// the right encoding is returned as it is.
func ConvertEmbeddings(b []byte, toBase64 bool) ([]byte, error) {
	var out []byte
	done := 0
	for i := 0; ; {
		n := bytes.Index(b[i:], embeddingKey)
		if n < 0 {
			break
		}
		i += n + len(embeddingKey)
		v := member(b, i)
		if v == nil || v[0] != '[' && v[0] != '"' || (v[0] == '"') == toBase64 {
			continue // a value of another member, or as it should be
		}
		start := i + bytes.IndexByte(b[i:], v[0])
		out = append(out, b[done:start]...)
		var err error
		if toBase64 {
			out, err = appendBase64(out, v)
		} else {
			out, err = appendFloats(out, v)
		}
		if err != nil {
			return nil, err
		}
		done = start + len(v)
		i = done
	}
	if done == 0 {
		return b, nil
	}
	return append(out, b[done:]...), nil
}

func appendBase64(dst, array []byte) ([]byte, error) {
	raw := make([]byte, 0, len(array)/2)
	for i := space(array, 1); i < len(array) && array[i] != ']'; {
		end := i
		for end < len(array) && scalar[array[end]] {
			end++
		}
		f, err := strconv.ParseFloat(string(array[i:end]), 32)
		if err != nil {
			return nil, errs.Internal("the upstream's embedding holds %.20q, which is no number", array[i:end])
		}
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(f)))
		if i = space(array, end); i < len(array) && array[i] == ',' {
			i = space(array, i+1)
		}
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, raw)
	return append(dst, '"'), nil
}

func appendFloats(dst, text []byte) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(string(text[1 : len(text)-1]))
	if err != nil || len(raw)%4 != 0 {
		return nil, errs.Internal("the upstream's embedding is not base64 of 32-bit floats")
	}
	dst = append(dst, '[')
	for i := 0; i < len(raw); i += 4 {
		if i > 0 {
			dst = append(dst, ',')
		}
		f := math.Float32frombits(binary.LittleEndian.Uint32(raw[i:]))
		dst = strconv.AppendFloat(dst, float64(f), 'g', -1, 32)
	}
	return append(dst, ']'), nil
}
