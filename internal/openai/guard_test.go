package openai_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

const private = "write to a@bank.com, then to b@bank.com and a@bank.com"

func TestPersonalDataStaysHere(t *testing.T) {
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprint("stream ", stream), func(t *testing.T) {
			v := openaitest.Start(t, openaitest.Config{})
			c := &openai.Client{Retries: -1}
			chat := func(pii string) (openai.Reply, error) {
				return c.Chat(t.Context(), openai.Endpoint{BaseURL: v.BaseURL, Model: "m", PII: pii}, []openai.Message{{Role: "user", Content: private}}, openai.Params{Stream: stream})
			}
			r, err := chat(gateway.PIIMask)
			if err != nil || r.Text != "you said: "+private {
				t.Errorf("%q %v", r.Text, err)
			}
			if sent := string(v.Calls()[0].Body); strings.Contains(sent, "bank.com") || !strings.Contains(sent, "[EMAIL_1], then to [EMAIL_2] and [EMAIL_1]") {
				t.Errorf("the vendor was sent %s", sent)
			}
			_, err = chat(gateway.PIIBlock)
			if !errors.Is(err, openai.ErrPersonal) || !errs.Is(err, errs.CodeForbidden) || !strings.Contains(err.Error(), "email") || strings.Contains(err.Error(), "bank.com") || len(v.Calls()) != 1 {
				t.Errorf("%v after %d calls", err, len(v.Calls()))
			}
			if _, err := chat(gateway.PIIAllow); err != nil || !strings.Contains(string(v.Calls()[1].Body), "a@bank.com") {
				t.Errorf("allowed: %v", err)
			}
		})
	}
}

// A text's vector does not depend on what else is in the batch.
func TestEmbeddingsAreMaskedEachByItself(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	c := &openai.Client{Retries: -1}
	ep := openai.Endpoint{BaseURL: v.BaseURL, Model: "m", PII: gateway.PIIMask}
	one, _, err := c.Embeddings(t.Context(), ep, []string{"b@bank.com asks"})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := c.Embeddings(t.Context(), ep, []string{"a@bank.com", "b@bank.com asks"})
	if err != nil || !cmp.Equal(one[0], two[1]) {
		t.Errorf("%v %v %v", one, two, err)
	}
	for _, call := range v.Calls() {
		if strings.Contains(string(call.Body), "bank.com") {
			t.Errorf("%s", call.Body)
		}
	}
	ep.PII = gateway.PIIBlock
	if _, _, err := c.Embeddings(t.Context(), ep, []string{"fine", "a@bank.com"}); !errors.Is(err, openai.ErrPersonal) || len(v.Calls()) != 2 {
		t.Errorf("%v after %d calls", err, len(v.Calls()))
	}
}

func TestEmbeddingsAreAskedForInParts(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	c := &openai.Client{Retries: -1}
	ep := openai.Endpoint{BaseURL: v.BaseURL, Model: "m"}
	whole, used, err := c.Embeddings(t.Context(), ep, []string{"a", "b b", "c c c", "d", "e"})
	if err != nil {
		t.Fatal(err)
	}
	ep.Rules.InputsAtOnce = 2
	parts, u, err := c.Embeddings(t.Context(), ep, []string{"a", "b b", "c c c", "d", "e"})
	if err != nil || !cmp.Equal(whole, parts) || u != used || len(v.Calls()) != 1+3 {
		t.Errorf("%v, %+v for %+v, %v in %d calls", parts, u, used, err, len(v.Calls()))
	}
}
