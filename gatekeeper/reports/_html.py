"""The auditor's page as HTML text: templates, style and content policy. Both HTML and PDF are made from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from gatekeeper.model.record import Record
from gatekeeper.model.report import Lang, Options, Paper
from gatekeeper.model.rule import Text
from gatekeeper.reports._escape import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def render(record: Record, options: Options) -> str:
    """The whole page. Texts from the record are escaped by the template engine, every one of them."""
    from gatekeeper.reports._dossier_page import page

    css = _css(record, options)
    template = _environment().get_template("report.html.j2")
    return template.render(
        page(record, options), css=css, csp=policy(css), t=_teller(options.lang), **_languages(options)
    )


def policy(css: str) -> str:
    """A content policy under which nothing runs and nothing is fetched; the style is bound by its digest."""
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _languages(options: Options) -> dict[str, str]:
    return {"lang": "ja" if options.lang == "ja" else "en", "body": options.lang}


def _teller(lang: Lang) -> Callable[..., Any]:
    """`t(text)` or `t("English", "日本語")`: the languages asked for, each marked as what it is where both stand."""
    from markupsafe import Markup

    both = Markup('<span class="en">{}</span><span class="ja" lang="ja">{}</span>')

    def t(text: Text | str, ja: str = "") -> str:
        pair = text if isinstance(text, Text) else Text(text, ja)
        en, ja = visible(pair.en), visible(pair.ja)
        if lang == "both" and en != ja:
            return both.format(en, ja)
        return ja if lang == "ja" else en

    return t


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("gatekeeper.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value


def _css(record: Record, options: Options) -> str:
    from importlib import resources

    sheet = resources.files("gatekeeper.reports").joinpath("templates/report.css").read_text("utf-8")
    digest = options.record_sha256 or record.record_id
    left = f"gatekeeper · {record.product.name} {record.product.version} · {digest[:16]}"
    return sheet + _PAGE.format(size=_SIZES[options.paper], left=_css_string(left))


_SIZES: dict[Paper, str] = {"a4": "A4", "letter": "letter"}
_PAGE = """@page {{ size: {size}; margin: 16mm 13mm 18mm;
  @bottom-left {{ content: {left}; font-size: 8pt; }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font-size: 8pt; }} }}
"""


def _css_string(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\{ord(c):x} " for c in visible(text)) + '"'
