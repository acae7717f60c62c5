"""Profiles and their formats: folded stacks, speedscope, pprof, the flame graph."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from servicelab.flame import flame_graph
from servicelab.pprof import decode_pprof, encode_pprof
from servicelab.profiles import Frame, Profile, decode_speedscope, speedscope, stack_of

SVG = "{http://www.w3.org/2000/svg}"
SPEEDSCOPE = '{"$schema": "speedscope", "shared": {"frames": []}, "profiles": %s}'
HANDLE, PARSE, STORE = (Frame(name, "service.py", line) for line, name in enumerate(("handle", "parse<>", "größe"), 1))


@pytest.fixture
def profile():
    return Profile(Counter({(HANDLE, PARSE): 0.2, (HANDLE, STORE): 300.0}), duration_s=1.5)


def test_folded_stacks_are_one_line_each(profile):
    assert profile.folded() == "handle;größe 300\nhandle;parse<> 0.2"


def test_self_weights_count_the_innermost_function_the_most_first(profile):
    assert profile.self_weights() == {"größe": 300.0, "parse<>": 0.2}
    assert profile.total() == 300.2


def test_a_stack_ends_in_the_running_function():
    import sys

    names = [frame.name for frame in stack_of(sys._getframe())]
    assert names[-1] == "test_a_stack_ends_in_the_running_function"


def test_a_profile_is_told_without_figures(profile):
    assert repr(profile) == "<profile: cpu, seconds>"


# --- speedscope ---
def test_speedscope_reads_what_was_written(profile):
    assert decode_speedscope(speedscope(profile)) == {("handle", "parse<>"): 0.2, ("handle", "größe"): 300.0}


def test_speedscope_json_has_the_fields_of_its_schema(profile):
    shown = json.loads(speedscope(profile))
    assert shown["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert shown["shared"]["frames"][0] == {"name": "handle", "file": "service.py", "line": 1}
    assert {"type", "name", "unit", "startValue", "endValue", "samples", "weights"} == shown["profiles"][0].keys()


def test_speedscope_profiles_of_events_are_read_too():
    events = [
        {"type": "O", "frame": 0, "at": 0},
        {"type": "O", "frame": 1, "at": 1},
        {"type": "C", "frame": 1, "at": 4},
    ]
    shown = {"type": "evented", "events": [*events, {"type": "C", "frame": 0, "at": 5}]}
    frames = [{"name": "a"}, {"name": "b"}]
    text = json.dumps({"$schema": "speedscope", "shared": {"frames": frames}, "profiles": [shown]})
    assert decode_speedscope(text) == {("a",): 2, ("a", "b"): 3}


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "[]",
        "{}",
        '{"$schema": "other", "shared": {"frames": []}, "profiles": []}',
        SPEEDSCOPE % '[{"type": "sampled", "samples": [[0]], "weights": [1]}]',
        SPEEDSCOPE % '[{"type": "sampled", "samples": [], "weights": [1]}]',
    ],
)
def test_what_is_not_for_speedscope_is_refused(text):
    with pytest.raises(ValueError, match=r"expected JSON for speedscope|Expecting value"):
        decode_speedscope(text)


# --- pprof ---
def test_pprof_reads_what_was_written(profile):
    found = decode_pprof(encode_pprof(profile))
    assert found == {("handle", "parse<>"): [200_000_000], ("handle", "größe"): [300_000_000_000]}


def test_pprof_bytes_are_the_same_every_time(profile):
    assert encode_pprof(profile) == encode_pprof(profile)


def test_pprof_is_the_message_of_the_published_format():
    """Put together by hand from profile.proto: one sample of 5 bytes in `f`."""
    message = (
        b"\x0a\x04\x08\x01\x10\x02"  # sample_type {type: 1 unit: 2}
        b"\x12\x06\x0a\x01\x01\x12\x01\x05"  # sample {location_id: 1 value: 5}
        b"\x22\x08\x08\x01\x22\x04\x08\x01\x10\x07"  # location {id: 1 line {function_id: 1 line: 7}}
        b"\x2a\x0a\x08\x01\x10\x03\x18\x03\x20\x04\x28\x07"  # function {id: 1, names: 3, file: 4, start_line: 7}
        b"\x50\x00"  # duration_nanos: 0
        b"\x5a\x04\x08\x01\x10\x02"  # period_type
        b"\x60\x01"  # period: 1
        b"\x32\x00\x32\x04heap\x32\x05bytes\x32\x01f\x32\x04f.py"  # string_table
    )
    profile = Profile(Counter({(Frame("f", "f.py", 7),): 5}), unit="bytes", kind="heap")
    assert gzip.decompress(encode_pprof(profile)) == message
    assert decode_pprof(message) == {("f",): [5]}


def test_pprof_of_other_writers_is_read_with_fields_that_are_not_packed():
    head = b"\x0a\x04\x08\x01\x10\x02\x12\x04\x08\x01\x10\x05\x12\x06\x08\x01\x08\x01\x10\x09"
    rest = b"\x22\x06\x08\x01\x22\x02\x08\x01\x2a\x04\x08\x01\x10\x03\x32\x00\x32\x01a\x32\x01b\x32\x01f"
    assert decode_pprof(head + rest) == {("f",): [5], ("f", "f"): [9]}


@pytest.mark.parametrize("data", [b"", b"soon", b"{}", gzip.compress(b"soon", mtime=0), b"\x1f\x8bbroken", b"\x0a\xff"])
def test_what_is_no_pprof_profile_is_refused(data):
    with pytest.raises(ValueError, match="expected a pprof profile"):
        decode_pprof(data)


def test_go_tool_pprof_opens_it_where_go_is_installed(profile, tmp_path):
    go = shutil.which("go")
    if go is None:  # the bytes are held by the tests above on every machine
        return
    file = tmp_path / "cpu.pb.gz"
    file.write_bytes(encode_pprof(profile))
    done = subprocess.run([go, "tool", "pprof", "-top", str(file)], capture_output=True, text=True, check=True)
    assert "größe" in done.stdout


# --- flame graph ---
def test_a_flame_graph_is_one_image_with_the_same_in_words(profile):
    graph = flame_graph(profile)
    svg = ET.fromstring(graph.svg)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == svg.get("aria-label") == graph.text.splitlines()[0]
    assert graph.text.splitlines()[1:] == [
        "300 seconds in all",
        "handle  100%  300 seconds",
        "  größe  100%  300 seconds",
    ]


def test_a_flame_graph_does_not_depend_on_the_order_of_samples(profile):
    turned = Profile(Counter(dict(reversed(profile.weights.items()))))
    assert flame_graph(turned) == flame_graph(profile)


def test_a_flame_graph_tells_name_share_and_place_of_each_bar(profile):
    svg = ET.fromstring(flame_graph(profile).svg)
    hovers = [title.text for title in svg.iter(f"{SVG}title")]
    assert "handle: 300 seconds, 100%\nservice.py, line 1" in hovers


def test_a_flame_graph_of_nothing_says_so():
    assert "nothing was seen" in flame_graph(Profile()).svg


def test_a_deep_recursion_is_cut():
    stack = tuple(Frame("f", "f.py", 1) for _ in range(200))
    assert flame_graph(Profile(Counter({stack: 1.0}))).svg.count("<rect") < 60


def test_a_flame_graph_as_a_page_needs_nothing_from_outside(profile):
    page = flame_graph(profile).document()
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert page.replace("http://www.w3.org/2000/svg", "").count("http") == 0
