"""The contract between the core and every channel. Imports nothing of ours.

An *edition* (see `publisher.rendering.edition`) wraps a `Payload`: the exact request a network will receive,
except for a closed list of typed slots that only the moment of sending can know. A channel is three things:
a `Composer` (pure; text in, payload parts and findings out), an adapter (`PostingChannel` or `MailingChannel`;
speaks to one network through its SDK), and a `ChannelType` that names both.
"""

from publisher.channel.adapter import (
    Addressee,
    ChannelType,
    Composer,
    MailingChannel,
    PostingChannel,
    Preflighting,
    Refreshing,
    Tools,
)
from publisher.channel.callback import Callback, CallbackForged, CallbackUnreadable
from publisher.channel.capabilities import Capabilities, Limit, Rate, Unit
from publisher.channel.findings import Finding, Place, Severity
from publisher.channel.outcome import Absent, Delivered, Outcome, Receipt, Rejected, Retry, Unconfirmed, Unknown
from publisher.channel.payload import PICTURES, Format, Part, Parts, Payload, Rendered, Section, Target
from publisher.channel.regions import EVERYWHERE, Regions
from publisher.channel.site import (
    Change,
    Chronicle,
    Derive,
    DerivedFile,
    Fact,
    Picture,
    PublishedRecord,
    Record,
    Records,
)
from publisher.channel.slots import (
    SLOT_CLOSE,
    SLOT_MARKER,
    SLOT_OPEN,
    SLOTS,
    Json,
    SlotError,
    Slots,
    SlotType,
    fill,
    fill_text,
    slot,
    slot_names,
    slot_value,
)

__all__ = [
    "EVERYWHERE",
    "PICTURES",
    "SLOTS",
    "SLOT_CLOSE",
    "SLOT_MARKER",
    "SLOT_OPEN",
    "Absent",
    "Addressee",
    "Callback",
    "CallbackForged",
    "CallbackUnreadable",
    "Capabilities",
    "Change",
    "ChannelType",
    "Chronicle",
    "Composer",
    "Delivered",
    "Derive",
    "DerivedFile",
    "Fact",
    "Finding",
    "Format",
    "Json",
    "Limit",
    "MailingChannel",
    "Outcome",
    "Part",
    "Parts",
    "Payload",
    "Picture",
    "Place",
    "PostingChannel",
    "Preflighting",
    "PublishedRecord",
    "Rate",
    "Receipt",
    "Record",
    "Records",
    "Refreshing",
    "Regions",
    "Rejected",
    "Rendered",
    "Retry",
    "Section",
    "Severity",
    "SlotError",
    "SlotType",
    "Slots",
    "Target",
    "Tools",
    "Unconfirmed",
    "Unit",
    "Unknown",
    "fill",
    "fill_text",
    "slot",
    "slot_names",
    "slot_value",
]
