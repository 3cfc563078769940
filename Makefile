# make, make test, make faults, make torture, make fuzz, make asan, make tsan, make demo, make lint, make bench, make deb, make machine,
# make install DESTDIR= PREFIX=/usr/local, make uninstall.
# On a fresh Debian 12 with Swift 6, as root, nothing has to be prepared: what is missing is installed first.

PREFIX     ?= /usr/local
DESTDIR    ?=
SYSCONFDIR ?= /etc
# A package's files (PREFIX=/usr) lie where packages put them, what an administrator installs in /etc.
PACKAGED    = $(filter /usr,$(PREFIX))
UNITDIR    ?= $(if $(PACKAGED),/lib,/etc)/systemd/system
SYSUSERS   ?= $(if $(PACKAGED),/usr/lib,/etc)/sysusers.d
TMPFILES   ?= $(if $(PACKAGED),/usr/lib,/etc)/tmpfiles.d
SBINDIR     = $(PREFIX)/sbin
MANDIR      = $(PREFIX)/share/man
EXAMPLES    = $(PREFIX)/share/doc/trustd/examples
SWIFT      ?= swift

# The target graph is the privilege boundary; a target that imports what it does not declare is an error.
IMPORTS = --explicit-target-dependency-import-check error
# The runtime inside the binaries (no Swift on the mail server), addresses bound at start and read-only from then on.
RELEASE = -c release --static-swift-stdlib $(IMPORTS) -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro -Xlinker -L$(ARCHIVES)
# C++'s runtime too: binding the shared one takes a sixth of trustctl's start. The linker takes an archive only where it sees no other form.
ARCHIVES = $(CURDIR)/.build/archives
PAGES   = $(wildcard man/*.[1-9])

.PHONY: build test faults torture fuzz asan tsan check demo transcripts lint bench install install-files uninstall deb machine clean packages
build: packages
	@install -d $(ARCHIVES) && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(ARCHIVES)/libstdc++.a
	$(SWIFT) build $(RELEASE)

packages:
	@scripts/install-packages

# As many tests at once as there are processors, and never more than these: each has an Exim of its own, and all have one disk.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

# Swift Testing only: the XCTest pass would run nothing.
test: check
	$(SWIFT) test --disable-xctest $(IMPORTS)

# What `make test` samples, whole: trustctl killed before every call that changes something, every error in every call that can return
# it, the power failing after each.
faults: packages
	FAULTS=all $(SWIFT) test --disable-xctest $(IMPORTS) --filter FaultTests

# The follower under a writer that rotates, truncates and pauses, and killed by chance: ROUNDS=NUMBER, SEED=NUMBER for the same again.
ROUNDS ?= 300
torture: packages
	TRUSTD_TORTURE=$(ROUNDS) $(if $(SEED),TRUSTD_SEED=$(SEED)) $(SWIFT) test --disable-xctest $(IMPORTS) --filter EnduranceTests/torture

# Hostile bytes for each parser; crashes are kept and named. Longer, or some alone: make fuzz SECONDS=600 TARGETS='line list'
SECONDS ?= 20
fuzz: packages
	FUZZ_SEED=$(or $(SEED),0) Tests/Fuzz/run --seconds $(SECONDS) $(TARGETS)

# All tests again, with a sanitizer in them and in the programs.
asan: packages
	Tests/sanitized address $(IMPORTS)
tsan: packages
	Tests/sanitized thread $(IMPORTS)

# What can be checked without building: units, manual pages, imports.
check: packages
	scripts/check-units
	scripts/check-imports
	scripts/check-docs
	$(if $(PAGES),mandoc -T lint -W warning $(PAGES))

# Plays the sessions in the documentation, records what the programs print now, and puts it into README.md, docs and the manual pages.
transcripts: packages
	TRUSTD_RECORD=1 $(SWIFT) test --disable-xctest $(IMPORTS) --filter TranscriptTests
	scripts/check-docs --write

demo:
	@demo/run

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

bench: packages
	Benchmarks/run

# Configuration that is there already stays. The unit's paths follow PREFIX.
install: build install-files
	@if [ -z "$(DESTDIR)" ]; then scripts/after-install; fi

# With what is built already, here or in $(PROGRAMS).
PROGRAMS ?= $$($(SWIFT) build $(RELEASE) --show-bin-path)
install-files:
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(SYSCONFDIR)/trustd/certs $(DESTDIR)$(UNITDIR) \
	    $(DESTDIR)$(SYSUSERS) $(DESTDIR)$(TMPFILES)
	programs=$(PROGRAMS) && install -s -m 0755 "$$programs/trustd" "$$programs/trustctl" $(DESTDIR)$(SBINDIR)
	sed 's|/usr/local/sbin|$(SBINDIR)|g' systemd/trustd.service >$(DESTDIR)$(UNITDIR)/trustd.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/trustd.service
	install -m 0644 systemd/trustd.sysusers.conf $(DESTDIR)$(SYSUSERS)/trustd.conf
	install -m 0644 systemd/trustd.tmpfiles.conf $(DESTDIR)$(TMPFILES)/trustd.conf
	install -D -m 0644 systemd/log-elsewhere.conf $(DESTDIR)$(EXAMPLES)/log-elsewhere.conf
	cd etc && find * -type f | while read -r file; do \
	    case $$file in exim/*) target=trustd/$$file ;; *) target=trustd/$$(basename $$file) ;; esac; \
	    [ -e $(DESTDIR)$(SYSCONFDIR)/$$target ] || install -D -m 0644 $$file $(DESTDIR)$(SYSCONFDIR)/$$target; done
	for page in $(PAGES); do install -D -m 0644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done

# A Debian package, .build/deb/trustd_*.deb, for this release of Debian and later ones.
deb: packages
	scripts/deb

# The package on a whole Debian with systemd as PID 1, made once and kept in .build/machine; makes the package when it can go on.
machine:
	Tests/Machine/run $(or $(DEBIAN),bookworm)

# Takes away what `install` brought; what was decided (trustd.conf, the trust list, the ledger) stays.
uninstall:
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable --now trustd.service || true; fi
	rm -f $(DESTDIR)$(SBINDIR)/trustd $(DESTDIR)$(SBINDIR)/trustctl $(DESTDIR)$(UNITDIR)/trustd.service \
	    $(DESTDIR)$(SYSUSERS)/trustd.conf $(DESTDIR)$(TMPFILES)/trustd.conf $(DESTDIR)$(EXAMPLES)/log-elsewhere.conf \
	    $(foreach page,$(PAGES),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	@echo 'Left in place: $(SYSCONFDIR)/trustd, /var/lib/trustctl, /var/lib/trustd, the user trustd.'

clean:
	$(SWIFT) package clean
