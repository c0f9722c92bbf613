//! A window that works and counts, in Python.

use super::{EVERY, POLL, TICKS, Values, WHERE, WORK};
use crate::text::Fixed;

/// What a press does, by the place of the work: the function that the window's button calls.
const PRESS: [&str; 3] = [
    "    compute(WORK)\n    done()\n",
    "    piece(WORK)\n\n\n\
     def piece(left):\n    \
         compute(min(left, 0.01))\n    \
         if left > 0.01:\n        \
             root.after(1, piece, left - 0.01)\n    \
         else:\n        \
             done()\n",
    "    threading.Thread(target=work, daemon=True).start()\n    poll()\n\n\n\
     def work():\n    \
         compute(WORK)\n    \
         messages.put(done)\n",
];

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let place = usize::try_from(values.get(&WHERE)).unwrap_or_default();
    let press = PRESS.get(place).copied().unwrap_or_default();
    let counts = if place == 2 { "" } else { "    poll()\n" };
    format!(
        "import queue\n\
         import random\n\
         import statistics\n\
         import threading\n\
         import time\n\
         import tkinter as tk\n\
         \n\
         WORK = {work}\n\
         TICKS = {ticks}\n\
         EVERY = {every}\n\
         POLL = {poll}\n\
         \n\
         messages = queue.Queue()\n\
         frames = []\n\
         late = []\n\
         \n\
         \n\
         def compute(seconds):\n    \
             end = time.perf_counter() + seconds\n    \
             while time.perf_counter() < end:\n        \
                 random.random()\n\
         \n\
         \n\
         def frame():\n    \
             frames.append(time.perf_counter())\n    \
             root.after(16, frame)\n\
         \n\
         \n\
         def press():\n    \
             label.config(text=\"Computing…\")\n\
         {press}\
         \n\
         \n\
         def done():\n    \
             label.config(text=\"Done!\")\n    \
             threading.Thread(target=count, daemon=True).start()\n\
         {counts}\
         \n\
         \n\
         def count():\n    \
             for i in range(1, TICKS + 1):\n        \
                 messages.put((i, time.perf_counter()))\n        \
                 time.sleep(EVERY)\n\
         \n\
         \n\
         def poll():\n    \
             while not messages.empty():\n        \
                 message = messages.get_nowait()\n        \
                 if message is done:\n            \
                     done()\n            \
                     continue\n        \
                 i, said = message\n        \
                 late.append(1000 * (time.perf_counter() - said))\n        \
                 label.config(text=f\"Count: {{i}}\")\n    \
             if len(late) < TICKS:\n        \
                 root.after(POLL, poll)\n    \
             else:\n        \
                 report()\n\
         \n\
         \n\
         def report():\n    \
             frame_gap = max(after - before for before, after in zip(frames, frames[1:]))\n    \
             print(f\"longest gap {{frame_gap:.2f}} s\")\n    \
             print(f\"{{TICKS}} ticks, in the median {{statistics.median(late):.0f}} ms late\")\n\
         \n\
         \n\
         root = tk.Tk()\n\
         label = tk.Label(root, text=\"Ready.\")\n\
         button = tk.Button(root, text=\"Start\", command=press)\n\
         field = tk.Entry(root)\n\
         for widget in (label, button, field):\n    \
             widget.pack(padx=20, pady=10)\n\
         frame()\n\
         root.mainloop()\n",
        work = Fixed(values.get(&WORK) as f64 / 10.0, 1),
        ticks = values.get(&TICKS),
        every = Fixed(values.get(&EVERY) as f64 / 1e3, 3),
        poll = values.get(&POLL),
    )
}
