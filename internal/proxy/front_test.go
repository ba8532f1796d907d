package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// echo answers what it was asked, in the ways in which the gateway replies.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Read") != "no" {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s %s %s %d %q %s", r.Method, r.Host, r.URL.Path, r.ContentLength, r.Header["X-A"], b)
	}
	switch r.Header.Get("X-Reply") {
	case "flush":
		for range 3 {
			fmt.Fprint(w, "piece")
			w.(http.Flusher).Flush()
		}
	case "long":
		_, _ = w.Write(bytes.Repeat([]byte("long "), 20_000))
	case "panic":
		panic(http.ErrAbortHandler)
	case "status":
		w.Header().Set("X-Odd", "a\r\nb")
		w.WriteHeader(http.StatusTeapot) // too late where the body was begun
	}
}

func serveFront(t interface {
	Cleanup(func())
	Fatal(...any)
}, h http.Handler) (addr string, f *front) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f = newFront(l, h, slog.New(slog.DiscardHandler))
	srv := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	ended := make(chan struct{}, 2)
	go func() { _ = f.run(); ended <- struct{}{} }()
	go func() { _ = srv.Serve(f); ended <- struct{}{} }()
	t.Cleanup(func() {
		f.end()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = srv.Shutdown(ctx)
		if !f.wait(ctx) {
			t.Fatal("connections were left")
		}
		<-ended
		<-ended
	})
	return l.Addr().String(), f
}

// answers sends raw bytes, ends its side and reads all replies.
func answers(t interface{ Fatal(...any) }, addr, raw string) (all []string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		_, _ = io.WriteString(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	b, err := io.ReadAll(conn)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("no end of the replies to ", raw)
	}
	br := bufio.NewReader(bytes.NewReader(b))
	for {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(res.Body)
		res.Header.Del("Date")
		all = append(all, fmt.Sprint(res.StatusCode, " ", res.Header, " ", res.TransferEncoding, " ", res.Close, " ", string(body), " ", err))
	}
}

// TestAFrontAnswersAsTheStandardServer: whatever comes, in pieces that say twice
// or wrongly where a request ends too, it is one to both.
func TestAFrontAnswersAsTheStandardServer(t *testing.T) {
	front, _ := serveFront(t, http.HandlerFunc(echo))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := &http.Server{Handler: http.HandlerFunc(echo), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	go func() { _ = plain.Serve(l) }()
	t.Cleanup(func() { plain.Close() })
	check := func(t interface {
		Fatal(...any)
		Errorf(string, ...any)
	}, raw string) {
		want, got := answers(t, l.Addr().String(), raw), answers(t, front, raw)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q\n got %q\nwant %q", raw, got, want)
		}
	}
	const chat = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
	for name, raw := range map[string]string{
		"two in a row":                 chat + "Content-Length: 2\r\n\r\n{}" + chat + "Content-Length: 3\r\n\r\n{ }",
		"a length and chunks":          chat + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n",
		"chunks and a length":          chat + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"chunks, oddly written":        chat + "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"two lengths":                  chat + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{ }",
		"two lengths, the same":        chat + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"a list of lengths":            chat + "Content-Length: 2, 2\r\n\r\n{}",
		"a length with a sign":         chat + "Content-Length: +2\r\n\r\n{}",
		"a length below nothing":       chat + "Content-Length: -2\r\n\r\n{}",
		"a length in hex":              chat + "Content-Length: 0x2\r\n\r\n{}",
		"a length beyond numbers":      chat + "Content-Length: 99999999999999999999\r\n\r\n{}",
		"no length":                    chat + "\r\n",
		"two hosts":                    chat + "Host: y\r\nContent-Length: 2\r\n\r\n{}",
		"no host":                      "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
		"an odd host":                  "POST /v1/chat/completions HTTP/1.1\r\nHost: a b\r\nContent-Length: 2\r\n\r\n{}",
		"a folded header":              chat + "X-A: 1\r\n  2\r\nContent-Length: 2\r\n\r\n{}",
		"a bare line feed":             chat + "X-A: 1\nContent-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
		"a bare carriage return":       chat + "X-A: 1\rContent-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
		"line feeds only":              strings.ReplaceAll(chat, "\r", "") + "Content-Length: 2\n\n{}",
		"a NUL in a value":             chat + "X-A: 1\x002\r\nContent-Length: 2\r\n\r\n{}",
		"a NUL in a name":              chat + "X\x00A: 1\r\nContent-Length: 2\r\n\r\n{}",
		"no colon":                     chat + "X-A\r\nContent-Length: 2\r\n\r\n{}",
		"no name":                      chat + ": 1\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.0":                     "POST /v1/chat/completions HTTP/1.0\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/2's greeting":            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"a query":                      "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"a whole address":              "POST http://y/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"dots":                         "POST /v1/../v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"a method of other letters":    "post /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"a GET first":                  "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + chat + "Content-Length: 2\r\n\r\n{}",
		"a GET after a call":           chat + "Content-Length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		"100-continue":                 chat + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
		"a wish to close":              chat + "Connection: close\r\nContent-Length: 2\r\n\r\n{}" + chat + "Content-Length: 2\r\n\r\n{}",
		"an upgrade":                   chat + "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
		"a header beyond the buffer":   chat + "X-A: " + strings.Repeat("a", 9000) + "\r\nContent-Length: 2\r\n\r\n{}",
		"a body beyond the buffer":     chat + "Content-Length: 30000\r\n\r\n" + strings.Repeat("b", 30000) + chat + "Content-Length: 2\r\n\r\n{}",
		"a body that is cut":           chat + "Content-Length: 30\r\n\r\n{}",
		"an empty body":                chat + "Content-Length: 0\r\n\r\n" + chat + "Content-Length: 2\r\n\r\n{}",
		"a header that is cut":         chat + "X-A",
		"a header twice":               chat + "X-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n{}",
		"a body nobody reads":          chat + "X-Read: no\r\nContent-Length: 2\r\n\r\n{}" + chat + "Content-Length: 2\r\n\r\n{}",
		"a stream":                     chat + "X-Reply: flush\r\nContent-Length: 2\r\n\r\n{}" + chat + "Content-Length: 2\r\n\r\n{}",
		"a long reply":                 chat + "X-Reply: long\r\nContent-Length: 2\r\n\r\n{}" + chat + "Content-Length: 2\r\n\r\n{}",
		"a panic":                      chat + "X-Reply: panic\r\nContent-Length: 2\r\n\r\n{}" + chat + "Content-Length: 2\r\n\r\n{}",
		"a status, a value with lines": chat + "X-Read: no\r\nX-Reply: status\r\nContent-Length: 2\r\n\r\n{}",
	} {
		t.Run(name, func(t *testing.T) { check(t, raw) })
	}
	t.Run("drawn", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var raw strings.Builder
			for range rapid.IntRange(1, 3).Draw(t, "requests") {
				raw.WriteString(rapid.SampledFrom([]string{"POST", "POST", "POST", "GET", "P"}).Draw(t, "method") + " ")
				raw.WriteString(rapid.SampledFrom([]string{"/v1/chat/completions", "/v1/embeddings", "/v1/other", "*"}).Draw(t, "path"))
				raw.WriteString(rapid.SampledFrom([]string{" HTTP/1.1", " HTTP/1.1", " HTTP/1.1", " HTTP/1.0", "  HTTP/1.1"}).Draw(t, "version") + "\r\n")
				for _, h := range rapid.SliceOfN(rapid.SampledFrom([]string{
					"Host: x", "Host: x", "Host:x", "Content-Length: 2", "Content-Length: 2", "Content-Length:2 ", "content-length: 5", "Transfer-Encoding: chunked", "Transfer-Encoding: xchunked",
					"X-A: é", "X-A:", "X-A: \t 1", "Content-Length: 2\nX: y", "Content-Length:\v2", "X-Reply: flush", "X-Read: no", "Connection: keep-alive", "Connection: close", "Expect: 100-continue", " X-A: 1",
				}), 0, 5).Draw(t, "headers") {
					raw.WriteString(h + "\r\n")
				}
				raw.WriteString("\r\n" + rapid.SampledFrom([]string{"{}", "{}", "{}", "", "0\r\n\r\n", "2\r\n{}\r\n0\r\n\r\n", "12345"}).Draw(t, "body"))
			}
			check(t, raw.String())
		})
	})
}

