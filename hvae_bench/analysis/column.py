"""Columns: what of a dialogue and of a decision stands in a table, under which name."""

import types
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.described import CellRecord
from hvae_bench.log.record import RationalityRecord, UsageRecord
from hvae_bench.text.errors import LogError, UsageError

_Type = Literal["text", "integer", "number", "truth", "texts", "numbers", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        type: truth is true or false, texts and numbers are lists, json is nested content as JSON.
        meaning: what it holds.
        path: the field of the record that it holds, joined by dots; empty if it is none.
    """

    name: str
    type: _Type
    meaning: str
    path: str = ""


_RENAMED = {
    "catalog.version": "catalog_version",
    "catalog.sha256": "catalog_sha256",
    "target.label": "target_label",
    "template.goal": "goal_kind",
}
"""Fields whose own name would not say in a table whose they are."""

_PATHS = (
    *(f"run.{name}" for name in ("model", "scenario", "task_id", "eval_id", "run_created")),
    *(f"run.administration.{name}" for name in Administration.model_fields),
    *(f"run.{name}" for name in ("core_values", "model_args", "generate_config", "task_version", "package_version")),
    "run.served_models",
    *(f"dialogue.{name}" for name in ("sample_id", "epoch", "uuid", "started_at", "completed_at")),
    *(f"dialogue.{name}" for name in ("total_time_s", "working_time_s")),
    *(f"dialogue.usage.{name}" for name in ("input_tokens", "output_tokens", "total_tokens", "input_tokens_cached")),
    *(f"dialogue.{name}" for name in ("error", "limit", "notes")),
    *(f"catalog.{name}" for name in ("version", "sha256")),
    *(f"cell.{name}" for name in CellRecord.model_fields),
    *(f"target.{name}" for name in ("label", "pronouncedness")),
    "game.derived_from",
    *(f"template.{name}" for name in ("family", "induction", "goal", "place", "reasoning")),
    *(f"wording.{name}" for name in ("language", "paraphrase", "status")),
    *(f"framing.{name}" for name in ("unit", "counterpart")),
    "goal_text",
    *(f"measures.{name}" for name in RationalityRecord.model_fields["measures"].annotation.model_fields),  # type: ignore[union-attr]
)


def _field(path: str) -> FieldInfo:
    model: Any = RationalityRecord
    *parents, last = path.split(".")
    for parent in parents:
        model = model.model_fields[parent].annotation
    found: FieldInfo = model.model_fields[last]
    return found


def _type(annotation: Any) -> _Type:
    """The type of a column that holds a field with this annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _type(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(annotation) if one is not type(None))
        return _type(inner)
    simple: dict[Any, _Type] = {str: "text", int: "integer", float: "number", bool: "truth"}
    return (simple | {Literal: "text", tuple: "texts", dict: "json"})[origin or annotation]


DIALOGUE_COLUMNS: tuple[Column, ...] = tuple(
    Column(
        name=_RENAMED.get(path, path.rpartition(".")[2]),
        type=_type(_field(path).annotation),
        meaning=_field(path).description or "",
        path=path,
    )
    for path in _PATHS
)
"""The columns of a dialogue, one for each field of its record that a table can hold."""

_values = attrgetter(*_PATHS)
_JSON_PLACES = tuple(place for place, column in enumerate(DIALOGUE_COLUMNS) if column.type == "json")


def dialogue_row(record: Any) -> list[Any]:
    """The columns of a dialogue.

    Args:
        record: a `RationalityRecord`, or anything with the same fields as far as `DIALOGUE_COLUMNS` names them.
    """
    row = list(_values(record))
    for place in _JSON_PLACES:
        row[place] = to_json(row[place], inf_nan_mode="null")
    return row


def import_extra(module: str) -> Any:
    """A library that comes with `pip install 'hvae-bench[analysis]'`.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise UsageError(f"This needs {module}. Run: pip install 'hvae-bench[analysis]'") from None


def arrow_schema(columns: Iterable[Column]) -> Any:
    """The Arrow schema of a table with these columns; every field carries its meaning as metadata."""
    import pyarrow as arrow

    of: dict[_Type, Any] = {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "truth": arrow.bool_(),
        "texts": arrow.list_(arrow.string()),
        "numbers": arrow.list_(arrow.float64()),
        "json": arrow.string(),
    }
    return arrow.schema(
        [arrow.field(column.name, of[column.type], metadata={"meaning": column.meaning}) for column in columns]
    )


def arrow_table(columns: Iterable[Column], rows: Iterable[Iterable[Any]]) -> Any:
    """An Arrow table of rows.

    Raises:
        LogError: a whole number that has more than 64 bits.
    """
    import pyarrow as arrow

    schema = arrow_schema(columns)
    content = list(zip(*rows, strict=True)) or [()] * len(schema)
    try:
        arrays = [arrow.array(values, type=field.type) for values, field in zip(content, schema, strict=True)]
    except OverflowError:
        raise LogError(
            "A whole number in these logs is too large for a table (64 bits). Find it in a field such as "
            "`run.administration.seed`, and leave its log out."
        ) from None
    return arrow.Table.from_arrays(arrays, schema=schema)


@cache
def light_record_type() -> Any:
    """A msgspec type of a record with the fields of `DIALOGUE_COLUMNS` alone, and the same types.

    It reads a line many times faster than the whole model, and passes over what it does not know.
    """
    msgspec = import_extra("msgspec")
    return _light(msgspec, RationalityRecord, "")


def _light(msgspec: Any, model: type[BaseModel], prefix: str) -> Any:
    wanted = ("schema_version", *_PATHS)
    fields: list[tuple[Any, ...]] = []
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        if path in wanted:
            kind: Any = info.annotation
            if _type(kind) == "integer":
                least = 0 if model is UsageRecord else -(2**63)
                of_a_table = Annotated[int, msgspec.Meta(ge=least, le=2**63 - 1)]
                kind = of_a_table if kind is int else of_a_table | None
        elif any(one.startswith(f"{path}.") for one in wanted):
            kind = _light(msgspec, info.annotation, f"{path}.")  # type: ignore[arg-type]
        else:
            continue
        fields.append((name, kind) if info.is_required() else (name, kind, info.default))
    # Fields with a default have to stand last.
    fields.sort(key=len)
    return msgspec.defstruct(f"Light{model.__name__}", fields, gc=False)
