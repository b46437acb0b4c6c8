"""The dossier of one address, to take along: as lines, and as an archive to read with its documents."""
