"""Syncs from proposal to proof: states, policy and audit (pure); plan, approve, push, verify (steps); control."""
