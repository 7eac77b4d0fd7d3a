"""A Hugging Face Hub on loopback: what publishing and loading a data set need of its protocol, and faults to order.

Everything lives in memory. The client (huggingface_hub, datasets) reads HF_ENDPOINT and HF_HOME when it is imported,
so tests talk to this server from a process of their own, with the environment that `HubServer.environment` gives.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

__all__ = ["Fault", "HubServer", "Reply", "Repo", "hub_server"]

TOKEN = "hf_LoopbackTokenOfTheTests"
"""The token that may write everything and read private data sets."""

_REPO = r"/(?:api/)?datasets/(?P<repo>[^/]+/[^/]+)"


@dataclass(frozen=True)
class Commit:
    """A state of a data set."""

    oid: str
    title: str
    files: Mapping[str, bytes]


@dataclass
class Repo:
    """A data set: its commits in the order they were made, and the names that point at them."""

    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, ref: str, title: str, files: Mapping[str, bytes]) -> Commit:
        """Add a commit and move a ref to it."""
        digest = hashlib.sha1(f"{len(self.commits)} {self.refs.get(ref)} {title}".encode())
        for path in sorted(files):
            digest.update(f"{path} {blob_oid(files[path])}".encode())
        made = Commit(digest.hexdigest(), title, dict(files))
        self.commits[made.oid] = made
        self.refs[ref] = made.oid
        return made

    def at(self, revision: str) -> Commit | None:
        """The commit that a branch, a tag, `refs/pr/N` or a hash names."""
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in self.refs:
                return self.commits[self.refs[name]]
        return self.commits.get(revision)

    @property
    def tags(self) -> dict[str, str]:
        """Tags and the commits they name."""
        return {ref.removeprefix("refs/tags/"): oid for ref, oid in self.refs.items() if ref.startswith("refs/tags/")}

    @property
    def main(self) -> Commit:
        """The newest commit of the main branch."""
        return self.commits[self.refs["refs/heads/main"]]


@dataclass(frozen=True)
class Reply:
    """What is answered word for word, in the place of what was asked for."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong with requests whose `METHOD /path` a pattern finds.

    Attributes:
        pattern: regular expression.
        kind: `hang` (no answer), `cut` (the connection ends in the middle of the request), `cut-after` (it is done, but
            the answer is lost), `cut-body` (half of the answer arrives), `stall` (half, then silence), a status, or a
            whole reply.
        times: so many requests go wrong, all later ones are answered.
    """

    pattern: str
    kind: str | int | Reply
    times: int = 1_000_000


def blob_oid(content: bytes) -> str:
    """Git's name of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class HubServer:
    """A running server; `url` is what HF_ENDPOINT should be."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.faults: list[Fault] = []
        self.tampered: dict[str, bytes] = {}
        """Content that is served in the place of a path's own; trees and hashes keep telling of the true one."""
        self.requests: list[str] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve from a thread."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Let hanging requests go and close the port."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def environment(self, home: Path, token: str | None = None) -> dict[str, str]:
        """Variables of a process that shall find this server, keeping its cache in `home`."""
        wanted = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        return wanted | ({} if token is None else {"HF_TOKEN": token})

    def add(self, repo: str, files: Mapping[str, bytes], *, tag: str | None = None, private: bool = False) -> Commit:
        """A commit on main, as if somebody had published it."""
        kept = self.repos.setdefault(repo, Repo(private=private))
        made = kept.commit("refs/heads/main", f"Add {tag}", files)
        if tag is not None:
            kept.refs[f"refs/tags/{tag}"] = made.oid
        return made

    def fault(self, method: str, path: str) -> str | int | Reply | None:
        """What goes wrong with this request."""
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, f"{method} {path}"):
                fault.times -= 1
                return fault.kind
        return None


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """A server for the length of a `with` block."""
    server = HubServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def set_environment(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    """The variables, also for the library in this process, which reads its environment when it is imported."""
    from huggingface_hub import constants  # here, so that a process can set its environment before

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    endpoint = variables.get("HF_ENDPOINT")
    known: dict[str, str | bool | None] = {
        "ENDPOINT": endpoint,
        "HUGGINGFACE_CO_URL_TEMPLATE": endpoint and endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": f"{variables['HF_HOME']}/hub" if "HF_HOME" in variables else None,
        "HF_TOKEN_PATH": f"{variables['HF_HOME']}/token" if "HF_HOME" in variables else None,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_OFFLINE": variables.get("HF_HUB_OFFLINE", "0") == "1",
    }
    for constant, now in known.items():
        if now is not None:
            monkeypatch.setattr(constants, constant, now)


class _RefusalError(Exception):
    def __init__(self, status: int, code: str | None, message: str) -> None:
        self.status, self.code, self.message = status, code, message


Route = Callable[["_Request"], None]


class _Request(BaseHTTPRequestHandler):
    """One request; the routes are at the end of the module."""

    protocol_version = "HTTP/1.1"
    hub: HubServer
    found: Mapping[str, str]
    fault: str | int | Reply | None

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.hub.requests.append(f"{self.command} {path}")
        self.fault = self.hub.fault(self.command, path)
        try:
            if self.fault == "hang":
                self.hub.released.wait(120)
                self.close_connection = True
                return
            if self.fault == "cut":
                self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
                self.close_connection = True
                return
            self.body = self._read_body()
            if isinstance(self.fault, Reply):
                self.send(self.fault.body.encode(), self.fault.status, self.fault.headers)
                return
            if isinstance(self.fault, int):
                raise _RefusalError(self.fault, None, "The server has a bad day")
            self._route(path)
        except _RefusalError as refusal:
            headers = {"X-Error-Message": refusal.message}
            if refusal.code:
                headers["X-Error-Code"] = refusal.code
            self.answer({"error": refusal.message}, refusal.status, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _route(self, path: str) -> None:
        for method, pattern, route in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and self.command in method:
                self.found = found.groupdict()
                route(self)
                return
        raise _RefusalError(404, None, f"There is no {self.command} {path} here")

    # --- what the routes use

    @property
    def token(self) -> str | None:
        """The token that was sent."""
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None

    def writer(self) -> None:
        """Only who holds the token goes on."""
        if self.token != TOKEN:
            raise _RefusalError(401, None, "Invalid username or password.")

    def repo(self) -> Repo:
        """The data set, as far as this caller may see it."""
        repo = self.hub.repos.get(self.found["repo"])
        if repo is None or (repo.private and self.token != TOKEN):
            # The Hub does not tell strangers which private data sets there are.
            raise _RefusalError(401 if self.token is None else 404, "RepoNotFound", "Repository not found")
        return repo

    def commit(self) -> Commit:
        """The commit of the revision in the path."""
        commit = self.repo().at(self.found["revision"])
        if commit is None:
            raise _RefusalError(404, "RevisionNotFound", f"Invalid rev id: {self.found['revision']}")
        return commit

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body or b"{}")

    def answer(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send JSON."""
        self.send(json.dumps(content).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def send(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        """Send bytes, unless the answer is to be lost."""
        if self.fault == "cut-after":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.fault in ("cut-body", "stall"):
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if self.fault == "stall":
                self.hub.released.wait(120)
            self.close_connection = True
            return
        self.wfile.write(content)


def _handler(hub: HubServer) -> type[_Request]:
    return type("Request", (_Request,), {"hub": hub})


def _whoami(request: _Request) -> None:
    request.writer()
    access = {"type": "access_token", "accessToken": {"displayName": "tests", "role": "write"}}
    request.answer({"type": "user", "name": "acme", "fullname": "Acme", "orgs": [], "auth": access})


def _create(request: _Request) -> None:
    request.writer()
    wanted = request.json()
    name = f"{wanted.get('organization') or 'acme'}/{wanted['name']}"
    url = {"url": f"{request.hub.url}/datasets/{name}", "name": name, "id": name}
    if name in request.hub.repos:
        request.answer({"error": "You already created this dataset repo", **url}, 409)
        return
    repo = Repo(private=bool(wanted.get("private")) or wanted.get("visibility") == "private")
    repo.commit("refs/heads/main", "initial commit", {".gitattributes": b"*.parquet filter=lfs\n"})
    request.hub.repos[name] = repo
    request.answer(url)


def _preupload(request: _Request) -> None:
    request.writer()
    files = request.commit().files
    request.answer(
        {
            "files": [
                {
                    "path": file["path"],
                    "uploadMode": "regular",
                    "shouldIgnore": False,
                    "oid": blob_oid(files[file["path"]]) if file["path"] in files else None,
                }
                for file in request.json()["files"]
            ]
        }
    )


def _commit(request: _Request) -> None:
    request.writer()
    repo, parent = request.repo(), request.commit()
    lines = [json.loads(line) for line in request.body.splitlines() if line.strip()]
    (header,) = (line["value"] for line in lines if line["key"] == "header")
    if header.get("parentCommit") not in (None, parent.oid):
        raise _RefusalError(412, None, "A commit has happened since. Please refresh and try again.")
    files = dict(parent.files)
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "deletedFile":
            del files[value["path"]]
        elif line["key"] != "header":
            raise _RefusalError(400, None, f"Nobody taught this server {line['key']}")
    answer: dict[str, Any] = {"success": True}
    ref = f"refs/heads/{request.found['revision']}"
    if request.query.get("create_pr"):
        number = 1 + sum(name.startswith("refs/pr/") for name in repo.refs)
        ref = f"refs/pr/{number}"
        answer["pullRequestUrl"] = f"{request.hub.url}/datasets/{request.found['repo']}/discussions/{number}"
    made = repo.commit(ref, header["summary"], files)
    answer |= {
        "commitOid": made.oid,
        "commitUrl": f"{request.hub.url}/datasets/{request.found['repo']}/commit/{made.oid}",
    }
    request.answer(answer)


def _tag(request: _Request) -> None:
    request.writer()
    repo, commit, name = request.repo(), request.commit(), request.json()["tag"]
    if f"refs/tags/{name}" in repo.refs:
        raise _RefusalError(409, None, f"Tag refs/tags/{name} already exists")
    repo.refs[f"refs/tags/{name}"] = commit.oid
    request.answer({})


def _refs(request: _Request) -> None:
    refs = request.repo().refs
    found: dict[str, list[dict[str, str]]] = {"branches": [], "converts": [], "tags": [], "pullRequests": []}
    kinds = {"refs/heads/": "branches", "refs/tags/": "tags", "refs/pr/": "pullRequests"}
    for ref, oid in refs.items():
        for prefix, kind in kinds.items():
            if ref.startswith(prefix):
                found[kind].append({"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": oid})
    request.answer(found)


def _revision(request: _Request) -> None:
    commit = request.commit()
    request.answer(
        {
            "_id": request.found["repo"],
            "id": request.found["repo"],
            "author": request.found["repo"].split("/")[0],
            "sha": commit.oid,
            "private": request.repo().private,
            "gated": False,
            "disabled": False,
            "lastModified": "2026-01-31T12:00:00.000Z",
            "createdAt": "2026-01-31T12:00:00.000Z",
            "tags": [],
            "likes": 0,
            "downloads": 0,
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }
    )


def _tree(request: _Request) -> None:
    commit, folder = request.commit(), (request.found["folder"] or "").strip("/")
    inside = f"{folder}/" if folder else ""
    files = {path: content for path, content in commit.files.items() if path.startswith(inside)}
    if folder and not files:
        raise _RefusalError(404, "EntryNotFound", f"{folder} does not exist")
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    folders = {name for name in folders if name.startswith(inside)}
    listed = [
        {"type": "file", "oid": blob_oid(content), "size": len(content), "path": path}
        for path, content in sorted(files.items())
    ]
    listed += [{"type": "directory", "oid": "0" * 40, "size": 0, "path": name} for name in sorted(folders)]
    if request.query.get("recursive", "").lower() != "true":
        listed = [one for one in listed if "/" not in str(one["path"]).removeprefix(inside)]
    request.answer(listed)


def _paths_info(request: _Request) -> None:
    commit = request.commit()
    wanted = request.json()["paths"] if request.body[:1] == b"{" else parse_qs(request.body.decode())["paths"]
    listed: list[dict[str, Any]] = []
    for path in wanted:
        if path in commit.files:
            content = commit.files[path]
            listed.append({"type": "file", "oid": blob_oid(content), "size": len(content), "path": path})
        elif any(name.startswith(f"{path}/") for name in commit.files):
            listed.append({"type": "directory", "oid": "0" * 40, "size": 0, "path": path})
    request.answer(listed)


def _resolve(request: _Request) -> None:
    commit, path = request.commit(), request.found["path"]
    if path not in commit.files:
        raise _RefusalError(404, "EntryNotFound", f"Entry not found: {path}")
    content = request.hub.tampered.get(path, commit.files[path])
    headers = {
        "X-Repo-Commit": commit.oid,
        "ETag": f'"{blob_oid(commit.files[path])}"',
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
    }
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
    if not asked:
        request.send(content, 200, headers)
        return
    first, last = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
    if first > last:
        request.send(b"", 416, {"Content-Range": f"bytes */{len(content)}"})
        return
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    request.send(content[first : last + 1], 206, headers)


_ROUTES: list[tuple[tuple[str, ...], str, Route]] = [
    (("GET",), r"/api/whoami-v2", _whoami),
    (("POST",), r"/api/repos/create", _create),
    (("POST",), r"/api/validate-yaml", lambda request: request.answer({"errors": [], "warnings": []})),
    (("POST",), rf"{_REPO}/preupload/(?P<revision>[^/]+)", _preupload),
    (("POST",), rf"{_REPO}/commit/(?P<revision>[^/]+)", _commit),
    (("POST",), rf"{_REPO}/tag/(?P<revision>[^/]+)", _tag),
    (("POST",), rf"{_REPO}/paths-info/(?P<revision>refs/pr/\d+|[^/]+)", _paths_info),
    (("GET",), rf"{_REPO}/refs", _refs),
    (("GET",), rf"{_REPO}/revision/(?P<revision>refs/pr/\d+|[^/]+)", _revision),
    (("GET",), rf"{_REPO}(?P<revision>)", lambda request: _main(request)),
    (("GET",), rf"{_REPO}/tree/(?P<revision>refs/pr/\d+|[^/]+)(?P<folder>/.*)?", _tree),
    (("GET", "HEAD"), rf"{_REPO}/resolve/(?P<revision>refs/pr/\d+|[^/]+)/(?P<path>.+)", _resolve),
]


def _main(request: _Request) -> None:
    request.found = {**request.found, "revision": "main"}
    _revision(request)
