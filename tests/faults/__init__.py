"""The crash storm: the whole system under load, with processes killed and frozen at random."""
