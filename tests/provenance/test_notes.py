import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.provenance.notes import agents_in

CURSOR = {"agent_id": {"tool": "cursor", "id": "6ef2", "model": "gpt-4"}, "human_author": "Ada <ada@example.org>"}
KEY = "d9978a8723e02b52"


def note(attested: str = "", **metadata: object) -> bytes:
    return f"{attested}---\n{json.dumps({'schema_version': 'authorship/3.0.0', **metadata})}\n".encode()


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        (note(f"src/main.rs\n  {KEY} 1-4,9\n", prompts={KEY: CURSOR}), (b"cursor gpt-4",)),
        (note("a.py\n  s_c9883b::t_9f8e 1-10\n", sessions={"s_c9883b": CURSOR}), (b"cursor gpt-4",)),
        (note(prompts={KEY: CURSOR}), (b"cursor gpt-4",)),
        (note(f"a.py\n  {KEY} 7\n"), (f"{KEY} 7".encode(),)),
        (f"a.py\n  {KEY} 7\n---\n{{ cut off".encode(), (f"{KEY} 7".encode(),)),
        (f"a.py\n  {KEY} 7\n".encode(), (f"{KEY} 7".encode(),)),
        (f'"a b.py"\r\n  {KEY} 7-9\r\n---\r\n{{}}'.encode(), (f"{KEY} 7-9".encode(),)),
    ],
    ids=["lines and prompt", "session", "no line left", "prompt unknown", "damaged", "no divider", "carriage returns"],
)
def test_a_note_that_ascribes_something_to_an_agent_names_it(text: bytes, agents: tuple[bytes, ...]):
    assert agents_in(text) == agents


@pytest.mark.parametrize(
    "text",
    [
        note(),
        note("a.py\n  h_a1b2c3 1-10\n", humans={"h_a1b2c3": {"author": "Ada"}}, prompts={}, sessions={}),
        note(prompts=[1]),
        note(prompts={KEY: {"agent_id": "cursor"}}),
        b"",
        b"Reviewed this with Grace; the cursor 1-4 is closed.\n",
        b"---\n" + b"[" * 100_000,
        b'---\n{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xff\xfe---\n\xff",
    ],
    ids=["empty", "people", "no table", "no agent", "nothing", "prose", "deep", "deep inside", "no text"],
)
def test_a_note_that_ascribes_nothing_to_an_agent_names_none(text: bytes):
    assert agents_in(text) == ()


@given(st.binary(max_size=300), st.integers(0, 200))
def test_a_note_may_hold_anything(noise: bytes, at: int):
    whole = note(f"a.py\n  {KEY} 1-4\n", prompts={KEY: CURSOR})

    for text in (noise, whole[:at] + noise, whole[:at] + noise + whole[at:]):
        assert all(isinstance(agent, bytes) for agent in agents_in(text))
