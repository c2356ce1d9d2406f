"""What an exchange does for its customers, and what can happen to it."""

from __future__ import annotations

from enum import StrEnum


class Service(StrEnum):
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    SPOT_TRADING = "spot_trading"
    MARGIN_TRADING = "margin_trading"
    FUTURES_TRADING = "futures_trading"
    TRADING_BOTS = "trading_bots"
    CONVERT = "convert"
    EARN = "earn"
    API = "api"
    WEBSITE = "website"
    APP = "app"


class Impact(StrEnum):
    SUSPENDED = "suspended"
    DELAYED = "delayed"
    CANCEL_ONLY = "cancel_only"
    UNAFFECTED = "unaffected"
