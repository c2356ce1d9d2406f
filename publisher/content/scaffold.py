"""A new announcement's folder: the kind's sample, ready to be edited."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from publisher.content.kinds.kind import Kind, Preapproved
from publisher.content.source import FILE
from publisher.content.source.header import Header
from publisher.content.toml_text import pair

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class ScaffoldError(ValueError):
    """A folder that cannot be made; the message says why and what to do."""


def new_id() -> str:
    """Fifty random bits: two desks that never met do not choose the same."""
    return "a-" + "".join(secrets.choice(_BASE32) for _ in range(10))


def scaffold(kind: Kind, folder: Path, locales: Sequence[str] = (), wording: str = "") -> Sequence[Path]:
    """Writes the kind's sample into `folder`, new or empty, and gives its files; raises ScaffoldError.

    `locales` beyond those that the kind requires are added to them; `wording` is one of the kind's approved before.
    """
    chosen, wanted = _wording(kind, wording), tuple(dict.fromkeys((*kind.required_locales, *locales)))
    texts = _texts(kind, chosen.texts, wanted)
    files = {FILE: "\n".join(_announcement(kind, {**kind.sample(wanted), **chosen.sample})) + "\n", **texts}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldError(f"{folder} is not an empty folder; choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in files]


def _wording(kind: Kind, name: str) -> Preapproved:
    if not name:
        return Preapproved(kind.sample_texts, {})
    if name not in kind.preapproved:
        known = f"it has {', '.join(kind.preapproved)}" if kind.preapproved else "it has none"
        raise ScaffoldError(f"{kind.name} has no wording {name!r} that was approved before; {known}")
    return kind.preapproved[name]


def _texts(kind: Kind, texts: Mapping[str, str], locales: Sequence[str]) -> dict[str, str]:
    if unknown := [locale for locale in locales if locale not in texts]:
        raise ScaffoldError(f"{kind.name} has no sample in {', '.join(unknown)}; it has {', '.join(texts)}")
    return {f"{locale}.md": f"# {kind.titles[locale]}\n\n{texts[locale]}" for locale in locales}


def _announcement(kind: Kind, sample: Mapping[str, object]) -> Iterator[str]:
    values = {**Header.sample, "id": new_id(), "kind": kind.name}
    for name, known in Header.model_fields.items():
        yield from _lines(name, values.get(name), known.description, required=known.is_required())
    yield "\n[facts]"
    for name, known in kind.facts.model_fields.items():
        yield from _lines(name, sample.get(name), known.description, required=name in sample)


def _lines(name: str, value: object, meaning: str | None, *, required: bool) -> Iterator[str]:
    yield f"# {meaning}"
    if required:
        yield pair(name, value)
    else:
        yield f"# {pair(name, value)}" if value is not None else f"# {name} = ..."
