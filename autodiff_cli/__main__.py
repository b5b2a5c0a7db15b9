"""The entry point of `adiff` and of `python -m autodiff_cli`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; an interrupt is quiet from the very first import on."""
    try:
        from autodiff_cli.cli import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
