from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.spoken_threads import leaks
from reviewer.analysis.tokens import Token


class GoroutineLeak(TokenRule):
    """A goroutine sends on a channel without room, and who reads from it may have gone.

    Why look: the goroutine then waits for ever, with all it holds, and each call adds one more.
    Ask: who reads what comes after the time is up, or has the channel room for it?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    cwe = 401
    words = ("make(chan",)
    languages = frozenset({"go"})

    INVALID = (
        Example(
            "func Price(tea string) (int, error) {\n\tprices := make(chan int)\n\tgo func() {\n"
            "\t\tprices <- ask(tea)\n\t}()\n"
            "\tselect {\n\tcase p := <-prices:\n\t\treturn p, nil\n\tcase <-time.After(limit):\n"
            "\t\treturn 0, ErrLate\n\t}\n}\n",
            path="shop/price.go",
        ),
        Example(
            "func First(shops []Shop) int {\n\tprices := make(chan int)\n\tfor _, s := range shops {\n"
            "\t\tgo func(s Shop) {\n"
            "\t\t\tprices <- s.Price()\n\t\t}(s)\n\t}\n\treturn <-prices\n}\n",
            path="shop/first.go",
        ),
        Example(
            "func (s *Shop) Check(ctx context.Context) error {\n\tdone := make(chan error)\n\tgo func() {\n"
            "\t\terr := s.check()\n"
            "\t\tdone <- err\n\t}()\n\tselect {\n\tcase err := <-done:\n\t\treturn err\n\tcase <-ctx.Done():\n"
            "\t\treturn ctx.Err()\n\t}\n}\n",
            path="shop/check.go",
        ),
    )
    VALID = (
        Example(
            "func Price(tea string) (int, error) {\n\tprices := make(chan int, 1)\n\tgo func() {\n"
            "\t\tprices <- ask(tea)\n\t}()\n"
            "\tselect {\n\tcase p := <-prices:\n\t\treturn p, nil\n\tcase <-time.After(limit):\n"
            "\t\treturn 0, ErrLate\n\t}\n}\n",
            path="shop/price.go",
        ),
        Example(
            "func Price(ctx context.Context) int {\n\tprices := make(chan int)\n\tgo func() {\n\t\tselect {\n"
            "\t\tcase prices <- ask():\n\t\tcase <-ctx.Done():\n\t\t}\n\t}()\n\tselect {\n\tcase p := <-prices:\n"
            "\t\treturn p\n"
            "\tcase <-ctx.Done():\n\t\treturn 0\n\t}\n}\n",
            path="shop/price.go",
        ),
        Example(
            "func All(shops []Shop) (sum int) {\n\tprices := make(chan int)\n\tfor _, s := range shops {\n"
            "\t\tgo func(s Shop) {\n"
            "\t\t\tprices <- s.Price()\n\t\t}(s)\n\t}\n\tfor range shops {\n\t\tsum += <-prices\n\t}\n\treturn sum\n"
            "}\n",
            path="shop/all.go",
        ),
        Example(
            "func Price() int {\n\tprices := make(chan int)\n\tgo func() {\n\t\tprices <- ask()\n\t}()\n"
            "\treturn <-prices\n}\n",
            path="shop/price.go",
        ),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        for line, name, send in leaks(blocks_of(file)):
            message = f"`{name}` has no room: the goroutine that sends on line {send} waits for ever if nobody reads"
            yield LineSighting(line, message)
