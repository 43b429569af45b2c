# SPDX-License-Identifier: BSD-2-Clause
# make            build/turnaround
# make check      every test, under ASan and UBSan; sets the machine up first
# make reproduce  set up, build, and run the book of claims
# make reference  the same, as results/reference: the run that is published
# make bench      how fast and how exact this machine is
# make layers     prove who includes whom, and that pure code is pure
# make interop    Postfix, Exim, OpenSMTPD, swaks and msmtp, fetched into build/
# make fuzz       fuzz each parser for SECONDS=60
# make install    PREFIX=/usr/local DESTDIR=
# make format     apply .clang-format         make lint   clang-tidy, cppcheck
# make clean      remove build/
# CC=clang works for all; V=1 shows the commands. The plug-in that is the world
# ns3 is built where ns-3's headers are; NS3= builds without.
B        ?= build
PREFIX   ?= /usr/local
SECONDS  ?= 60
CFLAGS   ?= -O2 -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LDFLAGS  ?= -pie -Wl,-z,relro,-z,now
LDLIBS   ?= -lpcap -ljansson -lmnl -lssl -lcrypto -lldns -lcyaml -lyaml -lm \
            -pthread
CHECKLIB ?= -lcheck -lsubunit -lrt
CPPFLAGS += -I. -D_GNU_SOURCE
WARN      = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wvla
# What checks the types of C++ is not there in a program in C.
SAN       = -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr,function \
            -fno-sanitize-recover=all -fno-omit-frame-pointer
VERSION   = 0.1.0
NS3      ?= $(wildcard /usr/include/ns3/core-module.h)
NS3LIBS  ?= -lns3-internet -lns3-point-to-point -lns3-network -lns3-core
ifeq ($(origin CXX),default)
CXX       = $(if $(findstring clang,$(CC)),clang++,g++)
endif

