//! Threads that are ended, and one that ends itself, in Python.

use super::{BEAT, END, LIMIT, RUNS, Values, WRITE};
use crate::text::Fixed;

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [end, limit] = [&END, &LIMIT].map(|field| Fixed(values.get(field) as f64 / 10.0, 1));
    let [beat, write] = [&BEAT, &WRITE].map(|field| values.get(field) as f64 / 1e3);
    format!(
        "import threading\n\
         import time\n\
         \n\
         WRITE = {write}\n\
         REST = {rest}\n\
         \n\
         \n\
         def write(records):\n    \
             records.append(f\"beat {{len(records) + 1}}: still\")\n    \
             time.sleep(WRITE)\n    \
             records[-1] += \" working\"\n\
         \n\
         \n\
         def daemon(records, event):\n    \
             while True:\n        \
                 write(records)\n        \
                 time.sleep(REST)\n\
         \n\
         \n\
         def polite(records, event):\n    \
             write(records)\n    \
             while not event.wait(REST):\n        \
                 write(records)\n\
         \n\
         \n\
         def stubborn(records, event):\n    \
             while True:\n        \
                 write(records)\n        \
                 until = time.perf_counter() + REST\n        \
                 while time.perf_counter() < until:\n            \
                     pass\n\
         \n\
         \n\
         for run in range({runs}):\n    \
             event = threading.Event()\n    \
             records = {{\"daemon\": [], \"polite\": [], \"stubborn\": []}}\n    \
             threads = {{}}\n    \
             for work in (daemon, polite, stubborn):\n        \
                 name = work.__name__\n        \
                 # Without daemon=True the stubborn one would keep the program from ending.\n        \
                 is_daemon = work is not polite\n        \
                 threads[name] = threading.Thread(target=work, args=(records[name], event), daemon=is_daemon)\n        \
                 threads[name].start()\n    \
             time.sleep({end})\n    \
             # The daemon would die here if the program ended.\n    \
             print(\"daemon:\", records[\"daemon\"][-1])\n    \
             event.set()\n    \
             threads[\"polite\"].join()\n    \
             print(\"polite:\", records[\"polite\"][-1])\n    \
             threads[\"stubborn\"].join(timeout={limit})\n    \
             print(\"stubborn is alive:\", threads[\"stubborn\"].is_alive())\n",
        write = Fixed(write, 3),
        rest = Fixed((beat - write).max(0.0), 3),
        runs = values.get(&RUNS),
    )
}
