"""Speed and memory of the engine, as ratios against named references that run beside it: ``python -m benchmarks``."""
