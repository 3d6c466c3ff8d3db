import re
import signal
import threading
import time
from itertools import count

import pytest

from reviewer.inspection.patience import TookTooLong, at_most


def test_what_takes_too_long_is_broken_off() -> None:
    with pytest.raises(TookTooLong), at_most(0.05):
        sum(number for number in count())


def test_a_regular_expression_that_explodes_is_broken_off() -> None:
    with pytest.raises(TookTooLong), at_most(0.05):
        re.match(r"(a+)+$", "a" * 60 + "b")


def test_waiting_is_not_working() -> None:
    with at_most(0.05):
        time.sleep(0.1)


def test_afterwards_nothing_is_broken_off_any_more() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with at_most(0.02):
        pass

    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass

    assert signal.getsignal(signal.SIGPROF) is before


def test_in_another_thread_the_work_is_done_without_a_limit() -> None:
    done = []

    def work() -> None:
        with at_most(0.01):
            done.append(sum(range(10**6)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert done
