package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/luodi/luodi/internal/blob"
)

// seeker is a reader that cannot be read again.
type seeker struct{ io.Reader }

func (seeker) Seek(int64, int) (int64, error) { return 0, errors.New("read once only") }

// TestPutFrom: an object that comes piece by piece is the one that Put stores,
// and of one that breaks off nothing is left.
func TestPutFrom(t *testing.T) {
	ctx := context.Background()
	d := &blob.Dir{Path: filepath.Join(t.TempDir(), "blobs")}
	b := bytes.Repeat([]byte("转账没有到账\n"), 100_000)
	name, err := d.PutFrom(ctx, seeker{iotest.HalfReader(bytes.NewReader(b))})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := d.Put(ctx, b); err != nil || same != name {
		t.Errorf("Put gives %s, %v; PutFrom gave %s", same, err, name)
	}
	if got, err := d.ReadRange(ctx, name, 21, 42); err != nil || !bytes.Equal(got, b[21:42]) {
		t.Errorf("bytes 21–42 are %q, %v", got, err)
	}
	broken := errors.New("the disk is gone")
	if _, err := d.PutFrom(ctx, seeker{iotest.ErrReader(broken)}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := d.PutFrom(stopped, bytes.NewReader(b)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(d.Path, "tmp")); err != nil || len(left) != 0 {
		t.Errorf("%d files are left in tmp, %v", len(left), err)
	}
}
