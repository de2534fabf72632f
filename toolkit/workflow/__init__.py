"""States, policy and audit (pure), the control database, and the steps plan, approve, push, verify."""
