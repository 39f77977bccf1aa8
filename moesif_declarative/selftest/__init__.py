"""The tests that stand in the settings: run, and written from traffic.

Flows in: compiled settings with their ``TESTS`` tables, or HAR entries. Flows out: what each
test found, or tables for a settings file.
"""

from moesif_declarative.selftest.expectation import Failure
from moesif_declarative.selftest.recording import record_tests
from moesif_declarative.selftest.run import Result, run_tests

__all__ = ["Failure", "Result", "record_tests", "run_tests"]
