"""`python -m toolkit.cli`: the `tieout` command where no script was installed."""

from toolkit.cli import main

main()
