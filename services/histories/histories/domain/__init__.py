"""What a history is: pure folds of own sides, and the derivation of where an activity is shown and who may see it."""
