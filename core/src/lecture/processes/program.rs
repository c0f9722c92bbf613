//! Processes that report through one queue, and what `pickle` takes, in Python.

use super::kinds::{FIRST, THINGS};
use super::{NUMBERS, Values, WORKERS};

/// The program with these values.
pub(super) fn of(values: &Values) -> String {
    let [workers, numbers] = [&WORKERS, &NUMBERS].map(|field| values.get(field));
    let things = THINGS.iter().take(FIRST);
    let things: Vec<String> =
        things.map(|thing| format!("        \"{}\": {},\n", thing.name, thing.python)).collect();
    let things = things.concat();
    format!(
        "import multiprocessing\n\
         import pickle\n\
         import sqlite3\n\
         \n\
         WORKERS = {workers}\n\
         NUMBERS = {numbers}\n\
         \n\
         \n\
         class Result:\n    \
             def __init__(self, number, total):\n        \
                 self.number, self.total = number, total\n\
         \n\
         \n\
         def add_up(number, results):\n    \
             total = 0\n    \
             for value in range(NUMBERS):\n        \
                 total += value\n    \
             results.put((number, total))\n\
         \n\
         \n\
         def pickled(thing):\n    \
             try:\n        \
                 pickle.dumps(thing)\n        \
                 return \"pickled\"\n    \
             except (pickle.PicklingError, AttributeError, TypeError) as error:\n        \
                 return type(error).__name__\n\
         \n\
         \n\
         if __name__ == \"__main__\":\n    \
             results = multiprocessing.Queue()\n    \
             numbers = range(1, WORKERS + 1)\n    \
             workers = [multiprocessing.Process(target=add_up, args=(number, results)) for number in numbers]\n    \
             for worker in workers:\n        \
                 worker.start()\n    \
             for _ in workers:\n        \
                 number, total = results.get()\n        \
                 print(f\"worker {{number}}: {{total}}\")\n    \
             for worker in workers:\n        \
                 worker.join()\n\
         \n    \
             things = {{\n\
         {things}    \
             }}\n    \
             for name, thing in things.items():\n        \
                 print(f\"{{name}}: {{pickled(thing)}}\")\n"
    )
}
