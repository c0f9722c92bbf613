//! The GIL in Python: one loop, threads, processes.

use super::{INTERVAL, ROUNDS, THREADS, Values, WORK};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let seconds = values.get(&INTERVAL) as f64 / 100_000.0;
    let wait = if values.get(&WORK) == 1 { "        time.sleep(0.005)\n" } else { "" };
    format!(
        "import random\n\
         import sys\n\
         import threading\n\
         import time\n\
         from multiprocessing import Process\n\
         \n\
         WORKERS = {threads}\n\
         ROUNDS = {rounds}\n\
         PARTS = 20\n\
         POINTS = 50_000\n\
         \n\
         \n\
         def work(parts):\n    \
             for _ in range(parts):\n        \
                 inside = 0\n        \
                 for _ in range(POINTS):\n            \
                     x, y = random.random(), random.random()\n            \
                     inside += x * x + y * y < 1\n\
         {wait}\
         \n\
         \n\
         def run(kind):\n    \
             workers = [kind(target=work, args=(PARTS // WORKERS,)) for _ in range(WORKERS)]\n    \
             for worker in workers:\n        \
                 worker.start()\n    \
             for worker in workers:\n        \
                 worker.join()\n\
         \n\
         \n\
         def timed(name, call):\n    \
             begun = time.perf_counter()\n    \
             call()\n    \
             print(f\"{{name}}: {{(time.perf_counter() - begun) * 1000:.0f}} ms\")\n\
         \n\
         \n\
         if __name__ == \"__main__\":\n    \
             sys.setswitchinterval({seconds})\n    \
             for _ in range(ROUNDS):\n        \
                 timed(\"one loop\", lambda: work(PARTS // WORKERS * WORKERS))\n        \
                 timed(f\"{{WORKERS}} threads\", lambda: run(threading.Thread))\n        \
                 timed(f\"{{WORKERS}} processes\", lambda: run(Process))\n",
        threads = values.get(&THREADS),
        rounds = values.get(&ROUNDS),
        seconds = crate::text::Fixed(seconds, 6),
    )
}
