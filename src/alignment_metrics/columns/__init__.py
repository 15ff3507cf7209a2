"""Columns of a file become ids, labels, amounts and days, each decided from the whole column, or asked about."""
