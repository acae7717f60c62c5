"""`servicelab.wire` and `servicelab.answer`: bytes to requests, answers to bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.answer import Response, date_line, plain_response
from servicelab.limits import Limits
from servicelab.wire import Parser, Request
from tests.http_client import chunked, get, post

LIMITS = Limits()
SMALL = replace(LIMITS, header_bytes=200, header_count=5, body_bytes=50)


def parsed(data: bytes, limits: Limits = LIMITS, *, piece: int = 1 << 20) -> Parser:
    parser = Parser(limits)
    for start in range(0, len(data), piece):
        parser.feed(data[start : start + piece])
    return parser


def only(data: bytes) -> Request:
    parser = parsed(data)
    assert (parser.refusal, len(parser.requests)) == (None, 1)
    return parser.requests[0]


def facts(parser: Parser) -> list[tuple[object, ...]]:
    return [
        (one.method, one.target, one.version, one.headers, one.complete, b"".join(one.chunks), one.keep_alive)
        for one in parser.requests
    ]


# --- requests ---
def test_a_request_without_a_body_is_complete_with_its_head() -> None:
    request = only(get("/a%20b?c=%41", "X-One: 1", "x-ONE: 2"))
    assert (request.method, request.complete, request.take()) == ("GET", True, b"")
    assert request.headers == [(b"host", b"test"), (b"x-one", b"1"), (b"x-one", b"2")]
    scope = request.scope(None, None, {})
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=%41")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/caf%C3%A9", "/café", b""),
        ("/%ff", "/\ufffd", b""),
        ("//a/b", "//a/b", b""),
        ("*", "*", b""),
        ("http://other:80/x?y", "/x", b"y"),
        ("http://other", "/", b""),
        ("/?", "/", b""),
    ],
)
def test_path_and_query_are_taken_from_the_target(target: str, path: str, query: bytes) -> None:
    scope = only(get(target, method="OPTIONS")).scope(None, None, {})
    assert (scope["path"], scope["query_string"]) == (path, query)


@pytest.mark.parametrize("data", [post("/", b"hello"), chunked("/", b"he", b"l", b"lo")])
def test_a_body_comes_without_its_framing(data: bytes) -> None:
    request = only(data)
    assert (request.complete, request.size, request.take(), request.take()) == (True, 5, b"hello", b"")


def test_a_body_grows_with_what_arrives() -> None:
    parser = parsed(post("/", b"hello")[:-2])
    [request] = parser.requests
    assert (request.complete, request.take()) == (False, b"hel")
    parser.feed(b"lo")
    assert (request.complete, request.take()) == (True, b"lo")


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (get("/"), True),
        (get("/", "Connection: close"), False),
        (get("/", version="1.0"), False),
        (get("/", "Connection: keep-alive", version="1.0"), True),
    ],
)
def test_whether_the_connection_goes_on_follows_version_and_header(data: bytes, keeps: bool) -> None:
    assert only(data).keep_alive == keeps


def test_what_follows_the_last_request_of_a_connection_is_not_read() -> None:
    parser = parsed(get("/a", "Connection: close") + get("/b") + b"\0garbage")
    assert ([one.target for one in parser.requests], parser.refusal) == ([b"/a"], None)


def test_an_upgrade_is_answered_as_a_plain_request_and_ends_the_connection() -> None:
    parser = parsed(get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c") + b"PRI * HTTP/2.0\r\n\r\n")
    assert ([one.complete for one in parser.requests], parser.refusal, parser.closing) == ([True], None, True)


def test_trailers_are_dropped() -> None:
    data = get("/", "Transfer-Encoding: chunked", method="POST") + b"1\r\na\r\n0\r\nHost: evil\r\n\r\n"
    assert only(data).headers == [(b"host", b"test"), (b"transfer-encoding", b"chunked")]


def test_the_head_begins_with_its_first_byte_and_ends_with_its_last() -> None:
    parser = Parser(LIMITS)
    seen = [parser.in_head]
    for byte in get("/"):
        parser.feed(bytes([byte]))
        seen.append(parser.in_head)
    assert seen == [False, *[True] * (len(seen) - 2), False]


# --- what is refused ---
def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


REFUSED = {
    "no http": (b"BLAH\r\n\r\n", 400),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "http/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "http/0.9": (b"GET /\r\n\r\n", 505),
    "http/2 by text": (get("/", version="2.0"), 505),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: test\n\n", 400),
    "space before the colon": (head("GET / HTTP/1.1", "Host : test"), 400),
    "folded header": (head("GET / HTTP/1.1", "Host: test", "A: b", " c"), 400),
    "nul in a value": (get("/", "A: b\0c"), 400),
    "carriage return in a value": (get("/", "A: b\rc"), 400),
    "no host": (head("GET / HTTP/1.1"), 400),
    "two hosts": (get("/", "Host: other"), 400),
    "no path": (get("nowhere"), 400),
    "proxy tunnel": (get("other:443", method="CONNECT"), 501),
    "unknown coding": (get("/", "Transfer-Encoding: gzip", method="POST"), 501),
    "two codings": (get("/", "Transfer-Encoding: gzip, chunked", method="POST"), 501),
    "coding twice": (get("/", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", method="POST"), 400),
    "misspelt coding": (get("/", "Transfer-Encoding: xchunked", method="POST"), 501),
    "coding in http/1.0": (get("/", "Transfer-Encoding: chunked", method="POST", version="1.0"), 400),
    "length and coding": (get("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST"), 400),
    "coding and length": (get("/", "Transfer-Encoding: chunked", "Content-Length: 3", method="POST"), 400),
    "two lengths": (get("/", "Content-Length: 3", "Content-Length: 4", method="POST"), 400),
    "the same length twice": (get("/", "Content-Length: 3", "Content-Length: 3", method="POST"), 400),
    "a list of lengths": (get("/", "Content-Length: 3, 3", method="POST"), 400),
    "negative length": (get("/", "Content-Length: -1", method="POST"), 400),
    "signed length": (get("/", "Content-Length: +1", method="POST"), 400),
    "length in letters": (get("/", "Content-Length: three", method="POST"), 400),
    "length beyond all numbers": (get("/", "Content-Length: " + "9" * 30, method="POST"), 400),
    "negative chunk": (get("/", "Transfer-Encoding: chunked", method="POST") + b"-1\r\n", 400),
    "chunk size with a space": (get("/", "Transfer-Encoding: chunked", method="POST") + b"1 \r\na\r\n0\r\n\r\n", 400),
    "chunk longer than it says": (get("/", "Transfer-Encoding: chunked", method="POST") + b"1\r\nab\r\n", 400),
    "unknown expectation": (get("/", "Expect: the-inquisition"), 417),
}


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_ambiguous_or_wrong_is_refused(name: str, piece: int) -> None:
    data, status = REFUSED[name]
    assert parsed(data, piece=piece).refusal == status


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_read_after_a_refusal(name: str) -> None:
    parser = parsed(REFUSED[name][0])
    before = facts(parser)
    parser.feed(get("/smuggled"))
    assert facts(parser) == before


def test_requests_before_the_bad_one_are_kept() -> None:
    parser = parsed(get("/a") + post("/b", b"x") + b"BLAH\r\n\r\n")
    assert ([one.target for one in parser.requests], parser.refusal) == ([b"/a", b"/b"], 400)


ENDLESS = {
    "target": (b"GET /", b"x", 431),
    "header name": (b"GET / HTTP/1.1\r\n", b"x", 431),
    "header value": (b"GET / HTTP/1.1\r\nA: ", b"x", 431),
    "headers": (b"GET / HTTP/1.1\r\n", b"A: b\r\n", 431),
    "empty lines": (b"", b"\r\n", 431),
    "chunks": (get("/", "Transfer-Encoding: chunked", method="POST"), b"1\r\nx\r\n", 413),
    "chunk extension": (get("/", "Transfer-Encoding: chunked", method="POST") + b"1;", b"x", 431),
    "trailer": (get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\nA: ", b"x", 431),
    "trailers": (get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\n", b"A: b\r\n", 431),
}


@pytest.mark.parametrize("piece", [1, 50])
@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_refused_once_it_is_too_much(name: str, piece: int) -> None:
    begin, unit, status = ENDLESS[name]
    parser = parsed(begin + unit * 2000, SMALL, piece=piece)
    assert parser.refusal == status


def test_a_body_too_long_is_refused_by_its_declared_length() -> None:
    fits, exceeds = (parsed(get("/", f"Content-Length: {n}", method="POST"), SMALL) for n in (50, 51))
    assert [(one.refusal, len(one.requests)) for one in (fits, exceeds)] == [(None, 1), (413, 0)]


def test_the_bounds_are_for_each_request_and_not_for_the_connection() -> None:
    parser = parsed(post("/a", b"x" * 50, "A: " + "y" * 50) * 20, SMALL)
    assert (len(parser.requests), parser.refusal) == (20, None)


# --- the parser's boundary, by fuzzing ---
names = st.sampled_from(["X-A", "Accept", "Cookie", "x_b"])
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
lines = st.lists(st.builds("{}: {}".format, names, values), max_size=4)
valid = st.one_of(
    st.builds(get, st.sampled_from(["/", "/a?b=c", "/%41"])),
    st.builds(lambda body, extra: post("/p", body, *extra), st.binary(max_size=60), lines),
    st.builds(lambda chunks: chunked("/c", *chunks), st.lists(st.binary(min_size=1, max_size=20), max_size=4)),
)


@given(st.lists(valid, min_size=1, max_size=4), st.data())
def test_how_bytes_are_cut_into_pieces_changes_nothing(requests: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(requests)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    parser = Parser(LIMITS)
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        parser.feed(stream[start:end])
    assert (facts(parser), parser.refusal) == (facts(parsed(stream)), None)
    assert len(parser.requests) == len(requests)


tokens = st.sampled_from(
    [b"GET ", b"/", b" HTTP/1.1", b"\r\n", b"\n", b"\r", b"Host: x", b"Content-Length: ", b"3", b"Transfer-Encoding: ",
     b"chunked", b"0\r\n\r\n", b"5;x", b"\0", b" ", b":", b"POST ", b"Expect: 100-continue", b"\xff", b"HEAD ", b","]
)  # fmt: skip


@given(st.lists(st.one_of(tokens, st.binary(max_size=10)), max_size=60), st.integers(1, 40))
def test_any_bytes_end_in_requests_or_a_refusal_and_in_bounded_memory(pieces: list[bytes], piece: int) -> None:
    stream = b"".join(pieces)
    parser = parsed(stream, SMALL, piece=piece)
    whole = parsed(stream, SMALL)
    for one in parser.requests:
        assert one.size <= SMALL.body_bytes
        assert sum(len(name) + len(value) for name, value in one.headers) <= SMALL.header_bytes
        codings = [value for name, value in one.headers if name == b"transfer-encoding"]
        lengths = [value for name, value in one.headers if name == b"content-length"]
        assert len(codings) + len(lengths) <= 1
    # a bound may strike earlier in one of them, but never do they see different requests
    shorter = min(len(parser.requests), len(whole.requests))
    assert [one.target for one in parser.requests][:shorter] == [one.target for one in whole.requests][:shorter]


# --- answers ---
def encoded(
    request: Request, status: int, headers: list[tuple[bytes, bytes]], *bodies: bytes
) -> tuple[bytes, Response]:
    response = Response(request)
    data = b""
    response.start({"type": "http.response.start", "status": status, "headers": headers})
    for number, body in enumerate(bodies):
        more = number + 1 < len(bodies)
        data += response.encode({"type": "http.response.body", "body": body, "more_body": more})
    return data, response


def lines_of(data: bytes) -> tuple[list[bytes], bytes]:
    top, _, body = data.partition(b"\r\n\r\n")
    return [line for line in top.split(b"\r\n") if not line.startswith(b"date: ")], body


@pytest.mark.parametrize(
    ("request_bytes", "status", "headers", "bodies", "expected", "keeps"),
    [
        (get("/"), 200, [], [b"hi"], ([b"HTTP/1.1 200 OK", b"content-length: 2"], b"hi"), True),
        (get("/"), 200, [], [b""], ([b"HTTP/1.1 200 OK", b"content-length: 0"], b""), True),
        (get("/"), 299, [], [b""], ([b"HTTP/1.1 299 ", b"content-length: 0"], b""), True),
        (
            get("/"), 200, [(b"Content-Length", b"4")], [b"hi", b"ho"],
            ([b"HTTP/1.1 200 OK", b"content-length: 4"], b"hiho"), True,
        ),
        (
            get("/"), 200, [], [b"hi", b"", b"ho"],
            ([b"HTTP/1.1 200 OK", b"transfer-encoding: chunked"], b"2\r\nhi\r\n2\r\nho\r\n0\r\n\r\n"), True,
        ),
        (
            get("/"), 200, [(b"transfer-encoding", b"chunked")], [b"hi", b""],
            ([b"HTTP/1.1 200 OK", b"transfer-encoding: chunked"], b"2\r\nhi\r\n0\r\n\r\n"), True,
        ),
        (
            get("/", version="1.0"), 200, [], [b"hi", b"ho"],
            ([b"HTTP/1.1 200 OK", b"connection: close"], b"hiho"), False,
        ),
        (
            get("/", "Connection: keep-alive", version="1.0"), 200, [], [b"hi"],
            ([b"HTTP/1.1 200 OK", b"content-length: 2", b"connection: keep-alive"], b"hi"), True,
        ),
        (get("/", method="HEAD"), 200, [], [b"hi"], ([b"HTTP/1.1 200 OK", b"content-length: 2"], b""), True),
        (get("/", method="HEAD"), 200, [], [b"hi", b"ho"], ([b"HTTP/1.1 200 OK"], b""), True),
        (get("/"), 204, [], [b""], ([b"HTTP/1.1 204 No Content"], b""), True),
        (
            get("/"), 304, [(b"content-length", b"7")], [b""],
            ([b"HTTP/1.1 304 Not Modified", b"content-length: 7"], b""), True,
        ),
        (
            get("/", "Connection: close"), 200, [], [b"hi"],
            ([b"HTTP/1.1 200 OK", b"content-length: 2", b"connection: close"], b"hi"), False,
        ),
        (
            get("/"), 200, [(b"Connection", b"close")], [b"hi"],
            ([b"HTTP/1.1 200 OK", b"content-length: 2", b"connection: close"], b"hi"), False,
        ),
        (
            post("/", b"hello")[:-1], 200, [], [b"hi"],
            ([b"HTTP/1.1 200 OK", b"content-length: 2", b"connection: close"], b"hi"), False,
        ),
    ],
)  # fmt: skip
def test_how_an_answer_is_framed(
    request_bytes: bytes,
    status: int,
    headers: list[tuple[bytes, bytes]],
    bodies: list[bytes],
    expected: tuple[list[bytes], bytes],
    keeps: bool,
) -> None:
    data, response = encoded(parsed(request_bytes).requests[0], status, headers, *bodies)
    assert lines_of(data) == expected
    assert (response.started, response.ended, response.keep_alive) == (True, True, keeps)


@pytest.mark.parametrize("header", [(b"a", b"b\r\nevil: 1"), (b"a\n", b"b"), (b"a", b"\0")])
def test_a_header_cannot_break_its_line(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(RuntimeError, match=r"^expected headers of one line each, not"):
        encoded(only(get("/")), 200, [header], b"")


@pytest.mark.parametrize("bodies", [[b"abc"], [b"a"], [b"a", b"bc"], [b"a", b""]])
def test_a_body_of_another_length_than_declared_is_an_error(bodies: list[bytes]) -> None:
    with pytest.raises(RuntimeError, match=r"^expected a body of the declared length, not one 1 bytes off$"):
        encoded(only(get("/")), 200, [(b"content-length", b"2")], *bodies)


def test_messages_out_of_order_are_an_error() -> None:
    body = {"type": "http.response.body", "body": b""}
    start = {"type": "http.response.start", "status": 200, "headers": []}
    for *good, bad in ([body], [start, start], [start, body, body], [{"type": "http.response.trailers"}]):
        response = Response(only(get("/")))
        for message in good:
            _given(response, message)
        with pytest.raises(RuntimeError, match=r"^expected the next part of an answer, not 'http"):
            _given(response, bad)


def _given(response: Response, message: dict[str, object]) -> None:
    if message["type"] == "http.response.start":
        response.start(message)
    else:
        response.encode(message)


def test_our_own_answers_have_no_body_and_say_whether_they_are_the_last() -> None:
    assert lines_of(plain_response(431)) == (
        [b"HTTP/1.1 431 Request Header Fields Too Large", b"content-length: 0", b"connection: close"], b"",
    )  # fmt: skip
    assert lines_of(plain_response(503, keep_alive=True)) == (
        [b"HTTP/1.1 503 Service Unavailable", b"content-length: 0", b"retry-after: 1"], b"",
    )  # fmt: skip


def test_the_date_is_the_day_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicelab.answer.time.time", lambda: 784111777.9)
    assert date_line() == b"date: Sun, 06 Nov 1994 08:49:37 GMT"
