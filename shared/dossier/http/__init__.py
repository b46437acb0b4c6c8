"""The HTTP base of all services: problems, commands, pages, limits."""
