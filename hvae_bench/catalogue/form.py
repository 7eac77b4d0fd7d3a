"""Form: the published JSON Schema of a kind of entry, which judges every file and row."""

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SPEC = Path(__file__).parent.parent / "_data" / "spec"


@lru_cache
def form(name: str) -> "Validator":
    """The judge of a schema in `spec/`, such as `value`."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # A whole number is one that is written without a point.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, given: type(given) is int)
    schema = json.loads((SPEC / f"{name}.schema.json").read_bytes())
    judge: Validator = extend(Draft202012Validator, type_checker=types)(schema)  # type: ignore[no-untyped-call]
    return judge
