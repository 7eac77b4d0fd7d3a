"""Location: where logs are read and written, on this machine or at a URL that fsspec knows, such as `s3://`.

Whatever is written appears whole or not at all. fsspec is imported for URLs only.
"""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from hvae_bench.text.errors import HvaeError, LogError, UsageError, blame

__all__ = [
    "RemoteFolder",
    "beside",
    "find_files",
    "is_url",
    "local_copy",
    "new_file",
    "open_bytes",
    "place_of",
    "plain",
    "remove_file",
    "within",
    "write_atomically",
]

_MAGIC = frozenset("*?[")
_BUFFER = 4 * 2**20
"""Bytes that are read at once; in small bits, reading waits for whoever writes."""

_NO_CREDENTIALS = "no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_NO_SERVER = "its server cannot be reached. Check the network, and AWS_ENDPOINT_URL if the storage is not Amazon's"
_DENIED = "access is denied. Check the credentials, and what they may do in that bucket"

# By name: importing the libraries that define them would take longer than most commands.
_CAUSES = {
    "NoCredentialsError": _NO_CREDENTIALS,
    "PartialCredentialsError": _NO_CREDENTIALS,
    "CredentialRetrievalError": _NO_CREDENTIALS,
    "ConnectionError": _NO_SERVER,
    "ConnectTimeoutError": _NO_SERVER,
    "ReadTimeoutError": _NO_SERVER,
    "HTTPClientError": _NO_SERVER,
    "FSTimeoutError": _NO_SERVER,
    "PermissionError": _DENIED,
}


def is_url(location: str | Path) -> bool:
    """Whether a location is elsewhere than on this machine."""
    return "://" in str(location) and not str(location).startswith("file://")


def plain(location: str | Path) -> str:
    """A location without `file://`."""
    return str(location).removeprefix("file://")


def place_of(location: str | Path) -> Path | str:
    """A path on this machine, or a URL."""
    return str(location) if is_url(location) else Path(plain(location))


def beside(location: str | Path, name: str) -> str:
    """The location of another file in the same folder."""
    place = place_of(location)
    return f"{place.rpartition('/')[0]}/{name}" if isinstance(place, str) else str(place.with_name(name))


def within(folder: str | Path, path: str) -> str:
    """The location of a file in a folder.

    Args:
        folder: the folder.
        path: path of the file within it, with `/` between its parts.
    """
    place = place_of(folder)
    return f"{place.rstrip('/')}/{path}" if isinstance(place, str) else str(place / path)


def find_files(location: str | Path, *, in_folders: tuple[str, ...], named: tuple[str, ...]) -> list[str]:
    """The files that a path, a folder, a glob or a URL of these names, sorted by name.

    Args:
        location: where to look. A file is taken as it is; a folder gives what is in it and in the folders within.
        in_folders: endings of the files that are taken from a folder.
        named: endings of the files that are taken where a glob matches them.

    Raises:
        LogError: nothing is there, or it cannot be reached.
    """
    found = _find_remote if is_url(location) else _find_local
    return found(plain(location), in_folders, named)


def _find_local(path: str, in_folders: tuple[str, ...], named: tuple[str, ...]) -> list[str]:
    if os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        inner = glob.glob("**", root_dir=path, recursive=True, include_hidden=True)
        files = [os.path.normpath(os.path.join(path, one)) for one in sorted(inner) if one.endswith(in_folders)]
        return [file for file in files if os.path.isfile(file)]
    if _MAGIC & set(path):
        matches = [one for one in sorted(glob.glob(path, recursive=True)) if one.endswith(named)]
        if files := [match for match in matches if os.path.isfile(match)]:
            return files
        raise LogError(_no_match(path))
    raise LogError(f"There is no log or folder {path!r}. Inspect writes its logs to ./logs by default.")


def _find_remote(url: str, in_folders: tuple[str, ...], named: tuple[str, ...]) -> list[str]:
    with _in_words(url, "looked at"):
        system, path = _open_system(url)
        kind = _kind(system, path)
        if kind == "file":
            return [url]
        if kind == "directory":
            endings, files = in_folders, system.find(path)
        elif _MAGIC & set(url):
            endings, files = named, [one for one, info in system.glob(path, detail=True).items() if _is_file(info)]
        else:
            raise LogError(f"There is no log or folder {url!r}. Check bucket and path.")
        matches = [str(system.unstrip_protocol(one)) for one in sorted(files) if one.endswith(endings)]
    if not matches and kind is None:
        raise LogError(_no_match(url))
    return matches


def _no_match(pattern: str) -> str:
    return f"No log matches {pattern!r}. Check the pattern; folders of logs may be given as they are."


def _is_file(info: dict[str, Any]) -> bool:
    return str(info["type"]) == "file"


def _kind(system: Any, path: str) -> str | None:
    """What is there: `file`, `directory`, or None for nothing."""
    try:
        return str(system.info(path)["type"])
    except FileNotFoundError as error:
        if _is_missing_bucket(error):
            raise
        return None


@contextmanager
def open_bytes(location: str | Path) -> Iterator[BinaryIO]:
    """A file opened for reading.

    Raises:
        LogError: it cannot be read.
    """
    # A copy is read of what is elsewhere, so that a connection lost halfway cannot look like the end of the file.
    with local_copy(location) as path:
        try:
            stream = path.open("rb", _BUFFER)
        except OSError as error:
            raise LogError(f"{path} cannot be read ({error.strerror or error}). Give the path of a log.") from None
        with stream:
            yield stream


