"""Protobuf: bodies of clients that speak Kubernetes' binary form, such as kubectl's typed commands and Go programs.

Only reading is offered: every such client also takes JSON for an answer. `fields.txt` tells the numbers and types of each
message's fields; an `inline` field's own fields stand in its parent. Models k8s.io/apimachinery/pkg/runtime/serializer/protobuf.
"""

from cluster_engine.machinery.protobuf.reader import PREFIX, ProtobufError, parse

__all__ = ["PREFIX", "ProtobufError", "parse"]
