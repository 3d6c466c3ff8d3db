import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, JVM, PHP, RUBY, SCRIPT, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, is_false, is_true, quote, text_of
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import HOLE, called_name
from reviewer.analysis.tokens import Token

_STANDARD = regex(
    r"xml\.etree\.c?ElementTree\.(?:parse|fromstring|fromstringlist|iterparse|XML|XMLID|XMLParser|XMLPullParser)|"
    r"xml\.dom\.(?:minidom|pulldom|expatbuilder)\.(?:parse|parseString|parseFragment)|"
    r"xml\.sax\.(?:parse|parseString|make_parser|expatreader\.create_parser|expatreader\.ExpatParser)|"
    r"xml\.parsers\.expat\.ParserCreate|elementtree\.ElementTree\.(?:parse|fromstring)"
)
_LXML = regex(r"lxml\.(?:etree|objectify)\.(?:parse|fromstring|fromstringlist|iterparse|XML|XMLID)")
_LXML_PARSERS = regex(r"lxml\.(?:etree\.(?:XMLParser|XMLPullParser|ETCompatXMLParser)|objectify\.makeparser)")
_OPENED = ("resolve_entities", "load_dtd", "dtd_validation", "huge_tree")
_FEATURES = regex(r"feature_external_(?:ges|pes)|external-(?:general|parameter)-entities")
_OUTSIDE = regex(
    r"request|recv|\bbody\b|payload|\bform\b|upload|response|untrusted|user|stdin|argv|\binput\b|download|urlopen|"
    r"\bfiles?\b|\.content|\.data\b|\bdata\b|\.text\b|message|soap|xml_?(?:string|data|text|content|input|body)",
    re.IGNORECASE,
)
_SIGNS = (
    sign(
        JVM,
        r"DocumentBuilderFactory\.newInstance\(|SAXParserFactory\.newInstance\(|XMLInputFactory\.new(?:Instance|"
        r"Factory)\(|new SAXBuilder\(|new SAXReader\(|XMLReaderFactory\.createXMLReader\(|new XMLReader\(",
        "`{0}` follows entities until it is told not to",
        unless=r"disallow-doctype-decl|FEATURE_SECURE_PROCESSING|SUPPORT_DTD|IS_SUPPORTING_EXTERNAL_ENTITIES|"
        r"external-general-entities|ACCESS_EXTERNAL_DTD",
    ),
    sign(
        JVM,
        r"(?:TransformerFactory|SchemaFactory)\.newInstance\(",
        "`{0}` follows entities until it is told not to",
        Severity.LOW,
        unless=r"FEATURE_SECURE_PROCESSING|ACCESS_EXTERNAL_(?:DTD|STYLESHEET|SCHEMA)",
    ),
    sign(
        SCRIPT,
        r"\bnoent:true\b|\breplaceEntities:true\b|\bresolveEntities:true\b",
        "`{0}` follows entities",
        Severity.HIGH,
    ),
    sign(
        PHP,
        r"libxml_disable_entity_loader\(false\)|\bLIBXML_NOENT\b|\bLIBXML_DTDLOAD\b",
        "`{0}` follows entities",
        Severity.HIGH,
    ),
    sign(
        CSHARP,
        r"DtdProcessing\.Parse|XmlResolver=new XmlUrlResolver|ProhibitDtd=false",
        "`{0}` follows entities",
        Severity.HIGH,
    ),
    sign(RUBY, r"\.noent\b|Nokogiri::XML::ParseOptions::NOENT", "`{0}` follows entities", Severity.HIGH),
)


