"""One module for each command: from what was asked to a `Result`."""
