"""Which language a file is in, by its name: those other than Python that rules know by their tokens."""

from pathlib import PurePosixPath

from reviewer.analysis.change import ChangedFile

# Suffix to the name Pygments knows the language by; looking a lexer up by file name loads all rivals.
LANGUAGES = {
    ".bash": "bash", ".cjs": "javascript", ".cs": "csharp", ".cts": "typescript", ".dockerfile": "docker",
    ".env": "bash", ".go": "go", ".java": "java", ".js": "javascript", ".json": "json",
    ".jsx": "javascript", ".kt": "kotlin", ".mjs": "javascript", ".mts": "typescript", ".php": "php", ".rb": "ruby",
    ".sh": "bash", ".sql": "sql", ".toml": "toml", ".ts": "typescript", ".tsx": "typescript",
    ".yaml": "yaml", ".yml": "yaml", ".zsh": "bash",
}  # fmt: skip


def language_of(file: ChangedFile) -> str | None:
    """Return the language by the file's name; None if no rule speaks it."""
    path = PurePosixPath(file.name)
    if path.name.startswith(".env") and file.suffix not in LANGUAGES:
        return LANGUAGES[".env"]
    if path.name in ("Dockerfile", "Containerfile") or path.name.startswith("Dockerfile."):
        return "docker"
    return LANGUAGES.get(file.suffix)
