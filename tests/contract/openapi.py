"""openapi.py URL: whether /openapi.json is OpenAPI 3.1, and its examples are what they show."""
import json
import sys
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def examples(node, path=""):
    """Every schema with the examples that stand in it or beside it."""
    if isinstance(node, dict):
        for example in node.get("examples", []) if isinstance(node.get("examples"), list) else []:
            yield path, node, example
        if "schema" in node and "example" in node:
            yield path, node["schema"], node["example"]
        for name, value in node.items():
            if name not in ("example", "examples"):
                yield from examples(value, f"{path}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from examples(value, f"{path}/{number}")


def without_examples(document):
    """Every component that a body or an answer names, and that has no example."""
    names = set()
    for item in document["paths"].values():
        for operation in item.values():
            bodies = [operation.get("requestBody", {})] + list(operation["responses"].values())
            for body in bodies:
                for media in body.get("content", {}).values():
                    names.add(media["schema"].get("$ref", "").rpartition("/")[2])
    schemas = document["components"]["schemas"]
    return sorted(name for name in names if name and "examples" not in schemas[name])


def main(url):
    with urllib.request.urlopen(url + "/openapi.json") as answer:
        text = answer.read().decode()
    document = json.loads(text)
    faults = [f"{'/'.join(map(str, e.path))}: {e.message}"
              for e in OpenAPIV31SpecValidator(document).iter_errors()]
    faults += [f"{name}: has no example in schemas/http/examples.json"
               for name in without_examples(document)]
    # A schema that is taken out of the document refers to it by a name.
    named = json.loads(text.replace('"#/', '"urn:api#/'))
    registry = Registry().with_resource("urn:api", Resource(document, DRAFT202012))
    count = 0
    for path, schema, example in examples(named):
        count += 1
        validator = Draft202012Validator(schema, registry=registry,
                                         format_checker=Draft202012Validator.FORMAT_CHECKER)
        faults += [f"{path}: its example is wrong: {e.message}" for e in validator.iter_errors(example)]
    print("\n".join(faults))
    print(f"{count} examples, {len(faults)} faults")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
