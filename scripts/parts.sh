# shellcheck shell=bash
# Tests in parts, each run though another failed, and a summary of what passed, failed, was skipped and why.
# Source it after lib.sh, make a scratch folder, and set $PHP and $extension. With CI=true a skip is a failure, except where its
# reason is one of $expected_skips.

all_passed=0 all_failed=0 all_skipped=0
summary=()
# What an older PHP has not got cannot be tried there.
expected_skips='.* since PHP [0-9.]+'

add() { # PART PASSED FAILED SKIPPED [WHY]
    all_passed=$((all_passed + $2)) all_failed=$((all_failed + $3)) all_skipped=$((all_skipped + $4))
    summary+=("$(printf '%-46s %6d %6d %7d   %s' "$1" "$2" "$3" "$4" "${5-}")")
}

# part COUNT PART COMMAND...: runs it; the function COUNT reads its output and prints "PASSED FAILED SKIPPED".
part() {
    # shellcheck disable=SC2154 # of lib.sh
    local count=$1 name=$2 log=$scratch/part.log code=0 tee passed failed skipped why=
    shift 2
    say ""
    say "== $name"
    exec 7> >(exec tee "$log")
    tee=$!
    run "$@" >&7 2>&1 7>&- || code=$?
    exec 7>&-
    wait "$tee" || true
    read -r passed failed skipped < <("$count" "$code" <"$log")
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1 why="ended with exit code $code"; fi
    if [ "$code" -eq 0 ] && [ "$((passed + failed))" -eq 0 ]; then failed=1 why="ran no test"; fi
    if [ "$skipped" -gt 0 ]; then
        case $count in
            count_session_suite) why="expected skips: php-tests/session-suite lists them" ;;
            count_frameworks) why="expected skips: Debian has no package of them" ;;
            *) why=$(sed -nE "s/^(SKIP .*reason:|test .* ignored,) *//p" "$log" | sort | uniq -c | sort -rn | head -n 3 | paste -sd';' | tr -s ' ')
               expected=$(grep -cE "^SKIP .*reason: ($expected_skips)\$" "$log" || true)
               if [ "${CI-}" = true ] && [ "$skipped" -gt "$expected" ]; then
                   failed=$((failed + 1)) why="in CI nothing may be skipped:$why"
               fi ;;
        esac
    fi
    add "$name" "$passed" "$failed" "$skipped" "$why"
}

count_command() { if [ "$1" -eq 0 ]; then echo 1 0 0; else echo 0 1 0; fi; }
count_cargo() {
    awk '/^test result:/ {gsub(";", ""); for (i = 2; i <= NF; i++) n[$i] += $(i - 1)}
        END {print n["passed"] + 0, n["failed"] + 0, n["ignored"] + 0}'
}
count_phpt() {
    awk -F'[:(]' '/^Tests (passed|failed|warned|leaked|borked|skipped) *:/ {split($1, word, " "); n[word[2]] = $2}
        END {print n["passed"] + 0, n["failed"] + n["warned"] + n["leaked"] + n["borked"] + 0, n["skipped"] + 0}'
}
# A closing line "N passed, N failed, N skipped".
count_own() {
    awk '/^[0-9]+ passed, [0-9]+ failed/ {p = $1; f = $3; s = $5} END {print p + 0, f + 0, s + 0}'
}
count_session_suite() { count_own; }
count_frameworks() { count_own; }

# phpt NAME ENGINE [RUN-TESTS' OPTION...]: in a copy, as run-tests.php writes beside the tests, and two runs must not share that.
phpt() {
    local run_tests name=$1 engine=$2
    shift 2
    run_tests=$(php_config --extension-dir)/build/run-tests.php
    [ -e "$run_tests" ] || run_tests=$(php_config --prefix)/lib/php/build/run-tests.php
    rm -rf "$scratch/phpt"
    mkdir "$scratch/phpt"
    cp -r php-tests stubs "$scratch/phpt/"
    # shellcheck disable=SC2154 # of lib.sh and the script that sources this file
    part count_phpt "$name" scripts/with-engine "$engine" \
        "$PHP" -n "$run_tests" -q -n --no-color --no-progress -p "$PHP" -d extension="$extension" --show-diff --set-timeout 120 \
        "$@" "$scratch/phpt/php-tests"
}

# Prints the summary; false when something failed.
show_summary() {
    say ""
    printf '%-46s %6s %6s %7s\n' "" passed failed skipped
    printf '%s\n' "${summary[@]}"
    say ""
    say "$all_passed passed, $all_failed failed, $all_skipped skipped"
    [ "$all_failed" -eq 0 ]
}
