"""`python -m pump_link`."""

import sys

from pump_link.cli import main

sys.exit(main())
