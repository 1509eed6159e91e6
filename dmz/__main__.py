"""Run the `dmz` command as ``python -m dmz``."""

from dmz.cli import main

if __name__ == "__main__":
    main()
