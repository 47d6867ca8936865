"""Changing one object from its page: edit its YAML, scale, delete. The API judges; what it refuses stands beside what was typed."""

import orjson
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cluster_engine.machinery.yaml import YamlError, read
from explorer.api.inside import Answer
from explorer.pages.objects import described, fetched, object_path
from explorer.pages.visit import Visit, frame, on_cluster, show

PROPAGATION = ("Background", "Foreground", "Orphan")


async def _said(visit: Visit, answer: Answer, done: str) -> None:
    await visit.kept(answer)
    level, tag, text = (messages.SUCCESS, "good", done) if answer.ok else (messages.ERROR, "bad", answer.message)
    await sync_to_async(messages.add_message)(visit.request, level, text, extra_tags=tag)


@require_POST
@on_cluster
async def edit(visit: Visit, resource: str, namespace: str, object_name: str) -> HttpResponse:
    """Replace the object by the typed YAML, if nobody changed it meanwhile."""
    kind, _ = fetched(visit, resource, namespace, object_name)
    text = visit.request.POST.get("text", "")
    try:
        found = [d for d in read(text) if d.parsed.value is not None]
        wrong = "" if len(found) == 1 else "One object's YAML is expected here."
    except YamlError as error:
        found, wrong = [], f"Line {error.line}: {error}"
    if not wrong:
        body = orjson.dumps(found[0].parsed.value, default=str)
        answer = visit.call("PUT", object_path(kind, namespace, object_name), body, fieldManager="form", fieldValidation="Strict")
        if answer.ok:
            await _said(visit, answer, f"{object_name} is changed, at revision {answer.revision}.")
            return redirect("object", visit.row.name, resource, namespace, object_name)
        wrong = answer.message
    context = frame(visit, "Objects") | described(visit, resource, namespace, object_name) | {"editable": text, "wrong": wrong, "editing": True}
    return await show(visit, "objects/object.html", context, status=422)


@require_POST
@on_cluster
async def scale(visit: Visit, resource: str, namespace: str, object_name: str) -> HttpResponse:
    kind, _ = fetched(visit, resource, namespace, object_name)
    wanted = visit.request.POST.get("replicas", "")
    if not wanted.isdigit() or int(wanted) > 10000:
        await _said(visit, Answer(422, b'{"message": "Replicas is a whole number from 0 to 10000."}'), "")
    else:
        body = orjson.dumps({"spec": {"replicas": int(wanted)}})
        path = f"{object_path(kind, namespace, object_name)}/scale"
        await _said(visit, visit.call("PATCH", path, body, kind="application/merge-patch+json", fieldManager="form"), f"{object_name} now wants {wanted} pods.")
    return redirect("object", visit.row.name, resource, namespace, object_name)


@require_POST
@on_cluster
async def delete(visit: Visit, resource: str, namespace: str, object_name: str) -> HttpResponse:
    kind, _ = fetched(visit, resource, namespace, object_name)
    wanted = visit.request.POST.get("propagation", "Background")
    options = {"propagationPolicy": wanted if wanted in PROPAGATION else "Background"}
    answer = visit.call("DELETE", object_path(kind, namespace, object_name), orjson.dumps(options))
    await _said(visit, answer, f"{kind.kind} {object_name} is being deleted.")
    if not answer.ok:
        return redirect("object", visit.row.name, resource, namespace, object_name)
    return redirect("objects-of", visit.row.name, resource)
