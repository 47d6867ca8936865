from explorer.pages.submission import Submission, difference, documents, repair


class NoVisit:
    """A submission that is only read needs nobody who visits."""


def located(text: str, path: str) -> int:
    submission = Submission(NoVisit(), text)  # type: ignore[arg-type]
    return submission._line(submission.documents[0], path)[0]


TEXT = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: app
      image: nginx
    - name: side
      image: busybox
"""


def test_a_field_is_found_in_its_line() -> None:
    assert located(TEXT, "spec.containers[1].image") == 10


def test_a_field_that_is_missing_is_told_at_the_nearest_one_around_it() -> None:
    assert located(TEXT, "spec.containers[0].ports[0].containerPort") == 7


def test_list_items_named_by_their_keys_are_found() -> None:
    assert located(TEXT, '.spec.containers[name="side"].image') == 10


def test_broken_yaml_says_its_line() -> None:
    _, problem = documents("a: 1\nb: [\n")
    assert problem is not None and problem.line >= 2


def test_an_alias_bomb_is_refused_quickly() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
    assert documents(bomb)[1] is not None


def test_too_many_objects_are_refused_with_a_line() -> None:
    _, problem = documents("---\n".join(["kind: A\n"] * 1001))
    assert problem is not None and "1001" in problem.message


def test_lists_are_taken_apart_and_keep_their_lines() -> None:
    found, _ = documents("kind: List\nitems:\n  - kind: A\n    metadata:\n      name: x\n")
    assert [d.parsed.value["kind"] for d in found] == ["A"] and found[0].lines["metadata.name"] == 5


def test_a_near_name_of_a_closed_list_is_the_repair() -> None:
    assert repair("Alway", 'Unsupported value: "Alway": supported values: "Always", "IfNotPresent", "Never"', "imagePullPolicy") == "Always"


def test_the_difference_leaves_out_what_the_server_keeps_for_itself() -> None:
    before = {"kind": "A", "metadata": {"name": "x", "resourceVersion": "1"}, "spec": {"n": 1}}
    after = {"kind": "A", "metadata": {"name": "x", "resourceVersion": "2"}, "spec": {"n": 2}}
    assert [row for row in difference(before, after) if row[0] in "+-"] == [("-", "  n: 1"), ("+", "  n: 2")]
