"""What the gateway knows of the others: whose mail addresses are whose, and who took part in which mail."""
