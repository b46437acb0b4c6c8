"""The address book as it is read: own sides, what is derived from them, and what a page joins. Pure and synchronous."""
