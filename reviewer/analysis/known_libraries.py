"""What some much used libraries offer: all the names of their modules, all the keywords of their functions."""

from collections.abc import Mapping

_SENDING = frozenset(
    {"method", "url", "params", "data", "json", "headers", "cookies", "files", "auth", "timeout", "allow_redirects"}
    | {"proxies", "hooks", "stream", "verify", "cert"}
)
_HTTPX = frozenset(
    {"method", "url", "params", "content", "data", "files", "json", "headers", "cookies", "auth", "proxy", "proxies"}
    | {"timeout", "follow_redirects", "verify", "cert", "trust_env", "mounts"}
)
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# All that some much used functions of other libraries take by keyword.
KEYWORDS: Mapping[str, frozenset[str]] = {
    **{f"requests.{verb}": _SENDING for verb in _VERBS},
    **{f"httpx.{verb}": _HTTPX for verb in _VERBS},
    "requests.Session": frozenset(),
    "requests.session": frozenset(),
    "yaml.safe_load": frozenset({"stream"}),
    "dotenv.load_dotenv": frozenset({"dotenv_path", "stream", "verbose", "override", "interpolate", "encoding"}),
}
# All the public names of some much used modules.
NAMES: Mapping[str, frozenset[str]] = {
    "requests": frozenset(
        {*_VERBS, "Session", "session", "Request", "Response", "PreparedRequest", "codes", "exceptions", "adapters"}
        | {
            "auth",
            "models",
            "sessions",
            "cookies",
            "utils",
            "api",
            "hooks",
            "structures",
            "packages",
            "compat",
            "certs",
        }
        | {
            "RequestException",
            "HTTPError",
            "ConnectionError",
            "Timeout",
            "ConnectTimeout",
            "ReadTimeout",
            "URLRequired",
        }
        | {"TooManyRedirects", "JSONDecodeError", "FileModeWarning", "status_codes", "help", "logging", "warnings"}
        | {"urllib3", "check_compatibility", "ssl", "NullHandler", "RequestsDependencyWarning"}
    ),
}
