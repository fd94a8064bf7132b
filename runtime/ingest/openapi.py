"""The OpenAPI 3.1 document of the management API, made from its table."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from runtime.ingest.endpoints import ALWAYS, ENDPOINTS, WITH_BODY, Endpoint
from runtime.ingest.problems import KINDS, PROBLEM_TYPE
from runtime.ingest.schemas import Schema, schema_of

PROBLEM: Schema = {
    "type": "object",
    "description": "A problem document (RFC 9457). `detail` says what happened and the remedy.",
    "properties": {
        "type": {"enum": [f"urn:wayline:problem:{kind}" for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}


def document(url: str) -> dict[str, Any]:
    """The whole document; `url` is the address of this installation."""
    named: dict[str, Schema] = {"Problem": PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wayline management API",
            "version": version("wayline"),
            "description": "Journeys, runs, approvals, customers and events of one workspace.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A management key: `wayline key create` prints one.",
                }
            },
        },
    }


def _operation(endpoint: Endpoint, named: dict[str, Schema]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[2]],
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {
                "description": endpoint.summary,
                "content": {"application/json": {"schema": schema_of(endpoint.answer, named)}},
            },
            **_refusals(endpoint),
        },
    }
    if endpoint.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": endpoint.body}},
        }
    return made


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in endpoint.params
    ]
    in_query = [
        {"name": q.name, "in": "query", "description": q.what, "schema": q.schema}
        for q in endpoint.query
    ]
    return in_path + in_query


def refusals_of(endpoint: Endpoint) -> tuple[str, ...]:
    """The kinds of problem that an operation can answer with."""
    return (*ALWAYS, *(WITH_BODY if endpoint.body is not None else ()), *endpoint.refusals)


def _refusals(endpoint: Endpoint) -> Mapping[str, Any]:
    by_status: dict[str, list[str]] = {}
    for kind in refusals_of(endpoint):
        status, title = KINDS[kind]
        by_status.setdefault(str(status), []).append(title)
    return {
        status: {
            "description": "; ".join(titles),
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, titles in sorted(by_status.items())
    }
