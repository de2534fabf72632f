"""What an auditor asks of a run: was it done right, is anything missing, who decided what."""
