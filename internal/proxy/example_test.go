package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/proxy"
)

func ExampleServer() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "ledger")
	defer os.RemoveAll(dir)
	ledger, err := meter.Open(ctx, meter.Config{Dir: dir, Store: &metertest.Store{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ledger.Close(ctx)
	keys := &authtest.Store{}
	_, secret, _ := auth.Create(ctx, keys, auth.Key{Name: "helpdesk", Department: "service"}, time.Now())
	routes, _ := gateway.NewTable([]gateway.Route{{
		Name: "scenario/intent", Scenario: "intent", Targets: []gateway.Target{{
			Local: func(context.Context, gateway.Caller, []gateway.Message) (gateway.Reply, error) {
				return gateway.Reply{Text: "card_lost"}, nil
			},
		}},
	}})
	s, err := proxy.New(proxy.Config{Keys: auth.NewChecker(keys, 0, nil), Meter: ledger, Routes: routes})
	if err != nil {
		fmt.Println(err)
		return
	}

	req := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(
		`{"model":"scenario/intent","messages":[{"role":"user","content":"我的卡丢了"}],"stream":true}`))
	req.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	body, _ := io.ReadAll(w.Body)
	_, content, _ := strings.Cut(string(body), `"delta":{"content":`)
	fmt.Println(w.Code, w.Header().Get("X-Luodi-Route"), content[:11])
	// Output: 200 scenario/intent "card_lost"
}
