# Leitportal. "make help" lists what there is.

SHELL := /bin/sh
GO ?= go
GOFUMPT := $(GO) tool gofumpt
export CGO_ENABLED ?= 0

# Generated code is not ours to format or to count.
GOFILES = $(shell git ls-files -co --exclude-standard '*.go' | grep -v _templ.go)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build everything and serve the demo on 127.0.0.1:8080 (PORT, LEITPORTAL_DATA, DATABASE_URL)
	@exec ./bin/leitportal demo

.PHONY: build
build: assets ## build the static binary bin/leitportal
	$(GO) build -trimpath -ldflags '-s -w' -o bin/leitportal ./cmd/leitportal

.PHONY: assets
assets: web/dist/manifest.json ## fetch KERN and fonts from npm and build the style sheet

web/dist/manifest.json: web/node_modules/.package-lock.json web/build.mjs $(wildcard web/src/*) $(wildcard internal/ui/*.templ) $(wildcard internal/ui/*.go)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --silent --no-fund --no-audit

.PHONY: generate
generate: ## regenerate the templ code
	@for dir in $$(ls internal/*/*.templ | xargs -n1 dirname | sort -u); do $(GO) tool templ generate -path $$dir; done

.PHONY: fmt
fmt: ## format the Go and templ code
	$(GO) tool templ fmt internal >/dev/null
	$(GOFUMPT) -w $(GOFILES)

.PHONY: check
check: ## formatting, vet, staticcheck, generated code current, modules tidy
	@out="$$($(GOFUMPT) -l $(GOFILES))"; if [ -n "$$out" ]; then echo "not formatted (make fmt):"; echo "$$out"; exit 1; fi
	scripts/generated-is-current.sh
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: quick
quick: ## the Go tests alone, on SQLite (go test ./...)
	$(GO) test ./...

# Browsers, kills and load want the machine for themselves: two packages at a time.
ALONE = /tests/(browser|faults|load)$$
# These hold a clock against something, and have it wholly for themselves.
TIMED = ^(TestSecondStart|TestWeight)$$
.PHONY: test
test: setup assets check ## set up what tests need and run everything
	LEITPORTAL_TEST_FULL=1 scripts/postgres-test.sh $(GO) test -timeout 10m -skip '$(TIMED)' $$($(GO) list ./... | grep -vE '$(ALONE)')
	LEITPORTAL_TEST_FULL=1 scripts/postgres-test.sh $(GO) test -p 2 -parallel 3 -timeout 14m -skip '$(TIMED)' $$($(GO) list ./... | grep -E '$(ALONE)')
	LEITPORTAL_TEST_FULL=1 scripts/postgres-test.sh $(GO) test -p 1 -run '$(TIMED)' ./tests/browser ./tests/whole
	scripts/fuzz.sh 20s forms

.PHONY: soak
soak: setup assets ## the long runs: 250 kills per database, fuzzing for minutes, the race detector
	LEITPORTAL_TEST_FULL=1 LEITPORTAL_SOAK=1 scripts/postgres-test.sh $(GO) test -count=1 -timeout 120m -v -run 'Kill|Soak' ./tests/...
	scripts/fuzz.sh 300s
	CGO_ENABLED=1 scripts/postgres-test.sh $(GO) test -race -timeout 60m ./internal/...

.PHONY: race
race: ## the Go tests under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race ./internal/...

.PHONY: bench
bench: build ## measure against the bars; STRICT=1 fails on a miss
	scripts/postgres-test.sh $(GO) run ./tests/load -binary bin/leitportal $(if $(STRICT),-strict)

.PHONY: screenshots
screenshots: setup build ## the twelve main pages as PNGs in docs/screenshots
	LEITPORTAL_SCREENSHOTS=$(CURDIR)/docs/screenshots $(GO) test -count=1 -run TestScreenshots ./tests/browser

.PHONY: setup
setup: tests/node_modules/.package-lock.json ## what tests need: axe-core, Chromium, PostgreSQL, poppler
	scripts/setup-test.sh

tests/node_modules/.package-lock.json: tests/package-lock.json
	cd tests && npm ci --silent --no-fund --no-audit

.PHONY: clean
clean: ## remove what was built; data in var/ stays
	rm -rf bin web/dist/* web/node_modules tests/node_modules
	touch web/dist/.keep
