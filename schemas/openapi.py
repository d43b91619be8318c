"""From schemas to JSON Schema as OpenAPI 3.1 writes it: what apispec cannot see by itself.

- A one-of is told by its word (`kind`), with a reference for each; a `Constant` is a `const`; a `Table` names its names' form.
- A schema may add to what its fields say (`also`: what one field asks of another), and its docstring is its description.

No web framework here: the web floor hands `Plugin` to its own, and tests read `json_schemas`.
"""

from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields
from marshmallow_oneofschema.one_of_schema import OneOfSchema

from schemas.answers import BODIES, AnyBody
from schemas.fields import Constant, Table

VERSION: Final = "3.1.0"
REF_PREFIX: Final = "#/components/schemas/"


class Converter(OpenAPIConverter):
    def init_attribute_functions(self) -> None:
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        # Before the last one, which makes nullable what the others have said.
        self.attribute_functions[-1:-1] = [self.constant2properties, self.table2properties, self.body2properties]

    def constant2properties(self, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
        return {"const": field.word} if isinstance(field, Constant) else {}

    def table2properties(self, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
        return {"propertyNames": self.field2property(field.key_field)} if isinstance(field, Table) and field.key_field else {}

    def body2properties(self, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
        if not isinstance(field, AnyBody):
            return {}
        bodies = [self.resolve_nested_schema(body) for body in BODIES.values()]  # type: ignore[no-untyped-call]
        return {"anyOf": [*bodies, {"type": "null"}] if field.allow_none else bodies}

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        if isinstance(schema, OneOfSchema):
            refs = {word: self.resolve_nested_schema(one) for word, one in schema.type_schemas.items()}  # type: ignore[no-untyped-call]
            mapping = {word: ref["$ref"] for word, ref in refs.items()}
            made = {"oneOf": list(refs.values()), "discriminator": {"propertyName": schema.type_field, "mapping": mapping}}
        else:
            made = super().schema2jsonschema(schema) | getattr(schema, "also", {})  # type: ignore[no-untyped-call]
        if told := type(schema).__dict__.get("__doc__"):
            made["description"] = " ".join(told.split()).replace("`", "")
        return made


class Plugin(MarshmallowPlugin):
    Converter = Converter


def json_schemas(*schemas: type[Schema] | Schema) -> dict[str, Any]:
    """The JSON Schemas of these and of all they refer to, by name."""
    spec = APISpec(title="", version="", openapi_version=VERSION, plugins=[Plugin()])
    for schema in schemas:
        name = (schema if isinstance(schema, type) else type(schema)).__name__.removesuffix("Schema")
        spec.components.schema(name, schema=schema)
    made: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return made
