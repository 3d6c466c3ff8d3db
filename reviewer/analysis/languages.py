"""Which language a file is in, by its name or its first line: those other than Python that rules know by tokens."""

from pathlib import PurePosixPath

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex

# Suffix to the name Pygments knows the language by; looking a lexer up by file name loads all rivals.
LANGUAGES = {
    ".bash": "bash", ".cjs": "javascript", ".cs": "csharp", ".cts": "typescript", ".dockerfile": "docker",
    ".env": "bash", ".go": "go", ".java": "java", ".js": "javascript", ".json": "json",
    ".jsx": "javascript", ".kt": "kotlin", ".mjs": "javascript", ".mts": "typescript", ".php": "php", ".rb": "ruby",
    ".sh": "bash", ".sql": "sql", ".toml": "toml", ".ts": "typescript", ".tsx": "typescript",
    ".yaml": "yaml", ".yml": "yaml", ".zsh": "bash",
}  # fmt: skip

_SHELL = regex(r"#!\s*\S*/(?:env\s+(?:-S\s+)?)?(?:ba|da|k|z|a)?sh\b")
_DOCKERFILE = regex(r"(?:Docker|Container)file(?:[._-].+)?|.+\.(?:Docker|Container|docker|container)file")


def language_of(file: ChangedFile) -> str | None:
    """Return the language by the file's name, or what runs it; None if no rule speaks it."""
    path = PurePosixPath(file.name)
    if path.name.startswith(".env") and file.suffix not in LANGUAGES:
        return LANGUAGES[".env"]
    if _DOCKERFILE.fullmatch(path.name) and file.suffix not in (".md", ".dockerignore"):
        return "docker"
    is_script = not path.suffix and file.new_text is not None and file.new_text.startswith(b"#!")
    if is_script and _SHELL.match(file.lines[0]):
        return "bash"
    return LANGUAGES.get(file.suffix)
