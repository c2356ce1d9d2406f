"""Rendering one announcement to all editions of 40 destinations and six locales, beside the bare library calls.

    python -m benchmarks.render [--rounds 20]

The peer calls Jinja2's compiled templates and MJML for each of the same editions, with every value prepared
beforehand: it reads no facts, writes the author's text in no format and composes no payload. Every round has an
announcement of its own, so that nothing remembered from the round before helps.
Prints milliseconds per announcement of both and their ratio, once with composers that only keep the sections, as the
peer does, and once with those of the channels (most of that is the MIME of the mails). The target is at least 0.5.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import mjml
from jinja2 import Environment, FileSystemLoader, Template

from channels import discord, email, telegram, webhook, website, x
from publisher.channel import Format, Target, slot
from publisher.content.announcement import Revision
from publisher.content.kinds.languages import locales
from publisher.rendering.context import template_context
from publisher.rendering.environments import MARKUP
from publisher.rendering.plan import Step
from publisher.rendering.render import Renderer
from tests.rendering import builders

TARGET = 0.5
COMPOSERS = {each.channel.name: each.channel.composer for each in (website, email, telegram, x, discord, webhook)}
DESTINATIONS = [
    ("site", "website", builders.BRAND.site_url),
    *((f"mail-{n}", "email", f"news{n}@example.com") for n in range(6)),
    *((f"telegram-{n}", "telegram", f"@example_news_{n}") for n in range(16)),
    *((f"x-{n}", "x", f"@example{n}") for n in range(8)),
    *((f"discord-{n}", "discord", f"{10**17 + n}") for n in range(5)),
    *((f"push-{n}", "webhook", f"app-{n}") for n in range(4)),
]
TARGETS = [
    Target(name, channel, channel, address, locale) for name, channel, address in DESTINATIONS for locale in locales()
]
Call = tuple[Template, dict[str, object], bool]


def main() -> None:
    parser = argparse.ArgumentParser(description="Our renderer beside the bare Jinja2 and MJML calls.")
    parser.add_argument("--rounds", type=int, default=20)
    chosen = parser.parse_args()
    revisions = [builders.revision("listing", name=f"Aurora Protocol {n}") for n in range(chosen.rounds + 1)]
    composed = Renderer(builders.TEMPLATES, builders.BRAND, COMPOSERS)
    sections = Renderer(builders.TEMPLATES, builders.BRAND, builders.composers())
    calls = [[call for target in TARGETS for call in bare_calls(composed, each, target)] for each in revisions]
    works: list[Callable[[int], object]] = [
        lambda n: sections.editions(revisions[n], TARGETS),
        lambda n: composed.editions(revisions[n], TARGETS),
        lambda n: bare(calls[n]),
    ]
    ours, whole, peer = timed(works, chosen.rounds)
    print(f"{len(TARGETS)} editions, {len(calls[0])} sections")
    print(f"peer: {peer:.2f} ms per announcement")
    print(f"ours, sections: {ours:.2f} ms, ratio {peer / ours:.2f} (target >= {TARGET})")
    print(f"ours, payloads composed: {whole:.2f} ms, ratio {peer / whole:.2f}")


def bare_calls(renderer: Renderer, revision: Revision, target: Target) -> list[Call]:
    """A template, its context and whether MJML follows, for every section that a template makes."""
    [text] = renderer.texts(revision, [target]).values()
    calls: list[Call] = []
    for name, format in COMPOSERS[target.channel].capabilities.sections.items():
        if format is not Format.JSON:
            names = [f"{revision.kind.name}/{target.channel}.{name}.j2", f"_default/{target.channel}.{name}.j2"]
            context = dict(template_context(format, Step("announce", "publish"), text, builders.BRAND))
            calls.append((ENVIRONMENTS[format].select_template(names), context, format is Format.EMAIL_HTML))
    return calls


def environment(format: Format) -> Environment:
    made = Environment(
        loader=FileSystemLoader(builders.TEMPLATES),
        autoescape=format in MARKUP,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["slot"] = slot
    made.filters["apart"] = str  # its values are prepared, like all others
    return made


ENVIRONMENTS = {format: environment(format) for format in Format}


def bare(calls: Sequence[Call]) -> list[str]:
    texts = [(template.render(context), is_mail) for template, context, is_mail in calls]
    return [mjml.mjml2html(text, fonts={}) if is_mail else text for text, is_mail in texts]


def timed(works: Sequence[Callable[[int], object]], rounds: int) -> list[float]:
    """Median milliseconds of each, taken in turns so that a busy machine slows all alike; the first round warms up."""
    taken: list[list[float]] = [[] for _ in works]
    for n in range(rounds + 1):
        for work, times in zip(works, taken, strict=True):
            start = time.perf_counter()
            work(n)
            times.append((time.perf_counter() - start) * 1000)
    return [statistics.median(times[1:]) for times in taken]


if __name__ == "__main__":
    main()
