"""Every quick way beside its plain meaning: whatever is looked at once for all says what a look at each one says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.model.case import Case, Product
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom import digests, identity, overlay, properties, spdx2
from gatekeeper.sbom.bom import Bom, Component, Digest, Edges, Licence, Reference, Stated, digest
from gatekeeper.sbom.evidence import Evidence, Lock, Locked
from gatekeeper.sbom.graph import Graph
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.locking import LockError, Wish
from gatekeeper.sbom.locks import requirements
from gatekeeper.sbom.overlay import Entry, Item, Overlay
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.rules import fields, identities, lockfiles, references
from gatekeeper.sbom.rules.subject import Subject
from gatekeeper.sbom.text import placeholder, unbuilt, unprintable

CASE = Case(
    product=Product(name="app", version="1.0", manufacturer="Example"),
    rulebook=rulebook(),
    now=datetime(2026, 11, 20, tzinfo=UTC),
    mode=Mode.LOCAL,
)

# --- single texts


@given(st.text("aZ9-_.\u03a3\u03c3\u00df\u0130 ", max_size=12) | st.text(max_size=12))
@example("a-_.-_.-_.b")
@example("\u0391\u03a3.\u0392")  # a capital sigma is lowered by what stands beside it
def test_a_name_in_normal_form_is_what_pep_503_says(name: str) -> None:
    assert pep503(name) == re.sub(r"[-_.]+", "-", name).lower()


@given(st.text("pkg:/@abcXYZ019._-~%", max_size=30))
def test_a_purl_read_once_and_read_again_are_one(text: str) -> None:
    assert identity.read(text) == identity.parse(text) == identity.parse(text)


@given(st.text("SHAsha-_0123456789", max_size=12), st.text("abcDEF0123", max_size=8))
def test_a_digest_is_written_in_one_way(algorithm: str, value: str) -> None:
    assert digest(algorithm, value) == Digest(re.sub("[-_]", "", algorithm).lower(), value.lower())


# --- lock files

_ENDS = ["", " --hash=sha256:" + "a1" * 32, " --hash=sha256:0", " --hash=sha512:0f", " --hash=sha256:A", " ;x", " \\"]
_LINES = st.builds(
    "{}{}{}{}".format,
    st.text("abZ0._-é", min_size=1, max_size=6),
    st.sampled_from(["==", "===", " == ", ">=", "=", "[x]=="]),
    st.text("019.!+_-*ab=", max_size=8),
    st.lists(st.sampled_from(_ENDS), max_size=3).map("".join),
)


@given(_LINES)
def test_the_usual_line_is_read_as_any_line_is(line: str) -> None:
    quick = requirements._plain(line)

    if quick is not None:
        assert quick == requirements._careful(line, Wish())


def test_the_usual_line_takes_the_quick_way_and_its_damaged_neighbours_do_not() -> None:
    usual = "click==8.4.0 --hash=sha256:" + "a1" * 32

    assert requirements._plain(usual) == requirements._careful(usual, Wish())
    for damaged in (usual[:-3] + "xyz", usual.replace("==", ">="), usual.replace("sha256", "md5"), usual + " extra"):
        assert requirements._plain(damaged) is None
    with pytest.raises(LockError):
        requirements._careful(usual.replace("==", ">="), Wish())


# --- the overlay

_PIECES = st.sampled_from(["a", "b", "ab", "@", "1", "*", "**", "*a*", "b*"])
_MATCHES = st.lists(_PIECES, min_size=1, max_size=4).map("".join)


def plainly_answering(wanted: str, entries: Iterable[Entry]) -> list[Entry]:
    found = [e for e in entries if "*" not in e.match and e.match == wanted]
    if found:
        return found
    pattern = {e.match: "".join(".*" if c == "*" else re.escape(c) for c in e.match) for e in entries}
    hits = [e for e in entries if "*" in e.match and re.fullmatch(pattern[e.match], wanted, re.DOTALL)]
    weight = max((len(e.match.replace("*", "")) for e in hits), default=0)
    return [e for e in hits if len(e.match.replace("*", "")) == weight]


@given(st.lists(_MATCHES, max_size=6), st.lists(st.text("ab@1\n", min_size=1, max_size=5), max_size=5))
def test_the_most_specific_entry_answers(matches: list[str], purls: list[str]) -> None:
    entries = tuple(Entry(match=m, item_class=f"class {n}") for n, m in enumerate(matches))
    components = [Component(where="", name="x", purl=p) for p in purls]

    for component, item in zip(components, overlay.items(components, Overlay(entries=entries)), strict=True):
        wanted = plainly_answering(component.purl, entries)
        assert item.entry == (wanted[0] if wanted else None)
        assert item.rivals == tuple(e.match for e in wanted[1:])
        assert item.classes == ((wanted[0].item_class,) if wanted else ())


# --- SPDX 2

_KEYS = st.sampled_from(
    ["SPDXRef-DOCUMENT", "SPDXRef-a", "SPDXRef-b", "NONE", "NOASSERTION", "DocumentRef-x:SPDXRef-a"]
)
_KINDS = st.sampled_from(["DEPENDS_ON", "CONTAINS", "DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "CONTAINED_BY", "OTHER"])
_RELATIONSHIPS = st.lists(st.builds(spdx2.Relationship, _KEYS, _KINDS, _KEYS), max_size=12).map(tuple)


def away(key: str) -> bool:
    return key in ("NONE", "NOASSERTION") or key.startswith("DocumentRef-")


@given(_RELATIONSHIPS)
def test_relationships_become_edges_one_by_one(relationships: tuple[spdx2.Relationship, ...]) -> None:
    info = spdx2.CreationInfo(created="", creators=())
    document = spdx2.Document("", "", "", "", "", info, relationships=relationships)
    wanted: dict[str, tuple[list[str], str]] = {}
    mentioned = []
    for n, r in enumerate(relationships):
        one, other, where = r.spdxElementId, r.relatedSpdxElement, f"/relationships/{n}"
        if r.relationshipType == "OTHER":
            mentioned += [(key, where) for key in (one, other) if not away(key)]
            continue
        source, target = (one, other) if r.relationshipType in ("DEPENDS_ON", "CONTAINS") else (other, one)
        if not away(source):
            wanted.setdefault(source, ([], where))[0].extend([] if away(target) else [target])

    edges, mentions = spdx2._edges(document, spdx2.Places())

    assert edges == tuple(Edges(source, tuple(targets), where) for source, (targets, where) in wanted.items())
    assert mentions == tuple(mentioned)


_PARTIES = st.sampled_from(["", "NOASSERTION", "NONE", "Organization: A (a@example.org)", "Person: B", "C"])
_LICENCES = st.sampled_from(["", "NOASSERTION", "NONE", "MIT"])
_COMMENTS = st.sampled_from(
    ["x", "gatekeeper:unknown:producer=why", "a=b\ngatekeeper:withheld:licence=", f"{properties.CLASS}=required"]
)
_PACKAGES = st.builds(
    spdx2.Package,
    SPDXID=st.just("SPDXRef-a"),
    name=st.just("a"),
    downloadLocation=st.just("NONE"),
    supplier=_PARTIES,
    originator=_PARTIES,
    licenseConcluded=_LICENCES,
    licenseDeclared=_LICENCES,
    annotations=st.lists(st.builds(spdx2.Annotation, _COMMENTS), max_size=2).map(tuple),
    validUntilDate=st.sampled_from(["", "2027-01-01T00:00:00Z"]),
    packageFileName=st.sampled_from(["", "a.whl"]),
)


@given(_PACKAGES)
def test_what_a_package_does_not_assert_is_told_beside_what_it_states(p: spdx2.Package) -> None:
    pairs = [
        (n.strip(), v.strip())
        for a in p.annotations
        for n, equals, v in (line.partition("=") for line in a.comment.splitlines())
        if equals
    ]
    stated = [s for n, v in pairs if (s := properties.stated(n, v))]
    for field, given_ in (
        ("producer", [p.originator, p.supplier]),
        ("licence", [p.licenseConcluded, p.licenseDeclared]),
    ):
        if any(given_) and all(text in ("", "NOASSERTION") for text in given_):
            stated += [] if field in [s.field for s in stated] else [Stated(field, "noassertion")]

    found = spdx2._component(p, "/packages/0")

    assert list(found.stated) == stated
    assert found.support_ends == (("2027-01-01",) if p.validUntilDate else ())
    assert found.marks == (((properties.FILENAME, "a.whl"),) if p.packageFileName else ())
    assert found.classes == tuple(v for n, v in pairs if n == properties.CLASS)
    assert [x.status for x in found.licences] == [
        status for text, status in ((p.licenseConcluded, "concluded"), (p.licenseDeclared, "declared")) if text == "MIT"
    ]


# --- the graph

_NODES = st.sampled_from("abcdefg")
_GRAPHS = st.lists(st.tuples(_NODES, st.lists(_NODES, max_size=3)), max_size=10)


def reached(starts: Iterable[str], arrows: set[tuple[str, str]]) -> set[str]:
    found = set(starts)
    while more := {b for a, b in arrows if a in found} - found:
        found |= more
    return found


@given(_GRAPHS, st.lists(_NODES, max_size=2), st.lists(st.tuples(_NODES, _NODES | st.just("")), max_size=6))
def test_the_graph_is_walked_to_its_ends(
    edges: list[tuple[str, list[str]]], roots: list[str], nested: list[tuple[str, str]]
) -> None:
    components = tuple(Component(where="", name=key, ref=key, parent=parent) for key, parent in nested)
    bom = Bom(
        format="x",
        roots=tuple(roots),
        components=components,
        edges=tuple(Edges(source, tuple(targets), "") for source, targets in edges),
    )
    arrows = {(a, b) for a, targets in edges for b in targets} | {(p, k) for k, p in nested if p}
    back = {(b, a) for a, b in arrows}
    ringed = [a for a in "abcdefg" if a in reached([b for x, b in arrows if x == a], arrows)]

    graph = Graph(bom)

    assert graph.orphans() == tuple(c for c in components if c.ref not in reached(roots, arrows))
    assert graph.rings() == len(reached(ringed, arrows) & reached(ringed, back))


# --- all components

_NAMES = st.sampled_from(
    ["app", "click", "Click", "mark.up_safe", "TODO", "", "a\u200bb", "a\x07b", "${name}", "日本", "x y"]
)
_VERSIONS = st.sampled_from(["", "1.0", "1.0.0", "v0.0.0", "0.0.0-dev", "unknown", "0.dev1", "2"])
_PURLS = st.sampled_from(
    [
        "",
        "pkg:pypi/click@1.0",
        "pkg:pypi/Click@1",
        "pkg:npm/%40a/click@2",
        "pkg:pypi/app@1.0",
        "nonsense",
        "pkg:npm/x@1",
    ]
)
_VALUES = {"sha256": "0" * 64, "sha512": "f" * 128, "md5": "0" * 32, "sha1": "0" * 40, "odd": "0" * 64}
_DIGEST = st.sampled_from(
    [Digest(a, v) for a, v in _VALUES.items()] + [Digest("sha256", v) for v in ("1" * 64, "xyz", "")]
)
_DIGESTS = st.lists(_DIGEST, max_size=2).map(tuple)
_TEXTS = st.sampled_from(["", "MIT", "MIT OR Apache-2.0", "Own", "TODO", "Apache-2.0 AND MIT", "(("])
_COMPONENTS = st.builds(
    Component,
    where=st.sampled_from(["/components/1", "/components/2"]),
    name=_NAMES,
    version=_VERSIONS,
    ref=st.sampled_from(["", "a", "b", "c"]),
    group=st.sampled_from(["", "g", "TODO"]),
    purl=_PURLS,
    producer=_NAMES,
    digests=_DIGESTS,
    references=st.lists(
        st.builds(Reference, st.sampled_from(["distribution", "vcs"]), st.just("u"), _DIGESTS), max_size=1
    ).map(tuple),
    licences=st.lists(st.builds(Licence, _TEXTS, st.sampled_from(["expression", "name"])), max_size=2).map(tuple),
    stated=st.lists(
        st.builds(Stated, st.sampled_from(["producer", "name", "licence", "hash"]), st.just("unknown"), _NAMES),
        max_size=1,
    ).map(tuple),
    marks=st.sampled_from([(), (properties.EXCLUDED,)]),
)
_ENTRIES = st.lists(
    st.builds(Entry, match=st.sampled_from(["*", "pkg:pypi/*", "*click*"]), producer=_NAMES, licence=_TEXTS), max_size=2
).map(tuple)
_LOCKED = st.builds(Locked, st.sampled_from(["pypi", "npm"]), st.sampled_from(["click", "app"]), _VERSIONS, _DIGESTS)
_BOMS = st.builds(
    Bom,
    format=st.just("cyclonedx-1.6"),
    root=st.none() | _COMPONENTS,
    roots=st.sampled_from([(), ("a",), ("z",), ("a", "b")]),
    components=st.lists(_COMPONENTS, max_size=5).map(tuple),
    edges=st.lists(
        st.builds(
            Edges, st.sampled_from("abcz"), st.lists(st.sampled_from("abcz"), max_size=2).map(tuple), st.just("/x")
        ),
        max_size=3,
    ).map(tuple),
    mentions=st.lists(st.tuples(st.sampled_from("abcz"), st.just("/m")), max_size=1).map(tuple),
    others=st.lists(st.sampled_from("cz"), max_size=1).map(tuple),
)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    bom = draw(_BOMS)
    locks = (Lock(path="l", kind="pypi", packages=tuple(draw(st.lists(_LOCKED, max_size=4)))),)
    evidence = Evidence(path="p", sha256="", size=0, bom=bom, overlay=Overlay(entries=draw(_ENTRIES)), locks=locks)
    params = Params(
        file="p", licences=draw(st.sampled_from([(), ("MIT",), ("MIT", "Apache-2.0")])), no_dependencies="x"
    )
    return Subject(evidence, bom, params, CASE)


@given(subjects())
def test_texts_that_only_fill_a_field_are_found_in_every_component(s: Subject) -> None:
    wanted = []
    for i in [*([Item(s.bom.root)] if s.bom.root else []), *s.items]:
        c = i.component
        texts = [("name", c.name), ("version", c.version), ("producer", i.producer), ("group", c.group)]
        for field, text in [*texts, *(("licence", x.text) for x in c.licences)]:
            filler = placeholder(text) or bool(unprintable(text)) or (field == "version" and unbuilt(text))
            excuse = i.stated(field)
            if text and filler and not (excuse and excuse.reason):
                wanted.append((c.where, f"{c.label or 'a component without name'}: {field} is {text[:80]!r}"))

    found = identities.no_placeholders(s).findings

    assert [(f.where.pointer, f.message) for f in found] == wanted


@given(subjects())
def test_missing_fields_are_counted_component_by_component(s: Subject) -> None:
    plain = {
        "producer": lambda i: placeholder(i.producer),
        "name": lambda i: placeholder(i.component.name),
        "version": lambda i: placeholder(i.component.version),
        "hash-value": lambda i: not digests.strong(i.component.all_digests),
        "hash-algorithm": lambda i: not i.component.all_digests,
        "licence": lambda i: not i.licences or any(k == "name" or fields.unparsed(t) for t, k in i.licences),
    }

    for field, missing in plain.items():
        found = [n for n, _ in fields.COMPONENT_FIELDS[field](s)]
        assert found == [n for n, i in enumerate(s.items) if missing(i)], field


@given(subjects())
def test_each_licence_is_compared_with_the_list(s: Subject) -> None:
    allowed = frozenset(s.params.licences)
    wanted = [
        (i.component.where, bool(i.licences))
        for i in s.items
        if not i.licences
        or any(k == "name" or fields.unparsed(t) or not fields.satisfied(t, allowed) for t, k in i.licences)
    ]

    found = fields.licences_allowed(s).findings

    if allowed:
        assert [(f.where.pointer, "no licence to compare" not in f.message) for f in found] == wanted


@given(subjects())
def test_every_identity_is_judged_with_its_own_purl(s: Subject) -> None:
    wanted = []
    for c in s.bom.components:
        purl = identity.parse(c.purl) if c.purl else None
        wanted += [c.where] * (not c.purl or purl is None or bool(identity.contradiction(c, purl)))

    assert [f.where.pointer for f in identities.identified(s).findings] == wanted
    assert list(s.keys) == [identity.package_key(c) for c in s.bom.components]


@given(subjects())
def test_no_end_of_an_edge_is_overlooked(s: Subject) -> None:
    known = {c.key for c in s.bom.everything} | {c.ref for c in s.bom.everything if c.ref} | {*s.bom.others}
    ends = [key for e in s.bom.edges for key in (e.source, *e.targets)] + [key for key, _ in s.bom.mentions]

    messages = [f.message for f in references.resolve(s).findings]

    told = [m for m in messages if "names" in m or "referred" in m]
    assert [re.findall("'(.)'", m)[0] for m in told] == [key for key in ends if key not in known]


@given(subjects())
def test_hashes_are_faulted_and_compared_component_by_component(s: Subject) -> None:
    wanted = []
    for c in s.bom.components:
        every = c.all_digests
        odd = {d for d in every if digests.malformed(d)}
        groups = [c.digests, *(r.digests for r in c.references if r.kind == "distribution")]
        clashes = [g for g in groups if digests.contradicting(g)]
        package = s.locked.get(identity.package_key(c))
        if not identity.package_key(c)[0]:
            package = {k[1:]: p for k, p in s.locked.items()}.get(identity.package_key(c)[1:])
        pinned = package.digests if package else ()
        foreign = {d for d in every if d.algorithm in {p.algorithm for p in pinned} and d not in pinned}
        weak = bool(every) and not digests.strong(every)
        wanted += [c.where] * (len(odd) + len(clashes) + weak + len(foreign))

    assert [f.where.pointer for f in lockfiles.hashes(s).findings] == wanted


@given(subjects())
def test_what_no_lock_file_knows_is_named(s: Subject) -> None:
    strict = Subject(s.evidence, s.bom, msgspec.structs.replace(s.params, strict=True), s.case)
    have = {
        identity.package_key(c): c for c in s.bom.components if properties.EXCLUDED not in c.marks
    }  # the last of several with one key stands for all
    kinds, names = {"pypi"} | {k[0] for k in s.locked}, {k[1:] for k in s.locked}
    wanted = [
        c.where
        for key, c in have.items()
        if (key[0] in kinds and key not in s.locked) or (not key[0] and key[1:] not in names)
    ]

    found = lockfiles.complete(strict).findings

    assert [f.where.pointer for f in found if "in no lock file" in f.message] == wanted
