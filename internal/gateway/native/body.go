package native

import (
	"fmt"
	"io"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const maxWhole = 64 << 20 // bytes of a frame, and of a reply that is not streamed

// Body is a vendor's reply as it is read: OpenAI's bytes. It must be closed.
func Body(s Shape, reply io.ReadCloser, stream bool, now time.Time) io.ReadCloser {
	if stream {
		return &frames{from: reply, stream: s.Stream(now)}
	}
	return &once{from: reply, shape: s, now: now}
}

// once reads a reply that is not streamed whole before it is written anew.
type once struct {
	from  io.ReadCloser
	shape Shape
	now   time.Time
	out   []byte
	err   error
	read  bool
}

func (o *once) Read(p []byte) (int, error) {
	if !o.read {
		o.read = true
		b, err := io.ReadAll(io.LimitReader(o.from, maxWhole+1))
		switch {
		case err != nil:
			o.err = err
		case len(b) > maxWhole:
			o.err = fmt.Errorf("the reply is larger than %d bytes", maxWhole)
		default:
			o.out, o.err = o.shape.Read(b, o.now), io.EOF
		}
	}
	if len(o.out) == 0 {
		return 0, o.err
	}
	n := copy(p, o.out)
	o.out = o.out[n:]
	return n, nil
}

func (o *once) Close() error { return o.from.Close() }

// frames writes a stream frame by frame.
type frames struct {
	from   io.ReadCloser
	stream Stream
	buf    []byte // of the vendor's, not yet a whole frame
	out    []byte // OpenAI's, not yet read
	space  []byte // where out is written
	err    error
}

func (f *frames) Read(p []byte) (int, error) {
	for len(f.out) == 0 && f.err == nil {
		f.fill()
	}
	if len(f.out) == 0 {
		return 0, f.err
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

func (f *frames) fill() {
	if cap(f.buf)-len(f.buf) < 4<<10 {
		f.buf = append(make([]byte, 0, 2*cap(f.buf)+16<<10), f.buf...)
	}
	n, err := f.from.Read(f.buf[len(f.buf):cap(f.buf)])
	f.buf = f.buf[:len(f.buf)+n]
	f.err = err
	if err == io.EOF && len(f.buf) > 0 {
		f.buf = append(f.buf, "\n\n"...) // some leave out the last blank line
	}
	out, used := f.space[:0], 0
	for {
		n := gateway.NextFrame(f.buf[used:])
		if n == 0 {
			break
		}
		if data := gateway.FrameData(f.buf[used : used+n]); len(data) > 0 {
			out = f.stream.Frame(out, data)
		}
		used += n
	}
	f.buf = f.buf[:copy(f.buf, f.buf[used:])]
	if err == io.EOF {
		out = f.stream.End(out)
	} else if err == nil && len(f.buf) > maxWhole {
		f.err = fmt.Errorf("a frame is larger than %d bytes", maxWhole)
	}
	f.out, f.space = out, out
}

// UsageSoFar is the usage that a reply's frames have named so far, for a stream that
// is cut before it says how much it used.
func UsageSoFar(reply io.Reader) meter.Usage {
	if f, ok := reply.(*frames); ok {
		return f.stream.Named()
	}
	return meter.Usage{}
}

func (f *frames) Close() error { return f.from.Close() }
