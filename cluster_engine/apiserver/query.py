"""Query parameters: the options of each verb, and what is wrong with them.

Models k8s.io/apimachinery/pkg/apis/meta/{v1,internalversion}/validation and their conversion from url.Values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from cluster_engine.machinery import field as fields
from cluster_engine.machinery.field import Errors, FieldError
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, bad_request, invalid

META_GROUP = "meta.k8s.io"
FIELD_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
PROPAGATIONS = ("Foreground", "Background", "Orphan")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a request; those that a verb does not have keep their defaults."""

    dry_run: bool = False
    field_manager: str = ""
    field_validation: str = ""
    force: bool = False
    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_token: str = ""
    resource_version: str = ""
    resource_version_match: str = ""
    watch: bool = False
    bookmarks: bool = False
    send_initial_events: bool | None = None
    timeout: int | None = None


NO_OPTIONS = Options()
DRY = Options(dry_run=True)
Query = Mapping[str, list[str]]


def parse(query: str) -> dict[str, list[str]]:
    """The parameters of a raw query."""
    return parse_qs(query, keep_blank_values=True) if query else {}


def text(query: Query, name: str) -> str:
    values = query.get(name)
    return values[0] if values else ""


def number(query: Query, name: str) -> int | None:
    """An integer parameter. Raises 400 worded as Go's strconv."""
    value = text(query, name)
    if not value:
        return None
    digits = value[1:] if value[0] in "+-" else value
    if not digits.isascii() or not digits.isdigit():
        raise bad_request(f"strconv.ParseInt: parsing {fields.quoted(value)}: invalid syntax")
    found = int(value)
    if not -(2**63) <= found < 2**63:
        raise bad_request(f"strconv.ParseInt: parsing {fields.quoted(value)}: value out of range")
    return found


def flag(query: Query, name: str) -> bool | None:
    """A boolean parameter: "false" and "0" are false, anything else (even nothing) is true."""
    values = query.get(name)
    if values is None:
        return None
    return values[0].lower() not in ("false", "0")


def write_options(query: Query, kind: str) -> Options:
    """CreateOptions, UpdateOptions or PatchOptions. Raises 422 for bad ones."""
    if not query:
        return NO_OPTIONS
    options = Options(
        dry_run=bool(query.get("dryRun")),
        field_manager=text(query, "fieldManager"),
        field_validation=text(query, "fieldValidation"),
        force=bool(flag(query, "force")),
    )
    errors = _dry_run_errors(query.get("dryRun", [])) + _manager_errors(options.field_manager)
    if options.field_validation not in FIELD_VALIDATIONS:
        errors.append(fields.not_supported("fieldValidation", options.field_validation, FIELD_VALIDATIONS))
    if errors:
        raise invalid(META_GROUP, kind, "", errors)
    return options


def patch_options(query: Query, patch_type: str) -> Options:
    """PatchOptions, whose rules differ for server-side apply."""
    options = write_options(query, "PatchOptions")
    errors: Errors = []
    if patch_type != "apply" and flag(query, "force") is not None:
        errors.append(fields.forbidden("force", "may not be specified for non-apply patch"))
    if patch_type == "apply" and not options.field_manager:
        errors.append(fields.required("fieldManager", "is required for apply patch"))
    if errors:
        raise invalid(META_GROUP, "PatchOptions", "", errors)
    return options


def _dry_run_errors(values: list[str]) -> Errors:
    if all(v == "All" for v in values):
        return []
    shown = fields.shown(values)
    return [FieldError("dryRun", "Unsupported value", f'Unsupported value: {shown}: supported values: "All"')]


def _manager_errors(manager: str) -> Errors:
    if len(manager.encode()) > 128:
        return [fields.too_long("fieldManager", 128)]
    for position, char in enumerate(manager):
        if not char.isprintable():
            return [fields.invalid("fieldManager", manager, f"invalid character U+{ord(char):04X} (at position {position})")]
    return []


