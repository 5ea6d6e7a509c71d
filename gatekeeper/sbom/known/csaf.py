"""CSAF 2.0 and 2.1, profile csaf_vex, with those mandatory semantic tests (6.1) that keep a contradiction out.

The schema alone accepts nearly every document that breaks them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from gatekeeper.sbom.bom import Fault
from gatekeeper.sbom.known.evidence import Statement, VexFile

_STATUS = {
    "fixed": "fixed", "first_fixed": "fixed", "known_affected": "affected", "first_affected": "affected",
    "last_affected": "affected", "known_not_affected": "not_affected", "under_investigation": "under_investigation",
}  # fmt: skip
MAX_DEPTH = 200

Json = dict[str, Any]


def read(document: Json, file: VexFile) -> VexFile:
    """Read the statements of one document that holds together."""
    head = document["document"]
    version = head.get("csaf_version")
    if version not in ("2.0", "2.1") or head.get("category") != "csaf_vex":
        text = f"CSAF {str(version)[:10]!r} of category {str(head.get('category'))[:40]!r}; 2.0 or 2.1 csaf_vex is read"
        return msgspec.structs.replace(file, format="csaf", faults=(Fault("/document", text),))
    products = _Products(document.get("product_tree", {}))
    vulnerabilities = document.get("vulnerabilities", [])
    faults = (*_document_faults(head, document), *products.faults, *_faults(vulnerabilities, products))
    author = head.get("publisher", {}).get("name", "")
    timestamp = head.get("tracking", {}).get("current_release_date", "")
    return msgspec.structs.replace(
        file,
        format=f"csaf-{version}",
        author=author,
        timestamp=timestamp,
        statements=() if faults else tuple(_statements(vulnerabilities, products, file.path, author, timestamp)),
        faults=faults,
    )


def _document_faults(head: Json, document: Json) -> Iterator[Fault]:
    for field in ("publisher", "tracking", "title"):
        if not head.get(field):
            yield Fault(f"/document/{field}", "is missing")
    if head.get("tracking", {}).get("status") == "draft":
        yield Fault("/document/tracking/status", "is draft")
    for field in ("product_tree", "vulnerabilities"):
        if not document.get(field):
            yield Fault(f"/{field}", "is missing; csaf_vex demands it (6.1.27)")


class _Products:
    """The product tree: every product id with its package URLs, and its relationships."""

    def __init__(self, tree: Json) -> None:
        self.purls: dict[str, tuple[str, ...]] = {}
        self.parts: dict[str, tuple[str, str]] = {}  # whole -> component, product
        self.defined: Counter[str] = Counter()
        self.groups = {g["group_id"]: tuple(g["product_ids"]) for g in tree.get("product_groups", [])}
        self._names(tree)
        self._relations(tree)
        self.faults = tuple(self._check())

    def _names(self, tree: Json) -> None:
        waiting = [(b, 1) for b in tree.get("branches", [])]
        products = list(tree.get("full_product_names", []))
        while waiting:
            branch, depth = waiting.pop()
            if depth > MAX_DEPTH:
                raise ValueError(f"branches nest deeper than {MAX_DEPTH}")
            if "product" in branch:
                products.append(branch["product"])
            waiting += [(b, depth + 1) for b in branch.get("branches", [])]
        for p in products:
            self._define(p)

    def _define(self, product: Json) -> None:
        helper = product.get("product_identification_helper", {})
        purls = [helper["purl"]] if "purl" in helper else helper.get("purls", [])
        self.defined[product["product_id"]] += 1
        self.purls[product["product_id"]] = tuple(purls)

    def _relations(self, tree: Json) -> None:
        for r in tree.get("relationships", []):
            self._define(r["full_product_name"])
            self.parts[r["full_product_name"]["product_id"]] = (
                r["product_reference"],
                r["relates_to_product_reference"],
            )

    def _check(self) -> Iterator[Fault]:
        for key, count in self.defined.items():
            if count > 1:
                yield Fault("/product_tree", f"the product id {key!r} is defined {count} times (6.1.2)")
        used = [k for ends in self.parts.values() for k in ends] + [k for g in self.groups.values() for k in g]
        for key in dict.fromkeys(used):
            if key not in self.defined:
                yield Fault("/product_tree", f"the product id {key!r} is not defined (6.1.1)")
        for key in self.parts:
            if self._in_a_circle(key):
                yield Fault("/product_tree", f"the product id {key!r} is defined by itself (6.1.3)")

    def _in_a_circle(self, start: str) -> bool:
        seen: set[str] = set()
        waiting = list(self.parts[start])
        while waiting:
            key = waiting.pop()
            if key == start:
                return True
            if key not in seen:
                seen.add(key)
                waiting += self.parts.get(key, ())
        return False

    def names(self, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids of the product and of the component in it that a product id stands for."""
        if key in self.parts:
            component, product = self.parts[key]
            return self.purls.get(product, ()), self.purls.get(component, ())
        return self.purls.get(key, ()), ()


