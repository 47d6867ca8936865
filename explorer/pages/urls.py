"""Addresses of everything people look at."""

from django.urls import URLPattern, path

from explorer.pages import apply, classroom, clock, editing, etcd, faults, home, inspect, objects, requests, scheduler, traces, workspace

NAME = "clusters/<str:name>/"
OBJECT = NAME + "objects/<str:resource>/<str:namespace>/<str:object_name>/"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("clusters/", home.create, name="create-cluster"),
    path("tour-done", home.tour_done, name="tour-done"),
    path("classroom/", classroom.classroom, name="classroom"),
    path(NAME, workspace.workspace, name="map"),
    path(NAME + "delete", home.delete, name="delete-cluster"),
    path(NAME + "wake", home.wake, name="wake-cluster"),
    path(NAME + "clock", clock.clock, name="clock"),
    path(NAME + "events", workspace.events, name="events"),
    path(NAME + "diagram", workspace.diagram, name="feed-path"),
    path(NAME + "inspect/", inspect.inspect, {"part": "cluster"}, name="inspect-base"),
    path(NAME + "inspect/<path:part>", inspect.inspect, name="inspect"),
    path(NAME + "apply/", apply.apply, name="apply"),
    path(NAME + "apply/check", apply.check, name="apply-check"),
    path(NAME + "apply/run", apply.run, name="apply-run"),
    path(NAME + "apply/fields", apply.fields, name="apply-fields"),
    path(NAME + "apply/samples/<str:sample>", apply.sample, name="apply-sample"),
    path(NAME + "apply/form/<str:kind>", apply.form, name="apply-form"),
    path(NAME + "objects/", objects.kinds, name="objects"),
    path(NAME + "objects/<str:resource>/", objects.table, name="objects-of"),
    path(OBJECT, objects.one, name="object"),
    path(OBJECT + "panel/<str:panel>", objects.panel, name="object-panel"),
    path(OBJECT + "edit", editing.edit, name="object-edit"),
    path(OBJECT + "scale", editing.scale, name="object-scale"),
    path(OBJECT + "delete", editing.delete, name="object-delete"),
    path(NAME + "scheduler/", scheduler.decisions, name="scheduler"),
    path(NAME + "scheduler/<int:number>", scheduler.decisions, name="decision"),
    path(NAME + "etcd/", etcd.etcd, name="etcd"),
    path(NAME + "etcd/do", etcd.act, name="etcd-act"),
    path(NAME + "requests/", requests.requests, name="requests"),
    path(NAME + "requests/<str:request_id>", requests.request, name="request"),
    path(NAME + "faults/", faults.faults, name="faults"),
    path(NAME + "faults/do", faults.act, name="fault-act"),
    path(NAME + "trace/", traces.choose, name="traces"),
    path(NAME + "trace/<str:resource>/<str:namespace>/<str:object_name>", traces.trace, name="trace"),
]
