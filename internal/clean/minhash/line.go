package minhash

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// maxLine bounds what one document takes in memory.
const maxLine = 64 << 20

// eachLine calls fn with every line that is not empty and its number from 1.
// The line is valid until fn returns. A byte order mark is no part of the first.
func eachLine(ctx context.Context, path string, fn func(line []byte, number int) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			return errs.Invalid("the file is not gzip: %v", err)
		}
		defer z.Close()
		in = z
	}
	r := bufio.NewReaderSize(in, 1<<16)
	var long []byte
	for number := 1; ; number++ {
		line, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			long = append(long[:0], line...)
			for err == bufio.ErrBufferFull && len(long) <= maxLine {
				line, err = r.ReadSlice('\n')
				long = append(long, line...)
			}
			line = long
		}
		if len(line) > maxLine {
			return errs.Invalid("line %d has more than %d MiB; split the document", number, maxLine>>20)
		}
		if err != nil && err != io.EOF {
			return err
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 {
			if err := fn(line, number); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}
