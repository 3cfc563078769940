// Grows with the first test of its target.
