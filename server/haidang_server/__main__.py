"""`python -m haidang_server`."""

import sys

from haidang_server.cli import main

sys.exit(main())
