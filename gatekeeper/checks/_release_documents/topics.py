"""The topics that a guide must cover, and the words by which its headings are known, in English and Japanese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gatekeeper.checks._documents.model import Document, Section, holds, plain
from gatekeeper.checks._release_documents.evidence import (
    ACCOUNTS,
    DECOMMISSIONING,
    INTERFACES,
    OPERATION,
    Shipped,
    about,
)
from gatekeeper.model.finding import Finding

SHORTEST_PART = 12  # characters; less is a heading with nothing under it


class Topic(NamedTuple):
    """A topic: its id, and words of which one stands in the heading of its part."""

    id: str
    words: tuple[str, ...]


TOPICS: Mapping[str, tuple[Topic, ...]] = {
    OPERATION: (
        Topic("installation", ("install", "導入", "インストール", "設置", "セットアップ")),
        Topic("configuration", ("configur", "setting", "設定", "構成")),
        Topic("operation", ("operation", "operating", "use of", "運用", "操作", "使用")),
        Topic("maintenance", ("maint", "updat", "保守", "更新", "アップデート")),
        Topic("logging", ("log", "syslog", "eventlog", "audit trail", "ログ", "記録", "監査証跡")),
        Topic("incidents", ("incident", "report", "インシデント", "報告", "事象", "連絡")),
    ),
    ACCOUNTS: (
        Topic("creation", ("creat", "作成", "登録", "発行")),
        Topic("privileges", ("privileg", "permission", "rights", "roles", "権限", "役割")),
        Topic("default-accounts", ("default", "初期", "既定")),
        Topic("removal", ("remov", "delet", "disabl", "削除", "無効", "抹消")),
    ),
    DECOMMISSIONING: (
        Topic("removal", ("removal", "remove", "uninstall", "取り外し", "撤去", "アンインストール", "環境から")),
        Topic(
            "leftovers",
            ("left behind", "leftover", "reference", "configuration", "残る", "残存", "参照", "構成", "設定"),
        ),
        Topic(
            "data",
            (
                "personal",
                "sensitive",
                "data eras",
                "erasing data",
                "sanitis",
                "sanitiz",
                "データ",
                "個人情報",
                "情報の消去",
            ),
        ),
        Topic("media", ("media", "disposal", "destroy", "媒体", "廃棄", "破壊")),
        Topic("credentials", ("credential", "revok", "certificate", "keys", "資格情報", "失効", "証明書", "鍵")),
        Topic("licences", ("licen", "proprietary", "ライセンス", "専有", "プロプライエタリ", "使用許諾")),
    ),
    INTERFACES: (Topic("ports", ("port", "network", "ポート", "ネットワーク", "通信")),),
}


def uncovered(rule: str, item: Shipped, extra: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """The topics that a document has no part for, or a part with nothing in it."""
    if item.missing or item.unreadable:
        return
    for topic in TOPICS[item.kind]:
        parts = [*parts_on(item.document, topic, extra.get(item.kind, {}).get(topic.id, ""))]
        if not parts:
            yield about(rule, item, f"has no part on {topic.id} (a heading with: {_some(topic)})", (topic.id,))
        elif not any(filled(text) for _, text in parts):
            section = parts[0][0]
            yield about(rule, item, f"nothing stands under {section.heading!r}", (topic.id,), section.line)


def parts_on(document: Document, topic: Topic, heading: str = "") -> Iterator[tuple[Section, str]]:
    """The parts about a topic: by the id of the heading, by the heading that the policy names, or by its words."""
    for section, text in document.parts():
        named = bool(heading) and plain(section.heading) == plain(heading)
        if named or section.anchor == topic.id or holds(section.heading, topic.words):
            yield section, text


def filled(text: str) -> bool:
    """Whether somebody wrote something there."""
    return len("".join(text.split())) >= SHORTEST_PART


def _some(topic: Topic) -> str:
    return ", ".join(topic.words[:2] + topic.words[-1:])
