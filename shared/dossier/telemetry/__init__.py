"""Logs without personal data, metrics with bounded labels, traces from the request to the projection."""
