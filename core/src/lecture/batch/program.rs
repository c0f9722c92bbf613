//! One batch after another to a process and back, in Python.

use super::{AHEAD, BLOCKS, RUNS, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let points = values.get(&BLOCKS) * super::BLOCK_POINTS;
    let [ahead, runs] = [&AHEAD, &RUNS].map(|field| values.get(field));
    format!(
        "import multiprocessing\n\
         import random\n\
         import time\n\
         \n\
         POINTS = {points}\n\
         AHEAD = {ahead}\n\
         RUNS = {runs}\n\
         \n\
         \n\
         def work(tasks, results):\n    \
             while (points := tasks.get()) is not None:\n        \
                 begun = time.time()\n        \
                 inside = sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(points))\n        \
                 results.put((begun, time.time(), inside))\n\
         \n\
         \n\
         if __name__ == \"__main__\":\n    \
             tasks, results = multiprocessing.Queue(), multiprocessing.Queue()\n    \
             worker = multiprocessing.Process(target=work, args=(tasks, results))\n    \
             worker.start()\n    \
             for run in range(RUNS):\n        \
                 posted = time.time()\n        \
                 for _ in range(AHEAD + 1):\n            \
                     tasks.put(POINTS)\n        \
                 for _ in range(AHEAD + 1):\n            \
                     begun, done, inside = results.get()\n        \
                 parts = begun - posted, done - begun, time.time() - done\n        \
                 there, counting, back = (f\"{{1000 * part:.2f}} ms\" for part in parts)\n        \
                 print(f\"to the worker {{there}}, counting {{counting}}, back {{back}}\")\n    \
             tasks.put(None)\n    \
             worker.join()\n"
    )
}
