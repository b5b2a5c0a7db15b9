"""The entry point of `adiff` and of `python -m autodiff_cli`."""

from __future__ import annotations

import gc
import sys

ALLOCATIONS = 50_000
"""How many objects are allocated between collections of garbage, in this process of our own.

Nearly all objects of a short run live to its end; looking through them again and again, as every
700 allocations, takes a tenth of its time.
"""


def main() -> int:
    """Run the command line; an interrupt is quiet from the very first import on."""
    try:
        gc.set_threshold(ALLOCATIONS)
        from autodiff_cli.cli import main

        return main()
    except KeyboardInterrupt:
        return 130
    finally:
        # As Python ends it would collect again, several times, what the system takes back anyway.
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
