"""What brings the agent to AWS and takes it away again; not part of what runs there."""
