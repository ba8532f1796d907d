package app

import "testing"

func TestOwnNetwork(t *testing.T) {
	for address, own := range map[string]bool{
		"http://127.0.0.1:8081/v1": true, "http://localhost:11434/v1": true, "http://10.2.3.4/v1": true, "http://192.168.1.9:8000/v1": true,
		"http://[::1]:80/v1": true, "http://[fd00::1]/v1": true, "http://vllm:8000/v1": true,
		"https://api.openai.com/v1": false, "https://8.8.8.8/v1": false, "https://gpu.bank.example/v1": false, "http://172.32.0.1/v1": false, "": false, "::": false,
	} {
		if got := ownNetwork(address); got != own {
			t.Errorf("%s: %v", address, got)
		}
	}
}
