"""Croissant: the description of the data set by which tools find and check it (MLCommons Croissant 1.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hvae_bench.catalogue.columns import Column
from hvae_bench.hub.card import ConfigFacts

__all__ = ["croissant_text"]

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float", "bool": "sc:Boolean"}


def croissant_text(
    version: str, canary_line: str, configs: Mapping[str, ConfigFacts], hashes: Mapping[str, str]
) -> str:
    """The text of `croissant.json`.

    Args:
        version: version of the data.
        canary_line: the line by which files of the data set are known.
        configs: by name.
        hashes: sha256 of each config's file, by its path.
    """
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "hvae-bench",
        "description": "Value targets, games, dialogue templates, framings and scenarios for heterogeneous value "
        f"alignment evaluation of language models. {canary_line}",
        "citeAs": "HVAE-Bench maintainers. HVAE-Bench: heterogeneous value alignment evaluation. Data set, version "
        f"{version}.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "version": version,
        "keywords": ["benchmark", "alignment", "social value orientation", "value rationality"],
        "isLiveDataset": False,
        "distribution": [_file(name, config, hashes[config.path]) for name, config in configs.items()],
        "recordSet": [_record_set(name, config) for name, config in configs.items()],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _file(name: str, config: ConfigFacts, sha256: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.jsonl",
        "name": f"{name}.jsonl",
        "contentUrl": config.path,
        "contentSize": f"{config.size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": sha256,
    }


def _record_set(name: str, config: ConfigFacts) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/id"},
        "description": "Columns that are nested are left out here; the features in README.md describe them all.",
        "field": [_field(name, column, of) for column, of in config.columns.items() if _is_flat(of)],
    }


def _is_flat(column: Column) -> bool:
    # Tools read a nested column only if every part of it is a field of its own, with a path for each format.
    return isinstance(column[0] if isinstance(column, list) else column, str)


def _field(config: str, name: str, column: Column) -> dict[str, Any]:
    scalar = column[0] if isinstance(column, list) else column
    assert isinstance(scalar, str)
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{name}",
        "name": name,
        **({"repeated": True} if isinstance(column, list) else {}),
        "dataType": _TYPES[scalar],
        "source": {"fileObject": {"@id": f"{config}.jsonl"}, "extract": {"column": name}},
    }
