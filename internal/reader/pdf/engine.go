package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/luodi/luodi/internal/errs"
)

const (
	idle        = 20 * time.Second // after which pdfium is stopped
	memoryPages = 3072             // 192 MiB of 64 KiB each: what pdfium may use
	dpi         = 300              // of pages rendered for OCR
	maxPixels   = 40_000_000       // of such a page; larger ones are rendered coarser
)

// errStopped says that pdfium was ended while it worked: a limit of time or
// memory was met.
var errStopped = errors.New("pdfium was stopped")

// engine is pdfium: started when a file is opened, stopped when idle.
type engine struct {
	cache string

	mu    sync.Mutex
	pool  pdfium.Pool
	codes wazero.CompilationCache
	timer *time.Timer
	users int
}

// borrow returns the running pool, starting it.
func (e *engine) borrow() (pdfium.Pool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
	}
	if e.pool == nil {
		c := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages).WithCloseOnContextDone(true).
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
		if e.cache != "" && os.MkdirAll(e.cache, 0o700) == nil {
			if codes, err := wazero.NewCompilationCacheWithDir(e.cache); err == nil {
				e.codes = codes
				c = c.WithCompilationCache(codes)
			}
		}
		// No folder is mounted: the sandbox sees the bytes it is given.
		pool, err := webassembly.Init(webassembly.Config{
			MaxTotal: 1, RuntimeConfig: c, FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
		})
		if err != nil {
			return nil, fmt.Errorf("starting pdfium: %w", err)
		}
		e.pool = pool
		debug.FreeOSMemory() // compiling leaves 200 MiB behind
	}
	e.users++
	return e.pool, nil
}

func (e *engine) giveBack() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.users--
	if e.users == 0 {
		e.timer = time.AfterFunc(idle, func() { _ = e.stop() })
	}
}

// stop ends pdfium where nobody uses it.
func (e *engine) stop() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pool == nil || e.users > 0 {
		return nil
	}
	if e.timer != nil {
		e.timer.Stop()
	}
	err := e.pool.Close()
	e.pool = nil
	if e.codes != nil {
		err = errors.Join(err, e.codes.Close(context.Background()))
		e.codes = nil
	}
	return err
}

// file is an open pdf.
type file struct {
	engine *engine
	pdf    pdfium.Pdfium
	doc    references.FPDF_DOCUMENT
	pages  int
	ended  chan struct{}
	done   func() bool
}

// open opens a file. When ctx ends, whatever pdfium is doing ends.
func (e *engine) open(ctx context.Context, raw []byte) (f *file, err error) {
	pool, err := e.borrow()
	if err != nil {
		return nil, err
	}
	in, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		e.giveBack()
		return nil, fmt.Errorf("starting pdfium: %w", err)
	}
	f = &file{engine: e, pdf: in, ended: make(chan struct{})}
	f.done = context.AfterFunc(ctx, func() {
		defer close(f.ended)
		defer func() { _ = recover() }()
		_ = in.Kill()
	})
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	err = guard(func() error {
		d, err := in.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(raw), FileReaderSize: int64(len(raw))})
		if err != nil {
			return err
		}
		f.doc = d.Document
		n, err := in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.Document})
		if err != nil {
			return err
		}
		f.pages = n.PageCount
		return nil
	})
	return f, refusal(err)
}

// refusal is why a file cannot be opened, for whoever looks after it.
func refusal(err error) error {
	switch {
	case err == nil || errors.Is(err, errStopped):
		return err
	case strings.Contains(err.Error(), "password"):
		return errs.Invalid("the file is encrypted with a password; save a copy without one")
	case strings.Contains(err.Error(), "security"):
		return errs.Invalid("the file is protected by a scheme that is not known here; save a copy without protection")
	}
	return errs.Invalid("the file is no whole pdf (%v); open it in a viewer and print it to a new one", err)
}

func (f *file) close() {
	if !f.done() {
		<-f.ended // it was killed
	} else {
		_ = guard(f.pdf.Close)
	}
	f.engine.giveBack()
}

// guard turns the panics of a stopped or corrupt pdfium into errors.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errStopped, p)
		}
	}()
	err = fn()
	if err != nil && (strings.Contains(err.Error(), "module closed") || strings.Contains(err.Error(), "wasm error") || strings.Contains(err.Error(), "instance is closed")) {
		err = errs.Invalid("%w: the file needs more memory or time than a pdf may have here (%s)", errStopped, firstLine(err.Error()))
	}
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func (f *file) at(n int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: f.doc, Index: n - 1}}
}

// render draws a page as png, and says how many points a pixel is.
func (f *file) render(n int) (image []byte, scale float64, err error) {
	err = guard(func() error {
		size, err := f.pdf.GetPageSize(&requests.GetPageSize{Page: f.at(n)})
		if err != nil {
			return err
		}
		d := dpi
		for d > 50 && size.Width/72*float64(d)*size.Height/72*float64(d) > maxPixels {
			d = d * 3 / 4
		}
		p, err := f.pdf.RenderPageInDPI(&requests.RenderPageInDPI{Page: f.at(n), DPI: d, ImageFormat: requests.RenderImageFormatGrayscale})
		if err != nil {
			return err
		}
		defer p.Cleanup()
		var b bytes.Buffer
		err = png.Encode(&b, p.Result.RenderedImage)
		image, scale = b.Bytes(), 72/float64(d)
		return err
	})
	return image, scale, err
}
