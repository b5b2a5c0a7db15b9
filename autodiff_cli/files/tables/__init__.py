"""Tables of columns in files: CSV, NPZ, Parquet and JSON lines, read and written block by block."""
