"""Machinery: what all Kubernetes objects share, as pure functions on raw manifests (dicts).

What belongs here: field paths and errors, Status, selectors, quantities, names, patches (JSON, merge, strategic),
server-side apply, schemas. What does not: the shape of any one kind (resources), storage or transport.
Models k8s.io/apimachinery. Every room above may import it; it imports kernel only.

Where to enter:

    names.is_dns1123_label(value) -> list[str]              and its siblings: messages, none when the value is good
    names.dns_subdomain_name(name, generated) -> list[str]  and siblings: for Kind.validate_name
    object_meta.validate(meta, namespaced, validate_name, path="metadata") -> Errors
    object_meta.validate_update(meta, old_meta, path="metadata") -> Errors
    quantity.parse(text) -> Quantity (ValueError); quantity.canonical(text) -> str; Quantity orders and adds
    selectors.parse(text) -> Selector (SelectorError); selectors.from_object(label_selector | None) -> Selector;
        Selector.matches(labels) -> bool; selectors.validate(label_selector, path) -> Errors
    field_selectors.parse(text) -> FieldSelector; .matches(getter); .requirements
    json_text.parse(body) -> Parsed(value, repeated); JsonSyntaxError worded as Go's
    yaml.parse(text) -> Parsed; yaml.read(text) -> documents with the line of every field; YamlError with the line
    schema.load(path="") -> Definitions; Definitions.kind(group, version, kind) -> Schema | None
    schema.decode.decode(raw, schema) -> Decoded(manifest, strict): strict = ('unknown field "spec.x"', ...); DecodeError
    patch.json_patch, patch.merge_patch, patch.strategic: read(body), then apply(document, patch[, schema]) -> a new document;
        both refuse with ApiError
    managed_fields.FieldManager(schema, resets, at_version).on_update(live, new, manager, now, subresource) -> manifest
        .on_apply(live, patch, manager, now, force, subresource) -> manifest | None (None: nothing would change); ApiError
    structural.prune.read(raw, schema, meta) -> Decoded; structural.validate.validate(value, schema) -> Errors;
        structural.rules.check(value, schema, old) -> Errors; structural.definition.check(schema, path) -> Errors
"""