func TestAHeaderThatComesInPieces(t *testing.T) {
	addr, _ := serveFront(t, http.HandlerFunc(echo))
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, b := range []byte("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello") {
		if _, err := conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond / 4)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(res.Body); string(b) != `POST x /v1/embeddings 5 ["1"] hello` {
		t.Errorf("%s", b)
	}
}

// A client that leaves ends its call; one that sends its next request does not.
func TestAFrontWatchesItsClients(t *testing.T) {
	var ended, served atomic.Int32
	arrived, goOn := make(chan struct{}, 2), make(chan struct{})
	addr, _ := serveFront(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		arrived <- struct{}{}
		select {
		case <-r.Context().Done():
			ended.Add(1)
		case <-goOn:
			served.Add(1)
		}
		if r.Context().Err() != nil && served.Load() > 0 {
			t.Error("a context ended that had no reason to")
		}
	}))
	const ask = "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, ask)
	<-arrived
	conn.Close()
	for end := time.Now().Add(10 * time.Second); ended.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the call went on without its client")
		}
	}
	conn, err = net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, ask)
	<-arrived
	time.Sleep(5 * frontSweep) // it is watched now
	fmt.Fprint(conn, ask)
	close(goOn)
	br := bufio.NewReader(conn)
	for range 2 {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if served.Load() != 2 || ended.Load() != 1 {
		t.Errorf("%d served, %d ended", served.Load(), ended.Load())
	}
}

// Connections without a call end at once with the server, those with one after it.
func TestTheEndOfAFront(t *testing.T) {
	arrived, goOn := make(chan struct{}, 1), make(chan struct{})
	addr, f := serveFront(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		arrived <- struct{}{}
		<-goOn
		fmt.Fprint(w, "done")
	}))
	idle, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	busy, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	fmt.Fprint(busy, "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	<-arrived
	f.end()
	_ = idle.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := idle.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the idle connection: %v", err)
	}
	close(goOn)
	res, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(res.Body); string(b) != "done" || !res.Close {
		t.Errorf("%s, close %v", b, res.Close)
	}
}
