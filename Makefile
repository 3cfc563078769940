# make             the three programs             make demo       a whole session with a real Exim
# make test        all tests                      make bench      benchmarks
# make demo-fleet  three relays and a database
# make check       checks that need no build      make docs       the pictures in docs/
# make lint        swift format                   make deb        a Debian package
# make faults, torture, fuzz, asan, tsan, machine: longer tests
# make install DESTDIR= PREFIX=/usr/local, make uninstall
#
# On a fresh Debian 12 with Swift 6 no preparation is needed: as root, each target first installs the Debian packages that are missing.

PREFIX     ?= /usr/local
DESTDIR    ?=
SYSCONFDIR ?= /etc
# A package (PREFIX=/usr) puts unit, sysusers.d and tmpfiles.d below /usr and /lib; an administrator's own installation uses /etc.
PACKAGED    = $(filter /usr,$(PREFIX))
UNITDIR    ?= $(if $(PACKAGED),/lib,/etc)/systemd/system
SYSUSERS   ?= $(if $(PACKAGED),/usr/lib,/etc)/sysusers.d
TMPFILES   ?= $(if $(PACKAGED),/usr/lib,/etc)/tmpfiles.d
SBINDIR     = $(PREFIX)/sbin
MANDIR      = $(PREFIX)/share/man
EXAMPLES    = $(PREFIX)/share/doc/trustd/examples
# Where bash-completion, zsh and fish look. A Debian package has a folder of zsh's for packages; zsh itself looks in site-functions.
BASHDIR     = $(PREFIX)/share/bash-completion/completions
ZSHDIR      = $(PREFIX)/share/zsh/$(if $(PACKAGED),vendor-completions,site-functions)
FISHDIR     = $(PREFIX)/share/fish/vendor_completions.d
SWIFT      ?= swift

# The target graph is the privilege boundary, so importing a target that Package.swift does not declare is an error.
IMPORTS = --explicit-target-dependency-import-check error
# Swift's runtime is linked statically, so the mail server needs no Swift. All symbols are bound at start (now), and the tables of their
# addresses are read-only from then on (relro). The programs export nothing, and their relocations are packed (which needs glibc 2.36): both
# make them smaller.
RELEASE = -c release --static-swift-stdlib $(IMPORTS) -Xswiftc -use-ld=lld -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro \
    -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --version-script=$(CURDIR)/scripts/program.map -Xlinker -L$(ARCHIVES)
