from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_JAVA = "java kotlin"
_CHOSEN = "the text says which class is made"
_PHRASES = (
    phrase(
        _JAVA,
        r"@JsonTypeInfo \( (?:\w+ = [\w. ]{1,60} , )?use = (?:JsonTypeInfo \. )?(?:Id \. )?(?:MINIMAL_)?CLASS",
        f"`@JsonTypeInfo` by class: {_CHOSEN}",
        Severity.MEDIUM,
    ),
    phrase("go", r"gob \. Register \( new \( interface \{ \} \) \)", f"`{{0}}`: {_CHOSEN}", Severity.LOW),
)


class PolymorphicTyping(TokenRule):
    """A text that is read decides which classes are made of it.

    Why look: some class on the way does harm when it is made, and whoever wrote the text can name it.
    Ask: which classes are meant, and could a name of one's own stand for each?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 502
    languages = frozenset({"java", "kotlin", "go"})

    INVALID = (
        Example("@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)\nprivate Object pot;\n", path="shop/Read.java"),
        Example(
            '@JsonTypeInfo(use = Id.MINIMAL_CLASS, property = "kind")\nprivate Object pot;\n', path="shop/Read.java"
        ),
        Example("gob.Register(new(interface{}))\n", path="shop/read.go"),
    )
    VALID = (
        Example("@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)\nprivate Object pot;\n", path="shop/Read.java"),
        Example("// @JsonTypeInfo(use = Id.CLASS)\nprivate Object pot;\n", path="shop/Read.java"),
        Example("mapper.activateDefaultTyping(validator);\n", path="shop/Read.java"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if not file.is_test:
            yield from spoken(file, _PHRASES)
