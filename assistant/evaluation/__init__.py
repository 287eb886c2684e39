"""Measuring the whole pipeline on questions whose answers are known."""
