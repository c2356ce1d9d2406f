"""Templates: one Jinja2 environment per output format, compiled once per process.

Templates are code, written by operators. What staff write reaches them as values and is escaped there; it is never
compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from traceback import walk_tb

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplatesNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

from publisher.channel import Format, SlotError, slot
from publisher.content.placeholders import FILTERS
from publisher.rendering.direction import is_foreign
from publisher.rendering.formats.discord import finalized
from publisher.rendering.mistakes import MissingWord, TemplateMistake, UnsayableValue
from publisher.rendering.mjml import email_html

MARKUP = frozenset({Format.WEB_HTML, Format.EMAIL_HTML, Format.TELEGRAM_HTML, Format.DISCORD_MARKDOWN})
"""The formats in which characters can mean markup: values are escaped there, and only there."""


class Environments:
    """The templates of one folder, for every format."""

    def __init__(self, templates: Path) -> None:
        self._templates = templates.resolve()
        environment = cache(lambda format: _environment(self._templates, format))
        # Jinja2 remembers templates, but asks the disk each time for those that a kind does not have.
        self._chosen = cache(lambda format, names: environment(format).select_template(names))

    def render(self, format: Format, names: Sequence[str], context: Mapping[str, object]) -> str:
        """The first template of `names` that exists, rendered (mail: compiled to HTML); raises TemplateMistake.

        `context` must hold `wording`, which the filters use.
        """
        try:
            template = self._chosen(format, tuple(names))
            text = template.render(context)
        except TemplatesNotFound as error:
            raise TemplateMistake(names[-1], 0, f"there is no template; write one of {', '.join(names)}") from error
        except TemplateSyntaxError as error:
            raise TemplateMistake(self._shown(error.filename or names[-1]), error.lineno, str(error.message)) from error
        except (TemplateError, SlotError, MissingWord, UnsayableValue, TypeError, ValueError, ArithmeticError) as error:
            file, line = self._place(error)
            raise TemplateMistake(file or names[-1], line, str(error)) from error
        return _mail(text, template.name or names[-1]) if format is Format.EMAIL_HTML else text

    def _place(self, error: Exception) -> tuple[str, int]:
        """Where in a template it happened: the innermost frame that Jinja2 attributed to one."""
        places = ((frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__))
        inside = [(self._shown(file), line) for file, line in places if file.startswith(str(self._templates))]
        return inside[-1] if inside else ("", 0)

    def _shown(self, file: str) -> str:
        return file.removeprefix(f"{self._templates}/")


def _mail(source: str, name: str) -> str:
    try:
        return email_html(source)
    except ValueError as error:
        raise TemplateMistake(name, 0, f"this is not MJML: {error}") from error


def _environment(templates: Path, format: Format) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=format in MARKUP,  # noqa: S701 escaping plain text would show `&amp;` to readers
        # Before the escaping for HTML, which leaves alone what is Markup by then.
        finalize=finalized if format is Format.DISCORD_MARKDOWN else None,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals = {"slot": slot}
    environment.filters |= {name: _filter(name) for name in FILTERS} | {"apart": _apart}
    return environment


@pass_context
def _apart(context: Context, value: str) -> str | Markup:
    """For HTML: what runs against the page's direction does not disturb the order of what stands around it."""
    return Markup("<bdi>{}</bdi>").format(value) if is_foreign(value, context["wording"].direction) else value


def _filter(name: str) -> Callable[..., str]:
    """The placeholder filter `name` with the locale of the rendering it is used in."""

    @pass_context
    def apply(context: Context, value: object, *arguments: str | int) -> str:
        return str(getattr(context["wording"], name)(value, *arguments))

    return apply
