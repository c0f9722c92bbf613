//! The race in Python.

use super::{GUARD, INCREMENTS, RUNS, THREADS, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let underscored = |number: u64| crate::text::Grouped(number).to_string().replace(',', "_");
    let guard = GUARD.written(&values.value(&GUARD));
    let (import, before, add, after) = match guard.as_str() {
        "lock" => {
            ("", "lock = threading.Lock()\n", "        with lock:\n            counter += 1\n", "counter")
        }
        "atomic" => ("import itertools\n", "", "        next(counter)\n", "next(counter)"),
        "own" => ("", "", "        own += 1\n    totals.append(own)\n", "sum(totals)"),
        _ => ("", "", "        counter += 1\n", "counter"),
    };
    let (shared, reset) = match guard.as_str() {
        "atomic" => ("", "counter = itertools.count()"),
        "own" => ("    own = 0\n", "totals = []"),
        _ => ("    global counter\n", "counter = 0"),
    };
    format!(
        "{import}import threading\n\
         \n\
         THREADS = {threads}\n\
         ADDITIONS = {additions}\n\
         RUNS = {runs}\n\
         {before}\n\
         \n\
         def add():\n\
         {shared}    for _ in range(ADDITIONS):\n\
         {add}\n\
         \n\
         for _ in range(RUNS):\n    \
             {reset}\n    \
             threads = [threading.Thread(target=add) for _ in range(THREADS)]\n    \
             for thread in threads:\n        \
                 thread.start()\n    \
             for thread in threads:\n        \
                 thread.join()\n    \
             print(f\"expected {{THREADS * ADDITIONS:,}}, got {{{after}:,}}\")\n",
        threads = values.get(&THREADS),
        additions = underscored(values.get(&INCREMENTS)),
        runs = values.get(&RUNS),
    )
}
