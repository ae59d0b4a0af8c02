//! Compiles the C half of the extension against the headers of the PHP that `php-config` (or `$PHP_CONFIG`) names.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src/php");
    println!("cargo:rerun-if-env-changed=PHP_CONFIG");
    println!("cargo:rerun-if-env-changed=PHP_BUILD");
    // PHP unloads extensions at its end while a thread of ours may still run: the code must stay mapped.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    if env::var_os("CARGO_FEATURE_PHP").is_none() {
        return;
    }
    let php_config = env::var("PHP_CONFIG").unwrap_or_else(|_| "php-config".to_owned());
    let mut build = cc::Build::new();
    for include in ask(&php_config, "--includes").split_whitespace() {
        build.flag(include);
    }
    build
        .files(
            [
                "module.c",
                "environment.c",
                "save_handler.c",
                "early_write.c",
                "worker.c",
                "handler_object.c",
                "handler_class.c",
                "options.c",
                "reply.c",
            ]
            .map(|file| format!("src/php/c/{file}")),
        )
        .define("COMPILE_DL_DYNAMOSESS", None)
        .define("ZEND_ENABLE_STATIC_TSRMLS_CACHE", "1")
        .flag_if_supported("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(false)
        .compile("dynamosess_php");
    // Our crates and Rust's standard library, too, get the environment as it was captured: src/php/c/environment.c.
    for symbol in ["getenv", "environ"] {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--wrap={symbol}");
    }
    // PHP's own symbols are there when PHP loads the extension; a test binary has no PHP.
    println!("cargo:rustc-link-arg=-Wl,--unresolved-symbols=ignore-all");
}

fn ask(php_config: &str, question: &str) -> String {
    let answer = Command::new(php_config).arg(question).output();
    match answer {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => {
            println!(
                "cargo:error={php_config} {question} failed: install PHP's development files (php-dev), or set PHP_CONFIG"
            );
            std::process::exit(1);
        }
    }
}
