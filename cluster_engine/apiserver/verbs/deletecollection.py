"""Delete a collection: list, then delete each as a single delete would. Models pkg/registry/generic/registry/store.go (DeleteCollection)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from cluster_engine.apiserver.call import Call, Outcome, Page
from cluster_engine.apiserver.verbs.delete import delete_record
from cluster_engine.apiserver.verbs.list import list_
from cluster_engine.machinery.status import ApiError

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def delete_collection(server: "APIServer", call: Call) -> Outcome:
    """Delete all that the selectors match; answers with the list of what they were."""
    page = list_(server, call).listed
    assert page is not None
    for record in page.records:
        meta = record.object["metadata"]
        one = replace(call, name=meta["name"], namespace=meta.get("namespace", ""))
        try:
            delete_record(server, one, record)
        except ApiError as error:
            if error.code != 404:
                raise
    return Outcome(listed=Page(page.records, server.store.revision))
