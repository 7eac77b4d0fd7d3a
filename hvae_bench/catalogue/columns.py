"""Columns: how the fields of a model are laid out as a typed row, and read back from it.

A row is rectangular: every row of a table has every column, null where an entry says nothing. What may hold any key
(a mapping, such as the sentences of a wording) becomes a list of `{name, value}`, because a column whose fields
differ from row to row has no stable type. Alternatives (the kinds of motive) become one record with the fields of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

TEXT = "string"
INT = "int64"
FLOAT = "float64"
BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping, laid out as a list of `{name, value}` in its own order."""

    of: "Column"


Column: TypeAlias = "str | list[Column] | Columns | Named"
"""A type as `datasets` and Arrow name it, a list of what its one member says, or columns with names, in order."""

Columns: TypeAlias = dict[str, Column]

_SCALARS: dict[type, str] = {str: TEXT, int: INT, float: FLOAT, bool: BOOL}


@lru_cache
def columns_of(model: type[BaseModel]) -> Columns:
    """The columns of a model, one for each field in the order declared.

    Raises:
        TypeError: a field of a type that has no column.
    """
    return {name: _column(field.annotation) for name, field in model.model_fields.items()}


def _column(annotation: Any) -> Column:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _column(arguments[0])
    if origin is Literal:
        return _SCALARS[type(arguments[0])]
    if origin in (Union, UnionType):
        return _alternatives([_column(argument) for argument in arguments if argument is not NoneType])
    if origin is tuple:
        return [_column(arguments[0])]
    if origin is dict:
        return Named(_column(arguments[1]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return columns_of(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    raise TypeError(f"there is no column for {annotation!r}")


def _alternatives(columns: list[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    fields: Columns = {}
    for column in columns:
        if not isinstance(column, dict):
            raise TypeError("only records can be alternatives of each other")
        for name, inner in column.items():
            if fields.setdefault(name, inner) != inner:
                raise TypeError(f"the alternatives do not agree on the type of {name!r}")
    return fields


def laid_out(column: Column, content: Any) -> Any:
    """Content, as JSON has it, in the layout of a column; null for what is missing."""
    if content is None:
        return None
    if isinstance(column, list):
        return [laid_out(column[0], inner) for inner in content]
    if isinstance(column, Named):
        return [{"name": name, "value": laid_out(column.of, inner)} for name, inner in content.items()]
    if isinstance(column, dict):
        return {name: laid_out(inner, content.get(name)) for name, inner in column.items()}
    return float(content) if column == FLOAT else content


def read_back(column: Column, content: Any) -> Any:
    """What `laid_out` was given, without the fields that are null.

    Raises:
        KeyError: a list of names and values lacks one of the two.
    """
    if content is None:
        return None
    if isinstance(column, list):
        return [read_back(column[0], inner) for inner in content]
    if isinstance(column, Named):
        return {inner["name"]: read_back(column.of, inner["value"]) for inner in content}
    if isinstance(column, dict):
        return {
            name: read_back(inner, content[name]) for name, inner in column.items() if content.get(name) is not None
        }
    return content


def unknown_columns(column: Column, content: Any, place: str = "") -> Iterator[str]:
    """What content says in columns that are not there, by their names as in `motives.kind`."""
    if isinstance(column, list):
        for inner in content or ():
            yield from unknown_columns(column[0], inner, place)
    elif isinstance(column, Named):
        yield from unknown_columns([{"name": TEXT, "value": column.of}], content, place)
    elif isinstance(column, dict) and content is not None:
        for name, inner in content.items():
            if name in column:
                yield from unknown_columns(column[name], inner, f"{place}{name}.")
            elif inner is not None:
                yield f"{place}{name}"


def features(columns: Columns) -> list[dict[str, Any]]:
    """The columns as `dataset_info.features` of a dataset card names them."""
    return [{"name": name, **_feature(column)} for name, column in columns.items()]


def _feature(column: Column) -> dict[str, Any]:
    if isinstance(column, str):
        return {"dtype": column}
    if isinstance(column, dict):
        return {"struct": features(column)}
    member = {"name": TEXT, "value": column.of} if isinstance(column, Named) else column[0]
    if isinstance(member, dict):
        return {"list": features(member)}
    return {"list": member if isinstance(member, str) else _feature(member)}
