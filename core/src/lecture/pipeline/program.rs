//! The pipeline in Python.

use super::{LINES, MAXSIZE, Values};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [lines, maxsize] = [&LINES, &MAXSIZE].map(|field| values.get(field));
    // As the exercise is written, a message is a line; more of them go as a list.
    let (put, upper, write) = if lines == 1 {
        (
            "        for line in source:\n            a.put(line)\n            lines += 1\n",
            "        b.put(line.upper())\n",
            "            target.write(line)\n",
        )
    } else {
        (
            "        while piece := list(islice(source, LINES)):\n            a.put(piece)\n            lines += len(piece)\n",
            "        b.put([text.upper() for text in line])\n",
            "            target.writelines(line)\n",
        )
    };
    let islice = if lines == 1 { "" } else { "from itertools import islice\n" };
    let constant = if lines == 1 { String::new() } else { format!("LINES = {lines}\n") };
    format!(
        "import queue\n\
         import sys\n\
         import threading\n\
         import time\n\
         {islice}\
         \n\
         SOURCE = sys.argv[1]\n\
         TARGET = sys.argv[2]\n\
         {constant}\
         a = queue.Queue({maxsize})\n\
         b = queue.Queue({maxsize})\n\
         lines = 0\n\
         \n\
         \n\
         def read():\n    \
             global lines\n    \
             with open(SOURCE, encoding=\"utf-8\", errors=\"surrogateescape\", newline=\"\") as source:\n\
         {put}    \
             a.put(None)\n\
         \n\
         \n\
         def upper():\n    \
             while (line := a.get()) is not None:\n\
         {upper}    \
             b.put(None)\n\
         \n\
         \n\
         def write():\n    \
             with open(TARGET, \"w\", encoding=\"utf-8\", errors=\"surrogateescape\", newline=\"\") as target:\n        \
                 while (line := b.get()) is not None:\n\
         {write}\
         \n\
         \n\
         begun = time.perf_counter()\n\
         threads = [threading.Thread(target=stage) for stage in (read, upper, write)]\n\
         for thread in threads:\n    \
             thread.start()\n\
         for thread in threads:\n    \
             thread.join()\n\
         seconds = time.perf_counter() - begun\n\
         print(f\"{{lines:,}} lines in {{seconds:.2f}} s: {{lines / seconds:,.0f}} lines a second\")\n"
    )
}
