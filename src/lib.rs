//! Dartboard estimates π live in a browser tab.
