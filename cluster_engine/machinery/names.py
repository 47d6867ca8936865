"""Names: which texts may stand as names, label keys and values, ports, keys of maps; each check gives the reasons why not.

Models k8s.io/apimachinery/pkg/util/validation/validation.go, pkg/api/validate/content/kube.go and pkg/api/validation/generic.go.
Every `is_...` function returns messages, none when the value is good. Lengths are bytes, as in Go.
"""

import re
from collections.abc import Callable

NameCheck = Callable[[str, bool], list[str]]

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = LABEL + r"(\." + LABEL + ")*"
LABEL_UNDERSCORE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SUBDOMAIN_UNDERSCORE = LABEL_UNDERSCORE + r"(\." + LABEL_UNDERSCORE + ")*"
DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
WILDCARD = r"\*\." + SUBDOMAIN
LABEL_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
LABEL_VALUE = f"({LABEL_KEY})?"
CONFIG_KEY = "[-._a-zA-Z0-9]+"
C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
PERCENT = "[0-9]+%"
HTTP_HEADER = "[-A-Za-z0-9]+"
HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_label, _subdomain, _dns1035 = (re.compile(p).fullmatch for p in (LABEL, SUBDOMAIN, DNS1035))
_key, _value, _config_key = (re.compile(p).fullmatch for p in (LABEL_KEY, LABEL_VALUE, CONFIG_KEY))
_wildcard, _subdomain_underscore = (re.compile(p).fullmatch for p in (WILDCARD, SUBDOMAIN_UNDERSCORE))
_http_path = re.compile(HTTP_PATH).fullmatch

RULE_LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
RULE_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
)
RULE_SUBDOMAIN_UNDERSCORE = RULE_SUBDOMAIN.replace("characters, '-'", "characters, '_', '-'")
RULE_DNS1035 = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
)
RULE_WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
    "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
RULE_KEY = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
RULE_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)


