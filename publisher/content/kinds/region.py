"""Where readers live: the countries and territories of ISO 3166-1, and groups of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Self, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from publisher.channel import EVERYWHERE, Regions

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
CODES = frozenset(_CODES.split())

Groups: TypeAlias = Mapping[str, frozenset[str]]
"""Name -> codes. A name has three characters or more, so that it is no code."""

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
GROUPS: Groups = {
    "WORLD": CODES,
    "EU27": frozenset(_EU.split()),
    "EEA": frozenset(f"{_EU} IS LI NO".split()),
}
"""Those that need no settings, as of 2021. Territories with a code of their own (`AX`, `RE`) are in `WORLD` only."""


def expanded(names: Iterable[str], groups: Groups) -> frozenset[str]:
    """The codes that codes and names of groups stand for; raises KeyError with the first that is neither."""
    members: set[str] = set()
    for name in names:
        members |= {name} if name in CODES else groups[name]
    return frozenset(members)


def regions(allow: Collection[str], deny: Collection[str] = ()) -> Regions:
    """Everybody in `allow` (everybody at all, where it is empty) but those in `deny`; raises ValueError for nobody."""
    if not (frozenset(allow) or CODES) - frozenset(deny):
        raise ValueError("nobody is left")
    if not allow:
        return Regions(deny=tuple(deny))
    left = frozenset(allow) - frozenset(deny)
    return EVERYWHERE if left == CODES else Regions(allow=tuple(left))


class Region(str):
    """A code such as `SG`; readers see its name in their language."""

    __slots__ = ()

    @classmethod
    def read(cls, code: str) -> Self:
        """The region of `code`; raises PydanticCustomError."""
        if code not in CODES:
            raise PydanticCustomError("region", "should be a code of ISO 3166 in capital letters, such as SG or JP")
        return cls(code)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls.read, core_schema.str_schema())
