"""Events of the mail gateway: deliveries, messages and what became of them. Topic `crm.emails`."""
