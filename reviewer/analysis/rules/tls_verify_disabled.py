import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.ciphers import weak_suite
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, RUBY, SCRIPT, SHELL, YAML, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import outcomes_around
from reviewer.analysis.literals import called, is_none, literal_of, quote
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

# Options by name, with the value that turns verification off; nothing else is called so.
_ON = (
    "verify_ssl", "ssl_verify", "verify_certs", "verify_cert", "validate_certs", "validate_cert", "verify_tls",
    "check_hostname", "assert_hostname", "verify_hostname", "ssl_verify_cert", "ssl_verify_identity",
    "ssl_assert_hostname", "ssl_check_hostname", "verify_server_cert", "verify_certificate", "ssl_verification",
)  # fmt: skip
_OFF = (
    "tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "ssl_no_verify", "skip_tls_verify",
    "disable_ssl_certificate_validation", "insecure_skip_tls_verify", "insecure_skip_verify", "no_verify_ssl",
    "tls_insecure", "allow_invalid_certificates", "disable_ssl_verification",
)  # fmt: skip
_OPTIONS = dict.fromkeys(_ON, False) | dict.fromkeys(_OFF, True)
_VERBS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "ws_connect"}
)
_HTTP = (
    "requests.",
    "httpx.",
    "aiohttp.",
    "urllib3.",
    "curl_cffi.",
    "requests_toolbelt.",
    "niquests.",
    "boto3.",
    "hvac.",
)
_MAKERS = regex(r"\w*(?:Client|Session|session|client|resource|Connector|Connection|API|Api)")
_OWNERS = regex(
    r"_?(?:\w+_)?(?:session|client|http|api|sess|s|conn|connection|req|requests|config\w*|conf)", re.IGNORECASE
)
_UNVERIFIED = frozenset(
    {"ssl._create_unverified_context", "ssl._create_stdlib_context", "ssl._https_verify_certificates"}
)
_OLD = regex(
    r"(?:[\w.]*\.)?(?:PROTOCOL_(?P<a>SSLv[23]|TLSv1(?:_1)?)|(?P<b>SSLv(?:2|3|23)|TLSv1(?:_1)?)_METHOD|"
    r"TLSVersion\.(?P<c>SSLv3|TLSv1(?:_1)?|MINIMUM_SUPPORTED))"
)
_OLD_NAME = regex(r"(?:SSL|TLS)v?(?:2|3|1|1[._][01])(?:\.0)?\Z", re.IGNORECASE)
_POLICIES = regex(
    r"(?:paramiko|fabric)\.(?:client\.)*(?P<name>AutoAddPolicy|WarningPolicy)|(?P<bare>AutoAddPolicy|WarningPolicy)"
)
_VARIABLES: Mapping[str, object] = {
    "PYTHONHTTPSVERIFY": "0", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "true",
}  # fmt: skip
_LOCAL = regex(r"localhost|127\.0\.0\.\d|\[?::1\]?|\.local\b")
_ASKED = regex(r"verif|insecure|trust|check_host|cert|\btls|\bssl", re.IGNORECASE)
_NO_PEER = "the peer is not verified"
_OLD_TLS = "is broken; TLS 1.2 is the least"
_SIGNS = (
    sign(
        SCRIPT,
        r"rejectUnauthorized[\"']?:(?:false|!1)\b|strictSSL:false\b|insecureSkipVerify:true",
        f"`{{0}}`: {_NO_PEER}",
    ),
    sign(SCRIPT, r"\benv(?:\.|\[[\"'])NODE_TLS_REJECT_UNAUTHORIZED[\"'\]]{0,2}=[\"']?0", f"`{{0}}`: {_NO_PEER}"),
    sign(SCRIPT, r"checkServerIdentity:\(\w*,?\w*\)=>(?:undefined|null|\{\}|true)", f"`{{0}}`: {_NO_PEER}"),
    sign(
        SCRIPT,
        r"(?:minVersion|secureProtocol|maxVersion):[\"'](?:SSLv[23]\w*|TLSv1(?:[._]1)?(?:_method)?)[\"']",
        f"`{{0}}` {_OLD_TLS}",
    ),
    sign(GO, r"InsecureSkipVerify[:=]true\b|ssh\.InsecureIgnoreHostKey\(", f"`{{0}}`: {_NO_PEER}"),
    sign(GO, r"M(?:in|ax)Version[:=]tls\.Version(?:SSL30|TLS10|TLS11)\b", f"`{{0}}` {_OLD_TLS}"),
    sign(
        JVM,
        r"ALLOW_ALL_HOSTNAME_VERIFIER|NoopHostnameVerifier|AllowAllHostnameVerifier|TrustAllStrategy|"
        r"InsecureTrustManagerFactory|TrustAllCerts\w*|setHostnameVerifier\(\(\w+,\w+\)->true",
        f"`{{0}}`: {_NO_PEER}",
    ),
    sign(
        JVM,
        r"void checkServerTrusted\([^){}]{0,200}\)(?:\s?throws [\w,. ]{1,80})?\s?\{\s?(?:return;)?\s?\}|"
        r"boolean verify\([^){}]{0,120}\)\s?\{\s?return true;",
        f"this accepts any certificate: {_NO_PEER}",
    ),
    sign(JVM, r"SSLContext\.getInstance\(\"(?:SSL|SSLv[23]|TLSv1|TLSv1\.1)\"", f"`{{0}}` {_OLD_TLS}"),
    sign(JVM, r"(?:setConfig|put)\(\"StrictHostKeyChecking\",\"no\"", "`{0}` accepts whatever host answers"),
    sign(
        CSHARP,
        r"DangerousAcceptAnyServerCertificateValidator|"
        r"ServerCertificate(?:Custom)?ValidationCallback\+?=[^;]{0,80}=>\s?true",
        f"`{{0}}`: {_NO_PEER}",
    ),
    sign(CSHARP, r"SecurityProtocolType\.(?:Ssl3|Tls11|Tls)\b", f"`{{0}}` {_OLD_TLS}"),
    sign(
        PHP,
        r"CURLOPT_SSL_VERIFY(?:PEER|HOST)(?:,|=>)(?:false|0)\b|[\"']verify_peer(?:_name)?[\"']=>false",
        f"`{{0}}`: {_NO_PEER}",
    ),
    sign(RUBY, r"OpenSSL::SSL::VERIFY_NONE|\bverify_ssl(?::|=>)\s?false", f"`{{0}}`: {_NO_PEER}"),
    sign(
        SHELL | YAML,
        r"\bcurl\b[^\n;|&]{0,200}? (?:-[a-zA-Z]{0,6}k[a-zA-Z]{0,6}|--insecure|--proxy-insecure)(?= |\n|\Z)|"
        r"\bwget\b[^\n;|&]{0,200}? --no-check-certificate",
        "`{0}`: what is downloaded may come from anybody",
    ),
    sign(
        SHELL | YAML,
        r"StrictHostKeyChecking ?[= ] ?no\b|http\.sslVerify ?[= ] ?\"?false|GIT_SSL_NO_VERIFY ?[=:] ?\"?(?:1|true)|"
        r"strict-ssl[= ]\"?false|"
        r"--insecure-skip-tls-verify(?!=false)|--no-verify-ssl|NODE_TLS_REJECT_UNAUTHORIZED ?[=:] ?[\"']?0|"
        r"PYTHONHTTPSVERIFY ?[=:] ?[\"']?0|--allow-unauthenticated|--nogpgcheck|--no-gpg-check(?:s)?",
        f"`{{0}}`: {_NO_PEER}",
    ),
    sign(
        YAML,
        r"\b(?:insecure[-_]?[sS]kip[-_]?(?:[tT][lL][sS][-_]?)?[vV]erify|tlsInsecure|insecureSkipTLSVerify|"
        r"skip_tls_verify) ?: ?true|"
        r"\b(?:validate_certs|verify_ssl|ssl_verify|sslVerify|tls_verify|verify_certs|strict_ssl|strictSSL|"
        r"verifySsl) ?: ?(?:false|no)\b",
        f"`{{0}}`: {_NO_PEER}",
    ),
)


