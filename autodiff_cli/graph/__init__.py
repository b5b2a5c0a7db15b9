"""Read graphs: as straight-line programs, and evaluated in ball arithmetic."""