# C++'s runtime is linked statically too: binding the shared one takes a sixth of trustctl's start time. The linker prefers a shared library
# in the same folder, so the archive gets a folder of its own.
ARCHIVES = $(CURDIR)/.build/archives
PAGES   = $(wildcard man/*.[1-9])
UNITS   = $(notdir $(wildcard systemd/*.service systemd/*.timer systemd/*.path))
# Those that do nothing on a host until a command of ours starts them: a target wants them, so that they go on after a boot.
WANTED  = timers.target.wants/trustctl-admit.timer timers.target.wants/trustctl-fleet.timer paths.target.wants/trustctl-fleet.path
VERSION = $(shell scripts/check-version --print)

.PHONY: build test faults torture fuzz asan tsan check demo demo-fleet docs transcripts lint bench install install-files uninstall deb machine clean packages
build: packages
	@install -d $(ARCHIVES) && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(ARCHIVES)/libstdc++.a
	$(SWIFT) build $(RELEASE)

packages:
	@scripts/install-packages

# At most so many tests run at once, even with more processors: each starts an Exim of its own, and all share one disk.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

# All tests use Swift Testing. With TRUSTD_PROGRAMS=FOLDER they run the trustd and trustctl in it, e.g. .build/release, which are
# quicker than those of the debug build. At the end, how many tests were skipped and why; with CI=true a test that may not be skipped fails instead.
test: check
	SWIFT=$(SWIFT) Tests/counted $(IMPORTS)

# All cases of which `make test` tries a sample: kills trustctl before each system call that changes something, returns each possible error
# from each call, and simulates a power failure after each call.
faults: packages
	FAULTS=all SWIFT=$(SWIFT) Tests/counted $(IMPORTS) --filter FaultTests

# trustd reads a log while another process appends to it, rotates it and truncates it, and is killed at random moments. ROUNDS=NUMBER sets
# the length, SEED=NUMBER repeats a run.
ROUNDS ?= 300
torture: packages
	TRUSTD_TORTURE=$(ROUNDS) $(if $(SEED),TRUSTD_SEED=$(SEED)) SWIFT=$(SWIFT) Tests/counted $(IMPORTS) --filter EnduranceTests/torture

# Feeds random and hostile bytes to each parser and keeps inputs that break one. For longer runs or single parsers:
# make fuzz SECONDS=600 TARGETS='line list'
SECONDS ?= 20
fuzz: packages
	FUZZ_SEED=$(or $(SEED),0) Tests/Fuzz/run --seconds $(SECONDS) $(TARGETS)

# All tests, with tests and programs built with AddressSanitizer or ThreadSanitizer.
asan: packages
	Tests/sanitized address $(IMPORTS)
tsan: packages
	Tests/sanitized thread $(IMPORTS)

# All that can be checked without a build.
check: packages
	scripts/check-units
	scripts/check-imports
	scripts/check-version
	scripts/draw-targets --check
	scripts/draw --check
	scripts/check-docs
	$(if $(PAGES),mandoc -T lint -W warning $(PAGES))

# Plays the sessions in the documentation, records what the programs print now, and puts it into README.md, docs and the manual pages.
transcripts: packages
	TRUSTD_RECORD=1 $(SWIFT) test --disable-xctest $(IMPORTS) --filter TranscriptTests
	scripts/check-docs --write

demo:
	@demo/run

demo-fleet: packages
	@demo/fleet

# Draws docs/pictures: the layers from Package.swift, each .dot file, and the screens of real sessions. Installs graphviz, which nothing
# else needs.
docs: build
	@scripts/install-packages docs
	scripts/draw-targets
	scripts/draw
	scripts/draw-sessions

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

# All benchmarks; with AGAINST=FOLDER also of the trustd and trustctl there, in turns.
bench: packages
	Benchmarks/run $(if $(AGAINST),--against $(AGAINST))

# Configuration files that exist already are kept. The paths in the unit follow PREFIX.
install: build install-files
	@if [ -z "$(DESTDIR)" ]; then scripts/after-install; fi

# Installs programs that are built already, here or in the folder $(PROGRAMS).
PROGRAMS ?= $$($(SWIFT) build $(RELEASE) --show-bin-path)
install-files:
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(SYSCONFDIR)/trustd/certs $(DESTDIR)$(UNITDIR) \
	    $(DESTDIR)$(SYSUSERS) $(DESTDIR)$(TMPFILES)
	programs=$(PROGRAMS) && install -s -m 0755 "$$programs/trustd" "$$programs/trustctl" "$$programs/trustsync" \
	    $(DESTDIR)$(SBINDIR)
	for unit in $(UNITS); do sed 's|/usr/local/sbin|$(SBINDIR)|g' systemd/$$unit >$(DESTDIR)$(UNITDIR)/$$unit && \
	    chmod 0644 $(DESTDIR)$(UNITDIR)/$$unit || exit; done
	for link in $(WANTED); do install -d $(DESTDIR)$(UNITDIR)/$${link%/*} && \
	    ln -sfn ../$${link#*/} $(DESTDIR)$(UNITDIR)/$$link || exit; done
	install -m 0644 systemd/trustd.sysusers.conf $(DESTDIR)$(SYSUSERS)/trustd.conf
	install -m 0644 systemd/trustd.tmpfiles.conf $(DESTDIR)$(TMPFILES)/trustd.conf
	install -m 0644 systemd/trustsync.tmpfiles.conf $(DESTDIR)$(TMPFILES)/trustsync.conf
	install -D -m 0644 systemd/log-elsewhere.conf $(DESTDIR)$(EXAMPLES)/log-elsewhere.conf
	install -D -m 0644 -t $(DESTDIR)$(EXAMPLES)/monitoring etc/monitoring/*
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/trustd docs/schema/trustctl.schema.json
	cd etc && find * -type f -not -path 'monitoring/*' | while read -r file; do \
	    case $$file in exim/*) target=trustd/$$file ;; *) target=trustd/$$(basename $$file) ;; esac; \
	    [ -e $(DESTDIR)$(SYSCONFDIR)/$$target ] || install -D -m 0644 $$file $(DESTDIR)$(SYSCONFDIR)/$$target; done
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	trustctl=$(DESTDIR)$(SBINDIR)/trustctl && \
	    $$trustctl --generate-completion-script bash | grep -v '^#!' >$(DESTDIR)$(BASHDIR)/trustctl && \
	    $$trustctl --generate-completion-script zsh >$(DESTDIR)$(ZSHDIR)/_trustctl && \
	    $$trustctl --generate-completion-script fish >$(DESTDIR)$(FISHDIR)/trustctl.fish && \
	    chmod 0644 $(DESTDIR)$(BASHDIR)/trustctl $(DESTDIR)$(ZSHDIR)/_trustctl $(DESTDIR)$(FISHDIR)/trustctl.fish
	for page in $(PAGES); do target=$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	    install -D -m 0644 $$page $$target && sed -i 's|^\.Os$$|.Os trustd $(VERSION)|' $$target || exit; done

# Builds .build/deb/trustd_*.deb, for this release of Debian and later ones.
deb: packages
	scripts/deb

# Tests the package on a complete Debian with systemd as PID 1. The Debian is made once and kept in .build/machine. Other release:
# make machine DEBIAN=trixie
machine:
	Tests/Machine/run $(or $(DEBIAN),bookworm)

# Removes the files of `make install`, except configuration and decisions: trustd.conf, the trust list and the ledger stay.
uninstall:
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then \
	    systemctl disable --now trustd.service trustsync.service $(filter %.timer %.path,$(UNITS)) || true; fi
	rm -f $(DESTDIR)$(SBINDIR)/trustd $(DESTDIR)$(SBINDIR)/trustctl $(DESTDIR)$(SBINDIR)/trustsync \
	    $(addprefix $(DESTDIR)$(UNITDIR)/,$(UNITS)) $(addprefix $(DESTDIR)$(UNITDIR)/,$(WANTED)) $(DESTDIR)$(SYSUSERS)/trustd.conf \
	    $(DESTDIR)$(TMPFILES)/trustd.conf $(DESTDIR)$(TMPFILES)/trustsync.conf $(DESTDIR)$(EXAMPLES)/log-elsewhere.conf \
	    $(DESTDIR)$(PREFIX)/share/trustd/trustctl.schema.json \
	    $(addprefix $(DESTDIR)$(EXAMPLES)/monitoring/,$(notdir $(wildcard etc/monitoring/*))) \
	    $(DESTDIR)$(BASHDIR)/trustctl $(DESTDIR)$(ZSHDIR)/_trustctl $(DESTDIR)$(FISHDIR)/trustctl.fish \
	    $(foreach page,$(PAGES),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	@echo 'Left in place: $(SYSCONFDIR)/trustd, /var/lib/trustctl, /var/lib/trustd, /var/lib/trustsync, the users trustd and trustsync.'

clean:
	$(SWIFT) package clean
