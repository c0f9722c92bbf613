//! Producers and consumers in Python.

use super::{CALLS, CONSUME, CONSUMERS, ITEMS, MAXSIZE, PRODUCE, PRODUCERS, SENTINELS, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [producers, consumers, maxsize, items] =
        [&PRODUCERS, &CONSUMERS, &MAXSIZE, &ITEMS].map(|field| values.get(field));
    let [produce, consume] =
        [&PRODUCE, &CONSUME].map(|field| crate::text::Fixed(values.get(field) as f64 / 1e3, 3));
    let (put, get) = match values.get(&CALLS) {
        0 => ("q.put(item)", "q.get()"),
        1 => ("again(q.put_nowait, item)", "again(q.get_nowait)"),
        _ => ("again(q.put, item, timeout=0.05)", "again(q.get, timeout=0.05)"),
    };
    let again = if values.get(&CALLS) == 0 {
        ""
    } else {
        "def again(call, *args, **limits):\n    while True:\n        try:\n            return call(*args, **limits)\n        \
         except (queue.Full, queue.Empty):\n            time.sleep(0.001)\n\n\n"
    };
    let sentinels = if values.get(&SENTINELS) == 0 { "CONSUMERS" } else { "1" };
    format!(
        "import queue\n\
         import threading\n\
         import time\n\
         \n\
         PRODUCERS = {producers}\n\
         CONSUMERS = {consumers}\n\
         ITEMS = {items}\n\
         q = queue.Queue({maxsize})\n\
         \n\
         \n\
         {again}\
         def producer(number):\n    \
             for i in range(ITEMS):\n        \
                 time.sleep({produce})\n        \
                 item = f\"{{number}}-{{i}}\"\n        \
                 {put}\n\
         \n\
         \n\
         def consumer(number):\n    \
             while (item := {get}) is not None:\n        \
                 time.sleep({consume})\n        \
                 print(f\"consumer {{number}}: {{item}}\\n\", end=\"\", flush=True)\n\
         \n\
         \n\
         producers = [threading.Thread(target=producer, args=(n,)) for n in range(PRODUCERS)]\n\
         consumers = [threading.Thread(target=consumer, args=(n,)) for n in range(CONSUMERS)]\n\
         for thread in producers + consumers:\n    \
             thread.start()\n\
         for thread in producers:\n    \
             thread.join()\n\
         for _ in range({sentinels}):\n    \
             q.put(None)\n\
         for thread in consumers:\n    \
             thread.join()\n"
    )
}
