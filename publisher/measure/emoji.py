"""Emoji sequences by the grammar of UTS #51 (ED-13 to ED-17) instead of a list that ages."""

from __future__ import annotations

import re
from functools import cache

# Emoji=Yes of emoji-data.txt below U+10000, a closed set; above it the blocks that Unicode reserves for pictographs.
# The characters that weigh 1 (digits, #, *, copyright, registered) are emoji only with what follows them.
_PICTOGRAPH = (
    "‼⁉™ℹ↔-↙↩↪⌚⌛⌨⏏⏩-⏳⏸-⏺Ⓜ▪▫▶◀◻-◾☀-☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸-☺♀♂♈-♓♟♠♣♥♦♨♻♾♿⚒-⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽"
    "✂✅✈-✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣❤➕-➗➡➰➿⤴⤵⬅-⬇⬛⬜⭐⭕〰〽㊗㊙"
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f201\U0001f202\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f90c-\U0001faff"
)
_TAKES_SKIN_TONE = (
    "☝⛹✊-✍\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443\U0001f446-\U0001f450"
    "\U0001f466-\U0001f478\U0001f47c\U0001f481-\U0001f483\U0001f485-\U0001f487\U0001f48f\U0001f491\U0001f4aa"
    "\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f"
    "\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926"
    "\U0001f930-\U0001f939\U0001f93c-\U0001f93e\U0001f977\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8"
)
_ELEMENT = f"(?:[{_TAKES_SKIN_TONE}][\U0001f3fb-\U0001f3ff]|[{_PICTOGRAPH}]\ufe0f?|[©®]\ufe0f)"


@cache
def sequence() -> re.Pattern[str]:
    """Matches one whole emoji: flag, subdivision flag, keycap, or elements joined by U+200D."""
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    subdivision = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    keycap = "[0-9#*]\ufe0f?\u20e3"
    return re.compile(f"{flag}|{subdivision}|{keycap}|{_ELEMENT}(?:\u200d{_ELEMENT})*")
