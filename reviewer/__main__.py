"""`python -m reviewer` is `reviewer`."""

import sys

# `-m` puts the current folder first on the path: the repository under review, which could lie there
# as `click.py`. Nothing else may be imported before it is gone.
if not sys.flags.safe_path:
    sys.path.pop(0)

from reviewer.entry import main

if __name__ == "__main__":
    main()
