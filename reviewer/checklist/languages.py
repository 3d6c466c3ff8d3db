"""The languages a trigger can name, by the suffixes of their files."""

SUFFIXES = {
    "bash": (".bash", ".sh"),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".cxx", ".hh", ".hpp"),
    "csharp": (".cs",),
    "go": (".go",),
    "java": (".java",),
    "javascript": (".cjs", ".js", ".jsx", ".mjs"),
    "kotlin": (".kt", ".kts"),
    "php": (".php",),
    "python": (".py", ".pyi"),
    "ruby": (".rb",),
    "rust": (".rs",),
    "scala": (".scala",),
    "sql": (".sql",),
    "swift": (".swift",),
    "typescript": (".cts", ".mts", ".ts", ".tsx"),
}


def is_written_in(path: str, languages: tuple[str, ...]) -> bool:
    """Tell by the file's name alone; case does not matter."""
    lowered = path.lower()
    return any(lowered.endswith(SUFFIXES[language]) for language in languages)
