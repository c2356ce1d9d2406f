"""What a bot lacks to do its work in a chat, by the standing that getChatMember tells."""

from __future__ import annotations

from collections.abc import Iterator

from telegram import (
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberRestricted,
)


def lacking(member: ChatMember, *, channel: bool, pins: bool) -> Iterator[str]:
    """Each missing right, as the end of "the bot may not"; an owner has every one of them.

    In a group whoever is in it may post, in a channel only an administrator.
    """
    match member:
        case ChatMemberAdministrator(can_post_messages=posts, can_pin_messages=may_pin, can_edit_messages=edits):
            if posts is False:
                yield "post messages"
            # In a channel it is the right to edit messages that lets a bot pin.
            if pins and not (may_pin or edits):
                yield "pin messages"
        case ChatMemberRestricted(can_send_messages=False):
            yield "send messages"
        case ChatMemberLeft() | ChatMemberBanned():
            yield "post messages"
        case ChatMemberMember():
            if channel:
                yield "post messages"
            if pins:
                yield "pin messages"
