"""P: paths, queries, methods and headers that mean something elsewhere."""

import contextlib
import io
import json
import re
import time

from tests.attacks import shapes
from tests.attacks.stage import Answers, Attack, Book, Stage

attack = Book("P")

EVERYWHERE = ("/v1/entries", "/v1/metrics", "/docs", "/session", "/problems/invalid", "/log/checkpoint", "/nope", "/healthz",
              "/openapi.json")
FOR_PEOPLE = {"Accept": "text/html"}


@attack("a way out of the folders that are served: .., encoded and doubly encoded, backslashes, absolute, with a null byte",
        by="anybody", answers="404 not-found")  # fmt: skip
def traversal(stage: Stage) -> Answers:
    for below in ("/docs/ui/", "/static/", "/log/tile/", "/log/", "/problems/", "/"):
        for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%252f..%252fetc%252fpasswd",
                     "..\\..\\etc\\passwd", "%2fetc%2fpasswd", "//etc/passwd", "....//etc/passwd", "..;/etc/passwd",
                     "etc/passwd%00.css",
                     "%c0%ae%c0%ae%c0%afetc%c0%afpasswd", "%00", "CON", ".git/config", "wsgi.py", "ledger.db",
                     "signing.key"):  # fmt: skip
            yield stage.nobody.get(below + name)


@attack("overlong and broken UTF-8, lone surrogates and null bytes in the place of a name", by="an auditor",
        answers="404 not-found")
def names(stage: Stage) -> Answers:
    foe = stage.foe("auditor")
    for name in ("%c0%af", "%ff", "%ed%a0%80", "%00", "a%00b", "%0d%0a", "%e2%80%ae", "%", "%zz", "a" * 65, "%e5" * 64, "+" * 3000):
        for place in ("/v1/deals/c1/{}", "/v1/pools/{}", "/v1/parties/US:{}", "/v1/patents/{}", "/v1/deals/{}/S-1",
                      "/v1/programmes/{}", "/v1/programmes/hubei-2025/scorecards/{}", "/problems/{}"):  # fmt: skip
            yield foe.get(place.format(name))


@attack("another spelling of a guarded path: doubled slashes, dots, capitals, a slash too many, parameters, an encoded letter",
        by="anybody", answers="401 unauthenticated · 404 not-found")  # fmt: skip
def spelt_otherwise(stage: Stage) -> Answers:
    for path in ("//v1/entries", "/v1//entries", "/v1/./entries", "/healthz/../v1/entries", "/docs/..%2fv1%2fentries",
                 "/V1/ENTRIES",
                 "/v1/entries/", "/v1/entries;a=b", "/v1/entries%20", "/v1/%65ntries", "/v1/entries.json", "/v1/entries%3F",
                 "/v1%2fentries",
                 "/./v1/entries", "/v1/entries%00", "/v1/entries/00", "/v1/entries/-1", "/v1/entries/٣", "/v1/entries/1e1",
                 "/v1/entries/" + "9" * 400, "/metrics/", "/metrics?x", "/%6detrics"):  # fmt: skip
        yield stage.nobody.get(path)


@attack("a method that is none here, or another one in a header or in the query", by="a recorder",
        answers="405 method-not-allowed · 422 invalid · 200")  # fmt: skip
def methods(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "GET\x00", "JEFF", "M" * 300):
        yield foe.ask(method, f"/v1/entries/{stage.of['c1'][0]}")
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        yield foe.get("/v1/entries", **{header: "DELETE"})
    yield foe.get("/v1/entries?_method=DELETE")


@attack("a parameter twice, unknown, of another type, as a list or object, or with an operator", by="an auditor",
        answers="422 invalid")
def parameters(stage: Stage) -> Answers:
    foe = stage.foe("auditor")
    for query in ("limit=1&limit=1000", "centre=c1&centre=c2", "centre[]=c1", "centre[$ne]=c1", "limit=1e3", "limit=0x10",
                  "limit=-1", "limit=１",
                  "limit=", "limit=" + "9" * 5000, "cursor=../..", "cursor=%00", "cursor=' OR 1=1", "since=NaN",
                  "since=1;DROP TABLE entry",
                  "kind=*", "kind=licence' --", "deal_no=" + "%25" * 65, "debug=true", "include=token", "fields=hash",
                  "party=1 OR 1=1",
                  "patent=%", "sort=(SELECT hash FROM token)"):  # fmt: skip
        yield foe.get(f"/v1/entries?{query}")


