"""Location: where files are read and written, on this machine or at a URL that fsspec knows, such as `s3://`.

Whatever is written appears whole or not at all. fsspec is imported for URLs only, and what goes wrong at one is raised
as a LogError.
"""

import glob
import gzip
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO

from hvae_bench.text.errors import HvaeError, LogError, UsageError

_BUFFER = 4 * 2**20
"""Bytes that are read at once; in small bits, reading waits for whoever writes."""

# By name: importing the libraries that define them would take longer than most commands.
_CAUSES = (
    (
        {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"},
        "no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    ),
    (
        {"ConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "HTTPClientError", "FSTimeoutError"},
        "its server cannot be reached. Check the network, and AWS_ENDPOINT_URL if the storage is not Amazon's",
    ),
    ({"PermissionError"}, "access is denied. Check the credentials, and what they may do in that bucket"),
)


def is_url(location: str | Path) -> bool:
    """Whether a location is elsewhere than on this machine."""
    return "://" in str(location) and not str(location).startswith("file://")


def plain(location: str | Path) -> str:
    """A location without `file://`."""
    return str(location).removeprefix("file://")


def place_of(location: str | Path) -> Path | str:
    """A path on this machine, or a URL."""
    return str(location) if is_url(location) else Path(plain(location))


def name_of(text: str) -> str:
    """A path from the root of a machine, or from somebody's home, by its last part alone; any other text as it is."""
    path = plain(text)
    windows = PureWindowsPath(path)
    told = path.startswith(("/", "~/")) or (windows.drive and windows.root)
    return windows.name if told and windows.name else text


def beside(location: str | Path, path: str) -> str:
    """The location of another file, by its path in the same folder."""
    place = place_of(location)
    return within(place.rpartition("/")[0] if isinstance(place, str) else place.parent, path)


def within(folder: str | Path, path: str) -> str:
    """The location of a file in a folder, by its path there with `/` between the parts."""
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
    path = plain(location)
    kind, found = _look_remote(path) if is_url(path) else _look_local(path)
    if kind == "file":
        return [path]
    if kind is None and not glob.has_magic(path):
        fix = "Check bucket and path." if is_url(path) else "Inspect writes its logs to ./logs by default."
        raise LogError(f"There is no log or folder {path!r}. {fix}")
    files = sorted(one for one in found if one.endswith(in_folders if kind == "directory" else named))
    if not files and kind is None:
        raise LogError(f"No log matches {path!r}. Check the pattern; folders of logs may be given as they are.")
    return files


def files_in(folder: str | Path) -> set[str]:
    """Paths of all files in a folder and in those within, `/` between their parts; none where there is no folder."""
    place = place_of(folder)
    if isinstance(place, Path):
        return {path.relative_to(place).as_posix() for path in place.rglob("*") if not path.is_dir()}
    with _system_of(place, "looked at") as (system, path):
        return {one.removeprefix(f"{path.rstrip('/')}/") for one in system.find(path)}


def _look_local(path: str) -> tuple[str | None, list[str]]:
    """Whether a path is a file, a directory or neither, and the files in the directory or that a pattern matches."""
    if os.path.isfile(path):
        return "file", []
    if os.path.isdir(path):
        inner = glob.glob("**", root_dir=path, recursive=True, include_hidden=True)
        found = (os.path.normpath(os.path.join(path, one)) for one in inner)
        return "directory", [one for one in found if os.path.isfile(one)]
    return None, [one for one in glob.glob(path, recursive=True) if os.path.isfile(one)]


def _look_remote(url: str) -> tuple[str | None, list[str]]:
    with _system_of(url, "looked at") as (system, path):
        kind, found = _kind(system, path), []
        if kind == "directory":
            found = system.find(path)
        elif kind is None and glob.has_magic(url):
            found = [one for one, info in system.glob(path, detail=True).items() if info["type"] == "file"]
        return kind, [str(system.unstrip_protocol(one)) for one in found]


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
    """A file opened for reading; a LogError if it cannot be read."""
    # A copy is read of what is elsewhere, so that a connection lost halfway cannot look like the end of the file.
    with local_copy(location) as path:
        try:
            stream = path.open("rb", _BUFFER)
        except OSError as error:
            raise LogError(
                f"{path} cannot be read ({error.strerror or error}). Give the path of a file that is there."
            ) from None
        with stream:
            yield stream


@contextmanager
def local_copy(location: str | Path) -> Iterator[Path]:
    """The file on this machine: as it is, or copied or unpacked (`.gz`) for as long as it is needed."""
    place = place_of(location)
    packed = str(place).endswith(".gz")
    if isinstance(place, Path) and not packed:
        yield place
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / str(place).rpartition("/")[2]
        if isinstance(place, str):
            with _system_of(place, "read") as (system, path):
                system.get_file(path, str(copy))
        yield _unpacked(copy if isinstance(place, str) else place, copy.with_suffix(""), place) if packed else copy


def _unpacked(packed: Path, copy: Path, place: Path | str) -> Path:
    try:
        with gzip.open(packed) as stream, copy.open("wb") as out:
            shutil.copyfileobj(stream, out, _BUFFER)
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or error
        raise LogError(f"{place} cannot be unpacked ({told}). Give the path of a whole file that gzip wrote.") from None
    return copy


@contextmanager
def new_file(location: str | Path) -> Iterator[Path]:
    """An empty file on this machine to write into; it becomes the file at a location when the block ends.

    A file that is there already is replaced. If the block raises an exception or removes its file, nothing is written.

    Raises:
        LogError: it cannot be stored at a URL. A bucket that cannot be reached is found before the block is entered.
        UsageError: what is there is no ordinary file, such as a folder or a device.
        OSError: it cannot be written; the exception names the location.
    """
    place = place_of(location)
    if isinstance(place, str):
        check_reachable(place)
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part"
            part.touch()
            yield part
            if part.exists():
                store(part, place)
        return
    if place.exists() and not place.is_file():
        raise UsageError(f"{str(place)!r} is not a file that can be replaced. Give the path of one with `-o`.")
    prefix = f".{place.name}."
    with _blame(place, prefix):
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=prefix, delete=False) as handle:
            part = Path(handle.name)
        try:
            yield part
            if part.exists():
                # A temporary file is private; this one gets the permissions of the old file, or of any new one.
                umask = os.umask(0)
                os.umask(umask)
                part.chmod(place.stat().st_mode if place.exists() else 0o666 & ~umask)
                part.replace(place)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _blame(destination: Path, prefix: str) -> Iterator[None]:
    """Let an OSError about a temporary file or folder, whose name begins with a prefix, name what it is to become."""
    try:
        yield
    except OSError as error:
        parts = () if error.filename is None else Path(os.fsdecode(error.filename)).parts
        if error.errno is None or (parts and not any(part.startswith(prefix) for part in parts)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(destination)) from error


def write_atomically(location: str | Path, lines: Iterable[str]) -> None:
    """Write lines of text to a file that appears whole or not at all; errors as of `new_file`.

    What is no ordinary file, such as a pipe or /dev/stdout, is written to as it is.
    """
    place = place_of(location)
    if isinstance(place, Path) and place.exists() and not place.is_file():
        with _blame(place, f".{place.name}."), place.open("w", encoding="utf-8", newline="\n") as device:
            device.writelines(lines)
        return
    with new_file(location) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)


@contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """An empty folder to write into; it becomes `output` when the block ends without an exception.

    A folder that is there already is replaced, whatever it holds. If that fails, or is interrupted, it stays, and an
    OSError names it. What a killed process has left there is cleared away by the next one.
    """
    place = output.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{place.name}.hvae-"
    with _blame(output, prefix):
        for left in place.parent.glob(f"{glob.escape(prefix)}*"):
            with _held(left) as abandoned:
                if abandoned:
                    _clear(left, place)
        part = Path(tempfile.mkdtemp(prefix=prefix, dir=place.parent))
        try:
            with _held(part):
                (part / "new").mkdir()
                yield part / "new"
                if place.exists():
                    place.rename(part / "old")
                (part / "new").rename(place)
        finally:
            _clear(part, place)


def _clear(part: Path, place: Path) -> None:
    """Remove the temporary folder of a place; what stood at the place before goes back if nothing stands there now."""
    if (part / "old").exists() and not place.exists():
        (part / "old").rename(place)
    shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder for as long as this process lives, at most; false if another one does, or nobody can tell."""
    with ExitStack() as stack:
        held = False
        with suppress(ImportError, OSError):  # not every system and not every disk has such locks
            import fcntl

            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        yield held


def store(file: Path, url: str) -> None:
    """Put a whole file at a URL in one upload: objects appear when their last byte has arrived."""
    with _system_of(url, "written") as (system, path):
        system.put_file(str(file), path)


def remove_file(location: str | Path) -> None:
    """Remove a file, if it is there."""
    place = place_of(location)
    if isinstance(place, Path):
        place.unlink(missing_ok=True)
        return
    with _system_of(place, "removed") as (system, path), suppress(FileNotFoundError):
        system.rm_file(path)


def check_reachable(url: str) -> None:
    """Find out early whether a file could be stored, as far as that can be known."""
    # Storing may be allowed where looking is not.
    with _system_of(url, "written") as (system, path), suppress(PermissionError):
        _kind(system, path)


@contextmanager
def _system_of(url: str, done: str) -> Iterator[tuple[Any, str]]:
    """The file system of a URL, and the path in it; what goes wrong there is said in one sentence."""
    from fsspec.core import url_to_fs

    try:
        try:
            # What another machine has written in the meantime must be seen.
            found = url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as error:
            fix = "Check the URL, or install what fsspec needs for it."
            raise LogError(f"{url!r} cannot be opened ({error}). {fix}") from None
        yield found
    except HvaeError:
        raise
    except Exception as error:
        raise LogError(f"{url} cannot be {done}: {_cause(error)}.") from None


def _cause(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        missing = "its bucket does not exist. Create it" if _is_missing_bucket(error) else "there is no such file"
        return f"{missing}, or check the URL"
    names = {kind.__name__ for kind in type(error).__mro__}
    first = (str(error).strip().splitlines() or ["no details"])[0][:200]
    unknown = f"{type(error).__name__}: {first}. Check the URL, and what its storage says about it"
    return next((cause for kinds, cause in _CAUSES if kinds & names), unknown)


def _is_missing_bucket(error: FileNotFoundError) -> bool:
    return "bucket does not exist" in str(error)
