dynamosess_sources = $(dynamosess_root)/Cargo.toml $(dynamosess_root)/Cargo.lock $(dynamosess_root)/scripts/build \
	$(dynamosess_root)/scripts/link $(shell find $(dynamosess_root)/src -type f)

# A file with a date, so that `sudo make install` finds it up to date and needs no cargo.
$(phplibdir)/dynamosess.so: $(dynamosess_sources)
	+CARGO="$(CARGO)" CC="$(CC)" PHP_CONFIG="$(PHP_CONFIG)" PATH="$$(dirname "$(CARGO)"):$$PATH" \
		$(dynamosess_root)/scripts/build
	mkdir -p $(phplibdir)
	cp $(dynamosess_root)/dynamosess.so $@

# What PHP's Makefile lists as a module. It takes this away when it installs, and `make test` reads the name in it.
$(phplibdir)/dynamosess.la: $(phplibdir)/dynamosess.so
	echo "dlname='dynamosess.so'" >$@
