"""Mail: one message per reader, through a relay that speaks SMTP."""

from channels.email.composing import MailComposer
from channels.email.options import Account, Options
from publisher.channel import ChannelType, MailingChannel, Tools


def _connect(account: Account, tools: Tools) -> MailingChannel:
    from channels.email.sending import Mailer  # the SDK is imported only by a worker that sends

    return Mailer(account)


channel = ChannelType(
    name="email",
    composer=MailComposer(),
    Options=Options,
    Account=Account,
    connect_mailing=_connect,
)
