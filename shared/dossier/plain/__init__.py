"""From bytes as they are found to text that can be read and searched."""
