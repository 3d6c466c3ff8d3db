"""Fuzzing: what readers of foreign bytes make of damaged ones.

    python -m tests.fuzz                                  # 1,000 cases of each kind
    python -m tests.fuzz --cases 20000 patch journal      # of some kinds
    python -m tests.fuzz --seed 7 --from 1234 --cases 1 patch

A case is made from its kind, the seed and its number alone. One that fails is told with its number, and with an
input made as small as it still fails.
"""
