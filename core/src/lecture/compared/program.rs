//! Both queues and both locks in Python, timed.

use super::{ITEMS, TURNS, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [items, turns] = [&ITEMS, &TURNS].map(|field| values.get(field));
    format!(
        "import multiprocessing\n\
         import queue\n\
         import threading\n\
         import time\n\
         \n\
         ITEMS = {items}\n\
         TURNS = {turns}\n\
         \n\
         \n\
         def put(q):\n    \
             for i in range(ITEMS):\n        \
                 q.put(f\"item {{i}}\")\n    \
             q.put(None)\n\
         \n\
         \n\
         def get(q):\n    \
             while q.get() is not None:\n        \
                 pass\n\
         \n\
         \n\
         def take_turns(lock):\n    \
             for _ in range(TURNS):\n        \
                 with lock:\n            \
                     pass\n\
         \n\
         \n\
         def time_it(name, kind, shared, targets, count):\n    \
             workers = [kind(target=target, args=(shared,)) for target in targets]\n    \
             begun = time.perf_counter()\n    \
             for worker in workers:\n        \
                 worker.start()\n    \
             for worker in workers:\n        \
                 worker.join()\n    \
             seconds = time.perf_counter() - begun\n    \
             print(f\"{{name}}: {{count / seconds:,.0f}} a second\")\n\
         \n\
         \n\
         if __name__ == \"__main__\":\n    \
             both, turns = [put, get], [take_turns, take_turns]\n    \
             Thread, Process = threading.Thread, multiprocessing.Process\n    \
             time_it(\"queue.Queue\", Thread, queue.Queue(), both, ITEMS)\n    \
             time_it(\"multiprocessing.Queue\", Process, multiprocessing.Queue(), both, ITEMS)\n    \
             time_it(\"threading.Lock\", Thread, threading.Lock(), turns, 2 * TURNS)\n    \
             time_it(\"multiprocessing.Lock\", Process, multiprocessing.Lock(), turns, 2 * TURNS)\n"
    )
}
