"""The service that the labs add up to: what is solved is wired in, what is not is left out and said so.

`config` (the environment) · `logs` (JSON lines with trace ids) · `store` (where events go) · `parts` (what the labs
gave, and what follows from a part that is missing) · `pipeline` (from an accepted event to the store) · `app` (the
routes) · `main` (the process: start, signals, exit code).
"""