def list_options(query: Query) -> Options:
    """ListOptions of a list or watch. Raises 400 for unreadable ones, 422 for those that contradict each other."""
    if not query:
        return NO_OPTIONS
    options = Options(
        label_selector=text(query, "labelSelector"), field_selector=text(query, "fieldSelector"), limit=number(query, "limit") or 0,
        continue_token=text(query, "continue"), resource_version=text(query, "resourceVersion"),
        resource_version_match=text(query, "resourceVersionMatch"), watch=bool(flag(query, "watch")),
        bookmarks=bool(flag(query, "allowWatchBookmarks")), send_initial_events=flag(query, "sendInitialEvents"),
        timeout=number(query, "timeoutSeconds"),
    )  # fmt: skip
    errors = _watch_errors(options) if options.watch else _list_errors(options)
    if errors:
        raise invalid(META_GROUP, "ListOptions", "", errors)
    return options


def _list_errors(options: Options) -> Errors:
    errors: Errors = []
    match, version = options.resource_version_match, options.resource_version
    path = "resourceVersionMatch"
    if match:
        if not version:
            errors.append(fields.forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        if options.continue_token:
            errors.append(fields.forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
        if match not in ("Exact", "NotOlderThan"):
            errors.append(_unsupported(path, match, ("Exact", "NotOlderThan", "")))
        if match == "Exact" and version == "0":
            errors.append(fields.forbidden(path, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    if options.send_initial_events is not None:
        errors.append(fields.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return errors


def _watch_errors(options: Options) -> Errors:
    errors: Errors = []
    match, initial = options.resource_version_match, options.send_initial_events
    path = "resourceVersionMatch"
    if options.continue_token:
        errors.append(fields.forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
    if match:
        if initial is None:
            errors.append(fields.forbidden(path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        if match != "NotOlderThan":
            if initial is not None:
                errors.append(fields.forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
            errors.append(_unsupported(path, match, ("NotOlderThan",)))
    elif initial is not None:
        errors.append(fields.forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
    return errors


def _unsupported(path: str, value: str, supported: tuple[str, ...]) -> FieldError:
    """An unsupported value whose alternatives come in upstream's order, which is not the alphabet's."""
    listed = ", ".join(fields.quoted(v) for v in supported)
    return FieldError(path, "Unsupported value", f"Unsupported value: {fields.quoted(value)}: supported values: {listed}")


def delete_options(query: Query) -> Manifest:
    """DeleteOptions as the query gives them, where the request has no body."""
    options: Manifest = {}
    if (grace := number(query, "gracePeriodSeconds")) is not None:
        options["gracePeriodSeconds"] = grace
    if policy := text(query, "propagationPolicy"):
        options["propagationPolicy"] = policy
    if (orphan := flag(query, "orphanDependents")) is not None:
        options["orphanDependents"] = orphan
    if dry := query.get("dryRun"):
        options["dryRun"] = dry
    if (ignore := flag(query, "ignoreStoreReadErrorWithClusterBreakingPotential")) is not None:
        options["ignoreStoreReadErrorWithClusterBreakingPotential"] = ignore
    return options


def check_delete_options(options: Manifest) -> None:
    """Raises 422 when the options contradict each other."""
    errors: Errors = []
    policy = options.get("propagationPolicy")
    if policy is not None and options.get("orphanDependents") is not None:
        errors.append(fields.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"))
    elif policy is not None and policy not in PROPAGATIONS:
        errors.append(_unsupported("propagationPolicy", policy, (*PROPAGATIONS, "nil")))
    errors += _dry_run_errors(options.get("dryRun") or [])
    if errors:
        raise invalid(META_GROUP, "DeleteOptions", "", errors)


def parse_revision(value: str) -> int:
    """A resourceVersion as a number. Raises ValueError worded as upstream's field error."""
    if not value:
        return 0
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"resourceVersion: Invalid value: {fields.quoted(value)}: strconv.ParseUint: parsing {fields.quoted(value)}: invalid syntax")
    return int(value)


def unreadable_revision(error: ValueError) -> ApiError:
    """What a get or watch answers to a resourceVersion that is no number: upstream gives a bare 500 here."""
    return ApiError(500, "", str(error))
