# Everything needs Go 1.26 only. "make test" installs nothing; what else the
# tests can use (PostgreSQL, Node packages) is installed by .ci/run, and without
# it those tests are skipped and listed at the end.

export CGO_ENABLED = 0
GO ?= go

.DEFAULT_GOAL := help
.PHONY: help build test lint demo bench ci clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1 \2/' | awk '{ printf "  make %-8s", $$2; $$1 = $$2 = ""; print }'

build: ## build the binary bin/luodi
	$(GO) build -trimpath -ldflags '-s -w' -o bin/luodi ./cmd/luodi

test: ## run all tests; ends with what was skipped and why
	@$(GO) run ./internal/testsum -timeout 15m ./...

lint: ## check formatting and vet
	@bad="$$(gofmt -l cmd internal examples)"; if [ -n "$$bad" ]; then echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...

demo: ## write the sample bank to ./luodi-demo and size it
	$(GO) run ./cmd/luodi demo

bench: ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

ci: ## what the build server runs; on Debian, as root, it installs what the tests can use
	bash .ci/run

clean: ## remove what build and demo made
	rm -rf bin luodi-demo
