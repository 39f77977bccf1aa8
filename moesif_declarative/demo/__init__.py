"""The whole package at work on one machine: a small API, traffic with secrets, what arrived.

It stands apart and uses what users use: the middleware, and the collector as Moesif. `run` joins
its parts.
"""
