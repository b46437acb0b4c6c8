"""Read models that end in the same state whatever the order, the repeats and the losses of delivery."""
