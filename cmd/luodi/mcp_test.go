package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Over standard input and output an agent sees what the reader that the
// process was started for may see, and nothing beside the two tools.
func TestToolsOverStandardInput(t *testing.T) {
	dir := bankCopy(t)
	for _, tt := range []struct {
		name, as, base string
		sees           bool
	}{
		{"the owner", "", "", true},
		{"a reader", "department:service", "", true},
		{"no reader", "department:fraud", "", false},
		{"no reader, who knows the base's name", "department:fraud", "rulebook", false},
		{"a user whom nobody knows", "user:x@bank.example", "rulebook", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
			s, err := c.Connect(t.Context(), &sdk.CommandTransport{Command: exec.Command("luodi", "mcp", "-C", dir, "--as", tt.as)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if r, err := s.ListResources(t.Context(), nil); err == nil && len(r.Resources) > 0 {
				t.Errorf("resources: %+v", r)
			}
			for tool, args := range map[string]map[string]any{"search": {"query": "每日转账限额"}, "ask": {"question": "个人客户每日转账限额是多少"}} {
				if tt.base != "" {
					args["base"] = tt.base
				}
				r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
				if err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				if sees := strings.Contains(string(b), "sha256"); sees != tt.sees || r.IsError == tt.sees {
					t.Errorf("%s: error %v, %.300s", tool, r.IsError, b)
				}
			}
		})
	}
}
