//! The download manager in Python.

use super::{LIMIT, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let limit = values.get(&LIMIT);
    format!(
        "import queue\n\
         import sys\n\
         import threading\n\
         import time\n\
         import urllib.request\n\
         \n\
         AT_A_TIME = {limit}\n\
         addresses = [line.strip() for line in sys.stdin if line.strip()]\n\
         status = {{address: \"waiting\" for address in addresses}}\n\
         todo = queue.Queue()\n\
         for number, address in enumerate(status):\n    \
             todo.put((number, address))\n\
         \n\
         \n\
         def show(address, now):\n    \
             status[address] = now\n    \
             print(f\"{{address}}: {{now}}\", flush=True)\n\
         \n\
         \n\
         def download():\n    \
             while True:\n        \
                 try:\n            \
                     number, address = todo.get_nowait()\n        \
                 except queue.Empty:\n            \
                     return\n        \
                 show(address, \"downloading\")\n        \
                 try:\n            \
                     urllib.request.urlretrieve(address, f\"download-{{number}}\")\n        \
                 except (OSError, ValueError) as error:\n            \
                     show(address, f\"error: {{error}}\")\n        \
                 else:\n            \
                     show(address, \"done\")\n\
         \n\
         \n\
         begun = time.perf_counter()\n\
         threads = [threading.Thread(target=download) for _ in range(AT_A_TIME)]\n\
         for thread in threads:\n    \
             thread.start()\n\
         for thread in threads:\n    \
             thread.join()\n\
         seconds = time.perf_counter() - begun\n\
         done = list(status.values()).count(\"done\")\n\
         print(f\"{{done}} of {{len(status)}} done in {{seconds:.2f}} s\")\n"
    )
}
