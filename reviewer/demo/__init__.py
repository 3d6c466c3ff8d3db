"""A throw-away repository for `reviewer demo`: a small tea shop, and one AI-written change of it to review."""

from reviewer.demo.build import RANGE, build_demo
from reviewer.demo.guide import ANSWERS, GUIDE

__all__ = ["ANSWERS", "GUIDE", "RANGE", "build_demo"]
