"""One module for each command: from a problem to a `Result`."""
