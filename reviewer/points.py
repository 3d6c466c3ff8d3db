"""The nine points: what a reviewer answers for. Exactly nine, in this order; ids never change."""

from enum import Enum


class Point(Enum):
    VALIDATE = "validate"
    EDGE_CASES = "edge-cases"
    SCALE = "scale"
    READABILITY = "readability"
    SECURITY = "security"
    PROMPT = "prompt"
    DEBUG = "debug"
    MAINTAIN = "maintain"
    CORRECTNESS = "correctness"

    @property
    def title(self) -> str:
        return self.value.replace("-", " ").capitalize()

    @property
    def number(self) -> int:
        """The digit that stands for the point on the keyboard, 1 to 9."""
        return list(Point).index(self) + 1
