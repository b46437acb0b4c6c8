from dossier.testing.store_behaviour import CommitStoreBehaviour


class TestCommitStore(CommitStoreBehaviour):
    """The store on a real MongoDB, with the driver that DOSSIER_MONGO_DRIVER names."""
