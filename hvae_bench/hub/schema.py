"""JSON Schemas of all records, generated from the models and kept in `spec/`."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.dialogue.upgrade import SCHEMA_VERSION
from hvae_bench.log.record import RationalityRecord
from hvae_bench.scorers.decision import REASONS

SCHEMAS: dict[str, type[BaseModel]] = {
    **{kind.removesuffix("s"): model for kind, model in KINDS.items()},
    "rationality": RationalityRecord,
}
"""Name of each schema and the model it is generated from."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    schema_dialect = _DIALECT

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A mapping whose names have a form has no other names."""
        made = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of record."""
    schema = SCHEMAS[name].model_json_schema(schema_generator=_Generator)
    if "Decision" in schema.get("$defs", {}):
        schema["$defs"]["Decision"]["allOf"] = [
            {
                "if": {"properties": {"status": {"const": status}}, "required": ["status"]},
                "then": {
                    "properties": {
                        "option_id": {"type": "string" if status == "chosen" else "null"},
                        "reason": {"enum": sorted(reasons)},
                    }
                },
            }
            for status, reasons in REASONS.items()
        ]
    major = SCHEMA_VERSION.partition(".")[0] if name == "rationality" else "1"
    return {"$schema": _DIALECT, "$id": f"urn:hvae-bench:spec:{name}:{major}", **schema}


def schema_text(name: str) -> str:
    """The schema as it is written to `spec/`."""
    return json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write all schemas to a folder as `NAME.schema.json`."""
    for name in SCHEMAS:
        (folder / f"{name}.schema.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(__file__).resolve().parent.parent.parent / "spec")
