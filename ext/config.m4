dnl phpize && ./configure && make && sudo make install, by hand or by PIE. It lies in a folder of its own because
dnl configure writes a Makefile where it runs. cargo does the work, by ../scripts/build: see Makefile.frag.

PHP_ARG_ENABLE([dynamosess],
  [whether to build dynamosess],
  [AS_HELP_STRING([--enable-dynamosess], [Sessions in Amazon DynamoDB])],
  [yes])

if test "$PHP_DYNAMOSESS" != "no"; then
  dnl rustup puts cargo where only the user's own shell looks for it.
  AC_PATH_PROG([CARGO], [cargo], [], [$PATH:${CARGO_HOME:-$HOME/.cargo}/bin])
  if test -z "$CARGO"; then
    AC_MSG_ERROR([dynamosess is written in Rust, and there is no cargo.
  Install Rust 1.94.1 or newer from https://rustup.rs and run this again. A C compiler is needed too
  (Debian, Ubuntu: apt-get install build-essential; Alpine: apk add build-base; Amazon Linux, Fedora: dnf install gcc).
  Or take a package that is built already: docs/install.md.])
  fi
  dnl The oldest Rust that Cargo.toml allows.
  AC_MSG_CHECKING([whether Rust is 1.94.1 or newer])
  dynamosess_rust=`"$CARGO" --version 2>/dev/null | $AWK '{split([$]2, v, "[[.-]]"); print v[[1]] * 1000000 + v[[2]] * 1000 + v[[3]]}'`
  if test "${dynamosess_rust:-0}" -lt 1094001; then
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([$CARGO is too old, or does not run: `"$CARGO" --version 2>&1`. rustup update brings the newest Rust])
  fi
  AC_MSG_RESULT([yes])

  PHP_SUBST([CARGO])
  PHP_SUBST([PHP_CONFIG])
  dynamosess_root=`cd "$abs_srcdir/.." && pwd`
  PHP_SUBST([dynamosess_root])
  PHP_ADD_BUILD_DIR([modules])
  PHP_MODULES="$PHP_MODULES \$(phplibdir)/dynamosess.la"
  PHP_ADD_MAKEFILE_FRAGMENT([$abs_srcdir/Makefile.frag])
fi
