"""Read and write files: arrays, tables, and output that is written completely or not at all."""
