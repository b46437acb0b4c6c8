"""The figures of the design (section 12), each beside its bare pipe in the same run: `make bench`."""
