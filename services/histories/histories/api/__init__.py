"""The query API: pages, touchpoints, and why an activity is where it is."""