def _faults(vulnerabilities: list[Json], products: _Products) -> Iterator[Fault]:
    for n, v in enumerate(vulnerabilities):
        status = v.get("product_status", {})
        where = f"/vulnerabilities/{n}"
        if not set(status) & {"fixed", "known_affected", "known_not_affected", "under_investigation"}:
            yield Fault(where, "no product status that csaf_vex demands (6.1.27.8)")
        if not v.get("cve") and not v.get("ids"):
            yield Fault(where, "neither cve nor ids (6.1.27.7)")
        if not v.get("notes"):
            yield Fault(where, "no notes (6.1.27.6)")
        yield from _status_faults(where, status, products)
        yield from _action_faults(where, v, products)


def _status_faults(where: str, status: Json, products: _Products) -> Iterator[Fault]:
    groups: dict[str, set[str]] = {}
    for word, keys in status.items():
        for key in keys:
            if key not in products.defined:
                yield Fault(f"{where}/product_status/{word}", f"the product id {key!r} is not defined (6.1.1)")
            groups.setdefault(key, set()).add(_STATUS.get(word, word))
    for key, words in groups.items():
        if len(words - {"recommended"}) > 1:
            yield Fault(where, f"the product {key!r} is {' and '.join(sorted(words))} at once (6.1.6)")


def _action_faults(where: str, v: Json, products: _Products) -> Iterator[Fault]:
    status = v.get("product_status", {})
    answered = {k for f in (*v.get("flags", []), *v.get("threats", [])) for k in _targets(f, products)}
    acted = {k for r in v.get("remediations", []) for k in _targets(r, products)}
    for key in status.get("known_not_affected", []):
        if key not in answered:
            yield Fault(where, f"{key!r} is not affected, and no flag or impact says why (6.1.27.9)")
    for key in status.get("known_affected", []):
        if key not in acted:
            yield Fault(where, f"{key!r} is affected, and no remediation says what to do (6.1.27.10)")


def _targets(entry: Json, products: _Products) -> tuple[str, ...]:
    groups = (k for g in entry.get("group_ids", []) for k in products.groups.get(g, ()))
    return (*entry.get("product_ids", []), *groups)


def _statements(
    vulnerabilities: list[Json], products: _Products, path: str, author: str, timestamp: str
) -> Iterator[Statement]:
    for n, v in enumerate(vulnerabilities):
        ids = tuple(i for i in (v.get("cve", ""), *(i.get("text", "") for i in v.get("ids", []))) if i)
        for word, keys in v["product_status"].items():
            for key in keys if word in _STATUS else ():
                product, component = products.names(key)
                flags = [f for f in v.get("flags", []) if key in _targets(f, products)]
                impacts = [
                    t for t in v.get("threats", []) if t.get("category") == "impact" and key in _targets(t, products)
                ]
                actions = [r for r in v.get("remediations", []) if key in _targets(r, products)]
                yield Statement(
                    file=path,
                    where=f"/vulnerabilities/{n}/product_status/{word}",
                    ids=ids,
                    status=_STATUS[word],
                    timestamp=next((f["date"] for f in flags if "date" in f), "") or timestamp,
                    products=product,
                    subcomponents=component,
                    justification=next((f["label"] for f in flags), ""),
                    impact=" ".join(t.get("details", "") for t in impacts),
                    action=" ".join(r.get("details", "") for r in actions),
                    author=author,
                )
