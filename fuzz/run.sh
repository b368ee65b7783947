#!/bin/sh
# Runs targets of targets.rs, one after the other, each for so long; says how often each ran and what of the program it reached.
#
#   fuzz/run.sh SECONDS TARGET…
#
# The library of found inputs grows in found/TARGET, what fails is found/TARGET-…; both go into corpus/ by hand.
set -u

cd "$(dirname "$0")" || exit 1
seconds=$1
shift
binary=$(ls target/*/release/any) || exit 1
failed=0
for target; do
    mkdir -p "found/$target"
    log=found/$target.log
    if ! ECSLIVE_FUZZ=$target "$binary" "found/$target" "corpus/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
        -dict=words.dict -artifact_prefix="found/$target-" -print_final_stats=1 > "$log" 2>&1; then
        failed=1
        grep -aE -m 4 'panicked at|ERROR: |Test unit written' "$log"
    fi
    awk -v target="$target" '
        / cov: / {
            for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) }
            if (/INITED/) { first_cov = cov; first_ft = ft }
        }
        /number_of_executed_units/ { runs = $2 }
        END {
            printf "%-12s %10d runs, cov %d to %d, ft %d to %d\n", target, runs, first_cov, cov, first_ft, ft
            if (cov < 100) { print target " reaches nothing: it proves nothing"; exit 1 }
        }' "$log" || failed=1
done
exit $failed
