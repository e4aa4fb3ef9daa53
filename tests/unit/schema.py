#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Validate what the command hip printed.

usage: schema.py SCHEMA "DEFINITION.json"...

Each file holds answers, one a line, of the command that it is called after.
Users may expect further members; here each must be in the schema.
"""

import json
import pathlib
import sys

import jsonschema


def close(node):
    """No members but those that are described, anywhere."""
    if isinstance(node, dict):
        if "properties" in node:
            node.setdefault("additionalProperties", False)
        for child in node.values():
            close(child)
    elif isinstance(node, list):
        for child in node:
            close(child)


def check_whole(schema, *files):
    """The schema as it is: it takes what commands print, and that alone."""
    whole = jsonschema.Draft202012Validator(schema)
    wrong = 0
    for file in map(pathlib.Path, files):
        for line in file.read_text("utf-8").splitlines():
            if not whole.is_valid(json.loads(line)):
                print(f"# {file.stem}: no answer of any command")
                wrong += 1
    if whole.is_valid({"schema": 1, "no such": 1}):
        print("# the schema takes what no command prints")
        wrong += 1
    return wrong


def main(schema_file, *files):
    schema = json.loads(pathlib.Path(schema_file).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong = check_whole(schema, *files)
    close(schema["$defs"])
    for file in map(pathlib.Path, files):
        one = {"$ref": f"#/$defs/{file.stem}", "$defs": schema["$defs"]}
        validator = jsonschema.Draft202012Validator(one)
        lines = file.read_text("utf-8").splitlines()
        wrong += not lines
        for line in lines:
            for error in validator.iter_errors(json.loads(line)):
                print(f"# {file.stem}: {error.json_path}: {error.message}; "
                      "the interface is described in hipd/ctl/ctl_idl.c")
                wrong += 1
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
