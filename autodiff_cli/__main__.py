"""`python -m autodiff_cli` is `adiff`."""

import sys

from autodiff_cli.cli import main

sys.exit(main())
