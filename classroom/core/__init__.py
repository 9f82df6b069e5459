"""The pure heart of a class: records, changes, wire, permission. No input or output, no clock, no randomness."""