class TlsVerifyDisabled(PythonRule, TokenRule):
    """The identity of the peer is not checked, or an old protocol lets others read along.

    Why look: anybody on the way can pretend to be the peer, read everything and change it.
    Ask: why is the peer not verified, and could its certificate be trusted by name instead?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 295
    words = (
        "erif", "valid", "ssl", "SSL", "tls", "TLS", "hostname", "cert_reqs", "CERT", "Policy", "host", "wrap_socket",
        "known", "disable_warnings", "VERIFY", "CA_BUNDLE", "cipher", "insecure", "rejectUnauthorized", "strictSSL",
        "REJECT_UNAUTH", "checkServer", "Version", "secureProtocol", "Insecure", "Hostname", "TrustAll", "StrictHost",
        "curl", "wget", "allow-unauth", "nogpg", "no-gpg", "skip",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign, cst.Param)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import requests\n\nprices = requests.get(url, verify=False, timeout=LIMIT)\n"),
        Example("import httpx\n\nclient = httpx.AsyncClient(verify=False)\n"),
        Example("import requests\n\nsession = requests.Session()\nsession.verify = False\n"),
        Example("import requests\n\ndef load(session, url):\n    return session.get(url, verify=False)\n"),
        Example("import aiohttp\n\nconnector = aiohttp.TCPConnector(ssl=False)\n"),
        Example("import ssl\n\ncontext = ssl._create_unverified_context()\n"),
        Example("import ssl\n\nssl._create_default_https_context = ssl._create_unverified_context\n"),
        Example("import ssl\n\ncontext = ssl.create_default_context()\ncontext.check_hostname = False\n"),
        Example("import ssl\n\ncontext.verify_mode = ssl.CERT_NONE\n"),
        Example("import urllib3\n\npool = urllib3.PoolManager(cert_reqs='CERT_NONE')\n"),
        Example("import redis\n\nstock = redis.Redis(ssl=True, ssl_cert_reqs=None)\n"),
        Example("from elasticsearch import Elasticsearch\n\nsearch = Elasticsearch(hosts, verify_certs=False)\n"),
        Example("from paramiko import AutoAddPolicy, SSHClient\n\nssh.set_missing_host_key_policy(AutoAddPolicy())\n"),
        Example("import asyncssh\n\nasync def run():\n    await asyncssh.connect(host, known_hosts=None)\n"),
        Example("import ssl\n\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLSv1)\n"),
        Example("import ssl\n\ncontext.minimum_version = ssl.TLSVersion.TLSv1_1\n"),
        Example("from OpenSSL import SSL\n\ndef connect(method=SSL.SSLv3_METHOD):\n    ...\n"),
        Example("import ssl\n\nsecured = ssl.wrap_socket(plain)\n"),
        Example("context.set_ciphers('ALL:!aNULL')\n"),
        Example("import os\n\nos.environ['PYTHONHTTPSVERIFY'] = '0'\n"),
        Example("import ldap\n\nldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)\n"),
        Example("def fetch(url, verify_ssl=False):\n    ...\n"),
        Example("https.get({ host, rejectUnauthorized: false });\n", path="shop/prices.js"),
        Example("c := &tls.Config{InsecureSkipVerify: true}\n", path="shop/prices.go"),
        Example("client.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);\n", path="shop/Prices.java"),
        Example("curl -sSk https://tea-shop.com/install | tee install\n", path="bin/install.sh"),
        Example("FROM tea\nRUN wget --no-check-certificate https://tea-shop.com/tea.tgz\n", path="Dockerfile"),
        Example("- get_url:\n    url: https://tea-shop.com\n    validate_certs: no\n", path="deploy.yaml"),
    )
    VALID = (
        Example("import requests\n\nprices = requests.get(url, verify=True, timeout=LIMIT)\n"),
        Example("import requests\n\nprices = requests.get(url, verify='/etc/shop/ca.pem', timeout=LIMIT)\n"),
        Example("import ssl\n\ncontext = ssl.create_default_context()\ncontext.verify_mode = ssl.CERT_REQUIRED\n"),
        Example("import ssl\n\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\ncontext.check_hostname = True\n"),
        Example("import ssl\n\ncontext.minimum_version = ssl.TLSVersion.TLSv1_2\ncontext.options |= ssl.OP_NO_TLSv1\n"),
        Example("import ssl\n\nif version == ssl.PROTOCOL_TLSv1:\n    raise TooOld(version)\n"),
        Example("image.save(path, verify=False)\nform.verify = False\n"),
        Example("import paramiko\n\nssh.set_missing_host_key_policy(paramiko.RejectPolicy())\n"),
        Example("context.set_ciphers('ECDHE+AESGCM:!aNULL:!MD5:!DES')\n"),
        Example("import aiohttp\n\nsession = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))\n"),
        Example("def fetch(url, verify_ssl=True):\n    ...\n"),
        Example(
            "import requests\n\ndef test_shop():\n    requests.get(URL, verify=False)\n",
            path="tests/test_shop.py",
        ),
        Example("https.get({ host, rejectUnauthorized: true }); // rejectUnauthorized: false\n", path="shop/prices.js"),
        Example("c := &tls.Config{MinVersion: tls.VersionTLS12}\n", path="shop/prices.go"),
        Example("curl --silent --keepalive-time 5 https://tea-shop.com\n# curl -k\n", path="bin/install.sh"),
        Example("validate_certs: yes\nverify_ssl: true\n", path="deploy.yaml"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        seen: tuple[str, Severity] | None = None
        if isinstance(node, cst.Call):
            seen = next(_call(node, at), None)
        elif isinstance(node, cst.Assign):
            seen = next(_assign(node, at), None)
        elif isinstance(node, cst.Param) and node.default is not None:
            seen = next(_default(node, node.default, at), None)
        if seen is not None:
            yield Sighting(node, seen[0], _softer(seen[1], node, at))

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _softer(severity: Severity, node: cst.CSTNode, at: Place) -> Severity:
    """A peer on the same machine needs no certificate, and who offers the option has to obey it."""
    is_asked = any(_ASKED.search(at.code(test)) for test, _ in outcomes_around(at, node))
    return Severity.LOW if is_asked or _LOCAL.search(at.code(node)) else severity


def _call(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    name = called(call, at)
    if name in _UNVERIFIED:
        yield f"`{quote(call.func, at)}` checks no certificates", Severity.HIGH
    if called_name(call) == "set_missing_host_key_policy":
        yield from _policy(call, at)
    for argument in call.args:
        yield from _option(argument, call, at)
    yield from _version(call, name, at)
    if called_name(call) == "set_option" and any("OPT_X_TLS_NEVER" in at.code(one.value) for one in call.args):
        yield f"`{quote(call, at)}`: {_NO_PEER}", Severity.HIGH
    if name.endswith("disable_warnings") and name.startswith(("urllib3.", "requests.")):
        yield f"`{quote(call.func, at)}` hides warnings about peers that were not verified", Severity.LOW


def _policy(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    for value in positional(call):
        policy = value.func if isinstance(value, cst.Call) else value
        if (match := _POLICIES.fullmatch(at.name(policy) or "")) is not None:
            yield f"`{match['name'] or match['bare']}` accepts whatever host answers", Severity.HIGH


def _option(argument: cst.Arg, call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    word = argument.keyword.value if argument.keyword is not None else ""
    value, shown = argument.value, quote(argument, at).rstrip(",")
    is_client = (word == "verify" and _is_client(call, at)) or (word == "ssl" and _is_aiohttp(call, at))
    if _is_off(word, value, at) or (is_client and literal_of(value, at) is False):
        yield f"`{shown}`: {_NO_PEER}", Severity.HIGH
    elif word == "known_hosts" and is_none(value) and called(call, at).startswith("asyncssh."):
        yield f"`{shown}` accepts whatever host answers", Severity.HIGH


def _is_off(word: str, value: cst.BaseExpression, at: Place) -> bool:
    """True if an option or attribute of that name, with that value, turns verification off wherever it stands."""
    if _is_cert_none(value, at) or at.name(value) in _UNVERIFIED:
        return True
    literal = literal_of(value, at) if word else None
    if word in ("ssl_cert_reqs", "cert_reqs") and (literal is not None or word == "ssl_cert_reqs"):
        return is_none(value) or str(literal).upper() in ("NONE", "CERT_NONE")
    return isinstance(literal, bool) and (word, literal) in _OPTIONS.items()


def _is_cert_none(node: cst.BaseExpression, at: Place) -> bool:
    name = at.name(node) or ""
    return name == "CERT_NONE" or name.endswith((".CERT_NONE", ".VERIFY_NONE"))


def _is_client(call: cst.Call, at: Place) -> bool:
    """True for calls that send requests or make what sends them; `verify` means other things elsewhere."""
    name = called(call, at)
    if name.startswith(_HTTP):
        return True
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _VERBS:
        owner = (dotted_name(call.func.value) or "").rpartition(".")[2]
        return _OWNERS.fullmatch(owner) is not None or _speaks_http(at)
    return _MAKERS.fullmatch(called_name(call)) is not None


def _speaks_http(at: Place) -> bool:
    return any(f"{origin}.".startswith(_HTTP) for origin in at.imports.values())


def _is_aiohttp(call: cst.Call, at: Place) -> bool:
    is_sender = called_name(call) in _VERBS or called_name(call) == "TCPConnector"
    return is_sender and any(origin.partition(".")[0] == "aiohttp" for origin in at.imports.values())


def _version(call: cst.Call, name: str, at: Place) -> Iterator[tuple[str, Severity]]:
    for argument in call.args:
        if (old := _old(argument.value, at)) is not None:
            yield f"`{quote(argument.value, at)}`: {old} {_OLD_TLS}", Severity.HIGH
        if argument.keyword is not None and argument.keyword.value in ("ssl_version", "tls_version", "min_version"):
            literal = literal_of(argument.value, at)
            if isinstance(literal, str) and _OLD_NAME.match(literal):
                yield f"`{quote(argument, at)}` {_OLD_TLS}", Severity.HIGH
    given = keyword(call, "ciphers") or (next(iter(positional(call)), None) if _sets_ciphers(call) else None)
    literal = literal_of(given, at) if given is not None else None
    if isinstance(literal, str) and (suite := weak_suite(literal)) is not None:
        yield f"`{suite}` allows broken ciphers", Severity.MEDIUM
    if name == "ssl.wrap_socket":
        yield f"`{quote(call.func, at)}` verifies nothing; use `SSLContext.wrap_socket`", Severity.MEDIUM


def _sets_ciphers(call: cst.Call) -> bool:
    return called_name(call) in ("set_ciphers", "set_cipher_list")


def _old(node: cst.BaseExpression, at: Place) -> str | None:
    """Return the old protocol a value stands for; the module must be `ssl`, pyOpenSSL or the like."""
    match = _OLD.fullmatch(at.name(node) or "") if isinstance(node, (cst.Attribute, cst.Name)) else None
    return next(filter(None, match.groups())).replace("_", ".") if match else None


def _assign(node: cst.Assign, at: Place) -> Iterator[tuple[str, Severity]]:
    for target in node.targets:
        where = target.target
        if isinstance(where, cst.Subscript):
            yield from _variable(where, node.value, at)
        if not isinstance(where, cst.Attribute):
            continue
        word, shown = where.attr.value, f"`{quote(node, at)}`"
        is_session = _OWNERS.fullmatch((dotted_name(where.value) or "").rpartition(".")[2]) and _speaks_http(at)
        if _is_off(word, node.value, at) or (word == "verify" and is_session and literal_of(node.value, at) is False):
            yield f"{shown}: {_NO_PEER}", Severity.HIGH
        elif word == "hostkeys" and is_none(node.value):
            yield f"{shown} accepts whatever host answers", Severity.HIGH
        elif word in ("minimum_version", "ssl_version") and (old := _old(node.value, at)) is not None:
            yield f"{shown}: {old} {_OLD_TLS}", Severity.HIGH


def _variable(target: cst.Subscript, value: cst.BaseExpression, at: Place) -> Iterator[tuple[str, Severity]]:
    index = target.slice[0].slice
    name = literal_of(index.value, at) if isinstance(index, cst.Index) else None
    if isinstance(name, str) and name in _VARIABLES and literal_of(value, at) == _VARIABLES[name]:
        yield f"`{name}` is set so that {_NO_PEER}", Severity.HIGH


def _default(parameter: cst.Param, default: cst.BaseExpression, at: Place) -> Iterator[tuple[str, Severity]]:
    if _is_off(parameter.name.value, default, at):
        yield f"`{quote(parameter, at)}`: {_NO_PEER} unless a caller asks for it", Severity.MEDIUM
    elif (old := _old(default, at)) is not None:
        yield f"`{quote(default, at)}`: {old} {_OLD_TLS}", Severity.HIGH
