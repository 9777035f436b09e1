# Two commands matter: `make demo` and `make test`. They need Rust, Python 3 and make; everything else is
# installed into this folder.

.DEFAULT_GOAL := help
CARGO := cargo
PYTHON := .venv/bin/python
EXCHANGES := $(CURDIR)/target/exchanges
CARGO_DENY := target/tools/bin/cargo-deny
CARGO_DENY_VERSION := 0.20.2

# The operations that the system suite must have seen, or the validation of its exchanges proves little.
OPERATIONS := ListUsers,GetUser,ListAccessKeys,GetAccessKeyLastUsed,GetLoginProfile,PutEvaluations,$\
GetComplianceDetailsByConfigRule,GetComplianceDetailsByResource,Publish

.PHONY: help demo test check fmt lint doc deny purity clean

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

demo: ## run the rule on local AWS and show what it does
	@$(CARGO) build --workspace --bins --examples --locked
	@target/debug/examples/demo target/debug/config-rule events/scheduled.json

test: .venv/ready ## run all tests
	$(CARGO) build --workspace --bins --locked
	$(CARGO) test --workspace --exclude setupkey-tests --locked
	rm -rf $(EXCHANGES) && mkdir -p $(EXCHANGES)
	LOCAL_AWS_EXCHANGES=$(EXCHANGES) $(CARGO) test --workspace --test system --locked
	$(PYTHON) -m unittest discover -s tests/contracts
	$(PYTHON) tests/contracts/validate.py --expect $(OPERATIONS) $(EXCHANGES)

check: test fmt lint doc deny purity ## run all tests and all checks: what CI runs

fmt:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

deny: $(CARGO_DENY)
	$(CARGO_DENY) --locked check bans licenses sources

purity:
	python3 tests/purity.py

clean: ## remove everything that was built or installed
	rm -rf target .venv

.venv/ready: requirements.txt
	python3 -m venv --clear .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(CARGO_DENY): Makefile
	$(CARGO) install cargo-deny --version $(CARGO_DENY_VERSION) --locked --root target/tools --quiet
	touch $@
