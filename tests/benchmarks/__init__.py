"""Every figure that the project claims; `make bench` runs them and writes `bench.json`."""
