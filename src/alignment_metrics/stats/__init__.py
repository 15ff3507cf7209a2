"""Estimates and tests from sufficient statistics: pure functions of small numbers."""