rooms     = smtp netem sim bench bench/tell bench/read bench/run bench/cmd
src       = $(foreach d,$1,$(wildcard $d/*.c))
obj       = $(patsubst %.c,$B/%.o,$(call src,$1))
parts     = $(filter-out $B/bench/main.o,$(call obj,$(rooms)))
tests     = $(patsubst %.c,$B/%,$(wildcard tests/test_*.c))
fuzzers   = $(patsubst %.c,$B/%,$(wildcard tests/fuzz_*.c))
compile   = $(CC) $(CPPFLAGS) $(WARN) $(WERROR) $(HARDEN) $(CFLAGS)
link      = $(CC) $(HARDEN) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)
compile_cc = $(CXX) $(CPPFLAGS) -std=c++17 -Wall -Wextra -Wpedantic $(WERROR) \
            $(filter-out -fPIE,$(HARDEN)) $(CFLAGS) -fPIC
plugin    = $(if $(NS3),$B/turnaround-ns3.so)
plugged   = $(patsubst %.cc,$B/%.o,$(wildcard sim/ns3_*.cc))

# The second tree, of the other compiler, for tests and fuzzers.
build_san = B=$B/san CC=clang WERROR=-Werror HARDEN= LDFLAGS= \
            CFLAGS='-O1 -g1 $(SAN)'

# One job a core, unless the caller said how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory
ifneq ($V,1)
say        = @echo '  $1 $@';
endif

.SECONDARY:
.PHONY: all plugin setup check check-trees tests fuzzers objects layers reproduce reference \
        bench interop fuzz install format lint clean FORCE
all:
	@./install-packages --check build
	@$(MAKE) $B/turnaround plugin

plugin: $(plugin)
	@:
$B/turnaround-ns3.so: $(plugged)
	$(call say,LINK)$(CXX) $(CFLAGS) -shared -Wl,-z,relro,-z,now -o $@ \
		$(plugged) $(NS3LIBS)
$(plugged): $B/%.o: %.cc $B/flags
	@mkdir -p $(@D)
	$(call say,C++ )$(compile_cc) -MMD -MP -c -o $@ $<
-include $(plugged:.o=.d)

# Tests take of it what they need.
$B/parts.a: $(parts)
	@rm -f $@
	$(call say,AR  )$(AR) rcsP $@ $^
$B/turnaround: $(parts) $B/bench/main.o
	$(call say,LINK)$(link) $(LDLIBS)
$B/tests/test_%: $B/tests/test_%.o $B/tests/main.o $B/parts.a
	$(call say,LINK)$(link) $(CHECKLIB) $(LDLIBS)
$B/tests/fuzz_%: $B/tests/fuzz_%.o $B/parts.a
	$(call say,LINK)$(link) -fsanitize=fuzzer $(LDLIBS)
$B/tests/make_%: $B/tests/make_%.o
	$(call say,LINK)$(link)
$B/tests/browse: $B/tests/browse.o
	$(call say,LINK)$(link) -ljansson -lcrypto
$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,CC  )$(compile) -MMD -MP -c -o $@ $<
-include $(patsubst %.c,$B/%.d,$(call src,$(rooms) tests))

# Other flags, or another compiler, make every object anew; a check refuses
# warnings in what it compiles, but not what was compiled before.
same      = $(filter-out -Werror,$(compile))
check-trees: WERROR = -Werror
$B/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(same) $(CXX)' | cmp -s - $@ || echo '$(same) $(CXX)' >$@

# The program says which commit it was built from, where git can tell.
describe  = $(shell git describe --always --dirty --exclude='*' 2>/dev/null)
$B/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(describe)' | cmp -s - $@ || \
		echo '$(VERSION) $(describe)' >$@
$B/bench/tell/report_assets.o: bench/tell/report.css bench/tell/report.js
$B/bench/tell/version.o: $B/version
$B/bench/tell/version.o: CPPFLAGS += \
	-DVERSION='"$(VERSION)$(addprefix +,$(describe))"'

setup:
	@./install-packages

tests: $(tests)
	@:
fuzzers: $(fuzzers)
	@:
objects: $(parts) $B/bench/main.o
	@:

check: setup
	@$(MAKE) check-trees
	@tests/run $B
check-trees: $B/turnaround plugin $B/tests/browse
	@$(MAKE) $(build_san) tests fuzzers $B/san/turnaround plugin

layers:
	@$(MAKE) objects
	@tests/layers $B

reproduce: setup
	@$(MAKE) $B/turnaround plugin
	$B/turnaround reproduce

reference: setup
	@$(MAKE) $B/turnaround plugin
	results/publish $B/turnaround

bench: setup
	@$(MAKE) $B/turnaround plugin
	$B/turnaround bench road
	bench/speed $B/turnaround
	@bench/speed-sweep $B/turnaround
	@echo 'Mail a second, beside smtp-source and smtp-sink:'
	@bench/speed-mail $B/turnaround $B/interop
	@echo 'Sessions held:'
	@bench/hold $B/turnaround
	@echo 'Captures, read beside other tools:'
	@$(MAKE) $B/tests/make_capture
	@bench/speed-analyze $B/turnaround $B/tests/make_capture

interop: setup
	@$(MAKE) $B/turnaround
	@tests/interop $B/turnaround $B/interop

fuzz: setup
	@$(MAKE) $(build_san) fuzzers
	@tests/fuzz $B/san -max_total_time=$(SECONDS)

man = $(wildcard docs/man/*.1)
install: all
	install -D -m 755 $B/turnaround $(DESTDIR)$(PREFIX)/bin/turnaround
	install -D -m 644 bench/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/turnaround
	$(if $(plugin),install -D -m 755 $(plugin) \
		$(DESTDIR)$(PREFIX)/lib/turnaround/turnaround-ns3.so)
	$(if $(man),install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(man))

ours = $(wildcard $(patsubst %,%/*.[ch],$(rooms) tests) sim/*.hh sim/*.cc)
format:
	clang-format -i $(ours)
lint:
	clang-tidy --quiet $(filter %.c,$(ours)) -- -std=c11 $(CPPFLAGS)
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr \
		--error-exitcode=1 -I. $(filter %.c,$(ours))
clean:
	rm -rf $B
