"""Figures of speed and size: counts, or ratios beside a baseline of the same run."""