@attack("a thousand parameters; text that is no UTF-8", by="an auditor", answers="400 malformed")
def floods(stage: Stage) -> Answers:
    foe = stage.foe("auditor")
    for query in ("a=1&" * 1000, "&".join(f"p{n}=1" for n in range(101)), "deal_no=%ff", "%ff=1", "deal_no=%ed%a0%80",
                  "deal_no=%c0%af"):
        yield foe.get(f"/v1/entries?{query}")


@attack("text made to keep a pattern searching, put to every pattern of the code", by="anybody", answers="in time")
def patterns(stage: Stage) -> Answers:
    for pattern, ways in shapes.patterns().items():
        for text in shapes.hostile(pattern):
            for way in ways:
                begun = time.process_time()
                getattr(pattern, way)(text)
                yield "in time" if time.process_time() - begun < 0.5 else f"{pattern.pattern!r} takes its time to {way}"


@attack("the address, scheme, host and path that a proxy would tell, told by the client itself", by="anybody",
        answers="200, as without · 401 unauthenticated, as without · 404 not-found, as without")  # fmt: skip
def forwarded(stage: Stage) -> Answers:
    plain = {path: _kept(stage, path) for path in ("/v1/entries", "/healthz", "/docs", "/session", "/nope")}
    for header in ({"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Host": "evil.example"},
                   {"X-Forwarded-Prefix": "/evil"}, {"X-Forwarded-Port": "1"},
                   {"Forwarded": "for=127.0.0.1;host=evil.example;proto=https"},
                   {"X-Original-URL": "/metrics"}, {"X-Rewrite-URL": "/metrics"}, {"X-Real-IP": "127.0.0.1"}, {"Client-IP": "::1"},
                   {"X-Forwarded-Ssl": "on"}, {"Front-End-Https": "on"}, {"X-Script-Name": "/evil"},
                   {"True-Client-IP": "127.0.0.1"}):  # fmt: skip
        for path, before in plain.items():
            told, kept = _kept(stage, path, **header)
            yield f"{told}, as without" if (told, kept) == before else f"{path} with {header}: {told} {kept}"


@attack("a Host of the attacker's, or one that is none", by="anybody", answers="nowhere repeated")
def hosts(stage: Stage) -> Answers:
    for host in ("evil.example", "evil.example:443", "evil.example@localhost", "localhost.evil.example", "[::1", "evil example", "",
                 "a" * 3000,
                 "evil.example/path", "evil\u00e9.example", "127.0.0.1:99999"):  # fmt: skip
        for path in EVERYWHERE:
            foe = stage.nobody
            foe.get(path, Host=host)
            everything = foe.last.text + str(foe.last.headers)
            yield "repeated" if "evil" in everything else "nowhere repeated"


@attack("a header or line of the log put into the name of a request, into a path, into a language", by="anybody",
        answers="nothing of it in answer or log")  # fmt: skip
def injected(stage: Stage) -> Answers:
    for name in ("X-Request-ID", "Accept-Language", "User-Agent", "Referer", "If-None-Match", "Origin"):
        for value in ("evil%0d%0aSet-Cookie:evil=1", 'evil","status":200', "evil\u2028x", "evil" * 1000, "evil\x1b[2J", "evil\x08",
                      "<evil>"):
            yield _logged(stage, "/v1/entries", {name: value})
    for path in ("/evil%0d%0aSet-Cookie:%20a=b", "/evil%0a{%22status%22:200}", "/%1b[2Jevil", "/evil%00", "/%E2%80%AEevil",
                 "/evil" * 300):
        stage.nobody.get(path)
        told = _logged(stage, path, {}, word="\nevil")
        yield told


