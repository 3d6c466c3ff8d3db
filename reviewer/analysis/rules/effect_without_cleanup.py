from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import Blocks, Body, blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_EFFECTS = frozenset({"useEffect", "useLayoutEffect", "useInsertionEffect"})
_STARTS = regex(
    r"(?<![\w$])(?P<what>setInterval|addEventListener|subscribe|onSnapshot|watchPosition|"
    r"new (?:WebSocket|EventSource|(?:Intersection|Resize|Mutation|Performance)Observer)) \("
)
# What begins when a component is shown, and the words by which what it began is ended when it goes.
_MOUNTING = {
    "onMounted": regex(r"onUnmounted|onBeforeUnmount|onDeactivated|onScopeDispose"),
    "mounted": regex(r"(?:un|beforeUn)mounted|beforeDestroy|destroyed|beforeUnmount"),
    "componentDidMount": regex(r"componentWillUnmount"),
    "ngOnInit": regex(r"ngOnDestroy|takeUntil|DestroyRef|async"),
    "ngAfterViewInit": regex(r"ngOnDestroy|takeUntil|DestroyRef|async"),
    "connectedCallback": regex(r"disconnectedCallback"),
    "onMount": regex(r"onDestroy|onCleanup|return"),
}
_ENDS = regex(r"(?<!\S)return (?!;|\}|null(?!\S)|undefined(?!\S)|void(?!\S))")
_ONCE = regex(r"once : true|signal|AbortController")


class EffectWithoutCleanup(TokenRule):
    """A component starts a timer, a listener or a connection when it is shown, and nothing ends it.

    Why look: each time it is shown again one more runs on, and calls into a component that is gone.
    Ask: what stops it when the component goes, or runs with other values?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    cwe = 401
    words = (*_EFFECTS, *_MOUNTING)
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example(
            "function Tea() {\n  useEffect(() => {\n    setInterval(brew, 1000);\n  }, []);\n  return null;\n}\n",
            path="src/Tea.jsx",
        ),
        Example(
            "function Tea() {\n  React.useEffect(() => {\n    const id = setInterval(() => { brew(); return 1; }, 9);\n"
            "    setId(id);\n  }, []);\n}\n",
            path="src/Tea.tsx",
        ),
        Example(
            "useEffect(() => {\n  window.addEventListener('resize', fit);\n}, [fit]);\n",
            path="src/Tea.tsx",
        ),
        Example(
            "class Tea extends Component {\n  componentDidMount() {\n    this.id = setInterval(this.brew, 9);\n  }\n"
            "}\n",
            path="src/Tea.js",
        ),
        Example("onMounted(() => {\n  setInterval(brew, 1000);\n});\n", path="src/tea.ts"),
        Example("useEffect(() => {\n  const socket = new WebSocket(url);\n}, [url]);\n", path="src/Tea.tsx"),
    )
    VALID = (
        Example(
            "useEffect(() => {\n  const id = setInterval(brew, 1000);\n  return () => clearInterval(id);\n}, []);\n",
            path="src/Tea.jsx",
        ),
        Example("useEffect(() => store.subscribe(show), [store]);\n", path="src/Tea.tsx"),
        Example(
            "useEffect(() => {\n  if (!on) return;\n  const id = setInterval(brew, 9);\n"
            "  return function stop() { clearInterval(id); };\n}, [on]);\n",
            path="src/Tea.tsx",
        ),
        Example(
            "class Tea extends Component {\n  componentDidMount() {\n    this.id = setInterval(this.brew, 9);\n  }\n"
            "  componentWillUnmount() {\n    clearInterval(this.id);\n  }\n}\n",
            path="src/Tea.js",
        ),
        Example(
            "useEffect(() => {\n  document.addEventListener('click', close, { once: true });\n}, []);\n",
            path="src/Tea.tsx",
        ),
        Example("useEffect(() => {\n  setTitle(title);\n}, [title]);\nsetInterval(sweep, 9);\n", path="src/Tea.tsx"),
        Example(
            "onMounted(() => {\n  id = setInterval(brew, 1000);\n});\nonUnmounted(() => clearInterval(id));\n",
            path="src/tea.ts",
        ),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        blocks = blocks_of(file)
        for place, match in blocks.find(_STARTS):
            body = _effect(blocks, place)
            if body is None or _ONCE.search(blocks.text(place, blocks.pairs.get(blocks.place(match.end() - 1), place))):
                continue
            said = "component" if body.name in _MOUNTING or body.taker in _MOUNTING else "effect"
            severity = Severity.LOW if match["what"] in ("subscribe", "onSnapshot") else None
            yield LineSighting(blocks.line(place), f"nothing ends the `{match['what']}` of this {said}", severity)


def _effect(blocks: Blocks, place: int) -> Body | None:
    """Return the function that runs when a component is shown, if it has a body and says nothing of an end."""
    for body in blocks.around(place):
        if blocks.words[body.first] != "{":
            continue
        if body.taker in _EFFECTS:
            own = " ".join(blocks.words[at] for at in blocks.own(body))
            return None if _ENDS.search(own) else body
        ends = _MOUNTING.get(body.name) or _MOUNTING.get(body.taker)
        if ends is not None:
            where = blocks.inside(body) if ends.search("return") else blocks.code.text
            return None if ends.search(where) else body
    return None
