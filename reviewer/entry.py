"""Where the program starts: what must be quick is answered before the command line is even loaded."""

import sys


def main() -> None:
    if sys.argv[1:2] == ["verify"]:
        from reviewer.receipt import answer

        answer(sys.argv[2:])
    elif sys.argv[1:3] == ["hook", "pre-push"]:
        from reviewer.receipt import answer_push

        answer_push()
    elif sys.argv[1:] in (["--version"], ["--help"], ["-h"]):
        from reviewer.overview import print_overview

        print_overview(sys.argv[1:])
    else:
        from reviewer.preview.start import show_at_once

        show_at_once(sys.argv[1:])
    from reviewer.preview.begun import forget
    from reviewer.preview.terminal import leave

    try:
        from reviewer.cli import main as commands

        commands()
    finally:
        leave()
        forget()
