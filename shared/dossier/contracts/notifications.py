"""Events of notifications: reminder rules and preferences. Topic `crm.notifications`."""
