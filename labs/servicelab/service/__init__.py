"""The service that the labs add up to: what is solved is wired in, what is not is left out and said so.

`config` (the environment) · `logs` (JSON lines with trace ids) · `store` (where single events go) · `links` (where
batches go) · `parts` (what the labs gave, and what follows from a part that is missing) · `ingest` (lab 10: from a
posted envelope to the store) · `pipeline` (the same without lab 10: the queue of lab 04, the workers of lab 03) · `app`
(the routes) · `main` (the process: start, signals, exit code).
"""
