"""What runs on a person's machine: command line, local runtime, simulated exchange. Never part of a Lambda."""
