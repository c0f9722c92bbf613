//! Threads that sleep, in Python.

use super::super::python::string;
use super::{ALICE, BOB, EQUAL, JOIN, RUNS, START, THREADS, Values, names};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [alice, bob] = [&ALICE, &BOB].map(|field| values.get(field));
    let seconds = |hundredths: u64| crate::text::Fixed(hundredths as f64 / 100.0, 2);
    let mut sleeps = vec![alice];
    if values.get(&EQUAL) == 0 && alice != bob {
        sleeps.push(bob);
    }
    let alices: Vec<String> = sleeps.iter().map(|&alice| seconds(alice).to_string()).collect();
    let mut names: Vec<String> =
        names(values).iter().take(values.small(&THREADS) as usize).map(|name| string(name)).collect();
    let first = names.first().cloned().unwrap_or_default();
    let starts_with_the_last = values.get(&START) == 1;
    if starts_with_the_last {
        names.reverse();
    }
    let joins_the_started_first = (values.get(&JOIN) == 1) == starts_with_the_last;
    let order = if joins_the_started_first { "threads" } else { "reversed(threads)" };
    let says = if values.get(&JOIN) == 2 {
        "        print(\"the main thread goes on\")\n        for thread in threads:\n            thread.join()\n"
            .to_owned()
    } else {
        format!(
            "        for thread in {order}:\n            thread.join()\n        print(f\"joined after {{time.perf_counter() - \
             begun:.2f}} s\")\n"
        )
    };
    format!(
        "import threading\n\
         import time\n\
         \n\
         NAMES = [{names}]\n\
         BOB = {bob}\n\
         RUNS = {runs}\n\
         \n\
         \n\
         def work(name, seconds):\n    \
             print(f\"{{name}} starts\\n\", end=\"\", flush=True)\n    \
             time.sleep(seconds)\n    \
             print(f\"{{name}} done\\n\", end=\"\", flush=True)\n\
         \n\
         \n\
         for alice in [{alices}]:\n    \
             for run in range(RUNS):\n        \
                 begun = time.perf_counter()\n        \
                 threads = [\n            \
                     threading.Thread(target=work, args=(name, alice if name == {first} else BOB))\n            \
                     for name in NAMES\n        \
                 ]\n        \
                 for thread in threads:\n            \
                     thread.start()\n\
         {says}",
        names = names.join(", "),
        bob = seconds(bob),
        runs = values.get(&RUNS),
        alices = alices.join(", "),
    )
}
