"""Double: the rationality log beside an Inspect log, in whose place it is read, without Inspect and so much faster."""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from hvae_bench.log.facts import RunFacts, run_facts
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import rationality_location, read_records
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import local_copy

# Inspect packs its logs by a method that zipfile knows from Python 3.14 on, and earlier by this package.
if sys.version_info < (3, 14):
    import zipfile_zstd  # noqa: F401

DIALOGUE = re.compile(r"samples/(.+)_epoch_(\d+)\.json")
"""Name of a dialogue in an `.eval` file."""


def sha256_of(path: Path) -> str:
    """Hash of the bytes of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_double(location: str) -> tuple[Mapping[str, Any], RunFacts, list[RationalityRecord]] | None:
    """The header of an `.eval` log as JSON, the facts in it, and its dialogues from the rationality log beside it.

    None unless every record was made of exactly these bytes of the log, by their hash, and none is missing; so a
    rationality log that is older, of another log, cut short or damaged is never read in its place.
    """
    if not location.endswith(".eval"):
        return None
    try:
        records = [record for _, record in read_records(rationality_location(location))]
        with local_copy(location) as path, ZipFile(path) as packed:
            here = {(found[1], int(found[2])) for found in map(DIALOGUE.fullmatch, packed.namelist()) if found}
            told = sorted((record.dialogue.sample_id, record.dialogue.epoch) for record in records)
            if told != sorted(here) or {record.run.log_sha256 for record in records} != {sha256_of(path)}:
                return None
            header = json.loads(packed.read("header.json"))
            facts = run_facts(header["eval"]["metadata"], location)
            return None if facts is None else (header, facts, records)
    except (BadZipFile, LogError, LookupError, NotImplementedError, OSError, TypeError, ValueError):
        return None  # reading the log itself says what is wrong