@attack("a page of another site that reads an answer, or asks whether it might", by="another site", answers="not allowed")
def cross_origin(stage: Stage) -> Answers:
    foe = stage.foe("auditor")
    for path in (one for one in EVERYWHERE if not one.startswith("/log")):
        for origin in ("https://evil.example", "null", "http://localhost"):
            foe.get(path, Origin=origin)
            reads = any(name.lower().startswith("access-control") for name, _ in foe.last.headers)
            foe.ask("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                                              "Access-Control-Request-Headers": "authorization"})  # fmt: skip
            asks = any(name.lower().startswith("access-control") for name, _ in foe.last.headers)
            yield "allowed" if reads or asks else "not allowed"


@attack("any answer in a frame, with a guessed type, with a script from elsewhere or its own", by="another site",
        answers="not allowed")
def framed(stage: Stage) -> Answers:
    for foe in (stage.nobody, stage.foe("auditor")):
        for path in EVERYWHERE:
            for headers in ({}, FOR_PEOPLE):
                foe.get(path, **headers)
                policy = foe.last.headers["Content-Security-Policy"]
                loose = set(re.findall(r"[^ ;]*(?:unsafe|\*|data:|https?:)[^ ;]*", policy.replace("img-src 'self' data:", "")))
                strict = not loose and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
                yield "not allowed" if strict and foe.last.headers["X-Content-Type-Options"] == "nosniff" else f"{path}: {policy}"


@attack("headers at the limits: 8 000 characters of languages, tags, ranges, cookies, types", by="anybody",
        answers="200 · 401 unauthenticated")
def long_headers(stage: Stage) -> Answers:
    for header in (
        {"Accept-Language": ",".join(f"a{n};q=0.{n % 10}" for n in range(900))},
        {"If-None-Match": ",".join(f'"{n}"' for n in range(900))},
        {"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(900))}, {"Cookie": ";".join(f"a{n}=b" for n in range(900))},
        {"Accept": ",".join(f"a/b{n};q=0.{n % 10}" for n in range(700))}, {"Accept-Language": "en" + "-x" * 3900},
        {"If-None-Match": "W/" * 4000},
        {"Accept-Encoding": "gzip," * 1600}, {"Cookie": "ledger=" + "\\" * 7900}, {"Accept": "*/*;q=" + "9" * 7900},
        {"If-Range": '"' * 7900},
        {"Content-Type": "application/json;" + "a=b;" * 1900}, {"If-Modified-Since": "9" * 7900},
    ):  # fmt: skip
        for path in ("/v1/entries", "/v1/metrics", "/session", "/docs"):
            begun = time.perf_counter()
            yield stage.nobody.get(path, **header).replace("304", "200")
            assert time.perf_counter() - begun < 2


@attack("so many paths, methods and codes that the figures of the machine room run over", by="anybody",
        answers="as many series as before")
def cardinality(stage: Stage) -> Answers:
    auditor = stage.foe("auditor")

    def series() -> int:
        assert auditor.get("/metrics") == "200"
        return len(auditor.last.text.splitlines())

    for number in range(3):
        stage.nobody.get(f"/warm/{number}")
        stage.nobody.ask(f"WARM{number}", "/v1/entries")
    before = series()
    for number in range(100):
        stage.nobody.get(f"/{number}/x")
        stage.nobody.ask(f"M{number}", "/v1/entries")
        stage.nobody.get("/v1/entries", User_Agent=str(number))
        stage.nobody.get(f"/problems/{number}")
    after = series()
    yield "as many series as before" if after <= before + 20 else f"{after - before} more"


def _kept(stage: Stage, path: str, **headers: str) -> tuple[str, str]:
    """What is told, and all that comes along, but for what differs each time."""
    foe = stage.nobody
    told = foe.get(path, **headers)
    body = re.sub(r'"request_id":"[^"]*"', "", foe.last.text)
    return told, body + str(sorted((name, value) for name, value in foe.last.headers.items() if name != "X-Request-ID"))


def _logged(stage: Stage, path: str, headers: dict[str, str], word: str = "evil") -> str:
    """Send it, and read what was written about it: proper lines of JSON, and none of them the attacker's."""
    foe = stage.nobody
    with contextlib.redirect_stderr(io.StringIO()) as written:
        foe.get(path, **headers)
    lines = written.getvalue().splitlines() if "\u2028" not in written.getvalue() else ["a line that ends in the middle"]
    sound = [one for one in lines if isinstance(json.loads(one), dict)]
    requests = [one for one in sound if json.loads(one)["event"] == "request"]
    answer = str(foe.last.headers) + ("" if headers == {} else foe.last.text)
    clean = word not in answer and "Set-Cookie" not in foe.last.headers and not re.search(r"[\x00-\x08\x0b-\x1f]",
                                                                                          written.getvalue())
    if headers:
        clean = clean and word not in written.getvalue()
    return "nothing of it in answer or log" if len(requests) == 1 and clean else f"{path} {headers}: {answer} {written.getvalue()}"


REQUESTS: list[Attack] = attack.attacks
