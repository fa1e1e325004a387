# notmine: make help says what there is.

GO ?= go
BIN := bin/notmine
# The corpus, which takes hours: with how many seeds each healthy service is run, how
# many runs go on at a time, and with how many accounts. With RESUME=1 what
# corpus.json has already is not run again. With CASES=1 what each mechanism's run
# finds is repeated, shrunk, kept as a case and hunted as well: up to fifty minutes
# more for each of them, and ten to twenty for each healthy service. With KEEP=DIR the
# records stay there, and RESUME=1 CASES=1 goes on with them.
SEEDS ?= 20
JOBS ?= 1
ACCOUNTS ?= 4
# Everything that needs no browser; the race detector runs over these, but for
# what has nothing that could race.
PURE = $(shell $(GO) list ./... | grep -vE '^notmine/(checks/browser|checks|cmd/.*)$$')
DRIVEN = notmine/checks/browser notmine/checks notmine/cmd/...

.PHONY: help demo test lint build bench surfaces corpus pictures browser windows

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: browser build ## see it find the mixed mailbox of July 2008 (installs a browser if there is none)
	$(BIN) demo

test: browser windows lint ## run every check of the code: vet, staticcheck, race detector, real browsers
	$(GO) test -race $(filter-out notmine/checks/report,$(PURE))
	$(GO) test notmine/checks/marker notmine/checks/report # on all its pictures, of which the race detector sees a twentieth; reports are written by one goroutine
	$(GO) test -timeout 15m $(DRIVEN)

lint: ## gofmt, vet, staticcheck, tidy
	@unformatted=$$(gofmt -l cmd checks fixtures); [ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

build: ## build bin/notmine
	$(GO) build -trimpath -o $(BIN) ./cmd/notmine

bench: browser ## measure speed, barrier and memory beside bare page loads
	$(GO) run ./cmd/leakbench time

surfaces: browser ## look on every surface for every wrapping, and print what was found
	$(GO) run ./cmd/leakbench surfaces

corpus: browser windows ## run every mechanism of real leaks with the default phases, and print what was found; CASES=1 shrinks and hunts it too
	$(GO) run ./cmd/leakbench corpus $(if $(RESUME),-resume) $(if $(CASES),-cases) $(if $(KEEP),-keep $(KEEP)) -power -seeds $(SEEDS) -jobs $(JOBS) -accounts $(ACCOUNTS)

pictures: browser ## make picture canaries into thumbnails, circles, WebP, and print how many are still read
	$(GO) run ./cmd/leakbench pictures

browser:
	@./.ci/browser

windows:
	@./.ci/browser windows
