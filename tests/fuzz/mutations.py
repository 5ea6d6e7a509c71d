"""Ways to damage a bundle: bytes, JSON, and what base64 hides. Each draws from one random source, so runs repeat."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]
GIANTS = ("9" * 400, "-1", "1e400", "00", "0x10", str(2**64), " 1")


def leaves(node: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON tree, inner nodes included."""
    if path:
        yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from leaves(child, (*path, key))


def _at(tree: Any, path: Path) -> tuple[Any, Any]:
    for key in path[:-1]:
        tree = tree[key]
    return tree, path[-1]


def flip_byte(raw: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(raw)
    damaged[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw))]


def splice(raw: bytes, rng: random.Random) -> bytes:
    at, size, source = rng.randrange(len(raw)), rng.randrange(1, 40), rng.randrange(len(raw))
    return raw[:at] + raw[source : source + size] + raw[at:]


def _edited(raw: bytes, rng: random.Random, edit: Callable[[Any, Any], None]) -> bytes:
    tree = json.loads(raw)
    edit(*_at(tree, rng.choice(list(leaves(tree)))))
    return json.dumps(tree).encode()


def drop(raw: bytes, rng: random.Random) -> bytes:
    def edit(parent: Any, key: Any) -> None:
        del parent[key]

    return _edited(raw, rng, edit)


def retype(raw: bytes, rng: random.Random) -> bytes:
    value = rng.choice([None, 0, 1.5, True, "", [], {}, "A" * 5000, [[]], *GIANTS])

    def edit(parent: Any, key: Any) -> None:
        parent[key] = value

    return _edited(raw, rng, edit)


def double(raw: bytes, rng: random.Random) -> bytes:
    def edit(parent: Any, key: Any) -> None:
        if isinstance(parent, list):
            parent.append(parent[key])
        else:
            parent[f"{key}2"] = parent[key]

    return _edited(raw, rng, edit)


def flip_inside(raw: bytes, rng: random.Random) -> bytes:
    """A bit in what a base64 value stands for: certificates, proofs, timestamps, log bodies."""
    tree = json.loads(raw)
    hidden = []
    for path in leaves(tree):
        parent, key = _at(tree, path)
        if isinstance(parent[key], str) and len(parent[key]) >= 12:
            try:
                hidden.append((parent, key, base64.b64decode(parent[key], validate=True)))
            except ValueError:
                continue
    parent, key, value = rng.choice(hidden)
    damage = rng.choice((flip_byte, cut, splice))
    parent[key] = base64.b64encode(damage(value, rng)).decode()
    return json.dumps(tree).encode()


def exchange(raw: bytes, rng: random.Random, other: bytes) -> bytes:
    """A part of another valid bundle in the same place."""
    tree, donor = json.loads(raw), json.loads(other)
    common = [path for path in leaves(tree) if path in set(leaves(donor))]
    path = rng.choice(common)
    parent, key = _at(tree, path)
    source, _ = _at(donor, path)
    parent[key] = source[key]
    return json.dumps(tree).encode()


MUTATIONS = (flip_byte, cut, splice, drop, retype, double, flip_inside, flip_inside, flip_inside)
