"""Document tree -> Discord's Markdown, and the same Markdown as a preview shows it.

Only marks that cannot be read in two ways are written: bold, code, `<address>`; quotes and lists at the beginning of a
line. Source of the rules: support.discord.com, "Markdown Text 101"; simple-markdown, which Discord's programs use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from markupsafe import Markup, escape

from publisher.channel import SLOT_MARKER
from publisher.content.document import Inline
from publisher.rendering.formats.lines import LineWriter, Marks
from publisher.rendering.formats.value import Say, Show, no_pictures

_MARKS = re.compile(
    r"[\\*_~`|<\[]"  # anywhere: escapes, emphasis, code, spoilers, mentions, links
    r"|(?m:^[ \t]*[>#+-](?=[\s>#]|$))"  # where a line begins, or a piece of one: quotes, headings, lists
    r"|(?m:^[ \t]*[0-9]*\.(?=\s|$))"
    # emoji by name, addresses; a time of day stays as it is
    r"|:(?!\s|(?<=[0-9]:)[0-9]{2}(?:-[0-9]{2}:[0-9]{2})?[^0-9A-Za-z_+:-])"
)
_CALLS = re.compile(r"@(?=everyone|here|$)")
_ADJACENT_CODE = re.compile(r"(?<![`\\])``(?!`)")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s<>*`|\\]")
_UNSAFE_IN_CODE = re.compile(r"[`*\\\n]|^\s|\s$|^$")


def escaped(text: str) -> str:
    """`text` so that readers see its characters and nothing else. Right for a whole text and for a piece of one."""
    position, pieces = 0, []
    for marker in SLOT_MARKER.finditer(text):
        pieces += [_escaped(text[position : marker.start()]), marker[0]]
        position = marker.end()
    return "".join(pieces) + _escaped(text[position:])


def _escaped(text: str) -> str:
    # A zero-width space: the request forbids mentions as well, but a person who copies the text does not.
    return _CALLS.sub("@\u200b", _MARKS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text))


def finalized(value: object) -> Markup:
    """What a template writes for `value`: Markup as it is, everything else escaped."""
    return Markup(value if hasattr(value, "__html__") else escaped(str(value)))  # noqa: S704 escaped here


def _strong(text: str) -> str:
    """Line by line: a mark that is still open where a list's line ends is not closed by the next."""
    lines = _ADJACENT_CODE.sub("", text.replace("**", "")).split("\n")
    return "\n".join(f"**{line}**" if line.strip() else line for line in lines)


def _same(text: str) -> str:
    return text


def _code(text: str) -> str:
    return escaped(text) if _UNSAFE_IN_CODE.search(text) else f"`{text}`"


def _code_block(text: str) -> str:
    return escaped(text) if "`" in text or not text.strip() else f"```\n{text}\n```"


def _quoted(text: str) -> str:
    return "\n".join(line and f"> {line}" for line in text.split("\n"))


def _link(text: str, address: str) -> str:
    """`text (<address>)`: what a reader presses is what a reader sees."""
    if address.startswith("mailto:"):
        shown, said = escaped(address.removeprefix("mailto:")), {escaped(address)}
    else:
        encoded = _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0], safe=""), address)
        shown, said = f"<{encoded}>", {escaped(address)}
    return shown if not text.strip() or text in (shown, *said) else f"{text} ({shown})"


_MARKUP = Marks(escaped, _strong, _same, _code, _code_block, _quoted, _link)


class _DiscordWriter(LineWriter):
    __slots__ = ()

    def inline(self, children: Iterable[Inline]) -> str:
        """Where one bold or code passage ends and the next begins, their marks would be read as another one."""
        return _ADJACENT_CODE.sub("", LineWriter.inline(self, children).replace("****", ""))


def discord_markdown(say: Say, show: Show = no_pictures) -> LineWriter:
    """Text with Discord's Markdown."""
    return _DiscordWriter(say, _MARKUP, show)


# --- preview --------------------------------------------------------------------------------------------------

_HEADING = re.compile(r"^#{1,3} (.*)$", re.MULTILINE)
_TOKEN = re.compile(
    r"\\(?P<character>[^0-9A-Za-z\s])|```\n(?P<block>.+?)\n```|`(?P<code>[^`\n]+)`|(?P<bold>\*\*)"
    r"|<(?P<link>https?://[^ >]+)>|(?m:^(?:-#|>)[ ])|(?P<text>.)",
    re.DOTALL,
)


def preview(markdown: str) -> Markup:
    """What readers see of a text made of the marks above, as HTML."""
    source = _HEADING.sub(lambda found: _strong(found[1]), markdown)
    pieces, bold = [], False
    for token in _TOKEN.finditer(source):
        if token["bold"]:
            pieces.append("</b>" if bold else "<b>")
            bold = not bold
        elif code := token["code"] or token["block"]:
            pieces.append(f"<code>{escape(code)}</code>")
        else:
            pieces.append(str(escape(token["character"] or token["link"] or token["text"] or "")))
    return Markup("".join(pieces) + ("</b>" if bold else ""))  # noqa: S704 every piece is escaped above