def size(text: str) -> int:
    """Length in bytes of UTF-8, which is what Go's len counts."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def regex_error(message: str, pattern: str, *examples: str) -> str:
    """A message that names the regular expression, worded as upstream does, odd spaces included."""
    if not examples:
        return f"{message} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{e}', " for e in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{pattern}')"


def max_length(limit: int) -> str:
    return f"must be no more than {limit} characters"


def inclusive_range(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def is_dns1123_label(value: str) -> list[str]:
    found = [max_length(63)] if size(value) > 63 else []
    if _label(value):
        return found
    return [*found, "must not contain dots" if _subdomain(value) else regex_error(RULE_LABEL, LABEL, "my-name", "123-abc")]


def is_dns1123_subdomain(value: str) -> list[str]:
    found = [max_length(253)] if size(value) > 253 else []
    return found if _subdomain(value) else [*found, regex_error(RULE_SUBDOMAIN, SUBDOMAIN, "example.com")]


def is_dns1123_subdomain_with_underscore(value: str) -> list[str]:
    found = [max_length(253)] if size(value) > 253 else []
    return found if _subdomain_underscore(value) else [*found, regex_error(RULE_SUBDOMAIN_UNDERSCORE, SUBDOMAIN_UNDERSCORE, "example.com")]


def is_dns1035_label(value: str) -> list[str]:
    found = [max_length(63)] if size(value) > 63 else []
    return found if _dns1035(value) else [*found, regex_error(RULE_DNS1035, DNS1035, "my-name", "abc-123")]


def is_wildcard_dns1123_subdomain(value: str) -> list[str]:
    found = [max_length(253)] if size(value) > 253 else []
    return found if _wildcard(value) else [*found, regex_error(RULE_WILDCARD, WILDCARD, "*.example.com")]


def is_qualified_name(value: str) -> list[str]:
    """A label key: an optional DNS prefix, `/`, and a name."""
    prefix, slash, name = value.rpartition("/")
    if "/" in prefix:
        rule = regex_error(RULE_KEY, LABEL_KEY, "MyName", "my.name", "123-abc")
        return [f"a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    found = _prefix_errors(prefix) if slash else []
    if not name:
        found.append("name part must be non-empty")
    elif size(name) > 63:
        found.append("name part must be no more than 63 bytes")
    if not _key(name):
        found.append("name part " + regex_error(RULE_KEY, LABEL_KEY, "MyName", "my.name", "123-abc"))
    return found


is_label_key = is_qualified_name


def _prefix_errors(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    found = ["prefix part must be no more than 253 bytes"] if size(prefix) > 253 else []
    return found if _subdomain(prefix) else [*found, "prefix part " + regex_error(RULE_SUBDOMAIN, SUBDOMAIN, "example.com")]


def is_label_value(value: str) -> list[str]:
    found = ["must be no more than 63 bytes"] if size(value) > 63 else []
    return found if _value(value) else [*found, regex_error(RULE_VALUE, LABEL_VALUE, "MyValue", "my_value", "12345")]


def is_c_identifier(value: str) -> list[str]:
    if re.fullmatch(C_IDENTIFIER, value):
        return []
    rule = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"
    return [regex_error(rule, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")]


def is_port_number(port: int) -> list[str]:
    return [] if 1 <= port <= 65535 else [inclusive_range(1, 65535)]


def is_in_range(value: int, low: int, high: int) -> list[str]:
    return [] if low <= value <= high else [inclusive_range(low, high)]


def is_user_or_group_id(value: int) -> list[str]:
    return is_in_range(value, 0, 0xFFFFFFFF)


def is_port_name(port: str) -> list[str]:
    """An IANA service name: 15 bytes of lower case letters, digits and single inner hyphens, with a letter."""
    checks = (
        (size(port) > 15, max_length(15)),
        (not re.fullmatch("[-a-z0-9]+", port), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (not re.search("[a-z]", port), "must contain at least one letter (a-z)"),
        ("--" in port, "must not contain consecutive hyphens"),
        (port[:1] == "-" or port[-1:] == "-", "must not begin or end with a hyphen"),
    )
    return [message for bad, message in checks if bad]


def is_percent(value: str) -> list[str]:
    if re.fullmatch(PERCENT, value):
        return []
    return [regex_error("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, "1%", "93%")]


def is_http_header_name(value: str) -> list[str]:
    if re.fullmatch(HTTP_HEADER, value):
        return []
    return [regex_error("a valid HTTP header must consist of alphanumeric characters or '-'", HTTP_HEADER, "X-Header-Name")]


def is_env_var_name(value: str) -> list[str]:
    """Since v1.34 any printable ASCII but `=`."""
    if not value:
        return ["environment variable name must be non-empty"]
    if all(" " <= c <= "~" and c != "=" for c in value):
        return []
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]


def is_config_map_key(value: str) -> list[str]:
    found = [max_length(253)] if size(value) > 253 else []
    if not _config_key(value):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        found.append(regex_error(rule, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    if value in (".", ".."):
        found.append(f"must not be '{value}'")
    elif value.startswith(".."):
        found.append("must not start with '..'")
    return found


def is_http_path(value: str) -> bool:
    return _http_path(value) is not None


# Checks of metadata.name, for Kind.validate_name. A generated name may end in "-", since five letters follow it.


def _unmasked(name: str, generated: bool) -> str:
    """The name with its trailing dash (and, as upstream does it, the letter before) covered."""
    return name[:-2] + "a" if generated and len(name) > 1 and name.endswith("-") else name


def dns_subdomain_name(name: str, generated: bool) -> list[str]:
    return is_dns1123_subdomain(_unmasked(name, generated))


def dns_label_name(name: str, generated: bool) -> list[str]:
    return is_dns1123_label(_unmasked(name, generated))


def dns1035_label_name(name: str, generated: bool) -> list[str]:
    return is_dns1035_label(_unmasked(name, generated))


namespace_name = dns_label_name


def path_segment_name(name: str, generated: bool) -> list[str]:
    """Whatever can stand as one segment of a URL's path: the rule of RBAC's names, and the least rule of all."""
    if generated:
        return path_segment_prefix(name)
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return path_segment_prefix(name)


def path_segment_prefix(name: str) -> list[str]:
    return [f"may not contain '{c}'" for c in "/%" if c in name]
