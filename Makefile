# The front door. `make help` lists the targets; CMake does the work, in build/.
SHELL := /bin/bash
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
CMAKE := cmake -G Ninja -DCMAKE_INSTALL_PREFIX=$(PREFIX)

# $(call configure,build) or $(call configure,test): the tools alone need nothing that only tests need. One folder serves
# both, and keeps the tests that were asked for once.
configure = $(CMAKE) -S . -B $(BUILD)$(2) $(if $(filter test,$(1)),-DNF_TESTS=ON) $(3) || \
  { share/install-packages.sh --list $(1); exit 1; }

.DEFAULT_GOAL := all
.PHONY: all deps test-deps demo test test-all asan fuzz bench bare golden format lint install clean help

all: $(BUILD)/build.ninja ## Build the tools
	cmake --build $(BUILD) -j $(JOBS) --target tools

$(BUILD)/build.ninja: CMakeLists.txt | deps
	@$(call configure,build)
	@touch $@

deps: ## Install what building needs, where it is missing (Debian; as root or with sudo)
	@share/install-packages.sh build

test-deps:
	@share/install-packages.sh test

demo: ## Train a MAF on diamonds, distil it, and print one table
	@BUILD=$(BUILD) MAKE=$(MAKE_COMMAND) share/examples/demo.sh

test: test-deps ## Build and run the tests
	@$(call configure,test)
	cmake --build $(BUILD) -j $(JOBS)
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS) -LE slow

test-all: test ## The tests, those that take minutes included
	ctest --test-dir $(BUILD) --output-on-failure -L slow

asan: test-deps ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call configure,test,-asan,-DNF_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1")
	cmake --build $(BUILD)-asan -j $(JOBS)
	ctest --test-dir $(BUILD)-asan --output-on-failure -j $(JOBS) -LE slow

FUZZ_SECONDS ?= 600
fuzz: test-deps ## Let clang's fuzzer look for inputs that break something, FUZZ_SECONDS for each target
	@command -v clang++ >/dev/null || { echo "fuzzing needs clang: apt-get install -y clang"; exit 1; }
	@CC=clang CXX=clang++ $(call configure,test,-fuzz,-DNF_FUZZ=ON -DNF_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1")
	cmake --build $(BUILD)-fuzz -j $(JOBS) --target fuzzers
	@JOBS=$(JOBS) tests/fuzz/run.sh $(BUILD)-fuzz $(FUZZ_SECONDS)

bench: test-deps ## Measure speed: a table, and JSON in build/bench.json
	@$(call configure,test)
	cmake --build $(BUILD) -j $(JOBS) --target tools benches
	@BUILD=$(BUILD) tests/bench/run.sh

bare: ## The README's two commands on a bare Debian (root; debootstrap, or BARE=SCRIPT)
	@share/bare.sh $(BARE)

golden: test-deps ## Rewrite the tests' expected output; review the difference
	@$(call configure,build)
	cmake --build $(BUILD) -j $(JOBS) --target tools
	tests/golden/make.sh $(BUILD)
	PATH=$(CURDIR)/$(BUILD):$$PATH share/man/make.sh
	PATH=$(CURDIR)/$(BUILD):$$PATH share/completions/make.sh
	tests/cli/run.sh $(BUILD) --update

format: ## Format the sources (the kernels are laid out by hand)
	git ls-files "*.cc" "*.h" | grep -v lib/nf/kernels | xargs clang-format -i

lint: deps ## clang-tidy over the library and the tools
	@$(call configure,build)
	git ls-files 'lib/*.cc' 'tools/*.cc' | grep -v kernels | xargs -P $(JOBS) -n 4 clang-tidy -p $(BUILD) --quiet

install: all ## Install tools, library, headers, man pages, completions and documents under PREFIX
	cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## Remove what was built
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
