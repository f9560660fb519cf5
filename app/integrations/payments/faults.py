"""What can be wrong with a channel before and behind the port."""

LACKING = "设置了{}，但没有装它的程序包：pip install -r docs/dependencies/payments.txt"


class ChannelLacking(Exception):
    """The channel is set up and its library is not installed."""

    def __init__(self, channel: str) -> None:
        super().__init__(LACKING.format(channel))


class NotOurs(Exception):
    """What came belongs to another merchant, application or currency, or says what none can."""