class Xxe(PythonRule, TokenRule):
    """XML is read by a parser that follows entities, or lets them grow without end.

    Why look: a small document can read files of this machine, call other machines, or fill the memory.
    Ask: who can write this XML, and would `defusedxml` do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 611
    words = (
        "arse", "fromstring", "XML", "sax", "expat", "Feature", "DocumentBuilder", "SAX", "noent", "Entities",
        "LIBXML", "libxml", "DtdProc", "XmlResolver", "TransformerFactory", "SchemaFactory", "ProhibitDtd", "NOENT",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import xml.etree.ElementTree as ET\n\ndef order(request):\n    return ET.fromstring(request.body)\n"),
        Example(
            "from xml.etree import ElementTree\n\nfor event, node in ElementTree.iterparse(path):\n    show(node)\n",
        ),
        Example("from xml.dom.minidom import parseString as parse_order\n\ntree = parse_order(upload)\n"),
        Example("import xml.sax\n\nxml.sax.parse(path, handler)\nparser = xml.sax.make_parser()\n"),
        Example("from xml.dom import pulldom\n\nevents = pulldom.parse(stream)\n"),
        Example("from xml.parsers import expat\n\nparser = expat.ParserCreate()\n"),
        Example("from lxml import etree\n\ntree = etree.parse(path)\n"),
        Example("from lxml import etree\n\nparser = etree.XMLParser(resolve_entities=True, no_network=False)\n"),
        Example("import xml.sax.handler\n\nparser.setFeature(xml.sax.handler.feature_external_ges, True)\n"),
        Example("import xmltodict\n\norder = xmltodict.parse(text, disable_entities=False)\n"),
        Example(
            "DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();\n",
            path="shop/A.java",
        ),
        Example("const order = libxml.parseXml(text, { noent: true });\n", path="shop/order.js"),
        Example("<?php\n$order->loadXML($text, LIBXML_NOENT);\n", path="shop/order.php"),
    )
    VALID = (
        Example("import defusedxml.ElementTree as ET\n\ntree = ET.fromstring(request.body)\n"),
        Example("import xml.etree.ElementTree as ET\n\nnode = ET.Element('order')\ntext = ET.tostring(node)\n"),
        Example(
            "import xml.etree.ElementTree as ET\nimport defusedxml\n\ndefusedxml.defuse_stdlib()\nET.parse(path)\n",
        ),
        Example(
            "from lxml import etree\n\nsafe = etree.XMLParser(resolve_entities=False)\ntree = etree.parse(path, safe)\n"
        ),
        Example("from lxml import etree\n\ntree = etree.fromstring(text, parser=SAFE)\n"),
        Example("from lxml import etree, html\n\ntree = html.fromstring(page)\nparser = etree.HTMLParser()\n"),
        Example("import xml.sax.handler\n\nparser.setFeature(xml.sax.handler.feature_external_ges, False)\n"),
        Example("import json, argparse\n\narguments = argparse.ArgumentParser().parse_args()\n"),
        Example("import xml.etree.ElementTree as ET\n\ndef test_it():\n    ET.parse(FILE)\n", path="tests/test_it.py"),
        Example(
            "f = DocumentBuilderFactory.newInstance();\n"
            'f.setFeature("http://apache.org/xml/features/disallow-doctype-decl" true);\n',
            path="shop/A.java",
        ),
        Example("const order = libxml.parseXml(text, { noent: false });\n", path="shop/order.js"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        name = called(node, at)
        if _STANDARD.fullmatch(name):
            if not _is_defused(at) and not _has_parser(node, name):
                says = "lets entities grow without end; see `defusedxml`"
                yield Sighting(node, f"`{quote(node.func, at)}` {says}", _weight(node, at))
        elif _LXML.fullmatch(name):
            if not _has_parser(node, name) and not is_false(keyword(node, "resolve_entities")):
                yield Sighting(node, f"`{quote(node.func, at)}` follows entities by default", _weight(node, at))
        elif _LXML_PARSERS.fullmatch(name):
            yield from _parser(node, at)
        elif called_name(node) == "setFeature":
            yield from _feature(node, at)
        elif name.startswith("xmltodict.") and is_false(keyword(node, "disable_entities")):
            yield Sighting(node, f"`{quote(node.func, at)}` with `disable_entities=False` follows entities")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _is_defused(at: Place) -> bool:
    return any("defuse_stdlib(" in line for line in at.source.lines)


def _has_parser(call: cst.Call, name: str) -> bool:
    """True if the parser is given: it is judged where it is made. The second argument of `xml.sax` is a handler."""
    has_second = len(positional(call)) > 1 and "etree" in name.lower() and not name.endswith("iterparse")
    return keyword(call, "parser") is not None or has_second


def _weight(call: cst.Call, at: Place) -> Severity:
    """Text that stands in the code harms nobody; what comes from outside may."""
    given = next(iter(positional(call)), None)
    if given is None:
        return Severity.LOW
    text = text_of(given, at)
    if text and HOLE not in text:
        return Severity.INFO
    return Severity.MEDIUM if _OUTSIDE.search(at.code(given)) else Severity.LOW


def _parser(call: cst.Call, at: Place) -> Iterator[Sighting]:
    given = keyword(call, "resolve_entities")
    opened = next((word for word in _OPENED if is_true(keyword(call, word))), None)
    if is_false(keyword(call, "no_network")) or opened is not None:
        option = f"{opened}=True" if opened is not None else "no_network=False"
        severity = Severity.LOW if opened == "huge_tree" else Severity.HIGH
        yield Sighting(call, f"`{quote(call.func, at)}` with `{option}` follows entities", severity)
    elif given is None and not has_double_star(call):
        yield Sighting(
            call, f"`{quote(call.func, at)}` without `resolve_entities=False` follows entities", Severity.LOW
        )


def _feature(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = positional(call)
    if len(values) == 2 and _FEATURES.search(at.code(values[0])) and at.code(values[1]) in ("True", "1"):
        yield Sighting(call, f"`{quote(call, at)}` follows entities to files and other machines", Severity.HIGH)
