# Two commands matter: `make demo` and `make test`. They need Rust and a C compiler; the tests need Python 3.11, too.
# Everything else is installed into this folder.

.DEFAULT_GOAL := help
CARGO := cargo
PYTHON := .venv/bin/python
# makes the environments of the tools; 3.11 or newer
PYTHON3 := python3
EXCHANGES := $(CURDIR)/target/exchanges
DOCUMENTS := $(CURDIR)/target/documents
EVENT := events/scheduled.json
STATE := crates/local-aws/examples/cis-sample.json
# the environment of samconfig.toml to build and deploy with
CONFIG_ENV := default
WITH_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0
TEMPLATES := template.yaml conformance-pack.yaml $(wildcard org/*.yaml packs/*.yaml policies/guard/*.yaml)
# The paths of this machine have the same names in every build, so that two builds of a commit are the same bytes.
REMAP = --remap-path-prefix=$(CURDIR)=/setupkey --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo
CARGO_DENY := target/tools/bin/cargo-deny
CARGO_DENY_VERSION := 0.20.2
CARGO_ABOUT := target/tools/bin/cargo-about
CARGO_ABOUT_VERSION := 0.9.2
CARGO_CYCLONEDX := target/tools/bin/cargo-cyclonedx
CARGO_CYCLONEDX_VERSION := 0.5.9
CARGO_FUZZ := target/tools/bin/cargo-fuzz
CARGO_FUZZ_VERSION := 0.13.1
CARGO_MUTANTS := target/tools/bin/cargo-mutants
CARGO_MUTANTS_VERSION := 27.1.0
FUZZ_SECONDS := 60
ACCEPTANCE := .venv-acceptance/bin/python tests/acceptance/main.py
ACCEPTANCE_ARCHITECTURE = $(if $(filter x86_64,$(CONFIG_ENV)),x86_64,arm64)
PARSERS := event parameters remediation report tags trail
CFN_GUARD := target/tools/bin/cfn-guard
CFN_GUARD_VERSION := 3.2.1

# The operations that the system suite must have seen, or the validation of its exchanges proves little.
OPERATIONS := ListUsers,GetUser,ListAccessKeys,GetAccessKeyLastUsed,GetLoginProfile,ListUserTags,$\
GenerateCredentialReport,GetCredentialReport,GetAccountSummary,GetCallerIdentity,AssumeRole,AssumeRoleWithWebIdentity,$\
ListAccountAliases,ListAccounts,PutEvaluations,$\
GetComplianceDetailsByConfigRule,GetComplianceDetailsByResource,GetTopicAttributes,Publish,$\
TagUser,UpdateAccessKey,DeleteAccessKey,CreateUser,CreateLoginProfile,CreateAccessKey,LookupEvents,DeleteUser,DeleteLoginProfile

.PHONY: acceptance acceptance-artifacts acceptance-organization acceptance-clean acceptance-tests preflight has-rust has-python workflows dist help demo test check sample bench fmt lint doc deny purity template guard build deploy member artifacts invoke clean faults fuzz mutants second-opinion \
	supply-chain rustflags advisories pins

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-16s %s\n", $$1, $$2}'

has-rust:
	@command -v $(CARGO) > /dev/null || { echo "cargo is missing: install Rust with rustup, https://rustup.rs" >&2; exit 1; }
	@command -v cc > /dev/null || { echo "cc is missing: install a C compiler, such as Debian's package gcc with libc6-dev" >&2; exit 1; }

has-python:
	@$(PYTHON3) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "$(PYTHON3) is missing, older than 3.11 or without venv: install Python 3.11 or newer (on Debian also" \
	    "python3-venv), or name another one: make PYTHON3=python3.13" >&2; exit 1; }

demo: has-rust ## run the rule on local AWS and show what it does
	@$(CARGO) build --workspace --bins --examples --locked
	@target/debug/examples/demo target/debug/config-rule target/debug/remediate events/scheduled.json

test: has-rust .venv/ready ## run all tests
	$(CARGO) build --workspace --bins --locked
	$(CARGO) test --workspace --exclude setupkey-tests --locked
	rm -rf $(EXCHANGES) $(DOCUMENTS) && mkdir -p $(EXCHANGES) $(DOCUMENTS)
	LOCAL_AWS_EXCHANGES=$(EXCHANGES) AUDIT_DOCUMENTS=$(DOCUMENTS) $(CARGO) test --workspace --test system --locked
	$(CARGO) test --workspace --test faults --locked
	$(MAKE) acceptance-tests
	$(MAKE) second-opinion
	$(PYTHON) -m unittest discover -s tests/contracts
	AUDIT_DOCUMENTS=$(DOCUMENTS) $(PYTHON) -m unittest discover -s tests/schemas
	$(PYTHON) -m unittest discover -s tests/history
	$(PYTHON) tests/contracts/validate.py --expect $(OPERATIONS) $(EXCHANGES)
	$(PYTHON) -m unittest discover -s tests/page

check: test fmt lint doc deny purity template guard supply-chain workflows ## run all tests and all checks: what CI runs

sample: ## write the sample page of docs/ and its pictures; needs chromium and chromedriver
	$(CARGO) build --workspace --bins --examples --locked
	$(PYTHON3) tests/page/sample.py

second-opinion: .venv-moto/ready ## run the binaries against moto server's IAM, STS and SNS
	MOTO_PYTHON=$(CURDIR)/.venv-moto/bin/python $(CARGO) test --workspace --test second_opinion --locked -- --ignored

fuzz: $(CARGO_FUZZ) ## fuzz each parser for FUZZ_SECONDS, with coverage; needs a C++ compiler
	for parser in $(PARSERS); do \
	  mkdir -p target/fuzz-corpus/$$parser && RUSTC_BOOTSTRAP=1 PATH="$(CURDIR)/target/tools/bin:$$PATH" \
	  $(CARGO) fuzz run --sanitizer none --target-dir target/fuzz $$parser \
	    $(CURDIR)/target/fuzz-corpus/$$parser $(CURDIR)/fuzz/corpus/$$parser \
	    -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=10 -rss_limit_mb=512 || exit 1; \
	done

mutants: $(CARGO_MUTANTS) ## change the decision and the guards bit by bit, and see that a test notices; an hour
	PATH="$(CURDIR)/target/tools/bin:$$PATH" PROPTEST_CASES=1000 $(CARGO) mutants --output target

faults: ## run all failure modes, and write docs/faults.md from them
	rm -f target/faults.md
	-$(CARGO) test --workspace --test faults --locked
	cp target/faults.md docs/faults.md

bench: ## measure the function beside the naive rule (SIZES=100: the sizes of the account)
	# each with the features of its own package only, as it is deployed
	for package in config-rule setupkey setupkey-bench; do $(CARGO) build --release --locked -p $$package || exit 1; done
	target/release/setupkey-bench $(SIZES)
	$(CARGO) bench -p setupkey-rule --bench decision --locked
	$(PYTHON3) tests/history/bench.py

fmt:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

deny: $(CARGO_DENY)
	$(CARGO_DENY) --locked check bans licenses sources

# needs the network: the advisory databases of Rust and Python; so it is no part of `check`
advisories: $(CARGO_DENY) .venv-audit/ready ## look up known vulnerabilities of all dependencies
	$(CARGO_DENY) --locked check advisories
	$(CARGO_DENY) --locked --manifest-path fuzz/Cargo.toml check advisories
	for pins in requirements/*.txt; do \
	  .venv-audit/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r $$pins || exit 1; \
	done

purity:
	$(PYTHON3) tests/purity.py

# after `test`: the policy is compared with the calls that it recorded
template: .venv/ready .venv-checkov/ready
	$(WITH_VENV) sam validate --lint
	mkdir -p target && for each in arm64 x86_64; do $(PYTHON) release/packaged.py $$each > target/packaged-$$each.yaml || exit 1; done
	$(WITH_VENV) cfn-lint --include-checks I -- $(TEMPLATES) target/packaged-*.yaml tests/acceptance/kit.yaml
	.venv-checkov/bin/checkov $(addprefix --file ,$(TEMPLATES)) --framework cloudformation --skip-download --compact --quiet
	$(PYTHON) -m unittest discover -s tests/template
	$(PYTHON) -m unittest discover -s tests/policies
	$(PYTHON) -m unittest discover -s tests/docs

guard: $(CFN_GUARD) .venv/ready
	$(CFN_GUARD) test --dir policies/guard > target/guard.txt 2>&1 || { cat target/guard.txt; exit 1; }
	CFN_GUARD=$(CFN_GUARD) $(PYTHON) -m unittest discover -s tests/guard

build: .venv/ready ## build the functions for Lambda
	$(WITH_VENV) RUSTFLAGS="$(REMAP)" sam build --config-env $(CONFIG_ENV)

rustflags: # for the test, in another folder
	@echo $(REMAP)

workflows: .venv/ready
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-forms \
	  $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	.venv/bin/zizmor --offline --persona pedantic .github

supply-chain: ## check the pins, and that two builds in two folders are the same bytes
	$(PYTHON3) -m unittest discover -s tests/supply_chain

# docs/acceptance.md
preflight: .venv-acceptance/ready ## see what a deployment would meet (ACCOUNT=111122223333 REGION=us-east-1)
	$(ACCEPTANCE) preflight --account "$(ACCOUNT)" --region "$(REGION)"

# with ARTIFACTS=FOLDER the files of a release in place of those that are built here
acceptance: $(if $(ARTIFACTS),.venv-acceptance/ready,acceptance-artifacts) ## prove or refute docs/unproved.md in a sandbox account (ACCOUNT= REGION=)
	$(ACCEPTANCE) run --account "$(ACCOUNT)" --region "$(REGION)" $(if $(YES),--yes) $(if $(ARTIFACTS),--artifacts "$(ARTIFACTS)")

acceptance-organization: .venv-acceptance/ready ## the same in a member account that has stack and pack (ACCOUNT= REGION=)
	$(ACCEPTANCE) member --account "$(ACCOUNT)" --region "$(REGION)" $(if $(YES),--yes)

acceptance-clean: .venv-acceptance/ready ## remove what an interrupted acceptance run left (ACCOUNT= REGION=)
	$(ACCEPTANCE) clean --account "$(ACCOUNT)" --region "$(REGION)"

# what a release has, built here
acceptance-artifacts: build .venv-acceptance/ready
	$(PYTHON) release/artifacts.py acceptance
	$(PYTHON) release/packaged.py $(ACCEPTANCE_ARCHITECTURE) > target/artifacts/setupkey/acceptance/template.yaml

# the exchanges of one run are validated with those of the system suite
acceptance-tests: .venv/ready .venv-acceptance/ready
	$(CARGO) build --workspace --bins --examples --locked
	mkdir -p target/artifacts/setupkey/acceptance $(EXCHANGES)
	$(PYTHON) release/packaged.py > target/artifacts/setupkey/acceptance/template.yaml
	LOCAL_AWS_EXCHANGES=$(EXCHANGES) .venv-acceptance/bin/python -m unittest discover -s tests/acceptance -p test_run.py
	.venv-acceptance/bin/python -m unittest discover -s tests/acceptance -p 'test_[!r]*.py'

# The answers stay in a file that git ignores.
deploy: build ## build, then deploy the stack, asking for its parameters; with PARAMETERS=FILE.yaml it asks nothing
ifdef PARAMETERS
	$(WITH_VENV) sam deploy --config-env $(CONFIG_ENV) --no-confirm-changeset --no-fail-on-empty-changeset \
	  --parameter-overrides file://$(abspath $(PARAMETERS))
else
	test -e samconfig.local.toml || cp samconfig.toml samconfig.local.toml
	$(WITH_VENV) sam deploy --guided --config-env $(CONFIG_ENV) --config-file $(CURDIR)/samconfig.local.toml
endif

member: .venv/ready ## write org/member.yaml from template.yaml, and the pack into the organization's template
	mkdir -p target
	$(PYTHON) release/member.py > target/member.yaml && mv target/member.yaml org/member.yaml
	$(PYTHON) release/pack.py

artifacts: build ## build, and collect what an organization's bucket has to hold (VERSION=1.0.0)
	$(PYTHON) release/artifacts.py $(VERSION)

invoke: .venv/ready ## run an event on local AWS (EVENT=events/change.json)
	@$(CARGO) build --workspace --bins --examples --locked
	@$(WITH_VENV) target/debug/examples/serve $(STATE) events/invoke.sh $(EVENT)

dist: has-rust $(CARGO_ABOUT) $(CARGO_CYCLONEDX) .venv/ready ## build everything that is released (VERSION=0.1.0); RELEASE.md
	$(WITH_VENV) PATH="$(CURDIR)/.venv/bin:$(CURDIR)/target/tools/bin:$$PATH" RUSTFLAGS="$(REMAP)" $(PYTHON) release/dist.py $(VERSION)

clean: ## remove everything that was built or installed
	rm -rf target .venv .venv-acceptance .venv-audit .venv-checkov .venv-moto .aws-sam

# Hashes: pip refuses any other file. Only wheels: what a build would need is not pinned. No dependencies: all are listed.
PIP_FLAGS := --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps

.venv/ready: requirements/tools.txt
.venv-acceptance/ready: requirements/acceptance.txt
.venv-audit/ready: requirements/audit.txt
.venv-checkov/ready: requirements/checkov.txt
.venv-moto/ready: requirements/moto.txt
.venv/ready .venv-acceptance/ready .venv-audit/ready .venv-checkov/ready .venv-moto/ready: | has-python
	$(PYTHON3) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install $(PIP_FLAGS) -r $<
	$(@D)/bin/python -m pip check --disable-pip-version-check
	touch $@

pins: .venv-audit/ready ## write requirements/*.txt from requirements/*.in, with the hashes of all platforms
	for pins in $(basename $(wildcard requirements/*.in)); do \
	  .venv-audit/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-header --output-file $$pins.txt $$pins.in || exit 1; \
	done

$(CARGO_FUZZ): Makefile
	$(CARGO) install cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked --root target/tools --quiet
	touch $@

$(CARGO_MUTANTS): Makefile
	$(CARGO) install cargo-mutants --version $(CARGO_MUTANTS_VERSION) --locked --root target/tools --quiet
	touch $@

$(CARGO_DENY): Makefile
	$(CARGO) install cargo-deny --version $(CARGO_DENY_VERSION) --locked --root target/tools --quiet
	touch $@

$(CARGO_ABOUT): Makefile
	$(CARGO) install cargo-about --version $(CARGO_ABOUT_VERSION) --locked --features cli --root target/tools --quiet
	touch $@

$(CARGO_CYCLONEDX): Makefile
	$(CARGO) install cargo-cyclonedx --version $(CARGO_CYCLONEDX_VERSION) --locked --root target/tools --quiet
	touch $@

# a debug build: a minute in place of several, and the rules are small
$(CFN_GUARD): Makefile
	CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) install cfn-guard --version $(CFN_GUARD_VERSION) --locked --debug \
		--root target/tools --quiet
	touch $@
