"""Durable timers: records of what is to be said when, claimed, fired and finished by any number of workers."""
