"""Croissant: the description of the data set by which tools find and check it (MLCommons Croissant 1.0)."""

import json
from collections.abc import Mapping
from typing import Any

from hvae_bench.hub.card import ConfigFacts

_OWN_TERMS = """
citeAs column conformsTo cr rai data dataType dct examples extract field fileProperty fileObject fileSet format includes
isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace sc separator source subField
transform
"""
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{term: f"cr:{term}" for term in _OWN_TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
}
_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float", "bool": "sc:Boolean"}


def croissant_text(version: str, published: str, canary_line: str, configs: Mapping[str, ConfigFacts]) -> str:
    """The text of `croissant.json`; `published` is the day of the release, as 2026-01-31."""
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
        "datePublished": published,
        "keywords": ["benchmark", "alignment", "social value orientation", "value rationality"],
        "isLiveDataset": False,
        "distribution": [_file(name, config) for name, config in configs.items()],
        "recordSet": [_record_set(name, config) for name, config in configs.items()],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _file(name: str, config: ConfigFacts) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.jsonl",
        "name": f"{name}.jsonl",
        "contentUrl": config.path,
        "contentSize": f"{config.size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": config.sha256,
    }


def _record_set(name: str, config: ConfigFacts) -> dict[str, Any]:
    fields = []
    for column, of in config.columns.items():
        scalar = of[0] if isinstance(of, list) else of
        # Tools read a nested column only if every part of it is a field of its own, with a path for each format.
        if isinstance(scalar, str):
            fields.append(
                {
                    "@type": "cr:Field",
                    "@id": f"{name}/{column}",
                    "name": column,
                    **({"repeated": True} if isinstance(of, list) else {}),
                    "dataType": _TYPES[scalar],
                    "source": {"fileObject": {"@id": f"{name}.jsonl"}, "extract": {"column": column}},
                }
            )
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/id"},
        "description": "Columns that are nested are left out here; the features in README.md describe them all.",
        "field": fields,
    }
