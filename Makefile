# What a person can do here. The work is done by scripts/, one script a target; each says at its top what it does.
#   PHP_CONFIG=/path/to/php-config   picks another PHP
#   ENGINES=dynoxide                 tests on this engine only (default: dynoxide dynamodb-local)
#   DEMO=check                       make demo ends after checking itself
#   FUZZ_SECONDS=600                 how long make fuzz tries each target; FUZZ_TARGETS=merge only this one
#   DYNAMOSESS_SO=/path/to/it.so     demo, tests and benchmarks take this one in place of building
#   PARTS="names contents"           make release, make test-packages: these parts only
#   DESTDIR=/path                    make install into a folder, for packagers

.DEFAULT_GOAL := help
.PHONY: help demo build test test-php-session test-frameworks test-fpm test-matrix test-sanitizers test-threads test-browser screenshot bench fuzz install uninstall release test-packages test-all clean

help: ## Shows this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 26

demo: ## Two PHP servers that share sessions in a local DynamoDB engine; installs what is missing
	@scripts/demo

build: ## Builds dynamosess.so for the PHP at hand
	@scripts/install-deps build
	@scripts/build

test: ## All tests but the browser's; installs what is missing
	@scripts/test

test-php-session: build ## PHP's own session tests, with dynamodb in place of files
	@scripts/install-deps test
	@scripts/with-engine dynoxide php-tests/session-suite/run

test-frameworks: build ## The guides of docs/frameworks, word for word, in their frameworks
	@scripts/install-deps test
	@scripts/with-engine dynoxide scripts/test-frameworks

test-fpm: build ## 1,000 pages over two php-fpm pools behind nginx
	@scripts/install-deps test
	@scripts/with-engine dynoxide scripts/test-fpm

test-matrix: ## The tests of PHP's side on other PHPs: 8.4, 8.5, thread-safe, debug, Apache
	@scripts/test-matrix

test-sanitizers: ## PHP's side under the address and undefined-behaviour sanitizers, then under valgrind
	@scripts/test-sanitizers

test-threads: ## Pages on the threads of one process, on a thread-safe PHP that it builds
	@scripts/install-deps build
	@scripts/with-engine dynoxide scripts/test-threads

test-browser: ## The demo's page in headless Chromium
	@scripts/test-browser

screenshot: ## The same, and its picture becomes the README's
	@scripts/test-browser docs/demo.png

bench: ## Measures against other session handlers
	@scripts/install-deps build bench
	@scripts/build
	@bench/run --quick
	@bench/parallel --quick

fuzz: ## Random bytes against all that reads what is stored or sent; 60 s a target
	@scripts/fuzz

install: ## Puts what make build left, and an ini file, where PHP looks
	@scripts/install

uninstall: ## Takes both away
	@scripts/uninstall

release: ## Builds the packages of a version into dist/
	@scripts/release $(PARTS)

test-packages: ## Tests what is in dist/; as root
	@scripts/test-packages $(PARTS)

test-all: ## Before a release: everything, from here to the packages; as root
	@scripts/test-all

clean: ## Removes all that was built or downloaded, the demo's data too
	rm -rf target dist dynamosess.so
