# make demo   builds Plimsoll with its console, and serves a registry of a dozen images, synced and scanned
# make test   everything CI checks: formatting, lints, licences, tests (with a real registry)
# make e2e    the console's pages in Chromium against the whole platform
# make bench  speed beside its floor, and beside other scanners where they are installed
# make fuzz   each parser of untrusted bytes for a minute (needs a nightly toolchain)

CARGO ?= cargo

.PHONY: demo console test e2e bench fuzz starter packages deny

demo: packages console
	$(CARGO) build --release --package plimsoll-cli --package xtask
	./scripts/demo

# The console's files, which the binary embeds; rebuilt when its sources changed.
console:
	./scripts/console

test: packages console deny
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) test --workspace
	./scripts/console-tests

# Licences, advisories about our own dependencies, and where they come from.
deny:
	./scripts/deny

# What the tests and the demo need beside cargo: Debian's registry, image tools and C compiler.
packages:
	./scripts/packages

# The console in Chromium, every page in every look: about ten minutes.
e2e: packages console
	$(CARGO) build --release --package plimsoll-cli --package xtask
	./scripts/e2e

bench:
	$(CARGO) bench --package plimsoll-image --package plimsoll-assess --package plimsoll-secrets --package plimsoll-fleet
	$(CARGO) build --release --package plimsoll-cli --package xtask
	./scripts/bench

fuzz:
	./scripts/fuzz

# Builds the advisory database that ships with the program anew, from a folder of the publishers' files.
starter:
	$(CARGO) xtask starter $(FEEDS)
