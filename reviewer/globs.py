"""Patterns of paths, as people write them in configuration."""

from fnmatch import fnmatchcase


def is_path_in(path: str, glob: str) -> bool:
    """Tell if a glob covers the whole path: `**` stands for any folders or none, all else for one name.

    A `**` at the end stands for everything below.
    """
    names, parts = path.split("/"), glob.split("/")
    if parts[-1] == "**":
        parts.append("*")
    name = part = retry_name = 0
    retry_part: int | None = None
    while name < len(names):
        if part < len(parts) and parts[part] == "**":
            part += 1
            retry_name, retry_part = name, part
        elif part < len(parts) and fnmatchcase(names[name], parts[part]):
            name, part = name + 1, part + 1
        elif retry_part is not None:
            # The last `**` takes one more folder; those before it never need to.
            retry_name += 1
            name, part = retry_name, retry_part
        else:
            return False
    return part == len(parts)