@contextmanager
def local_copy(location: str | Path) -> Iterator[Path]:
    """The file on this machine: as it is, or copied for as long as it is needed.

    Raises:
        LogError: it cannot be fetched.
    """
    place = place_of(location)
    if isinstance(place, Path):
        yield place
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / place.rpartition("/")[2]
        with _in_words(place, "read"):
            system, path = _open_system(place)
            system.get_file(path, str(copy))
        yield copy


@contextmanager
def new_file(location: str | Path) -> Iterator[Path]:
    """An empty file on this machine to write into; it becomes the file at a location when the block ends.

    If the block raises an exception or removes the file, nothing is written, and what was there before stays.

    Args:
        location: the file to make. One that is there already is replaced.

    Raises:
        LogError: it cannot be stored at a URL. A bucket that cannot be reached is found before the block is entered.
        UsageError: what is there is no ordinary file, such as a folder or a device.
        OSError: it cannot be written; the exception names the location.
    """
    place = place_of(location)
    if isinstance(place, str):
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part"
            part.touch()
            with _in_words(place, "written"):
                system, path = _open_system(place)
                _reach(system, path)
            yield part
            if part.exists():
                with _in_words(place, "written"):
                    # One upload of a whole file: objects appear when their last byte has arrived.
                    system.put_file(str(part), path)
        return
    if place.exists() and not place.is_file():
        raise UsageError(f"{str(place)!r} is no file that could be replaced. Give the path of one with `-o`.")
    prefix = f".{place.name}."
    with blame(place, prefix), _new_local_file(place, prefix) as part:
        yield part


@contextmanager
def _new_local_file(place: Path, prefix: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=prefix, delete=False) as handle:
        part = Path(handle.name)
    try:
        yield part
        if part.exists():
            # A temporary file is private; this one gets the permissions that any new file would have.
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)
            part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(location: str | Path, lines: Iterable[str]) -> None:
    """Write lines of text to a file that appears whole or not at all.

    What is no ordinary file, such as a pipe or /dev/stdout, is written to as it is.

    Raises:
        LogError, OSError: see `new_file`.
    """
    place = place_of(location)
    if isinstance(place, Path) and place.exists() and not place.is_file():
        with blame(place, f".{place.name}."), place.open("w", encoding="utf-8", newline="\n") as device:
            device.writelines(lines)
        return
    with new_file(location) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)


def remove_file(location: str | Path) -> None:
    """Remove a file, if it is there.

    Raises:
        LogError: it cannot be removed from a URL.
    """
    place = place_of(location)
    if isinstance(place, Path):
        place.unlink(missing_ok=True)
        return
    with _in_words(place, "removed"), suppress(FileNotFoundError):
        system, path = _open_system(place)
        system.rm_file(path)


class RemoteFolder:
    """A folder at a URL, as far as a report needs one.

    Args:
        url: its URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        with _in_words(self.url, "written"):
            self._system, self._path = _open_system(self.url)
            _reach(self._system, self._path)

    def files(self) -> set[str]:
        """Paths of all files in it, `/` between their parts.

        Raises:
            LogError: it cannot be looked at.
        """
        with _in_words(self.url, "looked at"):
            return {one.removeprefix(f"{self._path}/") for one in self._system.find(self._path)}

    def read(self, path: str) -> bytes:
        """The content of one of its files.

        Raises:
            LogError: it cannot be read.
        """
        with _in_words(f"{self.url}/{path}", "read"):
            return bytes(self._system.cat_file(f"{self._path}/{path}"))

    def put(self, file: Path, path: str) -> None:
        """Store a file in it.

        Raises:
            LogError: it cannot be stored.
        """
        with _in_words(f"{self.url}/{path}", "written"):
            self._system.put_file(str(file), f"{self._path}/{path}")

    def remove(self, path: str) -> None:
        """Remove one of its files.

        Raises:
            LogError: it cannot be removed.
        """
        with _in_words(f"{self.url}/{path}", "removed"):
            self._system.rm_file(f"{self._path}/{path}")


def _open_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    from fsspec.core import url_to_fs

    try:
        # What another machine has written in the meantime must be seen.
        system, path = url_to_fs(url, use_listings_cache=False)
    except (ValueError, ImportError) as error:
        raise LogError(
            f"{url!r} cannot be opened ({error}). Check the URL, or install what fsspec needs for it."
        ) from None
    return system, path


def _reach(system: Any, path: str) -> None:
    """Find out early whether a file could be stored, as far as that can be known."""
    try:
        system.info(path)
    except FileNotFoundError as error:
        if _is_missing_bucket(error):
            raise
    except PermissionError:
        pass  # storing may be allowed where looking is not


def _is_missing_bucket(error: FileNotFoundError) -> bool:
    return "bucket does not exist" in str(error)


@contextmanager
def _in_words(url: str, done: str) -> Iterator[None]:
    """Say in one sentence what went wrong at a URL, whatever the library behind it raises."""
    try:
        yield
    except HvaeError:
        raise
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        cause = next((_CAUSES[name] for name in names if name in _CAUSES), None)
        if isinstance(error, FileNotFoundError):
            missing = "its bucket does not exist. Create it" if _is_missing_bucket(error) else "there is no such file"
            cause = f"{missing}, or check the URL"
        if cause is None:
            first = (str(error).strip().splitlines() or ["no details"])[0][:200]
            cause = f"{type(error).__name__}: {first}. Check the URL, and what its storage says about it"
        raise LogError(f"{url} cannot be {done}: {cause}.") from None
