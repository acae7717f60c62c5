"""HTTP/1.1 as h11's and uvicorn's tests want it, in tests of our own; and h11 itself as a second opinion."""

from __future__ import annotations

from typing import Any

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from servicelab.answer import KEPT, KEPT_BYTES, Response, _known
from servicelab.limits import Limits
from servicelab.wire import Parser
from tests.http_client import chunked, get, post

LIMITS = Limits()
POST = get("/", "Transfer-Encoding: chunked", method="POST")


def parsed(data: bytes, piece: int = 1 << 20) -> Parser:
    parser = Parser(LIMITS)
    for start in range(0, len(data), piece):
        parser.feed(data[start : start + piece])
    return parser


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def with_header(line: str) -> bytes:
    return head("GET / HTTP/1.1", "Host: test", line)


# --- accepted: the bytes, and what of the request is looked at ---
ACCEPTED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "http/1.0 without any header": (head("HEAD /foo HTTP/1.0"), {"method": "HEAD", "version": "1.0", "headers": []}),
    "an empty value": (with_header("Foo:"), {"last": (b"foo", b"")}),
    "a value of one character": (with_header("Foo: a"), {"last": (b"foo", b"a")}),
    "a value of spaces and tabs": (with_header("Foo: \t \t "), {"last": (b"foo", b"")}),
    "spaces around a value": (with_header("Foo: \t a a \t"), {"last": (b"foo", b"a a")}),
    "a tab within a value": (with_header("Foo: a\tb"), {"last": (b"foo", b"a\tb")}),
    "bytes beyond ascii in a value": (with_header("Foo: \xb5"), {"last": (b"foo", b"\xb5")}),
    "all characters of a name": (with_header("!#$%&'*+-.^_`|~0aZ: b"), {"last": (b"!#$%&'*+-.^_`|~0az", b"b")}),
    "the same header twice": (with_header("A: b\r\nA: c"), {"last": (b"a", b"c")}),
    "an empty line before the request": (b"\r\n" + get("/"), {"method": "GET"}),
    "a method we have no use for": (get("/", method="PROPFIND"), {"method": "PROPFIND"}),
    "an encoded slash": (get("/one%2Ftwo%2Dthree"), {"target": b"/one%2Ftwo%2Dthree"}),
    "a length of nothing": (get("/", "Content-Length: 0", method="POST"), {"body": b""}),
    "a length with zeros in front": (post("/", b"").replace(b": 0", b": 003") + b"abc", {"body": b"abc"}),
    "chunked in capitals": (POST.replace(b"chunked", b"Chunked") + b"0\r\n\r\n", {"body": b""}),
    "a space after chunked": (POST.replace(b"chunked", b"chunked ") + b"1\r\na\r\n0\r\n\r\n", {"body": b"a"}),
    "a space after a length": (get("/", "Content-Length: 3 ", method="POST") + b"abc", {"body": b"abc"}),
    "a body of no chunks": (chunked("/"), {"body": b""}),
    "sizes in capitals and small letters": (POST + b"aA\r\n" + b"x" * 170 + b"\r\n0\r\n\r\n", {"body": b"x" * 170}),
    "a size with zeros in front": (POST + b"0003\r\nabc\r\n000\r\n\r\n", {"body": b"abc"}),
    "chunk extensions": (POST + b'5;a=b\r\nxxxxx\r\n0;c="d"\r\n\r\n', {"body": b"xxxxx"}),
    "trailers": (POST + b"1\r\na\r\n0\r\nSome: trailer\r\n\r\n", {"body": b"a", "headers": 2}),
    "keep-alive asked for": (get("/", "Connection: keep-alive"), {"keep_alive": True}),
    "close among other options": (get("/", "Connection: foo, close"), {"keep_alive": False}),
    "close in capitals": (get("/", "Connection: CLOSE"), {"keep_alive": False}),
    "an expectation of http/1.0": (
        get("/", "Expect: 100-continue", "Content-Length: 0", version="1.0"), {"expects_continue": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("piece", [1, 2, 1 << 20])
@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_right_is_accepted(name: str, piece: int) -> None:
    data, expected = ACCEPTED[name]
    parser = parsed(data, piece)
    assert (parser.refusal, len(parser.requests)) == (None, 1)
    [request] = parser.requests
    assert request.complete
    seen = {
        **{each: getattr(request, each) for each in ("method", "target", "version", "keep_alive", "expects_continue")},
        "headers": request.headers if expected.get("headers") == [] else len(request.headers),
        "last": request.headers[-1] if request.headers else None,
        "body": request.take(),
    }
    assert {each: seen[each] for each in expected} == expected


REFUSED = {
    "garbage after the version": head("HEAD /foo HTTP/1.1 xxxxxx", "Host: a"),
    "nul in the target": head("GET /\0 HTTP/1.1", "Host: a"),
    "a space in the target": head("GET /?x=y z HTTP/1.1", "Host: a"),
    "a tab for a space": head("GET\t/ HTTP/1.1", "Host: a"),
    "a method that is none": head("G?T / HTTP/1.1", "Host: a"),
    "a method in small letters": head("get / HTTP/1.1", "Host: a"),
    "no slash in the version": head("GET / HTTP1.1", "Host: a"),
    "a version of two digits": head("GET / HTTP/1.11", "Host: a"),
    "a first header that is folded": head("GET / HTTP/1.1", "  folded: line"),
    "a tab before the colon": with_header("foo\t: line"),
    "no name": with_header(": line"),
    "no colon": with_header("foo"),
    "a name with a space": with_header("foo bar: baz"),
    "a name with a control character": with_header("foo\x01: baz"),
    "a name beyond ascii": with_header("f\xb5: baz"),
    "a header after a bare line feed": b"GET / HTTP/1.1\r\nHost: a\nFoo: b\r\n\r\n",
    "the head's end with bare line feeds": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "a carriage return alone at the end of a line": b"GET / HTTP/1.1\rHost: a\r\n\r\n",
    "an empty length": get("/", "Content-Length:", method="POST"),
    "a length in hexadecimal": get("/", "Content-Length: 0x3", method="POST"),
    "a length with an underscore": get("/", "Content-Length: 1_0", method="POST"),
    "a length within spaces": get("/", "Content-Length: 1 0", method="POST"),
    "two equal lengths on two lines": get("/", "Content-Length: 3", "Content-length: 3", method="POST"),
    "a coding after a vertical tab": get("/", "Transfer-Encoding: \x0bchunked", method="POST"),
    "chunked not at the end": get("/", "Transfer-Encoding: chunked, identity", method="POST"),
    "identity and a length": get("/", "Transfer-Encoding: identity", "Content-Length: 3", method="POST"),
    "an endless size": POST + b"9" * 100 + b"\r\nxxx",
    "nul after a size": POST + b"10\x00\r\nxxx",
    "a size in hexadecimal notation": POST + b"0x1\r\na\r\n0\r\n\r\n",
    "a size with a sign": POST + b"+1\r\na\r\n0\r\n\r\n",
    "an empty size": POST + b"\r\na\r\n0\r\n\r\n",
    "a size and a bare line feed": POST + b"1\na\r\n0\r\n\r\n",
    "no line break after a chunk": POST + b"3\r\nxxx__1a\r\n",
    "half a line break after a chunk": POST + b"3\r\nxxx\r_1a\r\n",
    "the other half": POST + b"3\r\nxxx_\n1a\r\n",
    "a bare line feed after a chunk": POST + b"1\r\na\n0\r\n\r\n",
    "a bare line feed in an extension": POST + b"1;\na\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("piece", [1, 2, 1 << 20])
@pytest.mark.parametrize("name", REFUSED)
def test_what_two_readers_could_read_differently_is_refused(name: str, piece: int) -> None:
    parser = parsed(REFUSED[name] + get("/smuggled"), piece)
    assert parser.refusal in (400, 501, 505)
    assert not any(request.complete for request in parser.requests)


# --- a second opinion ---
def second_opinion(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Method, target and body of the whole requests that h11 sees, until it refuses one or the connection is to end."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    seen: list[tuple[bytes, bytes, bytes]] = []
    try:
        while True:
            event, body = connection.next_event(), b""
            if not isinstance(event, h11.Request):
                return seen
            request = event
            while isinstance(event := connection.next_event(), h11.Data):
                body += event.data
            if not isinstance(event, h11.EndOfMessage):
                return seen
            seen.append((request.method, request.target, body))
            connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return seen


def ours(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [(one.method.encode(), one.target, b"".join(one.chunks)) for one in parsed(data).requests if one.complete]


PIECES = st.sampled_from(
    [b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST /p HTTP/1.1\r\nHost: a\r\n", b"Content-Length: 3\r\n", b"\r\n", b"abc",
     b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"3\r\nabc\r\n", b"0\r\n", b"0\r\n\r\n",
     b"Content-Length: 5\r\n", b"Content-Length: 3, 3\r\n", b"Transfer-Encoding : chunked\r\n", b"\n", b"\r", b" ",
     b" folded\r\n", b"A: b\r\n", b"A: b\n", b"Connection: close\r\n", b"3;x\r\n", b"003\r\n", b"+3\r\n", b"\0"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14))
@example([POST, b"0\r\n\r\n", get("/smuggled")])
@example([get("/", "Content-Length: 6", method="POST"), b"0\r\n\r\nG", get("/")])
@example([get("/", "Content-Length: 6", "Transfer-Encoding: chunked", method="POST"), b"0\r\n\r\nG"])
def test_where_we_and_h11_both_see_requests_they_are_the_same(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    both = list(zip(ours(stream), second_opinion(stream), strict=False))
    assert [mine for mine, _ in both] == [theirs for _, theirs in both]


# --- answers ---
def encoded(headers: list[tuple[bytes, bytes]]) -> bytes:
    response = Response(parsed(get("/")).requests[0])
    response.start({"type": "http.response.start", "status": 200, "headers": headers})
    return response.encode({"type": "http.response.body", "body": b"hi"})


@pytest.mark.parametrize("value", [b"a", b"\t", b"a b", "µ".encode(), b""])
def test_a_header_of_an_answer_may_hold_what_is_no_line_break(value: bytes) -> None:
    assert b"\r\nkey: <" + value + b">\r\n" in encoded([(b"key", b"<" + value + b">")])


def test_headers_of_an_answer_keep_their_order_case_and_number() -> None:
    data = encoded([(b"Set-Cookie", b"a=1"), (b"X-B", b"2"), (b"Set-Cookie", b"c=3")])
    assert b"Set-Cookie: a=1\r\nX-B: 2\r\nSet-Cookie: c=3\r\n" in data


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("as_bytes", [bytes, bytearray, memoryview, lambda value: memoryview(bytearray(value))])
def test_headers_may_be_any_pairs_of_bytes(kind: Any, as_bytes: Any) -> None:
    headers = [(b"X-B", b"2"), (b"content-length", b"2"), (b"X-C", b"3")]
    given = [kind([name, as_bytes(value)]) for name, value in headers]
    for _ in range(2):
        data = encoded(given)
        assert data.endswith(b"\r\nX-B: 2\r\nX-C: 3\r\ncontent-length: 2\r\n\r\nhi")
    assert encoded(iter(given)) == data  # type: ignore[arg-type]


def test_headers_that_have_been_answered_with_are_kept_only_so_many_and_if_short() -> None:
    for number in range(2 * KEPT):
        assert b"\r\nx-number: %d\r\n" % number in encoded([(b"x-number", b"%d" % number)])
    long = (b"x-long", KEPT_BYTES * b"x")
    assert encoded([long]) == encoded([long])
    assert len(_known) <= KEPT
    assert (long,) not in _known


def test_a_refused_header_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^expected headers of one line each, not"):
            encoded([(b"key", b"a\r\nb: c")])


@pytest.mark.parametrize("body", [bytearray(b"hi"), memoryview(b"hi")])
def test_a_body_may_be_any_bytes(body: Any) -> None:
    response = Response(parsed(get("/")).requests[0])
    response.start({"type": "http.response.start", "status": 200})
    data = response.encode({"type": "http.response.body", "body": body})
    assert (type(data), data.endswith(b"content-length: 2\r\n\r\nhi")) == (bytes, True)
