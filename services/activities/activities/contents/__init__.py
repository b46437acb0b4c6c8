"""What documents say: their words, for search (SRC-01). Read in a disposable child process, kept beside the bytes."""
