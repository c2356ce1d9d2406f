"""What search engines read of an announcement: schema.org as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup

from publisher.channel import PublishedRecord
from publisher.rendering.brand import Brand
from publisher.wall_time import rfc3339

_ONLINE = "https://schema.org/OnlineEventAttendanceMode"
_SCHEDULED, _RESCHEDULED = "https://schema.org/EventScheduled", "https://schema.org/EventRescheduled"
_HARMLESS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def news_article(record: PublishedRecord, headline: str, description: str, url: str, brand: Brand) -> Markup:
    """A `NewsArticle`, about an `Event` where the record has a time; what no text can end early in a `<script>`."""
    organization = _organization(brand)
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": url,
        "headline": headline,
        "description": description,
        "datePublished": _moment(record.published_at),
        "dateModified": _moment(record.updated_at),
        "inLanguage": record.locale,
        "identifier": record.reference,
        "articleSection": record.kind_title,
        "isAccessibleForFree": True,
        "author": organization,
        "publisher": organization,
        **_about(record, url, organization),
    }
    text = json.dumps(article, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_HARMLESS))  # noqa: S704 no character is left that means markup


def _about(record: PublishedRecord, url: str, organization: Mapping[str, object]) -> Mapping[str, object]:
    """Nothing once it is withdrawn: nobody knows whether the event takes place."""
    if record.starts_at is None or record.withdrawn_at is not None:
        return {}
    event = {
        "@type": "Event",
        "name": record.title,
        "description": record.summary,
        "startDate": _moment(record.starts_at),
        **({"endDate": _moment(record.ends_at)} if record.ends_at else {}),
        "eventStatus": _RESCHEDULED if record.stage == "postponed" else _SCHEDULED,
        "eventAttendanceMode": _ONLINE,
        "location": {"@type": "VirtualLocation", "url": url},
        "organizer": organization,
    }
    return {"about": event}


def _organization(brand: Brand) -> Mapping[str, object]:
    accounts = [handle.url for handle in brand.handles]
    return {"@type": "Organization", "name": brand.name, "url": f"{brand.site_url}/", "sameAs": accounts}


def _moment(at: datetime) -> str:
    return rfc3339(at)
