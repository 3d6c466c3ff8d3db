from reviewer.tui.jumps import Jumps
from reviewer.tui.messages import GoTo

A, B, C, D = (GoTo(path=name) for name in (b"a", b"b", b"c", b"d"))


def test_one_goes_back_through_all_jumps_and_forth_to_where_one_was() -> None:
    jumps = Jumps()
    jumps.leave(A)
    jumps.leave(B)

    assert jumps.back(C) == B
    assert jumps.back(B) == A
    assert jumps.back(A) is None
    assert jumps.forth(A) == B
    assert jumps.forth(B) == C
    assert jumps.forth(C) is None


def test_a_new_jump_forgets_what_one_went_back_from() -> None:
    jumps = Jumps()
    jumps.leave(A)
    jumps.leave(B)
    jumps.back(C)

    jumps.leave(D)

    assert jumps.forth(A) is None
    assert jumps.back(C) == D
    assert jumps.back(D) == B


def test_going_back_is_never_a_step_on_the_spot() -> None:
    jumps = Jumps()
    jumps.leave(A)
    jumps.leave(B)
    jumps.leave(B)

    assert jumps.back(B) == A


def test_without_a_jump_there_is_nowhere_to_go() -> None:
    assert Jumps().back(A) is None
    assert Jumps().forth(A) is None
